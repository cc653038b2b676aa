"""`neuromem export`: a memory or network as files for a chip's own software, with what fits and what is lost."""

from pathlib import Path
from typing import Annotated

import typer

from neuromem.cli import console

PARAMETERS = 12  # rows of the table of parameters


def export(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="Memory or network file.", show_default=False)
    ] = None,
    to: Annotated[str | None, typer.Option("--to", help="Chip; --list names them.", show_default=False)] = None,
    out: Annotated[Path | None, typer.Option(help="Folder to write, a new one.", show_default=False)] = None,
    duration: Annotated[
        float | None,
        typer.Option(
            min=0.0, help="Model time to emulate in ms; if not given, what the input needs.", show_default=False
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of random connectors and sources.")] = 0,
    explain: Annotated[bool, typer.Option("--explain", help="Say where and why the first spike differs.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Replace an earlier export; write even what does not fit.")
    ] = False,
    listed: Annotated[bool, typer.Option("--list", help="Print the chips with their limits and stop.")] = False,
) -> None:
    """Export a memory or network to a neuromorphic chip: check, quantize, emulate to the bit, write.

    A memory exports as the frozen network that recalls, and is shown a fragment of each of its first patterns. The
    status is 1 if it does not fit.

    \b
    Example:
      neuromem export out/demo/memory.h5 --to spinnaker --out out/spinnaker --explain
    """
    from neuromem.errors import UsageError
    from neuromem.hardware import target, targets

    if listed:
        _list([target(name) for name in targets()])
        return
    if file is None or to is None or out is None:
        raise UsageError("export needs FILE, --to and --out; neuromem export --list names the chips")
    chip = target(to)
    given = _given(file)
    _check_place(out, force)
    fit = chip.check(given, seed=seed)
    _show_fit(fit)
    if fit.refused or not (fit.fits or force):
        chip.require(given, seed=seed)
    done = chip.export(given, out, duration=duration, seed=seed, force=force, explain=explain)
    _show_loss(done.loss)
    if done.explanation:
        console.say(done.explanation)
    console.say(f"wrote {out}: {', '.join(sorted(path.name for path in out.iterdir()))}")


def _list(chips) -> None:
    for chip in chips:
        rows = [(name, f"{limit:,}", of) for name, (limit, of) in chip.limits.items()]
        console.table(["limit", "at most", "of"], rows, title=f"{chip.name}: {chip.title}")


def _given(file: Path):
    """The memory or network of a file."""
    from neuromem import io
    from neuromem.network.tree import load_network

    if io.describe(file)["kind"] == "memory":
        from neuromem.models import load

        return load(file)
    return load_network(file)


def _check_place(out: Path, force: bool) -> None:
    """Before anything long is done: can the folder be written?"""
    from neuromem.hardware.folder import new_folder

    class Probe(Exception):
        pass

    try:
        with new_folder(out, force):
            raise Probe
    except Probe:
        pass


def _show_fit(fit) -> None:
    from neuromem.hardware import text

    console.table(text.USE_COLUMNS, text.use_rows(fit), title="fit")
    for item in fit.refused:
        console.say(f"refused: {item}")
    console.say(text.verdict(fit))


def _show_loss(loss) -> None:
    from neuromem.hardware import text

    console.table(text.LOSS_COLUMNS, text.loss_rows(loss), title="loss")
    rows = list(text.parameter_rows(loss))
    if rows:
        console.table(text.PARAMETER_COLUMNS, rows[:PARAMETERS], title="parameters that are not exact")
    if len(rows) > PARAMETERS:
        console.say(f"... and {len(rows) - PARAMETERS} more in loss.txt")
    for note in loss.notes:
        console.say(f"note: {note}")
    console.say(text.agreement_line(loss))
