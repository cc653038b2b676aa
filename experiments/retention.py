"""Do astrocytes help to retain? Spiking networks with and without, on four tasks, at equal numbers of parameters.

Each unit's astrocyte hears how often it spiked of late and gates its synapses and its excitability: our own
construction (`neuromem.learning.AstroLIF`). The same network without astrocytes has more units, so that it has at least
as many parameters; "slow" is that one with slow membranes in place of fast ones, the simplest way to a longer memory.
"""

from dataclasses import dataclass, replace

import numpy as np

from neuromem.experiments.parameters import require
from neuromem.experiments.retention_tasks import TASKS
from neuromem.sweep import Sweep

KINDS = {"astrocytes": "with astrocytes", "none": "without", "slow": "without, slow membranes"}
QUICK: dict = {
    "tasks": ("match", "text"),
    "seeds": 2,
    "iterations": 5,
    "batch": 8,
    "units": 12,
    "delay": 8,
    "letters": 20,
    "test": 40,
}


@dataclass(frozen=True)
class Parameters:
    """tasks: of match, copy, parity, text; delay in steps, lag in symbols, bits, letters: their sizes.

    units, tau, slow          units with astrocytes; membrane time constants in steps, fast and slow
    shortest, longest         time constants of astrocytes in steps
    iterations, batch, rate   steps of Adam, items in each, its learning rate; test: items that are tested
    slope                     of the surrogate that stands in for a spike's derivative
    """

    seed: int = 0
    tasks: tuple[str, ...] = ("match", "copy", "parity", "text")
    seeds: int = 3
    delay: int = 30
    lag: int = 3
    bits: int = 4
    letters: int = 40
    units: int = 48
    tau: float = 2.0
    slow: float = 20.0
    shortest: float = 10.0
    longest: float = 300.0
    iterations: int = 400
    batch: int = 32
    rate: float = 0.01
    slope: float = 1.5
    test: int = 500

    def __post_init__(self):
        require(len(self.tasks) >= 1 and set(self.tasks) <= set(TASKS), f"tasks are of {', '.join(TASKS)}")
        sizes = ("seeds", "delay", "lag", "units", "iterations", "batch", "test")
        require(all(1 <= getattr(self, k) <= 100_000 for k in sizes), f"{', '.join(sizes)} must be at least 1")
        require(2 <= self.bits <= 100, f"bits must be 2 to 100, not {self.bits}")
        require(20 <= self.letters <= 10_000, f"letters must be 20 to 10000, not {self.letters}")
        require(self.tau >= 1 and self.slow >= 1, "tau and slow must be at least 1 step")
        require(1 <= self.shortest <= self.longest, "shortest must be at least 1 step and longest not below it")
        require(0 < self.rate <= 1, f"rate must be above 0 and up to 1, not {self.rate}")


def run(parameters: Parameters, progress, sweep: Sweep | None = None) -> dict:
    """right, loss (task, kind, seed), course of the loss (task, kind, seed, 20), parameters and units (task, kind)."""
    p = parameters
    seeds = [p.seed + i for i in range(p.seeds)]
    points = [{"p": replace(p, tasks=(t,), seed=s), "kind": k} for t in p.tasks for k in KINDS for s in seeds]
    found = (sweep or Sweep(progress=progress)).map(once, points)
    shape = (len(p.tasks), len(KINDS), p.seeds)
    keys = ("right", "loss", "course", "parameters", "units", "rate")
    out = {key: np.array([one[key] for one in found]) for key in keys}
    out = {key: values.reshape(*shape, *values.shape[1:]) for key, values in out.items()}
    return {**out, "tasks": list(p.tasks), "seeds": seeds, "iterations": p.iterations}


