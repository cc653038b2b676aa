"""Clothes of two kinds at a time, learned one pair after another: what is left of the first pairs.

Split Fashion-MNIST: five tasks of two classes each. With heads "own" the task is told and each chooses between its own
two classes; with "shared" it is not, and all share two outputs. Otherwise as `hlop-pmnist`.
"""

from dataclasses import dataclass

import numpy as np

from neuromem.experiments.hlop_pmnist import Parameters as Common
from neuromem.experiments.hlop_pmnist import headline, learned, plot
from neuromem.experiments.parameters import require

__all__ = ["QUICK", "Parameters", "headline", "plot", "run"]

QUICK: dict = {"train": 600, "test": 200, "epochs": 3, "hidden": 60}


@dataclass(frozen=True)
class Parameters(Common):
    """As of hlop-pmnist; tasks: 5 or 2, of the ten classes; heads: own or shared; test = 0: all images."""

    train: int = 2400
    epochs: int = 20
    heads: str = "own"

    def __post_init__(self):
        super().__post_init__()
        require(self.tasks in (2, 5), f"tasks must be 2 or 5, so that they have as many classes each, not {self.tasks}")
        require(self.heads in ("own", "shared"), f"heads are own or shared, not {self.heads!r}")


def run(parameters: Parameters, progress) -> dict:
    """Learn all tasks once."""
    from neuromem import datasets
    from neuromem.experiments.continual import drawn, split

    p, rng = parameters, np.random.default_rng(parameters.seed)
    images = datasets.fashion_mnist(p.folder) if p.folder else datasets.fashion()
    data = drawn(images, datasets.FASHION_MNIST, p.train, p.test, rng)
    return learned(p, split(data, 10, p.tasks, p.heads), rng, progress)
