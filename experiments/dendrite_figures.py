"""The figures of dendrite-accuracy: formulas as lines, what was drawn as dots, spiking neurons as crosses."""

import numpy as np

SMALLEST = 1e-12
LEGENDS = {"s": "center right", "memory noise": "upper right"}
PANELS = {  # panel -> (title, x label, y label, logarithmic, limits of x)
    "n": ("false matches, s = 24, threshold 12", "units n", "probability", True, (0, 9000)),
    "s": ("false matches, threshold s / 2", "synapses s", "", True, (0, 50)),
    "noise": ("misses, s = 30, 128 active", "share of active units lost", "", False, (0.1, 0.9)),
    "threshold": ("median of 210 kinds of segment", "threshold", "", True, (0, 20)),
    "input": ("a union of codes as input", "codes in the union", "probability", True, (0, 50)),
    "segment": ("a union of codes on the segment", "codes in the union", "", True, (0, 20)),
    "vectors": ("matches any of 500 patterns", "threshold", "", True, (1, 7)),
    "memory noise": (
        "sequence memory, noisy input",
        "share of active units lost",
        "correctly predicted",
        False,
        (0, 1.1),
    ),
    "memory size": ("sequence memory, by its size", "units n", "predicted and true, of either", False, (250, 1000)),
    "memory union": ("sequence memory, branches", "branches learned", "share of units predicted", False, (0, 50)),
}
ORDER = ("n", "s", "threshold", "vectors", "input", "segment", "noise", "memory noise", "memory size", "memory union")


def plot(tree: dict) -> dict:
    """accuracy, a Figure of all panels but that of correlated codes, which is the Figure correlation."""
    from neuromem import plot as draw
    from neuromem.plot import canvas

    drawn = {name: np.asarray(value) for name, value in tree["points"].items()}
    with draw.style():
        figure = canvas.new_figure(17, 7, layout="constrained")
        for ax, panel in zip(figure.subplots(2, 5).ravel(), ORDER, strict=True):
            _panel(ax, panel, tree["curves"][panel], drawn, draw.PALETTE)
        return {
            "accuracy": figure,
            "correlation": _correlation(drawn, canvas.new_figure(6, 4, layout="constrained"), draw),
        }


def _correlation(drawn, figure, draw):
    """False matches against the correlation of active units, a dot for each world, and what the theory says of it."""
    ax = figure.add_subplot()
    mine = drawn["panel"] == "correlation"
    for k, label in enumerate(dict.fromkeys(drawn["label"][mine].tolist())):
        here = mine & (drawn["label"] == label)
        seen = here & (drawn["hits"] > 0)
        name = f"{label}, threshold {drawn['theta'][here][0]}"
        ax.plot(drawn["x"][seen], _share(drawn, seen), "o", color=draw.PALETTE[k], markersize=5, label=name)
        ax.plot(drawn["x"][here], drawn["expected"][here], "_", color=draw.PALETTE[k], markersize=11)
    ax.plot([], [], "_", color="black", markersize=11, label="theory, given how codes overlap")
    ax.set(yscale="log", ylim=(1e-9, 1), xlabel="correlation of units that are active together",
           ylabel="codes that match falsely any of 500 segments")  # fmt: skip
    ax.set_xlim(0, None)
    ax.legend(frameon=False, fontsize=8, loc="lower right", bbox_to_anchor=(1, 0.02))
    return figure


def _panel(ax, panel, curves, drawn, palette):
    title, xlabel, ylabel, logarithmic, limits = PANELS[panel]
    mine = drawn["panel"] == panel
    for k, (label, line) in enumerate(curves.items()):
        colour = palette[k % len(palette)]
        y = np.asarray(line["y"], float)
        ax.plot(line["x"], np.maximum(y, 1e-30) if logarithmic else y, color=colour, linewidth=1.4, label=label)
        here = mine & (drawn["label"] == label) & ((drawn["hits"] > 0) | (not logarithmic))
        ax.plot(drawn["x"][here], _share(drawn, here), "o", color=colour, markersize=5, zorder=3)
    spiking = mine & (drawn["label"] == "spiking") & ((drawn["hits"] > 0) | (not logarithmic))
    if spiking.any():
        style = {"color": "black", "markersize": 9, "markeredgewidth": 1.6, "zorder": 4, "label": "spiking neurons"}
        ax.plot(drawn["x"][spiking], _share(drawn, spiking), "x", **style)
    ax.set(xlabel=xlabel, ylabel=ylabel, xlim=limits)
    ax.set_title(title, fontsize=10)
    if logarithmic:
        ax.set(yscale="log", ylim=(SMALLEST, 3))
    else:
        ax.set_ylim(-0.03, 1.05 if panel != "memory union" else 0.7)
    if len(curves) > 1 or spiking.any():
        ax.legend(frameon=False, fontsize=8, loc=LEGENDS.get(panel, "best"), handlelength=1.2)


def _share(drawn, which):
    return drawn["hits"][which] / drawn["trials"][which]
