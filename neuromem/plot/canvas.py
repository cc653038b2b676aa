"""The paper every picture is drawn on: the style, the palette, new figures, and figures to PNG.

Figures are made with the object interface (`matplotlib.figure.Figure` on an Agg canvas), so nothing is left open in
pyplot and pictures can be drawn in threads.
"""

import io as _io
import threading
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

#: Okabe and Ito's colours that carry on white, neighbours apart: blue, vermillion, green, orange, purple, sky, slate.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#E69F00", "#CC79A7", "#56B4E9", "#5B6470")
INK = "#1B1F24"  # text and pixels that are as they should be
MUTED = "#626B76"  # secondary text: 5.4:1 on white
RULE = "#D5DAE0"  # separators
TILE = "#F3F4F6"  # the background of an image
FAINT = "#C6CDD6"  # pixels that were hidden
WRONG = "#D55E00"  # pixels that should not be there
MISSING = "#2F8FD0"  # pixels that should be there

_lock = threading.RLock()


@cache
def _settings() -> dict:
    return dict(mpl.rc_params_from_file(Path(__file__).with_name("neuromem.mplstyle"), use_default_template=False))


@contextmanager
def style():
    """Apply neuromem's look inside a `with` block and put the caller's settings back afterwards.

    Matplotlib's settings are global to the process, so one thread at a time is inside; the block may be nested.
    """
    with _lock, mpl.rc_context(_settings()):
        yield


def new_figure(width, height, **options) -> Figure:
    """A `Figure` of width x height inches on an Agg canvas, unknown to pyplot; `options` go to `Figure`."""
    figure = Figure(figsize=(width, height), **options)
    FigureCanvasAgg(figure)
    if options.get("layout") == "constrained":
        figure.get_layout_engine().set(w_pad=0.12, h_pad=0.12)
    return figure


@contextmanager
def axes(ax, width, height):
    """Yield `ax` as it is, or, when it is None, new axes of width x height inches drawn in neuromem's style."""
    if ax is not None:
        yield ax
        return
    with style():
        yield new_figure(width, height, layout="constrained").add_subplot()


def to_png(figure, dpi=200) -> bytes:
    """The PNG file of `figure` as bytes, `dpi` dots per inch; the same figure gives the same bytes."""
    buffer = _io.BytesIO()
    with style():
        figure.savefig(buffer, format="png", dpi=dpi, metadata={"Software": None})
    return buffer.getvalue()


def save(figure, path, dpi=200) -> Path:
    """Write `figure` to `path` as a PNG, atomically, and return the path.

    Raises whatever `neuromem.io.atomic_path` raises for a folder that cannot be written.
    """
    from neuromem.io import atomic_path

    data = to_png(figure, dpi)
    with atomic_path(path) as temporary:
        Path(temporary).write_bytes(data)
    return Path(path)
