"""Spike rasters: populations stacked in bands, first on top, neuron 0 at the top of its band."""

from itertools import cycle

import numpy as np

from neuromem.errors import UsageError
from neuromem.plot.canvas import INK, MUTED, PALETTE, RULE, axes, new_figure, style

UNITS = {"ms": 1.0, "s": 1e-3}  # how many of the unit one ms is


def raster(spikes, ax=None, *, order=None, colours=None, span=None, time_unit="ms", sizes=None, events=()):
    """Draw spikes against time, one band and one colour per population, and return the Axes.

    spikes: dict population -> (times (k,) ms, ids (k,) int), or an object with `.times` and `.ids`, or an int array
        (k, 2) of (step, neuron) with steps of 1 ms. A population without spikes keeps its band.
    order: the populations to draw, from the top; by default all, as they come in `spikes` (or in `sizes`).
    colours: dict population -> colour, or a list of colours in that order; the palette by default.
    span: (first, last) time shown, ms; by default all spikes and events.
    time_unit: "ms" or "s", the unit of the axis; arguments stay in ms.
    sizes: dict population -> number of neurons; by default the largest id that spiked, plus one. Sizes given
        are written beside the names.
    events: (time in ms, text) pairs, marked by a line with the text above the axes.

    Raises UsageError for a population, unit or form of spikes that is not known, and for ids outside a population.
    """
    if time_unit not in UNITS:
        raise UsageError(f"time_unit must be one of {', '.join(UNITS)}, got {time_unit!r}")
    trains = {name: _train(name, train) for name, train in spikes.items()}
    names = list(order) if order is not None else list(sizes or {}) + [n for n in trains if n not in (sizes or {})]
    for name in names:
        if name not in trains and name not in (sizes or {}):
            raise UsageError(f"population {name!r} has no spikes or size here; there are {', '.join(trains) or 'none'}")
    labels = [f"{name}  {sizes[name]:,}" if sizes and name in sizes else name for name in names]
    sizes = {name: int((sizes or {}).get(name) or _size(trains.get(name))) for name in names}
    for name, size in sizes.items():
        if name in trains and not ((trains[name][1] >= 0) & (trains[name][1] < size)).all():
            raise UsageError(f"population {name!r} has {size} neurons, its spikes have ids outside 0 to {size - 1}")
    heights = _heights(list(sizes.values()))
    tall = max(0.09 * sum(heights), 0.36 * len(names))
    with axes(ax, 9, float(np.clip(1.2 + tall + 0.2 * bool(events), 2.2, 9))) as ax:
        first, last = span if span is not None else _span(trains, names, events)
        step = _step(ax, trains, names, (first, last))
        _bands(ax, trains, sizes, heights, _colours(names, colours), time_unit, step)
        ax.set_yticks(ax.get_yticks(), labels)
        ax.set_xlim(first * UNITS[time_unit], last * UNITS[time_unit])
        ax.set_xlabel(f"time ({time_unit})")
        if time_unit == "ms" and last - first > 5:
            ax.xaxis.get_major_locator().set_params(integer=True)
        _events(ax, [(t * UNITS[time_unit], text) for t, text in events])
    return ax


def learn_and_recall(learn, recall, sizes, *, learn_events=(), recall_events=(), order=None, colours=None, titles=None):
    """Draw one learning (left) and one recall (right) with the same bands, as a Figure.

    learn, recall: spikes as `raster` takes them, each with its own time, ms.
    sizes: dict population -> number of neurons, in the order drawn; bands of 1 to 784 neurons stay legible together.
    learn_events, recall_events: (time in ms, text) pairs that mark the phases.
    order, colours: as for `raster`. titles: two texts, by default "learn" and "recall from a fragment".
    """
    names = list(order or sizes)
    left, right = titles or ("learn", "recall from a fragment")
    rasters = ((learn, learn_events, left), (recall, recall_events, right))
    spans = [_span({n: _train(n, x) for n, x in s.items()}, names, events) for s, events, _ in rasters]
    widths = np.sqrt([last - first for first, last in spans])
    widths = np.clip(widths / widths.sum(), 0.3, 0.7)
    tall = float(np.clip(1.5 + 0.068 * sum(_heights([sizes[n] for n in names if n in sizes])), 3.2, 9))
    with style():
        figure = new_figure(10, tall, layout="constrained")
        panels = figure.subplots(1, 2, sharey=True, width_ratios=widths)
        for ax, span, (spikes, events, _) in zip(panels, spans, rasters, strict=True):
            known = {n: x for n, x in spikes.items() if n in names}
            raster(known, ax, order=names, colours=colours, span=span, sizes=sizes, events=events)
        for ax, (_, _, title) in zip(panels, rasters, strict=True):
            ax.set_title(title, pad=8 + 13 * max(map(_levels, panels)))
        panels[1].tick_params(labelleft=False)
    return figure


def _train(name, train):
    """(times in ms, ids) of one population, in any of the accepted forms."""
    try:
        if hasattr(train, "times"):
            times, ids = train.times, train.ids
        elif isinstance(train, np.ndarray) and train.ndim == 2 and train.shape[1] == 2:
            times, ids = train.T
        else:
            times, ids = train
        times, ids = np.asarray(times, dtype=float), np.asarray(ids, dtype=float)
    except (TypeError, ValueError):
        times, ids = np.empty(0), np.empty(1)  # refused below
    if times.ndim != 1 or times.shape != ids.shape:
        raise UsageError(f"spikes of {name!r} must be equally long times and ids, or (k, 2) steps and ids")
    return times, ids


