"""Handwritten digits learned in one trial each by macrocolumns, with Hebbian labels and no gradient.

Each seed draws its training images and their order. Preprocessing, in full: the slant is removed by shifting rows by
whole pixels, and every pixel becomes an on and an off cell (brighter than half of full scale, or not). A grid of macs
with overlapping square fields sees every image once; the label is an input from above while learning. In a test image
the winners of all modules vote for the classes they have met. One nearest neighbour by cosine gets the same
preprocessed cells.
"""

import time
from dataclasses import dataclass, replace

import numpy as np

from neuromem.experiments.parameters import require
from neuromem.sweep import Sweep, tell

QUICK: dict = {"per_class": 40, "seeds": 2, "test_per_class": 20, "grid": 3, "field": 14}


@dataclass(frozen=True)
class Parameters:
    """What is learned by what.

    seed, seeds     of the first repetition, and how many
    per_class       images of every class, each learned once; at most 800 of the shipped ones
    test_per_class  test images of every class, 0: all
    folder          of the full set's four idx files; empty: the shipped subset
    grid, field     macs per side, and pixels per side of their fields
    cms, units      modules of a mac, and units in each; units = 0: a quarter of the images learned
    exponent        of U
    saturation      share of its synapses at which a unit's critical period ends
    threads         that share the macs
    """

    seed: int = 0
    seeds: int = 5
    per_class: int = 200
    test_per_class: int = 0
    folder: str = ""
    grid: int = 5
    field: int = 12
    cms: int = 4
    units: int = 0
    exponent: float = 8.0
    saturation: float = 0.58
    threads: int = 1

    def __post_init__(self):
        require(1 <= self.seeds <= 1000, f"seeds must be 1 to 1000, not {self.seeds}")
        require(self.per_class >= 1, f"per_class must be at least 1, not {self.per_class}")
        require(1 <= self.field <= 28, f"field must be 1 to 28 pixels, not {self.field}")
        require(
            self.grid >= 1 and self.cms >= 1 and self.units >= 0, "grid and cms must be at least 1, units 0 or more"
        )
        require(self.threads >= 1 and self.test_per_class >= 0, "threads must be at least 1, test_per_class 0 or more")
        require(self.units_for_all <= max(1, 10 * self.per_class / 4), "units must be at most a quarter of the images")

    @property
    def units_for_all(self):
        """Units of a module."""
        return self.units or max(1, 10 * self.per_class // 4)


def images(parameters, rng):
    """(x, y, x_test, y_test) of a repetition, training images in random order."""
    from neuromem import datasets

    found = datasets.mnist(parameters.folder) if parameters.folder else datasets.digits()
    chosen = [np.flatnonzero(found.y_train == c) for c in range(10)]
    fewest = min(map(len, chosen))
    require(parameters.per_class <= fewest, f"per_class must be at most {fewest}, not {parameters.per_class}")
    train = rng.permutation(np.concatenate([rng.permutation(c)[: parameters.per_class] for c in chosen]))
    test = [np.flatnonzero(found.y_test == c) for c in range(10)]
    test = np.concatenate(
        [rng.permutation(c)[: parameters.test_per_class] if parameters.test_per_class else c for c in test]
    )
    return found.x_train[train], found.y_train[train], found.x_test[test], found.y_test[test]


def run(parameters: Parameters, progress, sweep: Sweep | None = None) -> dict:
    """Learn and test once per seed."""
    seeds = [parameters.seed + i for i in range(parameters.seeds)]
    points = [replace(parameters, seed=seed, seeds=1) for seed in seeds]
    found = (sweep or Sweep(progress=progress)).map(repeat, points)
    first = found[0]
    source = "the full set" if parameters.folder else "the shipped subset"
    return {
        "seeds": seeds,
        **{name: np.array([one[name] for one in found]) for name in ("accuracy", "neighbour", "seconds")},
        "confusion": sum(one["confusion"] for one in found),
        "similarity": np.mean([one["similarity"] for one in found], axis=0),
        **{name: first[name] for name in ("examples", "example_classes", "macs", "units", "weights", "used")},
        "per_class": parameters.per_class, "units_per_module": parameters.units_for_all,
        "cms": parameters.cms, "tested": first["tested"], "source": source,
    }  # fmt: skip


def repeat(parameters: Parameters) -> dict:
    """One seed."""
    from neuromem.experiments.sparsey_digits import hierarchy, prepared

    rng = np.random.default_rng(parameters.seed)
    x, y, x_test, y_test = images(parameters, rng)
    tell(0, 3, f"seed {parameters.seed}: learning {len(x)} images")
    hierarchy(parameters, 0).learn(prepared(x[:2]), y[:2])  # compiles
    start = time.process_time()
    model = hierarchy(parameters, parameters.seed)
    cells = prepared(x)
    model.learn(cells, y)
    seconds = time.process_time() - start
    tell(1, 3, f"seed {parameters.seed}: testing {len(x_test)} images")
    shown = prepared(x_test)
    votes = model.votes(shown)
    wrong = np.zeros((10, 10), np.int64)
    np.add.at(wrong, (y_test, votes.argmax(axis=1)), 1)
    tell(2, 3, f"seed {parameters.seed}: nearest neighbour")
    macs = model.macs[0]
    some = np.concatenate([np.flatnonzero(y_test == c)[:20] for c in range(10)])
    codes = model.codes(shown[some])
    return {
        "accuracy": float((votes.argmax(axis=1) == y_test).mean()),
        "neighbour": float((y[nearest(shown, cells)] == y_test).mean()),
        "seconds": seconds, "confusion": wrong, "tested": len(y_test),
        "similarity": class_similarity(codes, y_test[some]),
        "examples": np.concatenate([x_test[some[::20]], shown[some[::20], :, :, 0] * np.uint8(255)]),
        "example_classes": y_test[some[::20]], "macs": len(macs), "units": sum(mac.total for mac in macs),
        "weights": model.weight_count, "used": float(np.mean([(mac.paths[0].filled > 0).mean() for mac in macs])),
    }  # fmt: skip


def nearest(shown, cells):
    """Index of the nearest of `cells` to each of `shown` by cosine; both have equally many active."""
    from neuromem.patterns import cosine_nearest

    return cosine_nearest(shown.reshape(len(shown), -1), cells.reshape(len(cells), -1))


def class_similarity(codes, y):
    """Mean share of modules in which codes of two classes agree, (10, 10); no image is compared with itself."""
    same = np.array([(code == codes).mean(axis=1) for code in codes])
    np.fill_diagonal(same, np.nan)
    return np.array([[np.nanmean(same[np.ix_(y == a, y == b)]) for b in range(10)] for a in range(10)])


def headline(tree: dict) -> dict:
    """accuracy and nearest_neighbour_accuracy with standard errors over seeds, seconds_training, units, weights."""
    accuracy, neighbour = np.asarray(tree["accuracy"]), np.asarray(tree["neighbour"])

    def error(values):
        return float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else None

    return {
        "accuracy": float(accuracy.mean()), "accuracy_error": error(accuracy),
        "seconds_training": float(np.mean(tree["seconds"])),
        "nearest_neighbour_accuracy": float(neighbour.mean()), "nearest_neighbour_error": error(neighbour),
        "per_class": int(tree["per_class"]), "tested": int(tree["tested"]), "macs": int(tree["macs"]),
        "units_per_module": int(tree["units_per_module"]), "units": int(tree["units"]), "weights": int(tree["weights"]),
    }  # fmt: skip


def plot(tree: dict) -> dict:
    """The digits and what the macs see, the confusions, and the tree of classes that the codes imply."""
    from neuromem.experiments.sparsey_mnist_figures import figures

    return figures(tree, headline(tree))
