"""Figures of tasks learned one after another."""

import numpy as np

NAMES = {
    "none": "unprotected", "hlop": "Hebbian projection", "svd": "singular vectors", "ewc": "EWC", "replay": "replay",
    "rehearsal": "power-law rehearsal", "dendrites": "active dendrites", "rewiring": "sparse rewiring",
}  # fmt: skip


def matrix_and_course(tree, numbers):
    """The accuracy matrix as a table of colours; beside it, every task's accuracy from when it was learned on."""
    from neuromem import plot as draw
    from neuromem.plot.canvas import FAINT, new_figure

    A = 100 * np.asarray(tree["accuracy_matrix"])
    n = len(A)
    A = np.where(np.tri(n, dtype=bool), A, np.nan)
    low = np.floor(np.nanmin(A) / 10) * 10
    with draw.style():
        figure = new_figure(9.2, 3.9, layout="constrained")
        left, right = figure.subplots(1, 2, width_ratios=(1, 1.2))
        image = left.imshow(A, cmap="cividis", vmin=low, vmax=100)
        for i in range(n):
            for j in range(i + 1):
                dark = A[i, j] < (low + 100) / 2
                left.text(j, i, f"{A[i, j]:.0f}", ha="center", va="center", fontsize=7.5, color="w" if dark else "k")
        left.set(xticks=range(n), yticks=range(n), xlabel="tested on task", ylabel="after learning task")
        left.set_xticklabels(range(1, n + 1))
        left.set_yticklabels(range(1, n + 1))
        bar = figure.colorbar(image, ax=left, shrink=0.85)
        bar.outline.set_visible(False)
        bar.set_label("right (%)")
        left.spines[:].set_visible(False)
        for j in range(n - 1, -1, -1):
            colour, name = (draw.PALETTE[0], "the first task") if j == 0 else (FAINT, "later tasks" if j == 1 else None)
            right.plot(range(j + 1, n + 1), A[j:, j], color=colour, marker="o", markersize=3.5, label=name)
        mean = [A[i, : i + 1].mean() for i in range(n)]
        right.plot(range(1, n + 1), mean, color=draw.PALETTE[1], linestyle="--", label="mean of those learned")
        right.set(xlabel="tasks learned", ylabel="right (%)", xticks=range(1, n + 1), ylim=(low, 101))
        right.legend(loc="lower left", fontsize=8)
        name = NAMES[tree["method"]]
        right.set_title(f"{name}: ACC {numbers['acc']:.1f} %, BWT {numbers['bwt']:+.1f} %", fontsize=10)
    return figure


def methods_compared(tree, values):
    """ACC, BWT and CPU time of every method, dots are seeds; the mean accuracy on what was learned, task by task."""
    from neuromem import plot as draw
    from neuromem.plot.canvas import MUTED, RULE, new_figure

    methods = list(values)
    panels = (("acc", "ACC (%)"), ("bwt", "BWT (%)"), ("cpu_seconds", "CPU seconds"))
    with draw.style():
        figure = new_figure(11, 1.9 + 0.3 * len(methods), layout="constrained")
        axes = figure.subplots(1, 4, width_ratios=(1, 1, 0.8, 1.5))
        for ax, (key, label) in zip(axes, panels):
            for i, method in enumerate(methods):
                each = values[method][key]
                colour = draw.PALETTE[i % len(draw.PALETTE)]
                ax.plot(each, np.full(len(each), i), "o", color=colour, markersize=4, alpha=0.45, zorder=2)
                ax.plot(each.mean(), i, "|", color=colour, markersize=15, markeredgewidth=2.2, zorder=3)
            ax.set(yticks=range(len(methods)), xlabel=label, ylim=(len(methods) - 0.5, -0.5))
            ax.set_yticklabels([NAMES[m] for m in methods] if ax is axes[0] else [])
            ax.grid(axis="y", color=RULE)
        axes[1].axvline(0, color=MUTED, linewidth=0.8)
        axes[2].set_xlim(left=0)
        for i, matrices in enumerate(100 * np.asarray(tree["matrices"])):
            n = matrices.shape[1]
            course = [matrices[:, k, : k + 1].mean() for k in range(n)]
            style = "-" if i < len(draw.PALETTE) else ":"
            axes[3].plot(
                range(1, n + 1), course, style, color=draw.PALETTE[i % len(draw.PALETTE)], marker="o", markersize=3
            )
        axes[3].set(xlabel="tasks learned", ylabel="right on tasks learned (%)", xticks=range(1, n + 1))
        axes[3].set_title(f"{tree['images']}, {len(tree['matrices'][0])} seeds", fontsize=9, color=MUTED)
    return figure
