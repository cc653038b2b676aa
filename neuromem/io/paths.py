"""Paths to read from and to write to: a file is there whole or not at all."""

import contextlib
import os
import re
import secrets
import shutil
from pathlib import Path

from neuromem.errors import StoreError


@contextlib.contextmanager
def atomic_path(path):
    """Yields a temporary Path beside `path`; when the block succeeds it takes the place of `path` in one step.

    path: str or Path of the file to write; a link is followed, so that the link itself stays
    yields: Path of an empty file in the same folder with the same suffix, to be written by any means
    The temporary file is synced to disk before it is renamed. After any error, Ctrl-C included, it is removed and the
    old file is as it was. Of several writers of one path the last to finish wins, whole.
    Raises StoreError when the file cannot be written (no such folder, read-only, disk full); errors of the block that
    are not about files pass unchanged.
    """
    target = Path(os.path.realpath(named(path)))
    if target.is_dir():
        raise StoreError(f"cannot write {path}: it is a folder; give the name of a file")
    if target.exists() and not target.is_file():
        raise StoreError(f"cannot write {path}: it is not an ordinary file; give another name")
    temporary = target.with_name(f".tmp-{secrets.token_hex(8)}{target.suffix}")
    try:
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        yield temporary
        if target.exists():
            shutil.copymode(target, temporary)
        _sync(temporary, os.O_RDWR)
        os.replace(temporary, target)
    except StoreError:
        raise
    except OSError as error:
        raise StoreError(f"cannot write {path}: {reason(error)}; nothing was changed, {_advice(error)}") from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()
    with contextlib.suppress(OSError):  # some file systems cannot sync a folder; the rename itself is done
        _sync(target.parent, os.O_RDONLY)


def named(path):
    """`path` as a Path; StoreError for what is none."""
    if not isinstance(path, (str, os.PathLike)) or not str(path):
        raise StoreError(f"a path is expected, got {path!r}; give the name of a file")
    return Path(path)


def existing_file(path):
    """`path` as a Path when an ordinary file is there; StoreError says what is there instead."""
    path = named(path)
    if path.is_file():
        return path
    if path.is_dir():
        raise StoreError(f"{path} is a folder; give the name of a file")
    if path.exists():
        raise StoreError(f"{path} is not an ordinary file; give the name of one")
    raise StoreError(f"{path} does not exist; check the name")


def reason(error):
    """Why an exception happened, as one short clause without line breaks: the system's own words where it has any."""
    number = getattr(error, "errno", None)
    if number is None:
        found = re.search(r"errno = (\d+)", str(error))  # HDF5 buries it in its message
        number = int(found[1]) if found else None
    if number is not None:
        return os.strerror(number).lower()
    if isinstance(error, MemoryError):
        return "it does not fit in memory"
    lines = str(error).strip("'\" \n").splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__


def _advice(error):
    if isinstance(error, FileNotFoundError):
        return "create the folder first"
    return "free some space or choose another place"


def _sync(path, flags):
    handle = os.open(path, flags)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
