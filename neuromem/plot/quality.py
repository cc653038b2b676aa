"""How much is recalled exactly: per kind of fragment, and against the size of the fragment."""

import numpy as np
from matplotlib.ticker import FuncFormatter, NullLocator

from neuromem.errors import UsageError
from neuromem.plot.canvas import INK, MUTED, PALETTE, RULE, axes

MARKERS = ("o", "s", "D", "^", "v", "P", "X")


def wilson(correct, trials, z=1.96):
    """Wilson's interval of a proportion, (low, high) in %, for `correct` out of `trials` counts; z = 1.96 is 95 %.

    p~ = (p + z^2/2n) / (1 + z^2/n),  half = z sqrt(p(1-p)/n + z^2/4n^2) / (1 + z^2/n)   (Wilson 1927)

    Raises UsageError unless 0 <= correct <= trials and trials > 0.
    """
    if not (trials > 0 and 0 <= correct <= trials):
        raise UsageError(f"a proportion needs 0 <= correct <= trials and trials > 0, got {correct} of {trials}")
    p, scale = correct / trials, 1 + z * z / trials
    middle = (p + z * z / (2 * trials)) / scale
    half = z * np.sqrt(p * (1 - p) / trials + z * z / (4 * trials * trials)) / scale
    return max(0.0, 100 * float(middle - half)), min(100.0, 100 * float(middle + half))


def recall_quality(rows, ax=None, *, xlabel=None):
    """Draw how much was recalled exactly, per kind of fragment and method, as dots with error bars; return the Axes.

    rows: dicts with `fragment` (the kind, text), `method` (text) and either `correct` and `trials` (counts; the bar is
        Wilson's 95 % interval) or `mean` in % and optionally `error` in % (the bar is mean +- error). Kinds and
        methods are drawn in the order they first come in; the first method stands out.
    xlabel: by default "recalled exactly (%)" and what the bars are.

    Raises UsageError for no rows, a row without these entries, or values outside 0 to 100 %.
    """
    points = [_point(row) for row in rows]
    if not points:
        raise UsageError("recall_quality needs at least one row")
    kinds = list(dict.fromkeys(p[0] for p in points))
    methods = list(dict.fromkeys(p[1] for p in points))
    step = 0.74 / len(methods)
    with axes(ax, 9, 1.3 + len(kinds) * (0.16 + 0.185 * len(methods))) as ax:
        for m, method in enumerate(methods):
            mine = [p for p in points if p[1] == method]
            y = [kinds.index(p[0]) + (m - (len(methods) - 1) / 2) * step for p in mine]
            value, low, high = np.array([p[2:] for p in mine]).T
            colour, first = PALETTE[m % len(PALETTE)], m == 0
            ax.errorbar(
                value,
                y,
                xerr=np.clip([value - low, high - value], 0, None),
                fmt=MARKERS[m % len(MARKERS)],
                color=colour,
                markersize=7 if first else 5.5,
                markerfacecolor=colour if first else "white",
                markeredgewidth=1.5,
                elinewidth=1.5,
                label=method,
                zorder=4 if first else 3,
                clip_on=False,
            )
            for v, edge, at in zip(value, low, y, strict=True):
                weight = "bold" if first else "normal"
                ax.annotate(
                    f"{v:.1f}".removesuffix(".0"), (edge, at), (-8, 0), textcoords="offset points",
                    ha="right", va="center_baseline", fontsize=8.5, color=INK if first else MUTED, weight=weight,
                )  # fmt: skip
        lowest = min(p[3] for p in points)
        start = max(0, 10 * np.floor((lowest - 6) / 10)) if lowest > 6 else -6
        ax.set(xlim=(start, 100), ylim=(len(kinds) - 0.5, -0.5))
        ax.set_yticks(range(len(kinds)), kinds)
        for edge in range(1, len(kinds)):
            ax.axhline(edge - 0.5, color=RULE, linewidth=0.8, zorder=0.5)
        ax.tick_params(axis="y", length=0)
        ax.grid(axis="x")
        ax.set_xticks([t for t in ax.get_xticks() if 0 <= t <= 100])
        ax.spines["left"].set_visible(False)
        ax.set_xlabel(xlabel or f"recalled exactly (%){_bars(rows)}")
        if len(methods) > 1:
            ax.legend(loc="lower left", bbox_to_anchor=(-0.01, 1.0), ncols=len(methods), columnspacing=1.6)
        else:
            ax.set_title(methods[0])
    return ax


