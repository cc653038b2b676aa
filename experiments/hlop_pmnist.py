"""Digits in ever new orders of their pixels, learned one order after another: what is left of the first ones.

Permuted MNIST with one readout for all tasks, which are not told apart: each has its own fixed order of the pixels. A
spiking network learns them in turn, unprotected or by one of `continual_methods`; accuracies are tested after each.
"""

from neuromem.experiments.continual import headline, learned, plot
from neuromem.experiments.continual_parameters import OneMethod as Parameters

__all__ = ["QUICK", "Parameters", "headline", "plot", "run"]

QUICK: dict = {"tasks": 3, "train": 1000, "test": 300, "epochs": 2, "hidden": 100}


def run(parameters: Parameters, progress) -> dict:
    """Learn all tasks once."""
    return learned(parameters, "pmnist", parameters.method, progress)
