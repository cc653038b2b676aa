"""Run an experiment by name: check its parameters and folder, compute, save the data, then draw from the file.

A folder of results holds `data.h5` (everything, written before anything is drawn), `result.json` (headline numbers as
top-level keys, then parameters, seeds, versions, seconds, experiment) and one PNG per figure. `finish` makes the last
two from the first, so that redrawing gives what the run itself gave.

An experiment whose `run` takes a third argument, `sweep`, maps independent points with it. Until data.h5 is written,
the finished ones are kept in the folder `points`, from which `resume` goes on.
"""

import ast
import importlib
import importlib.util
import inspect
import json
import math
import platform
import time
import typing
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import asdict, fields
from pathlib import Path

from neuromem.errors import StoreError, UsageError
from neuromem.experiments import EXPERIMENTS, parameters
from neuromem.sweep import Sweep, holds_points

DATA, RESULT, POINTS = "data.h5", "result.json", "points"
RESERVED = ("parameters", "seeds", "versions", "seconds", "experiment")


def silent(done: int, total: int, what: str) -> None:
    """A progress callback that shows nothing."""


def module(name: str):
    """The module of an experiment; UsageError with a suggestion for an unknown name."""
    if name not in EXPERIMENTS:
        raise UsageError(f"there is no experiment {name!r}; {parameters.suggest(name, EXPERIMENTS)}")
    return importlib.import_module(EXPERIMENTS[name])


def summary(name: str) -> str:
    """First line of an experiment's docstring, read without importing it."""
    spec = importlib.util.find_spec(EXPERIMENTS[name])
    text = ast.get_docstring(ast.parse(Path(spec.origin).read_text(encoding="utf-8"))) or ""
    return text.partition("\n")[0]


def describe(name: str) -> list[tuple[str, str, str, str]]:
    """(parameter, type, default, value under --quick) of an experiment, one row each."""
    found = module(name)
    types = typing.get_type_hints(found.Parameters)
    return [
        (f.name, parameters.type_name(types[f.name]), show(f.default), show(found.QUICK.get(f.name, f.default)))
        for f in fields(found.Parameters)
    ]


def show(value: object) -> str:
    """A parameter's value as `--set` takes it."""
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def run(
    name: str,
    settings: Mapping[str, object] | None = None,
    *,
    quick: bool = False,
    out: str | Path | None = None,
    workers: int | None = None,
    scheduler: str | None = None,
    resume: bool = False,
    progress: Callable[[float, int, str], None] = silent,
    note: Callable[[str], None] | None = None,
) -> dict:
    """Run an experiment and return its result; with `out` the folder holds data.h5, result.json and the figures.

    name      one of EXPERIMENTS
    settings  parameter -> value or its text; unknown names are a UsageError
    quick     start from the experiment's small settings
    out       folder, made if need be and checked to be writable before the computation
    workers   processes that compute the experiment's points; scheduler  address of a dask scheduler that does
    resume    go on from the finished points that a stopped run has left in `out`
    progress  called with (done, total, what)
    note      called with a sentence about what was found there
    """
    found = module(name)
    chosen = parameters.build(found.Parameters, {**(found.QUICK if quick else {}), **(settings or {})}, name)
    spread = {"workers": workers, "scheduler": scheduler, "progress": progress, "note": note}
    if not takes_sweep(found) and (workers is not None or scheduler is not None or resume):
        raise UsageError(
            f"{name} is one computation, with no points to share out; leave out --workers, --scheduler and --resume"
        )
    if out is None:
        if resume:
            raise UsageError("--resume needs --out, the folder of the run that was stopped")
        return result(_compute(name, found, chosen, progress, Sweep(**spread)))
    from neuromem import io

    with output_folder(out) as folder:
        kept = folder / POINTS
        if holds_points(kept) != resume and takes_sweep(found):
            if not resume:
                raise UsageError(
                    f"{folder} holds finished points of a run that was stopped, or is not finished yet; go on from "
                    f"them with --resume, or remove {kept} to start again"
                )
            if note is not None:
                note(f"{folder} holds no points of a stopped run; starting at the beginning")
        sweep = Sweep(kept, again="--resume goes on from there", **spread)
        record = _compute(name, found, chosen, progress, sweep)
        progress(0, 1, "saving and drawing")
        io.save(folder / DATA, "experiment", record)
        sweep.forget()
        found = finish(folder)
        progress(1, 1, "saving and drawing")
    return found


def takes_sweep(found) -> bool:
    """Whether an experiment's module maps independent points, which can be shared out, kept and resumed."""
    return "sweep" in inspect.signature(found.run).parameters


def finish(folder: str | Path) -> dict:
    """(Re)write result.json and the figures of a folder from its data.h5, and return the result."""
    from neuromem import io, plot

    folder = Path(folder)
    if not (folder / DATA).is_file():
        raise UsageError(f"{folder} holds no {DATA}; give a folder that `neuromem run` or `neuromem demo` wrote")
    record = io.load(folder / DATA, "experiment").tree
    outcome = result(record)
    with io.atomic_path(folder / RESULT) as path:
        path.write_text(json.dumps(outcome, indent=2, allow_nan=False) + "\n", encoding="utf-8")
    for title, figure in module(record["experiment"]).plot(record["data"]).items():
        plot.save(figure, folder / f"{title}.png")
    return outcome


def result(record: Mapping) -> dict:
    """What result.json holds: the headline numbers first, then how they came about."""
    headline = module(record["experiment"]).headline(record["data"])
    clash = set(headline) & set(RESERVED)
    if clash:
        raise ValueError(f"headline of {record['experiment']} uses reserved keys {sorted(clash)}")
    return _plain({**headline, **{key: record[key] for key in RESERVED}})


@contextmanager
def output_folder(out: str | Path):
    """Make a folder and prove that it can be written; if the work then fails, folders made here and empty go again."""
    folder = Path(out)
    made = [path for path in [folder, *folder.parents] if not path.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".neuromem-write-test"
        probe.touch()
        probe.unlink()
    except OSError as error:
        _remove_empty(made)
        raise StoreError(f"cannot write to the folder {folder}: {error.strerror or error}") from error
    try:
        yield folder
    except BaseException:
        _remove_empty(made)
        raise


def versions() -> dict[str, str]:
    """Versions of what computed a result."""
    from importlib.metadata import version

    found = {name: version(name) for name in ("neuromem", "numpy", "numba")}
    return {**found, "python": platform.python_version(), "platform": platform.platform()}


def _compute(name: str, found, chosen, progress, sweep: Sweep) -> dict:
    start = time.perf_counter()
    tree = found.run(chosen, progress, sweep) if takes_sweep(found) else found.run(chosen, progress)
    return {
        "experiment": name,
        "parameters": {key: list(v) if isinstance(v, tuple) else v for key, v in asdict(chosen).items()},
        "seeds": tree.pop("seeds", [chosen.seed]),
        "versions": versions(),
        "seconds": time.perf_counter() - start,
        "data": tree,
    }


def _remove_empty(folders: list[Path]) -> None:
    """Remove the given folders, innermost first, as far as they are empty."""
    for folder in folders:
        try:
            folder.rmdir()
        except OSError:
            return


def _plain(value):
    """Python values that JSON can hold; numbers that are not finite become null."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    return None if isinstance(value, float) and not math.isfinite(value) else value
