"""What the commands print: tables and lines on stdout, progress and notes on stderr."""

import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

PIPE_WIDTH = 10_000  # a table in a pipe or file is as wide as it needs to be, never cut


def program() -> str:
    """How to call us again from this shell: `neuromem`, or the path of the script where it is not on the PATH."""
    script = Path(sys.executable).with_name("neuromem")
    if shutil.which("neuromem") or not script.exists():
        return "neuromem"
    return str(script.relative_to(Path.cwd()) if script.is_relative_to(Path.cwd()) else script)


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], title: str | None = None) -> None:
    """Print a table; columns that hold only numbers are right-aligned, booleans read yes and no."""
    from rich import box
    from rich.table import Table

    rows = [list(row) for row in rows]
    grid = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, title_style="bold", pad_edge=False)
    for i, name in enumerate(columns):
        cells = [row[i] for row in rows if row[i] != ""]
        numeric = bool(cells) and all(_is_number(cell) for cell in cells)
        grid.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        grid.add_row(*(_plain(cell) for cell in row))
    _console().print(grid)


def say(text: str = "") -> None:
    """A line on stdout, as it is."""
    print(text)


def note(text: str) -> None:
    """A line on stderr, as it is."""
    print(text, file=sys.stderr, flush=True)


@contextmanager
def progress() -> Iterator[Callable[[float, int | None, str], None]]:
    """A callback (done, total or None, what) that draws a bar on stderr; silent when stderr is not a terminal."""
    if not sys.stderr.isatty():
        yield lambda done, total, what: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    times = (TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn())
    look = (BarColumn(), TextColumn("{task.percentage:>3.0f} %"), *times, TextColumn("{task.description}"))
    with Progress(*look, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("starting", total=None)
        yield lambda done, total, what: bar.update(task, completed=done, total=total, description=what)


def size(path) -> str:
    """A file's size for reading: 12.3 MB."""
    count = float(path.stat().st_size)
    for unit in ("B", "kB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"


def _console():
    from rich.console import Console

    class PipeConsole(Console):
        """A console that lets a closed pipe be reported like every other failure."""

        def on_broken_pipe(self) -> None:
            raise BrokenPipeError

    tty = sys.stdout.isatty()
    return PipeConsole(width=None if tty else PIPE_WIDTH, highlight=False, markup=False, emoji=False)


def _is_number(cell: object) -> bool:
    if isinstance(cell, bool):
        return False
    try:
        float(str(cell).rstrip(" %"))
    except ValueError:
        return "/" in str(cell) and str(cell).replace("/", "").isdigit()
    return True


def _plain(cell: object) -> str:
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return f"{cell:.3g}" if isinstance(cell, float) else str(cell)
