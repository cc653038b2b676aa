"""`neuromem phase`: a phase diagram of a memory, simulated, with the lines of theory over it."""

from pathlib import Path
from typing import Annotated

import typer

from neuromem.cli import console


def phase(
    model: Annotated[
        str,
        typer.Argument(
            metavar="MODEL", help="hopfield, dense-hebbian, multitasking, sparse or ca3.", show_default=False
        ),
    ],
    more: Annotated[
        list[str] | None,
        typer.Argument(metavar="[KEY=VALUE]...", help="More parameters, as after --set.", show_default=False),
    ] = None,
    x: Annotated[str | None, typer.Option("--x", help="What changes along x: load or dilution.")] = None,
    y: Annotated[
        str | None, typer.Option("--y", help="Along y: temperature, noise, fragment, entropy or activity.")
    ] = None,
    bodies: Annotated[int | None, typer.Option("-P", "--bodies", help="Spins that interact, of hopfield.")] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Set a parameter; `neuromem list phase` shows them."),
    ] = None,
    cell: Annotated[
        str | None, typer.Option(metavar="I,J", help="Run this cell again, show its samples and the theory there.")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Small settings, to see that it works.")] = False,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder for data, result and figure; out/phase-MODEL if not given.")
    ] = None,
    workers: Annotated[int | None, typer.Option("--workers", min=1, help="Processes (extra dask).")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the points of a stopped run.")] = False,
) -> None:
    """Draw a phase diagram: simulation by colour, theory as lines.

    The axes are the model's first ones if not given. The folder also gets the cells as phase.npz and phase.csv;
    `neuromem plot DIR` redraws the figure without running anything.

    \b
    Example:
      neuromem phase hopfield --x load --y temperature --workers 2
      neuromem phase hopfield -P 4 --set n=64 disorders=4
      neuromem phase ca3 --x load --y fragment
      neuromem phase hopfield --cell 3,5
    """
    from neuromem.experiments import parameters, phase, runner
    from neuromem.experiments.phase_systems import SYSTEMS

    chosen = {"model": model, **parameters.split_settings([*(settings or []), *(more or [])])}
    system = SYSTEMS.get(model)
    for name, value in (("x", x), ("y", y)):
        if value is not None or (system is not None and name not in chosen):
            chosen[name] = value if value is not None else next(iter(getattr(system, name)))
    if bodies is not None:
        chosen["P"] = str(bodies)
    if cell is not None:
        _cell(parameters.build(phase.Parameters, {**(phase.QUICK if quick else {}), **chosen}, "phase"), cell)
        return
    folder = out if out is not None else Path("out") / f"phase-{model}"
    with console.progress() as progress:
        result = runner.run(
            "phase", chosen, quick=quick, out=folder, workers=workers, resume=resume, progress=progress,
            note=console.note,
        )  # fmt: skip
    phase.tables(folder)
    rows = [(key, value) for key, value in result.items() if key not in runner.RESERVED]
    console.table(["result", "value"], [(k, round(v, 4) if isinstance(v, float) else v) for k, v in rows])
    console.say(f"wrote {folder}: {', '.join(sorted(path.name for path in folder.iterdir()))}")


def _cell(parameters, text: str) -> None:
    from neuromem.errors import UsageError
    from neuromem.experiments import phase

    try:
        column, row = (int(part) for part in text.split(","))
    except ValueError:
        raise UsageError(f"--cell takes I,J, for example --cell 3,5, not {text!r}") from None
    found = phase.cell(parameters, column, row)
    samples = found.pop("samples")
    found |= {"simulated": float(samples.mean()), "samples": " ".join(f"{value:.5f}" for value in samples)}
    console.table([f"cell {column},{row}", ""], [(name, _text(value)) for name, value in found.items()])


def _text(value) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
