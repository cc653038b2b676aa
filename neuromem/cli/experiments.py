"""`neuromem run`, `list` and `plot`: published results and figures, recomputed and redrawn."""

from pathlib import Path
from typing import Annotated

import typer

from neuromem.cli import console


def run(
    name: Annotated[
        str,
        typer.Argument(metavar="NAME", help="Name of an experiment; `neuromem list` shows them.", show_default=False),
    ],
    more: Annotated[
        list[str] | None,
        typer.Argument(metavar="[KEY=VALUE]...", help="More parameters, as after --set.", show_default=False),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Set a parameter; repeat for more.", show_default=False),
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Small settings, to see that it works.")] = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Folder for data, result and figures; out/NAME if not given.", show_default=False),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option("--workers", min=1, help="Processes that compute its points (extra dask).", show_default=False),
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Compute on the workers of this dask scheduler.", show_default=False),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the points of a stopped run.")] = False,
) -> None:
    """Run an experiment; keep its data, result and figures.

    Results are the same bits for any number of workers. A run that is stopped keeps its finished points.

    \b
    Example:
      neuromem run ca3-stress --set spacing=10 --out out/stress
      neuromem run ca3-digits --set seeds=40 count=20 --workers 8
      neuromem run ca3-digits --set seeds=40 count=20 --workers 8 --resume
    """
    from neuromem.experiments import parameters, runner

    runner.module(name)  # an unknown name is said before anything else
    folder = out if out is not None else Path("out") / name
    with console.progress() as progress:
        result = runner.run(
            name,
            parameters.split_settings([*(settings or []), *(more or [])]),
            quick=quick,
            out=folder,
            workers=workers,
            scheduler=scheduler,
            resume=resume,
            progress=progress,
            note=console.note,
        )
    _show(result)
    console.say(f"wrote {folder}: {', '.join(sorted(path.name for path in folder.iterdir()))}")
    console.say(
        f"next: {console.program()} plot {folder} redraws the figures from {folder / runner.DATA} without computing"
    )


def list_(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="An experiment whose parameters to show.", show_default=False)
    ] = None,
) -> None:
    """List experiments and memories, or one experiment's parameters.

    \b
    Example:
      neuromem list ca3-digits
    """
    from neuromem.experiments import EXPERIMENTS, runner

    if name is not None:
        rows = runner.describe(name)
        console.say(f"{name}: {runner.summary(name)}\n")
        console.table(["parameter", "type", "default", "with --quick"], rows)
        console.say(f"example: neuromem run {name} --set {rows[0][0]}={rows[0][2]}")
        return
    console.table(["experiment", "what it shows"], [(key, runner.summary(key)) for key in EXPERIMENTS])
    console.table(["memory", "what it is"], _memories())


def plot(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that run or demo wrote.", show_default=False)],
) -> None:
    """Redraw the figures of a folder without computing again.

    Everything comes from the data.h5 which `run` or `demo` wrote there.

    \b
    Example:
      neuromem plot out/ca3-digits
    """
    from neuromem.experiments import runner

    if not folder.is_dir():
        raise FileNotFoundError(2, "there is no such folder", str(folder))
    with runner.output_folder(folder):
        written = runner.finish(folder)
    console.say(
        f"redrew {written['experiment']} in {folder}: {', '.join(sorted(p.name for p in folder.glob('*.png')))}"
    )


def _show(result: dict) -> None:
    """Print the headline numbers of a result and what they came from."""
    from neuromem.experiments.runner import RESERVED, show

    rows = [(key, value) for key, value in result.items() if key not in RESERVED]
    console.table(["result", "value"], [(k, round(v, 4) if isinstance(v, float) else v) for k, v in rows])
    settings = " ".join(
        f"{key}={show(tuple(value) if isinstance(value, list) else value)}"
        for key, value in result["parameters"].items()
    )
    console.say(f"{result['experiment']} with {settings}, in {result['seconds']:.1f} s")


def _memories() -> list[tuple[str, str]]:
    """(class name, first line of its docstring) of every memory system there is."""
    from neuromem.models import MEMORIES

    return [(name, (kind.__doc__ or "").strip().partition("\n")[0]) for name, kind in MEMORIES.items()]
