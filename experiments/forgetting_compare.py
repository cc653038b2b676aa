"""Ways not to forget, side by side: accuracy, forgetting and cost of each, over seeds.

Every method learns the same tasks from the same images with the same sizes and passes: permuted digits, or pairs of
clothes. Replay and rehearsal keep images, EWC and the projections keep numbers of the size of the weights, dendrites
need to know when a task begins and have more weights. CPU seconds are those of learning, not of testing.
"""

from dataclasses import dataclass, replace

import numpy as np

from neuromem.experiments.continual import learned, measures
from neuromem.experiments.continual_parameters import Learning, check_method, check_split
from neuromem.experiments.parameters import require
from neuromem.sweep import Sweep

ALL = ("none", "hlop", "svd", "ewc", "replay", "rehearsal", "dendrites", "rewiring")
QUICK: dict = {
    "seeds": 2,
    "tasks": 3,
    "train": 600,
    "test": 200,
    "epochs": 2,
    "hidden": 60,
    "methods": ("none", "hlop"),
}


@dataclass(frozen=True)
class Parameters(Learning):
    """As of `Learning`; images: pmnist, fashion-own, fashion-shared, cifar-own or cifar-shared (pairs with heads of
    their own, the task is told, or with one that they share); methods: which, in turn; seeds: repetitions."""

    images: str = "pmnist"
    methods: tuple[str, ...] = ALL
    seeds: int = 3

    def __post_init__(self):
        from neuromem.experiments.continual_tasks import IMAGES

        super().__post_init__()
        require(self.images in IMAGES, f"images are one of {', '.join(IMAGES)}, not {self.images!r}")
        require(self.seeds >= 1 and len(self.methods) >= 1, "seeds and methods must be at least 1")
        for method in self.methods:
            check_method(method)
        if self.images != "pmnist":
            check_split(self.tasks)


def run(parameters: Parameters, progress, sweep: Sweep | None = None) -> dict:
    """matrices (method, seed, task, task), untrained (method, seed, task), cpu_seconds (method, seed)."""
    p = parameters
    seeds = [p.seed + i for i in range(p.seeds)]
    points = [replace(p, methods=(method,), seed=seed, seeds=1) for method in p.methods for seed in seeds]
    found = (sweep or Sweep(progress=progress)).map(once, points)
    shape = (len(p.methods), p.seeds)
    return {
        "matrices": np.array([one["accuracy_matrix"] for one in found]).reshape(*shape, p.tasks, p.tasks),
        "untrained": np.array([one["untrained"] for one in found]).reshape(*shape, p.tasks),
        "cpu_seconds": np.array([one["task_seconds"].sum() for one in found]).reshape(shape),
        "methods": list(p.methods), "images": p.images, "seeds": seeds, "tested": found[0]["tested"],
    }  # fmt: skip


def once(p) -> dict:
    """One method, one seed."""
    return learned(p, p.images, p.methods[0], lambda *a: None)


def measured(tree):
    """{method: {measure: percent of each seed, (seeds,)}}, and cpu_seconds."""
    out = {}
    for method, matrices, untrained, seconds in zip(
        tree["methods"], np.asarray(tree["matrices"]), np.asarray(tree["untrained"]), np.asarray(tree["cpu_seconds"])
    ):
        one = [measures(a, b) for a, b in zip(matrices, untrained)]
        out[method] = {key: np.array([m[key] for m in one]) for key in one[0]} | {"cpu_seconds": seconds}
    return out


def headline(tree: dict) -> dict:
    """acc, bwt, fwt, learned and their standard errors, and cpu_seconds, of every method."""
    numbers = {}
    for method, values in measured(tree).items():
        for key, each in values.items():
            numbers[f"{method}_{key}"] = float(each.mean())
            if len(each) > 1 and key != "cpu_seconds":
                numbers[f"{method}_{key}_error"] = float(each.std(ddof=1) / np.sqrt(len(each)))
    return numbers


def plot(tree: dict) -> dict:
    """Accuracy, forgetting and cost of every method; the course of the mean accuracy over tasks."""
    from neuromem.experiments.continual_figures import methods_compared

    return {"forgetting": methods_compared(tree, measured(tree))}
