"""A folder that is there whole or not at all, and the reports in it."""

import contextlib
import json
import os
import secrets
import shutil
from pathlib import Path

from neuromem.errors import StoreError
from neuromem.hardware.text import fit_text, loss_text
from neuromem.io.paths import reason

REPORTS = ("fit.json", "loss.json")
"""By these files an export is known."""


@contextlib.contextmanager
def new_folder(path, force=False):
    """Yields a temporary folder beside `path` that takes its place when the block succeeds; after an error it is gone.

    Raises
    ------
    StoreError
        If `path` exists (unless `force`, and it is an export or empty), or cannot be written.
    """
    target = Path(os.path.realpath(path))
    if target.exists():
        _check_replaceable(path, target, force)
    temporary = target.with_name(f".tmp-{secrets.token_hex(8)}")
    old = target.with_name(f".tmp-{secrets.token_hex(8)}")
    try:
        temporary.mkdir()
        yield temporary
        for file in temporary.rglob("*"):
            _sync(file)
        if target.exists():
            os.rename(target, old)
        try:
            os.rename(temporary, target)
        except OSError:
            if old.exists():
                os.rename(old, target)
            raise
    except StoreError:
        raise
    except OSError as error:
        raise StoreError(f"cannot write {path}: {reason(error)}; nothing was changed, choose another place") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def _check_replaceable(path, target, force):
    """Raise StoreError unless `target` may be replaced: with force, if it is an export or empty."""
    ours = target.is_dir() and (not any(target.iterdir()) or all((target / name).is_file() for name in REPORTS))
    if not ours:
        raise StoreError(f"{path} exists already and is no export, so it is left alone; choose another name")
    if not force:
        raise StoreError(f"{path} exists already; replace it with force (--force), or choose another name")


def write_reports(folder, fit, loss, explanation=""):
    """Write fit and loss as JSON and as text, and the explanation if there is one."""
    folder = Path(folder)
    for name, report, text in (("fit", fit, fit_text(fit)), ("loss", loss, loss_text(loss))):
        (folder / f"{name}.json").write_text(json.dumps(_plain(report.to_dict()), indent=2) + "\n", encoding="utf-8")
        (folder / f"{name}.txt").write_text(text + "\n", encoding="utf-8")
    if explanation:
        (folder / "explanation.txt").write_text(explanation + "\n", encoding="utf-8")


def _plain(value):
    """JSON's types only: tuples become lists, NumPy numbers Python's."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value.item() if hasattr(value, "item") else value


def _sync(path):
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
