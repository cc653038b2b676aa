"""Digits in ever new orders of their pixels, learned one order after another: what is left of the first ones.

Permuted MNIST with one readout for all tasks, which are not told apart: each has its own fixed order of the pixels. A
spiking network learns them in turn, unprotected or by one of `continual_methods`; accuracies are tested after each.
"""

from dataclasses import dataclass

import numpy as np

from neuromem.experiments.parameters import require

QUICK: dict = {"tasks": 3, "train": 1000, "test": 300, "epochs": 2, "hidden": 100}


@dataclass(frozen=True)
class Parameters:
    """What learns what, and how.

    seed      of the images, orders of pixels, weights and batches
    tasks     orders of pixels
    hidden, layers   neurons of each hidden layer, and how many of these
    epochs, batch    passes over each task's images, and images per step
    train, test      images; test = 0: 1,000 of the shipped subset, all of a full set
    folder    of the full set's four idx files; empty: the shipped subset
    method    none, hlop, svd (what Hebbian circuits could learn at best), ewc, replay, rehearsal or dendrites
    gradient  dsr, ottt or bptt; dendrites have dsr
    laterals  linear or spiking, of hlop; levels: spikes of a spiking lateral neuron at most
    rate, adam_rate  learning rates: of gradient descent, and of Adam, which dendrites use
    strength  of ewc
    per_class, decay  images that replay and rehearsal keep per task and class; rehearsal visits tasks ~ age^-decay
    winners, spread  with dendrites: share of neurons that fire, how nearly their gates begin open or shut
    """

    seed: int = 0
    tasks: int = 5
    hidden: int = 200
    layers: int = 2
    epochs: int = 10
    batch: int = 64
    train: int = 4000
    test: int = 0
    folder: str = ""
    method: str = "hlop"
    gradient: str = "dsr"
    laterals: str = "linear"
    levels: int = 40
    rate: float = 0.1
    adam_rate: float = 2e-3
    strength: float = 100.0
    per_class: int = 50
    decay: float = 1.0
    winners: float = 0.2
    spread: float = 20.0

    def __post_init__(self):
        check(self)


def check(p):
    """Refuse parameters that make no sense; shared with other experiments of the kind."""
    from neuromem.experiments.continual_methods import METHODS
    from neuromem.learning import GRADIENTS

    for name in ("tasks", "hidden", "layers", "epochs", "batch", "train", "levels", "per_class"):
        require(getattr(p, name) >= 1, f"{name} must be at least 1, not {getattr(p, name)}")
    require(p.test >= 0, f"test must be 0 or more, not {p.test}")
    require(p.method in METHODS, f"method is one of {', '.join(METHODS)}, not {p.method!r}")
    require(p.gradient in GRADIENTS, f"gradient is one of {', '.join(GRADIENTS)}, not {p.gradient!r}")
    require(p.laterals in ("linear", "spiking"), f"laterals are linear or spiking, not {p.laterals!r}")
    for name in ("rate", "adam_rate", "strength", "spread"):
        require(getattr(p, name) > 0, f"{name} must be above 0, not {getattr(p, name)}")
    require(p.decay >= 0, f"decay must be 0 or more, not {p.decay}")
    require(0 < p.winners <= 1, f"winners must be above 0 and at most 1, not {p.winners}")


def run(parameters: Parameters, progress) -> dict:
    """Learn all tasks once."""
    from neuromem import datasets
    from neuromem.experiments.continual import drawn, permuted

    p, rng = parameters, np.random.default_rng(parameters.seed)
    images = datasets.mnist(p.folder) if p.folder else datasets.digits()
    data = drawn(images, datasets.MNIST, p.train, p.test or (0 if p.folder else 1000), rng)
    return learned(p, permuted(data, p.tasks, rng), rng, progress)


def learned(p, tasks, rng, progress):
    """Learn tasks with the method that the parameters name."""
    from neuromem.experiments.continual import learn_in_turn
    from neuromem.experiments.continual_methods import build

    method = build(p, tasks[0].x_train.shape[1], 10 if tasks[0].allowed is None else len(tasks[0].allowed), rng)
    found = learn_in_turn(method, tasks, p.epochs, p.batch, rng, progress)
    return {**found, "report": method.report(), "tested": len(tasks[0].rows_test), "method": p.method,
            "source": "the full set" if p.folder else "the shipped subset"}  # fmt: skip


def headline(tree: dict) -> dict:
    """Percent: acc, bwt, fwt, learned (after its own task); accuracy_matrix from 0 to 1; CPU seconds of learning."""
    from neuromem.experiments.continual import measures

    report = {key: np.asarray(value).tolist() for key, value in tree["report"].items()}
    return {
        **measures(tree["accuracy_matrix"], tree["untrained"]), "accuracy_matrix": np.asarray(tree["accuracy_matrix"]),
        "cpu_seconds_learning": float(np.sum(tree["task_seconds"])), "tested_per_task": int(tree["tested"]), **report,
    }  # fmt: skip


def plot(tree: dict) -> dict:
    """The accuracy matrix, and the accuracy of each task as others are learned."""
    from neuromem.experiments.continual_figures import matrix_and_course

    return {"accuracy": matrix_and_course(tree, headline(tree))}