def _size(train):
    return 1 if train is None or not train[1].size else int(train[1].max()) + 1


def _heights(sizes):
    """Band heights: they grow slowly with the number of neurons, and one neuron still has room for its name."""
    grown = np.asarray(sizes, dtype=float) ** 0.35
    return np.maximum(grown, max(0.3 * grown.max(initial=1.0), 0.55 * grown.mean() if sizes else 0.0))


def _colours(names, colours):
    if isinstance(colours, dict):
        return [colours.get(name, INK) for name in names]
    return [colour for _, colour in zip(names, cycle(colours or PALETTE), strict=False)]


def _span(trains, names, events):
    """The first and last time of spikes and events, ms, with a little room so that no mark lies on the frame."""
    times = np.concatenate([trains[n][0] for n in names if n in trains] + [[t for t, _ in events]])
    if not times.size:
        return 0.0, 1.0
    room = max(0.5, 0.02 * float(np.ptp(times)))
    return float(times.min()) - room, float(times.max()) + room


def _bands(ax, trains, sizes, heights, colours, unit, step):
    """Draw the bands; `step` is the width of a spike in points where time is coarse, else None: see `_look`."""
    points = 72 * ax.figure.get_size_inches()[1] * ax.get_position().height / max(sum(heights), 1e-9)
    total = sum(trains[name][0].size for name in sizes if name in trains)
    tops = np.concatenate([[0.0], np.cumsum(heights)])
    for (name, size), top, height, colour in zip(sizes.items(), tops[:-1], heights, colours, strict=True):
        times, ids = trains.get(name, (np.empty(0), np.empty(0)))
        room = 0.08 * height  # between the outer neurons and the separators
        y = top + room + (height - 2 * room) * (ids + 0.5) / size
        look = _look(points * (height - 2 * room) / size, times.size, total, step)
        ax.plot(times * UNITS[unit], y, linestyle="none", color=colour, label=name, **look)
        if not times.size:
            middle = {"transform": ax.get_yaxis_transform(), "ha": "center", "va": "center"}
            ax.text(0.5, top + height / 2, "silent", color=MUTED, fontsize=8, **middle)
    for edge in tops[1:-1]:
        ax.axhline(edge, color=RULE, linewidth=0.8, zorder=0.5)
    ax.set_ylim(max(tops[-1], 1e-9), 0)
    ax.set_yticks((tops[:-1] + tops[1:]) / 2)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)


def _look(row, count, total, step):
    """The marker for a population of `count` of `total` spikes whose neurons are `row` points apart.

    Coarse time: a dash per spike, as wide as its step, so that a volley shows which neurons took part. Fine time: an
    upright tick per spike, thinner the more there are, and beyond 20,000 a dot.
    """
    crowd = np.log10(max(total, 1))
    if step is not None:
        least = float(np.interp(np.log10(max(count, 1)), [0, 1, 2.2], [1.8, 1.4, 0.6]))
        return {"marker": "_", "markersize": step, "markeredgewidth": float(np.clip(0.7 * row, least, 4))}
    size = float(np.clip(0.8 * row, np.interp(crowd, [1, 3, 5], [4.5, 2.8, 0.9]), 10))
    if total > 20_000:
        return {"marker": ".", "markersize": 1.4 * size, "markeredgewidth": 0, "alpha": 0.6, "rasterized": True}
    return {"marker": "|", "markersize": size, "markeredgewidth": float(np.interp(crowd, [1, 3], [1.8, 1.2]))}


def _step(ax, trains, names, span):
    """The width in points of 70 % of the smallest time between spikes, if that is wide enough to draw, else None."""
    times = np.unique(np.concatenate([trains[n][0] for n in names if n in trains] or [np.empty(0)]))
    if times.size < 2 or span[1] <= span[0]:
        return None
    wide = 72 * ax.figure.get_size_inches()[0] * ax.get_position().width * np.diff(times).min() / (span[1] - span[0])
    return float(min(0.7 * wide, 16)) if wide > 5 else None


def _events(ax, events):
    """Lines with texts above the axes; a text that would collide is written one line higher."""
    ends, wide = [], 72 * ax.figure.get_size_inches()[0] * ax.get_position().width
    first, last = ax.get_xlim()
    for time, text in sorted(events):
        x, needs = (time - first) / (last - first) * wide, 8 * 0.6 * len(text)
        left = x + needs <= wide or x < needs  # does the text start at the line, or end there?
        start = x if left else x - needs
        level = next((i for i, end in enumerate(ends) if end <= start), len(ends))
        ends[level : level + 1] = [start + needs + 8]
        ax.axvline(time, color=MUTED, linewidth=0.8, linestyle=(0, (3, 3)), zorder=0.6)
        place = {"xycoords": ax.get_xaxis_transform(), "textcoords": "offset points", "va": "bottom"}
        note = ax.annotate(text, (time, 1), (0, 3 + 12 * level), ha="left" if left else "right", **place)
        note.set(fontsize=8, color=MUTED, gid=f"event-{level}")


def _levels(ax):
    """How many lines of event texts stand above the axes."""
    return 1 + max((int(t.get_gid()[6:]) for t in ax.texts if (t.get_gid() or "").startswith("event-")), default=-1)
