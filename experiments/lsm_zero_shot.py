"""Digits of classes that were never learned, recognised across two views by contrastive learning on spike counts.

The same digits are seen as an image, regular trains of all pixels at once, and as a scan, rows of a narrow slit that
moves from left to right: our stand-in for the published pairs of pictures and spoken digits. Each view has a fixed
random reservoir. Two projections of their spike counts are trained to bring views of the same digit together, with some
classes left out; then test images of those classes are given the class whose mean scan is nearest.
"""

from dataclasses import dataclass

import numpy as np

from neuromem.experiments.lsm_device_random import KINDS
from neuromem.experiments.parameters import require

QUICK: dict = {"seeds": 1, "count": 400, "epochs": 5}
VIEWS = ("image", "scan")


@dataclass(frozen=True)
class Parameters:
    """seeds: reservoirs, and projections, of each kind; unseen: classes left out; count: training images, 0 all.

    device: a preset whose programming spreads; neurons: of each reservoir; size: of the common space
    """

    seed: int = 0
    seeds: int = 5
    unseen: tuple[int, ...] = (8, 9)
    count: int = 0
    device: str = "random-forming"
    neurons: int = 200
    size: int = 64
    temperature: float = 0.1
    epochs: int = 20
    rate: float = 1e-3

    def __post_init__(self):
        from neuromem.hardware.resistive import presets

        for name in ("seeds", "neurons", "size", "epochs"):
            require(getattr(self, name) >= 1, f"{name} must be at least 1, not {getattr(self, name)}")
        require(self.count >= 0, f"count must be 0 or more, not {self.count}")
        classes = set(self.unseen)
        possible = 2 <= len(classes) <= 8 and classes <= set(range(10)) and len(classes) == len(self.unseen)
        require(possible, f"unseen must be 2 to 8 different digits, not {self.unseen}")
        require(min(self.temperature, self.rate) > 0, "temperature and rate must be above 0")
        require(self.device in presets(), f"device is one of {', '.join(presets())}, not {self.device!r}")


def run(parameters: Parameters, progress) -> dict:
    """Accuracy (kind, seed) on unseen and seen classes, and of projections that were not trained, on the unseen."""
    from neuromem import datasets

    p, images = parameters, datasets.digits()
    rows = np.random.default_rng(p.seed).permutation(len(images.y_train))[: p.count or None]
    train, test = both_views(images.x_train[rows]), both_views(images.x_test)
    y, y_test = images.y_train[rows], images.y_test
    unseen, seen, untrained = np.zeros((3, 2, p.seeds))
    for s in range(p.seeds):
        for k, kind in enumerate(KINDS):
            progress(2 * s + k, 2 * p.seeds, f"{kind}, seed {s}")
            reservoirs = [reservoir(p, v, trains.inputs, kind, p.seed + s) for v, trains in enumerate(train)]
            x = [r.run(trains) for r, trains in zip(reservoirs, train)]
            x_test = [r.run(trains) for r, trains in zip(reservoirs, test)]
            others = np.setdiff1d(np.arange(10), p.unseen)
            for result, epochs, classes in ((unseen, p.epochs, p.unseen), (seen, p.epochs, others)):
                result[k, s] = matched(projections(p, x, y, epochs, s), x, y, x_test, y_test, classes)
            untrained[k, s] = matched(projections(p, x, y, 1, s, 1e-9), x, y, x_test, y_test, p.unseen)
    return {"unseen": unseen, "seen": seen, "untrained": untrained, "classes": np.array(p.unseen)}


def both_views(images):
    """The Trains of images, all pixels at once and column after column."""
    from neuromem import events

    small = events.shrunk(images)
    return events.regular(small), events.scanned(small, 16, steps=96)


def reservoir(p, view, inputs, kind, seed):
    """A reservoir for a view; that of the scan has fewer inputs, which are stronger, and a longer memory."""
    from neuromem.hardware.resistive import random_weights
    from neuromem.models import LiquidState

    options = ({}, {"gain": 0.15, "recurrent": 0.06})[view]
    weights, shapes = None, ((inputs, p.neurons), (p.neurons, p.neurons))
    if kind == "device":
        weights = [random_weights(p.device, shape, seed, 2 * view + number) for number, shape in enumerate(shapes)]
    return LiquidState(inputs, p.neurons, seed=2 * seed + view, weights=weights, **options)


def projections(p, x, y, epochs, seed, rate=None):
    """Projections that learned pairs of the classes that are seen."""
    from neuromem.learning.contrast import TwoViews

    kept = ~np.isin(y, p.unseen)
    made = TwoViews(p.size, p.temperature, epochs, rate=p.rate if rate is None else rate, seed=p.seed + seed)
    return made.fit(x[0][kept], x[1][kept])


def matched(made, x, y, x_test, y_test, classes):
    """Share of test images of these classes that are nearest to the mean scan of their class, by training digits."""
    means = np.array([made.embed(1, x[1][y == c]).mean(axis=0) for c in classes])
    of_class = np.isin(y_test, classes)
    nearest = (made.embed(0, x_test[0][of_class]) @ means.T).argmax(axis=1)
    return float((np.asarray(classes)[nearest] == y_test[of_class]).mean())


def headline(tree: dict) -> dict:
    """Percent right, mean and standard deviation over seeds."""
    numbers = {}
    for what in ("unseen", "seen", "untrained"):
        for k, kind in enumerate(KINDS):
            values = 100 * np.asarray(tree[what])[k]
            numbers[f"{what}_{kind}"] = float(values.mean())
            numbers[f"{what}_{kind}_sd"] = float(values.std(ddof=1)) if values.size > 1 else 0.0
    return {**numbers, "chance_unseen": 100 / len(tree["classes"]), "chance_seen": 100 / (10 - len(tree["classes"]))}


def plot(tree: dict) -> dict:
    """Accuracy on classes that were learned, on those left out, and without training."""
    from neuromem import plot as draw
    from neuromem.plot.canvas import new_figure

    numbers = headline(tree)
    digits = ", ".join(str(int(c)) for c in tree["classes"])
    labels = ("unseen", "untrained", "seen")
    with draw.style():
        figure = new_figure(6.4, 3.8, layout="constrained")
        ax = figure.add_subplot()
        for k, kind in enumerate(KINDS):
            x = np.arange(3) + 0.36 * (k - 0.5)
            ax.bar(x, [numbers[f"{what}_{kind}"] for what in labels], 0.34, color=draw.PALETTE[k],
                   yerr=[numbers[f"{what}_{kind}_sd"] for what in labels], label=f"{kind} weights")  # fmt: skip
        for place, chance in enumerate(("unseen", "unseen", "seen")):
            level = [numbers[f"chance_{chance}"]] * 2
            ax.plot(
                [place - 0.4, place + 0.4], level, color="black", lw=1, ls="--", label="chance" if place == 0 else None
            )
        ax.set_xticks(range(3), [f"unseen ({digits})", "the same, projections\nnot trained", "classes learned"])
        ax.set(ylabel="images given the class of\nthe nearest mean scan (%)", ylim=(0, 118))
        ax.legend(loc="upper center", ncol=3)
    return {"zero_shot": figure}
