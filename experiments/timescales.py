"""How far back can leaky units be taught to look? Parity and delayed match of the last N bits, N raised step by step.

With a single head the network leaves the task of N - 1 for that of N; with several it keeps them all, a head each. Both
get the same number of time steps to learn from. Time constants of units are trained; what recurrence adds to them shows
in how slowly activity loses its autocorrelation.
"""

from dataclasses import dataclass, replace

import numpy as np

from neuromem.experiments.parameters import require
from neuromem.sweep import Sweep

HEADS, TASKS = {"single": "single head", "multi": "several heads"}, {"parity": "parity", "match": "delayed match"}
QUICK: dict = {"seeds": 2, "thousands": 100, "units": 12}
_RECENT = 10


@dataclass(frozen=True)
class Parameters:
    """tasks: of parity, match; thousands: of time steps, over all items, to learn from; units of the network.

    batch, rate   items in a step of Adam, its learning rate; promote: share right at which N is raised
    trained       whether time constants are trained; if not, all are 1
    """

    seed: int = 0
    tasks: tuple[str, ...] = ("parity", "match")
    seeds: int = 3
    thousands: int = 1000
    units: int = 64
    batch: int = 64
    rate: float = 0.002
    promote: float = 0.98
    trained: bool = True

    def __post_init__(self):
        require(len(self.tasks) >= 1 and set(self.tasks) <= set(TASKS), f"tasks are of {', '.join(TASKS)}")
        require(min(self.seeds, self.thousands, self.batch) >= 1, "seeds, thousands and batch must be at least 1")
        require(2 <= self.units <= 10_000, f"units must be 2 to 10000, not {self.units}")
        require(0 < self.rate <= 1, f"rate must be above 0 and up to 1, not {self.rate}")
        require(0.5 < self.promote <= 1, f"promote must be above 0.5 and up to 1, not {self.promote}")


def run(parameters: Parameters, progress, sweep: Sweep | None = None) -> dict:
    """reached (task, heads, seed); tau, lasting and seconds alike; courses: (time steps, N) of every promotion."""
    p = parameters
    seeds = [p.seed + i for i in range(p.seeds)]
    points = [{"p": replace(p, tasks=(t,), seed=s), "heads": k} for t in p.tasks for k in HEADS for s in seeds]
    found = (sweep or Sweep(progress=progress)).map(once, points)
    shape = (len(p.tasks), len(HEADS), p.seeds)
    out = {key: np.array([one[key] for one in found]).reshape(shape) for key in ("reached", "tau", "lasting", "kept")}
    courses = {str(k): one["course"] for k, one in enumerate(found)}
    return {**out, "tasks": list(p.tasks), "seeds": seeds, "courses": courses, "thousands": p.thousands}


def answers(task, x, n):
    """0 or 1 for bits x of -1 or 1, (T, B): an odd number of the last n are 1; or the n-th last is as the last."""
    if task == "parity":
        return (x[-n:] > 0).sum(axis=0) % 2
    return (x[-1] == x[-n]).astype(int)


def once(point) -> dict:
    """One curriculum from one seed."""
    from neuromem.learning import Adam
    from neuromem.learning.leaky import LeakyNetwork, timescales

    p, several, task = point["p"], point["heads"] == "multi", point["p"].tasks[0]
    network, rng = LeakyNetwork(p.units, None if p.trained else 1.0, p.seed), np.random.default_rng([p.seed, 1])
    network.add_head()
    n, spent, recent, course = 2, 0, [], []
    optimizer = Adam(p.rate)
    while spent < 1000 * p.thousands:
        steps = int(rng.integers(n + 2, 4 * n + 1))
        x = 2.0 * rng.integers(0, 2, (steps, p.batch)) - 1
        asked = range(2, n + 1) if several else (n,)
        y = np.array([answers(task, x, k) for k in asked])
        found = network.gradients(x, y, 0.1 * rng.random((p.batch, p.units)))
        length = np.sqrt(sum((g * g).sum() for g in found.weights))
        optimizer.step(network.weights, [g * min(1.0, 1.0 / max(length, 1e-12)) for g in found.weights])
        network.settle()
        spent += steps * p.batch
        recent = [*recent[1 - _RECENT :], found.right.mean(axis=1).min()]
        if len(recent) == _RECENT and np.mean(recent) >= p.promote:
            course.append((spent, n))
            n, recent = n + 1, []
            if several:
                network.add_head()
                optimizer = Adam(p.rate)
    x = 2.0 * rng.integers(0, 2, (400, 32)) - 1
    first = 2 * rng.integers(0, 2, (max(4 * n, 8), 500)) - 1.0
    h = network.activity(first)[-1]
    kept = (h @ network.weights[4] + network.weights[5]).argmax(axis=1) == answers(task, first, 2)
    lasting = timescales(network.activity(x)[101:])
    return {
        "reached": n - 1, "tau": float(network.weights[3].mean()), "kept": float(kept.mean()),
        "lasting": float(np.nanmedian(lasting)) if np.isfinite(lasting).any() else 0.0,
        "course": np.array([(0, 1), *course, (spent, n - 1)], float),
    }  # fmt: skip


def headline(tree: dict) -> dict:
    """N reached, the mean tau, steps for which activity lasts, and how much of N = 2 its head still knows."""
    numbers: dict = {}
    for k, task in enumerate(tree["tasks"]):
        for j, heads in enumerate(HEADS):
            for key in ("reached", "tau", "lasting", "kept"):
                each = np.asarray(tree[key], float)[k, j]
                numbers[f"{task}_{heads}_{key}"] = float(each.mean())
                if len(each) > 1:
                    numbers[f"{task}_{heads}_{key}_error"] = float(each.std(ddof=1) / np.sqrt(len(each)))
        numbers[f"{task}_several_reach_further"] = bool(
            numbers[f"{task}_multi_reached"] > numbers[f"{task}_single_reached"]
        )
    return numbers


def plot(tree: dict) -> dict:
    """N over the time steps learned from; N, time constants and lasting of activity at the end."""
    from neuromem import plot as draw
    from neuromem.plot.canvas import new_figure

    tasks, seeds = tree["tasks"], np.asarray(tree["reached"]).shape[2]
    with draw.style():
        figure = new_figure(11, 3.1 * len(tasks), layout="constrained")
        axes = figure.subplots(len(tasks), 3, squeeze=False, width_ratios=(1.6, 1, 1))
        for k, task in enumerate(tasks):
            left, *right = axes[k]
            for j, heads in enumerate(HEADS):
                colour = draw.PALETTE[j]
                for s in range(seeds):
                    at, n = np.asarray(tree["courses"][str((k * len(HEADS) + j) * seeds + s)]).T
                    name = HEADS[heads] if s == 0 else None
                    left.step(at / 1e6, n, where="post", color=colour, alpha=0.7, linewidth=1.2, label=name)
                for ax, key in zip(right, ("tau", "lasting")):
                    ax.plot(
                        np.asarray(tree["reached"])[k, j], np.asarray(tree[key])[k, j], "o", color=colour, alpha=0.7
                    )
            left.set(xlabel="million time steps", ylabel="N reached", title=TASKS[task])
            left.legend(fontsize=8)
            right[0].set(xlabel="N reached", ylabel="mean tau (steps)")
            right[1].set(xlabel="N reached", ylabel="activity lasts (steps)")
    return {"timescales": figure}
