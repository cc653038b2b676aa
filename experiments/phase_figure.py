"""The picture of a phase diagram: cells by colour, theory as lines with a legend below, names of the phases."""

import numpy as np

from neuromem.experiments.phase_systems import SYSTEMS
from neuromem.plot import style
from neuromem.plot.canvas import INK, MUTED, new_figure

STYLES = {
    "spinodal": {"color": "#FFFFFF", "linestyle": "-"},
    "transition": {"color": "#FFFFFF", "linestyle": (0, (5, 2))},
    "glass": {"color": "#FFFFFF", "linestyle": (0, (1, 1.5))},
    "at": {"color": "#7FE7DC", "linestyle": (0, (1, 1))},
    "broken": {"color": "#7FE7DC", "linestyle": "-"},
}
COLOURS = "cividis"  # reads the same with any colour vision, and in grey


def plot(tree: dict) -> dict:
    """{"phase": Figure} of what `phase.run` returned."""
    with style():
        figure = new_figure(7.6, 5.6, layout="constrained")
        draw(tree, figure.add_subplot())
    return {"phase": figure}


def draw(tree: dict, ax):
    """Draw a phase diagram on axes and return them."""
    system, P, n = SYSTEMS[tree["model"]], int(tree["P"]), int(tree["n"])
    xs, ys, mean = (np.asarray(tree[name], float) for name in ("xs", "ys", "mean"))
    bx, by = _edges(xs, tree["x_max"]), _edges(ys, tree["y_max"])
    cells = ax.pcolormesh(bx, by, mean.T, cmap=COLOURS, vmin=0.0, vmax=1.0, rasterized=True)
    bar = ax.figure.colorbar(cells, ax=ax, pad=0.02, fraction=0.05)
    bar.set_label(system.quantity)
    bar.outline.set_visible(False)
    for curve in tree["lines"]["curves"]:
        x, y = np.asarray(curve["x"]), np.asarray(curve["y"])
        look = STYLES[curve["kind"]]
        ax.plot(x, y, linewidth=4.2, color=INK, alpha=0.75, zorder=3, solid_capstyle="butt")
        ax.plot(x, y, linewidth=2.2, zorder=4, label=curve["label"], **look)
    for region in tree["lines"]["regions"]:
        ax.text(
            region["x"], region["y"], region["text"], ha="center", va="center", color="white", fontsize=10.5, zorder=5,
            bbox={"boxstyle": "round,pad=0.25", "facecolor": INK, "edgecolor": "none", "alpha": 0.55},
        )  # fmt: skip
    ax.set(xlim=(bx[0], bx[-1]), ylim=(by[0], by[-1]))
    ax.set(xlabel=system.x[tree["x"]].label(P), ylabel=system.y[tree["y"]].label(P))
    ax.set_title(_title(tree, system, P), loc="left", pad=20)
    ax.text(0, 1.018, _how(tree, n), transform=ax.transAxes, fontsize=9, color=MUTED)
    if tree["lines"]["curves"]:
        legend = ax.legend(
            loc="upper left", bbox_to_anchor=(0, -0.13), ncols=1, fontsize=9, labelcolor="white", frameon=True,
            facecolor=INK, edgecolor="none", framealpha=0.8, handlelength=3.2, borderpad=0.6,
        )  # fmt: skip
        legend.set_zorder(6)
    return ax


def _title(tree, system, P):
    bodies = {"hopfield": "Pairwise Hopfield network" if P == 2 else f"Dense associative memory, P = {P}"}
    return bodies.get(tree["model"], system.title)


def _how(tree, n):
    disorders = int(tree["disorders"])
    drawn = f"{disorders} drawings of the patterns" if disorders > 1 else "one drawing of the patterns"
    if tree["model"] in ("ca3", "sparse"):
        return f"N = {n}, {drawn} per cell"
    unit = "" if tree["model"] == "multitasking" else ", normalisation “gardner”"
    return f"N = {n}, {drawn}, {int(tree['sweeps'])} + {int(tree['measured'])} sweeps per cell{unit}"


def _edges(values, end):
    """(count + 1,): halfway between neighbours, and as far beyond the outer ones."""
    if len(values) == 1:
        return np.array([0.0, max(float(end), 2 * float(values[0]))])
    inner = (values[1:] + values[:-1]) / 2
    return np.concatenate([[values[0] - (inner[0] - values[0])], inner, [values[-1] + (values[-1] - inner[-1])]])
