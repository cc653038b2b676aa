"""The figures of sparsey-mnist: what the macs see, which digits are confused, and the classes as a tree."""

import numpy as np


def figures(tree, numbers):
    """digits and classes, each a Figure."""
    return {"digits": digits(tree, numbers), "classes": classes(tree)}


def digits(tree, numbers):
    """Images as they are and as they are shown to the macs, and the table of confusions."""
    from neuromem import plot as draw
    from neuromem.plot.canvas import MUTED, new_figure

    examples, confusion = np.asarray(tree["examples"]), np.asarray(tree["confusion"], float)
    share = 100 * confusion / np.maximum(confusion.sum(axis=1, keepdims=True), 1)
    with draw.style():
        figure = new_figure(9.2, 4.6, layout="constrained")
        left, right = figure.subfigures(1, 2, width_ratios=(0.62, 1))
        cells = left.subplots(5, 4, gridspec_kw={"wspace": 0.06, "hspace": 0.06})
        for i, ax in enumerate(cells.ravel()):
            digit, shown = divmod(i, 2)
            ax.imshow(examples[digit + 10 * shown], cmap="gray_r", vmin=0, vmax=255)
            ax.set(xticks=[], yticks=[])
            ax.spines[:].set_visible(False)
        left.suptitle("images, and what the macs see", fontsize=10)
        ax = right.add_subplot()
        ax.imshow(np.where(np.eye(10, dtype=bool), 0, share), cmap="Oranges", vmin=0, vmax=10)
        for a in range(10):
            for b in range(10):
                if a == b or share[a, b] >= 0.5:
                    text = f"{share[a, b]:.0f}" if a == b else f"{share[a, b]:.1f}"
                    ax.text(b, a, text, ha="center", va="center", fontsize=7.5, color="black" if a == b else MUTED)
        ax.set(xticks=range(10), yticks=range(10), xlabel="answered", ylabel="shown (% of each digit)")
        error = numbers["accuracy_error"]
        spread = f" ± {100 * error:.1f}" if error is not None else ""
        ax.set_title(
            f"{100 * numbers['accuracy']:.1f}{spread} % right, {numbers['per_class']} per class learned once,\n"
            f"{tree['source']}; nearest neighbour {100 * numbers['nearest_neighbour_accuracy']:.1f} %", fontsize=10,
        )  # fmt: skip
    return figure


def classes(tree):
    """How often codes of two classes share a unit, and the tree of average linkage that follows."""
    from scipy.cluster.hierarchy import dendrogram, linkage
    from scipy.spatial.distance import squareform

    from neuromem import plot as draw
    from neuromem.plot.canvas import INK, new_figure

    shared = np.asarray(tree["similarity"])
    distance = 1 - (shared + shared.T) / 2
    np.fill_diagonal(distance, 0)
    with draw.style():
        figure = new_figure(9.2, 3.9, layout="constrained")
        left, right = figure.subplots(1, 2, width_ratios=(1, 1.25))
        most = np.sort(100 * np.diag(shared))[-2]
        image = left.imshow(100 * shared, cmap="Blues", vmin=0, vmax=most)
        left.set(xticks=range(10), yticks=range(10), xlabel="class", ylabel="class")
        left.set_title("modules with the same winner (%)", fontsize=10)
        bar = figure.colorbar(image, ax=left, shrink=0.85, extend="max")
        bar.outline.set_visible(False)
        found = linkage(squareform(distance, checks=False), "average")
        dendrogram(found, ax=right, color_threshold=0, above_threshold_color=INK)
        low = found[:, 2].min()
        high = found[:, 2].max()
        right.set_ylim(low - 0.25 * (high - low), high + 0.1 * (high - low))
        right.set(xlabel="class", ylabel="share of modules that differ")
        right.set_title("the classes as a tree, read from test codes", fontsize=10)
    return figure
