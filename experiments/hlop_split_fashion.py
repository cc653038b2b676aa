"""Clothes of two kinds at a time, learned one pair after another: what is left of the first pairs.

Split Fashion-MNIST: five tasks of two classes each. With heads "own" the task is told and each chooses between its own
two classes; with "shared" it is not, and all share two outputs. Otherwise as `hlop-pmnist`.
"""

from dataclasses import dataclass

from neuromem.experiments.continual import headline, learned, plot
from neuromem.experiments.continual_parameters import Split

__all__ = ["QUICK", "Parameters", "headline", "plot", "run"]

QUICK: dict = {"train": 600, "test": 200, "epochs": 3, "hidden": 60}


@dataclass(frozen=True)
class Parameters(Split):
    """As of `Split`."""

    train: int = 2400
    epochs: int = 20


def run(parameters: Parameters, progress) -> dict:
    """Learn all tasks once."""
    return learned(parameters, f"fashion-{parameters.heads}", parameters.method, progress)
