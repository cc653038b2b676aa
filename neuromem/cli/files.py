"""`neuromem info`, `cite` and `warm`: what a file is, whom to cite, and compiling ahead of time."""

from pathlib import Path
from typing import Annotated

import typer

from neuromem.cli import console

LISTED = 8  # entries of a list that are printed
DEPTH = 2  # levels of values that are printed without --all


def info(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Any file that neuromem wrote.", show_default=False)],
    everything: Annotated[bool, typer.Option("--all", help="Show every value, not only the outer ones.")] = False,
) -> None:
    """Say what a file is, whether it is sound, and what it holds.

    \b
    Example:
      neuromem info out/demo/memory.h5
    """
    from neuromem import io

    summary = io.describe(file)
    datasets, scalars = summary.pop("datasets"), summary.pop("scalars")
    console.table(["file", str(file)], [(key, value) for key, value in summary.items() if key != "path"])
    if datasets:
        rows = [(name, " x ".join(map(str, d["shape"])) or "single", d["dtype"]) for name, d in datasets.items()]
        console.table(["dataset", "shape", "type"], rows)
    shown = {name: value for name, value in scalars.items() if everything or name.count("/") < DEPTH}
    if shown:
        console.table(["value", ""], [(name, _short(value)) for name, value in shown.items()])
    if len(shown) < len(scalars):
        console.say(f"... and {len(scalars) - len(shown)} values further in; --all shows them")


def cite(
    model: Annotated[
        str | None,
        typer.Argument(metavar="[MODEL]", help="A memory such as Hopfield; all if not given.", show_default=False),
    ] = None,
) -> None:
    """Print BibTeX of the papers behind a memory.

    \b
    Example:
      neuromem cite SparseHopfield
    """
    from neuromem.errors import UsageError
    from neuromem.experiments.parameters import suggest
    from neuromem.models.references import CITED, bibtex

    if model is not None and model not in CITED:
        raise UsageError(f"there is no memory {model!r}; {suggest(model, CITED)}")
    for name in CITED if model is None else [model]:
        console.say(bibtex(name))


def warm() -> None:
    """Compile the kernels now, so that later commands start fast.

    \b
    Example:
      neuromem warm
    """
    import time

    start = time.perf_counter()
    with console.progress() as progress:
        progress(0, None, "loading")
        from neuromem import engine

        engine.warm(lambda loop: progress(0, None, f"compiling {loop}"))
    console.say(f"kernels are compiled and cached; it took {time.perf_counter() - start:.1f} s")


def _short(value: object) -> str:
    """A value in one line; a long list by its beginning and its length."""
    if isinstance(value, list):
        shown = ", ".join(map(str, value[:LISTED]))
        return shown if len(value) <= LISTED else f"{shown}, ... ({len(value)} in all)"
    return str(value)
