"""Photographs of two kinds at a time, learned one pair after another: what is left of the first pairs.

Split CIFAR-10, of which `folder` names the files: five tasks of two classes each, seen by fully connected layers. All
photographs have much the same few largest components, so that what is kept of them for one task is missing in the next:
shares are small. Otherwise as `hlop-split-fashion`.
"""

from dataclasses import dataclass

from neuromem.experiments.continual import headline, learned, plot
from neuromem.experiments.continual_parameters import Split

__all__ = ["QUICK", "Parameters", "headline", "plot", "run"]

QUICK: dict = {"train": 2000, "test": 1000, "epochs": 2, "hidden": 100}


@dataclass(frozen=True)
class Parameters(Split):
    """As of `Split`; folder: of CIFAR-10's python or binary version, or of its images as PNG."""

    train: int = 20_000
    epochs: int = 5
    hidden: int = 400
    rate: float = 0.05
    shares: tuple[float, ...] = (0.01, 0.05)


def run(parameters: Parameters, progress) -> dict:
    """Learn all tasks once."""
    return learned(parameters, f"cifar-{parameters.heads}", parameters.method, progress)
