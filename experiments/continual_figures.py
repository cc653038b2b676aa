"""Figures of tasks learned one after another."""

import numpy as np

NAMES = {
    "none": "unprotected", "hlop": "Hebbian projection", "svd": "singular vectors", "ewc": "EWC", "replay": "replay",
    "rehearsal": "power-law rehearsal", "dendrites": "active dendrites", "rewiring": "sparse rewiring",
}  # fmt: skip


IMAGES = {
    "pmnist": "permuted digits", "fashion-own": "clothes, task told", "fashion-shared": "clothes, task not told",
    "cifar-own": "photographs, task told", "cifar-shared": "photographs, task not told",
}  # fmt: skip


def matrix_and_course(tree, numbers):
    """The accuracy matrix as a table of colours; beside it, every task's accuracy from when it was learned on."""
    from neuromem import plot as draw
    from neuromem.plot.canvas import FAINT, new_figure

    A = 100 * np.asarray(tree["accuracy_matrix"])
    n = len(A)
    A = np.where(np.tri(n, dtype=bool), A, np.nan)
    low = np.floor(np.nanmin(A))
    high = max(np.ceil(np.nanmax(A)), low + 1)
    digits = 1 if high - low < 10 else 0
    with draw.style():
        figure = new_figure(9.2, 3.9, layout="constrained")
        left, right = figure.subplots(1, 2, width_ratios=(1, 1.2))
        image = left.imshow(A, cmap="cividis", vmin=low, vmax=high)
        for i in range(n):
            for j in range(i + 1):
                dark = A[i, j] < (low + high) / 2
                text, size, colour = f"{A[i, j]:.{digits}f}", 7.5 - digits, "w" if dark else "k"
                left.text(j, i, text, ha="center", va="center", fontsize=size, color=colour)
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
        right.set(xlabel="tasks learned", ylabel="right (%)", xticks=range(1, n + 1))
        right.set_ylim(low - 0.03 * (high - low), high)
        right.legend(loc="lower left", fontsize=8)
        name = NAMES[tree["method"]]
        right.set_title(f"{name}: ACC {numbers['acc']:.1f} %, BWT {numbers['bwt']:+.1f} %", fontsize=10)
    return figure


def methods_compared(tree, values):
    """ACC, BWT and CPU time of every method, dots are seeds, bars means and standard errors; the mean accuracy on what
    was learned, task by task."""
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
                if len(each) > 1:
                    error = each.std(ddof=1) / np.sqrt(len(each))
                    ax.plot([each.mean() - error, each.mean() + error], [i, i], color=colour, linewidth=2.2, zorder=3)
            ax.set(yticks=range(len(methods)), xlabel=label, ylim=(len(methods) - 0.5, -0.5))
            ax.set_yticklabels([NAMES[m] for m in methods] if ax is axes[0] else [])
            ax.grid(axis="y", color=RULE)
        axes[1].axvline(0, color=MUTED, linewidth=0.8)
        axes[2].set_xlim(0, 1.08 * max(values[m]["cpu_seconds"].max() for m in methods))
        for i, matrices in enumerate(100 * np.asarray(tree["matrices"])):
            n = matrices.shape[1]
            course = [matrices[:, k, : k + 1].mean() for k in range(n)]
            style = "-" if i % 2 == 0 else (0, (3, 1.5))  # where one lies on another, both are seen
            colour = draw.PALETTE[i % len(draw.PALETTE)]
            axes[3].plot(range(1, n + 1), course, linestyle=style, color=colour, marker="o", markersize=3)
        axes[3].set(xlabel="tasks learned", ylabel="right on tasks learned (%)", xticks=range(1, n + 1))
        name, seeds = IMAGES.get(tree["images"], tree["images"]), len(tree["matrices"][0])
        axes[3].set_title(f"{name}, {seeds} seed{'s' if seeds > 1 else ''}", fontsize=9, color=MUTED)
    return figure
