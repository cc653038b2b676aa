"""The figures of sparsey-actions: confusions, familiarity of known and new clips, and expected frames."""

import numpy as np

from neuromem.experiments.sparsey_actions import KINDS


def figures(tree, numbers):
    """actions and prediction, each a Figure."""
    return {"actions": actions(tree, numbers), "prediction": prediction(tree)}


def actions(tree, numbers):
    """Which actions are confused, and how familiar clips are to the upper level, frame by frame."""
    from neuromem import plot as draw
    from neuromem.plot.canvas import new_figure

    confusion, names = np.asarray(tree["confusion"]).sum(axis=0), list(tree["actions"])
    error = numbers["accuracy_error"]
    spread = f" ± {100 * error:.1f}" if error is not None else ""
    noise = f", {100 * float(tree['noise']):.0f} % of cells flipped" if tree["noise"] else ""
    with draw.style():
        figure = new_figure(9.6, 4.7, layout="constrained")
        left, right = figure.subplots(1, 2, width_ratios=(1.15, 1))
        left.imshow(confusion, cmap="Blues")
        for a, b in np.argwhere(confusion):
            dark = confusion[a, b] > 0.6 * confusion.max()
            left.text(b, a, confusion[a, b], ha="center", va="center", fontsize=8, color="white" if dark else "black")
        left.set_xticks(range(len(names)), names, rotation=50, ha="right")
        left.set_yticks(range(len(names)), names)
        left.set(xlabel="answered", ylabel="shown (clips of the subject left out)")
        left.set_title(
            f"{tree['kind']}{noise}: {100 * numbers['accuracy']:.1f}{spread} % of {numbers['clips']} clips right\n"
            f"(nearest neighbour {100 * numbers['nearest_neighbour_accuracy']:.1f} %)", fontsize=10,
        )  # fmt: skip
        G = np.asarray(tree["familiarity"])[:, :, 1]
        frames = np.arange(1, G.shape[2] + 1)
        for k, kind in enumerate(KINDS):
            bars = G[:, k].std(axis=0, ddof=1) / np.sqrt(len(G)) if len(G) > 1 else None
            right.errorbar(frames, G[:, k].mean(axis=0), bars, fmt="os^"[k] + "-", color=draw.PALETTE[k], label=kind,
                           markersize=4.5)  # fmt: skip
        right.set(ylim=(0, 1.3), yticks=np.arange(0, 1.01, 0.2), xlabel="frame")
        right.set_ylabel("familiarity G, upper level")
        right.legend(loc="upper right")
        folds = f"{len(G)} folds" if len(G) > 1 else "one fold"
        right.set_title(f"{tree['kind']}: known and new ({folds})", fontsize=10)
    return figure


def prediction(tree):
    """A clip that was seen once, above what was expected before each frame."""
    from neuromem import plot as draw
    from neuromem.plot.canvas import new_figure

    clip, expected = np.asarray(tree["clip"]), np.asarray(tree["predicted"])
    with draw.style():
        figure = new_figure(9.6, 2.9, layout="constrained")
        grid = figure.subplots(2, len(clip), squeeze=False)
        for row, images, name in ((0, clip, "came"), (1, [None, *expected], "expected")):
            for ax, image in zip(grid[row], images):
                ax.set(xticks=[], yticks=[])
                if image is None:
                    ax.imshow(np.zeros_like(clip[0]), cmap="gray_r", vmin=0, vmax=1)
                    ax.text(0.5, 0.5, "?", ha="center", va="center", transform=ax.transAxes)
                else:
                    ax.imshow(image, cmap="gray_r", vmin=0, vmax=1)
            grid[row, 0].set_ylabel(name)
        figure.suptitle(
            f"A clip that was seen once ({tree['clip_name']}, {tree['kind']}), and what was expected before each frame",
            fontsize=10,
        )
    return figure