def recall_curve(x, series, ax=None, *, xlabel="ink kept (%)", ylabel="recalled exactly (%)", log=True, chance=None):
    """Draw recall quality against the size of the fragment, one line with error bars per series; return the Axes.

    x: (p,) sizes of the fragment, in % of the ink; positive when `log`.
    series: dict name -> (seeds, p) values in %, drawn as mean and standard error over seeds; or a pair
        (mean (p,), error (p,)) as a tuple; or (p,) values without bars. The first series stands out.
    log: a logarithmic x axis, labelled with plain numbers. chance: the level of guessing, in %, or None.

    Raises UsageError if a series does not fit x or x cannot be drawn.
    """
    x = np.asarray(x, dtype=float)
    if x.ndim != 1 or not x.size or not np.isfinite(x).all() or (log and (x <= 0).any()):
        raise UsageError("x must be a one-dimensional array of finite numbers, positive on a logarithmic axis")
    lines = {name: _series(name, values, x.size) for name, values in series.items()}
    with axes(ax, 7.5, 4.2) as ax:
        if log:
            ax.set_xscale("log")
        if chance is not None:
            ax.axhline(chance, color=MUTED, linewidth=1, linestyle=(0, (3, 3)), zorder=1)
            ax.annotate(
                "chance", (1, chance), (0, 3), xycoords=ax.get_yaxis_transform(), textcoords="offset points",
                ha="right", va="bottom", fontsize=8, color=MUTED,
            )  # fmt: skip
        for i, (name, (mean, error)) in enumerate(lines.items()):
            colour, first = PALETTE[i % len(PALETTE)], i == 0
            ax.errorbar(
                x,
                mean,
                yerr=error,
                fmt=f"-{MARKERS[i % len(MARKERS)]}",
                color=colour,
                markersize=8.5 if first else 4.5,
                markerfacecolor=colour if first else "white",
                linewidth=3 if first else 1.3,
                elinewidth=2 if first else 1.1,
                label=name,
                zorder=2 + 0.1 * i,  # the first is the broadest and lies below, so that equal curves all show
                clip_on=False,
            )
        if log:
            ax.set_xticks(_ticks(x))
            ax.xaxis.set_minor_locator(NullLocator())
            ax.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}"))
        ax.set_ylim(0, 100)
        ax.grid(axis="y")
        ax.set(xlabel=xlabel, ylabel=ylabel)
        if lines:
            ax.legend(loc="lower right", bbox_to_anchor=(1, 0.06))
    return ax


def _point(row):
    """(fragment, method, value, low, high) of one row, in %."""
    try:
        if "correct" in row:
            value = 100 * row["correct"] / row["trials"] if row["trials"] else 0.0
            low, high = wilson(row["correct"], row["trials"])
        else:
            value, error = float(row["mean"]), float(row.get("error") or 0.0)
            low, high = max(0.0, value - error), min(100.0, value + error)
        fragment, method = row["fragment"], row["method"]
    except KeyError as missing:
        raise UsageError(f"a row of recall_quality has no {missing}: {dict(row)}") from None
    if not 0 <= value <= 100:
        raise UsageError(f"recall of {method} from {fragment} must be 0 to 100 %, got {value}")
    return str(fragment), str(method), float(value), low, high


def _bars(rows):
    if all("correct" in row for row in rows):
        return ", bars: 95 % interval"
    return ", bars: standard error" if any(row.get("error") for row in rows) else ""


def _series(name, values, size):
    if isinstance(values, tuple) and len(values) == 2:
        mean, error = (np.asarray(v, dtype=float) for v in values)
    else:
        values = np.asarray(values, dtype=float)
        mean, error = (values.mean(axis=0), None) if values.ndim == 2 and len(values) else (values, None)
        if values.ndim == 2 and len(values) > 1:
            error = values.std(axis=0, ddof=1) / np.sqrt(len(values))
    if mean.shape != (size,) or (error is not None and error.shape != (size,)):
        raise UsageError(f"series {name!r} must have one value per x ({size}), or one row per seed")
    return mean, error


def _ticks(x):
    """The sizes themselves where they have room on a logarithmic axis, else 1, 2, 5, 10, ... within them."""
    own = np.unique(x)
    if own.size < 2 or np.diff(np.log(own)).min() > 0.055 * np.log(own[-1] / own[0]):
        return own
    steps = np.array([m * 10.0**e for e in range(-4, 5) for m in (1, 2, 5)])
    inside = steps[(steps >= own[0] * 0.999) & (steps <= own[-1] * 1.001)]
    return inside if inside.size else own[[0, -1]]