def once(point) -> dict:
    """One network on one task from one seed."""
    from neuromem.learning import Adam, AstroLIF, AstroNetwork

    p, kind = point["p"], point["kind"]
    task = TASKS[p.tasks[0]][1]
    x, _, classes = task(np.random.default_rng(0), 1, p)
    sizes, units = (x.shape[2], classes), p.units
    wanted = AstroNetwork(sizes[0], units, sizes[1]).parameter_count
    while kind != "astrocytes" and AstroNetwork(sizes[0], units, sizes[1], False).parameter_count < wanted:
        units += 1
    neuron = AstroLIF(tau=p.slow if kind == "slow" else p.tau, slope=p.slope, tau_astro=(p.shortest, p.longest))
    network = AstroNetwork(sizes[0], units, sizes[1], kind == "astrocytes", neuron, seed=p.seed)
    optimizer, losses, rng = Adam(p.rate), [], np.random.default_rng([p.seed, 1])
    for k in range(p.iterations):
        x, y, _ = task(rng, p.batch, p)
        found = network.gradients(x, y)
        optimizer.rate = p.rate * (1 - 0.9 * k / p.iterations)
        optimizer.step(network.weights, limited(found.weights))
        losses.append(found.loss)
    x, y, _ = task(np.random.default_rng([p.seed, 2]), p.test, p)
    found = network.gradients(x, y)
    course = np.interp(np.linspace(0, p.iterations - 1, 20), np.arange(p.iterations), losses)
    return {
        "right": float(found.right.mean()), "loss": found.loss, "course": course, "parameters": network.parameter_count,
        "units": units, "rate": float(network.spikes(x).mean()),
    }  # fmt: skip


def limited(gradients, most=1.0):
    """Gradients scaled down to a length of `most` where it is above, which is usual for recurrent networks."""
    length = np.sqrt(sum((g * g).sum() for g in gradients))
    return [g * min(1.0, most / max(length, 1e-12)) for g in gradients]


def headline(tree: dict) -> dict:
    """Share right, loss in nats, their standard errors, and differences."""
    numbers: dict = {}
    for k, task in enumerate(tree["tasks"]):
        right = np.asarray(tree["right"])[k]
        for j, kind in enumerate(KINDS):
            for key, each in (("right", right[j]), ("loss", np.asarray(tree["loss"])[k, j])):
                numbers[f"{task}_{kind}_{key}"] = float(each.mean())
                if len(each) > 1:
                    numbers[f"{task}_{kind}_{key}_error"] = float(each.std(ddof=1) / np.sqrt(len(each)))
            numbers[f"{task}_{kind}_parameters"] = int(np.asarray(tree["parameters"])[k, j, 0])
            numbers[f"{task}_{kind}_spikes_per_step"] = float(np.asarray(tree["rate"])[k, j].mean())
        numbers[f"{task}_gain_over_none"] = float((right[0] - right[1]).mean())
        numbers[f"{task}_gain_over_slow"] = float((right[0] - right[2]).mean())
    return numbers


def plot(tree: dict) -> dict:
    """Share right of every task and kind, dots are seeds; the courses of the loss."""
    from neuromem import plot as draw
    from neuromem.plot.canvas import MUTED, new_figure

    tasks, right = tree["tasks"], 100 * np.asarray(tree["right"])
    with draw.style():
        figure = new_figure(2.9 * max(len(tasks), 2), 5.4, layout="constrained")
        axes = figure.subplots(2, len(tasks), squeeze=False)
        for k, task in enumerate(tasks):
            name, _, chance = TASKS[task]
            for j, kind in enumerate(KINDS):
                each, colour = right[k, j], draw.PALETTE[j]
                axes[0, k].plot(np.full(len(each), j), each, "o", color=colour, markersize=4, alpha=0.5)
                error = each.std(ddof=1) / np.sqrt(len(each)) if len(each) > 1 else 0.0
                axes[0, k].errorbar(j + 0.18, each.mean(), error, color=colour, marker="_", markersize=12, capsize=3)
                course = np.asarray(tree["course"])[k, j]
                at = np.linspace(1, tree["iterations"], course.shape[1])
                axes[1, k].plot(at, course.mean(axis=0), color=colour, label=KINDS[kind])
                axes[1, k].fill_between(
                    at, course.min(axis=0), course.max(axis=0), color=colour, alpha=0.15, linewidth=0
                )
            axes[0, k].axhline(100 * chance, color=MUTED, linewidth=0.8, linestyle=":")
            axes[0, k].set(xticks=range(len(KINDS)), xlim=(-0.5, 2.6), ylim=(None, 102), title=name)
            axes[0, k].set_xticklabels(["astro-\ncytes", "without", "slow\nmembranes"], fontsize=8)
            axes[1, k].set(xlabel="steps of training", ylim=(0, None))
        axes[0, 0].set_ylabel("right (%)")
        axes[1, 0].set_ylabel("loss (nats)")
        axes[1, 0].legend(fontsize=7)
    return {"retention": figure}
