"""One leaky memory neuron in place of a neuron of two compartments: how well it fits, by memory and time constants.

The engine simulates a soma and a dendrite with NMDA under random input; the model sees the same spikes and has to say,
ms by ms, the soma's voltage and whether it spikes. Beside it the nearest simple thing: linear filters, every input's
spikes through exponentials of five time constants, fitted by ridge regression to the voltage, logistically to spikes.
"""

from dataclasses import dataclass, replace

import numpy as np

from neuromem.experiments.parameters import require
from neuromem.learning.threads import one_thread
from neuromem.sweep import Sweep

QUICK: dict = {
    "units": (1, 5),
    "longest": (150.0,),
    "seeds": 2,
    "train_seconds": 4.0,
    "test_seconds": 2.0,
    "iterations": 60,
    "batch": 2,
    "window": 500,
}
FILTERS = (2.0, 5.0, 15.0, 50.0, 150.0)
BURN = 200
_BRANCHES, _SYNAPSES = 8, 10


@dataclass(frozen=True)
class Parameters:
    """units: memory units tried; longest: the longest tau_m in ms tried, the shortest is 1; seeds: neurons and models.

    train_seconds, test_seconds   of recordings
    iterations, batch, window     training: steps of Adam, stretches in each, their ms, the first 200 not scored
    rate, learning_rate           spikes per s of an input, and of Adam, falling to a tenth
    """

    seed: int = 0
    units: tuple[int, ...] = (1, 2, 5, 10)
    longest: tuple[float, ...] = (10.0, 150.0)
    seeds: int = 3
    train_seconds: float = 60.0
    test_seconds: float = 20.0
    iterations: int = 300
    batch: int = 4
    window: int = 800
    rate: float = 12.0
    learning_rate: float = 0.01

    def __post_init__(self):
        require(len(self.units) >= 1 and all(1 <= d <= 1000 for d in self.units), "units must be 1 to 1000")
        require(len(self.longest) >= 1 and all(2 <= t <= 1e4 for t in self.longest), "longest must be 2 to 10000 ms")
        require(1 <= self.seeds <= 1000, f"seeds must be 1 to 1000, not {self.seeds}")
        require(self.iterations >= 1 and self.batch >= 1, "iterations and batch must be at least 1")
        require(self.window > 2 * BURN, f"window must be above {2 * BURN} ms, not {self.window}")
        require(self.train_seconds * 1000 > 2 * self.window, "train_seconds must be longer than two windows")
        require(self.test_seconds >= 1 and max(self.train_seconds, self.test_seconds) <= 10_000, "1 to 10000 seconds")
        require(0 < self.rate <= 100, f"rate must be above 0 and up to 100 spikes per s, not {self.rate}")
        require(0 < self.learning_rate <= 1, f"learning_rate must be above 0 and up to 1, not {self.learning_rate}")


def run(parameters: Parameters, progress, sweep: Sweep | None = None) -> dict:
    """auc and ev (longest, units, seed); those of linear filters (seed); spikes per s (seed); an example."""
    p = parameters
    seeds = [p.seed + i for i in range(p.seeds)]
    grid = [(0, 0.0), *((d, longest) for longest in p.longest for d in p.units)]  # (0, 0): the linear filters
    points = [
        replace(p, units=(max(d, 1),), longest=(max(t, 2.0),), seed=s, seeds=1 + (d == 0))
        for d, t in grid
        for s in seeds
    ]
    found = (sweep or Sweep(progress=progress)).map(once, points)
    linear, models, shape = found[: p.seeds], found[p.seeds :], (len(p.longest), len(p.units), p.seeds)
    best = models[(len(p.longest) * len(p.units) - 1) * p.seeds]
    return {
        "units": np.array(p.units), "longest": np.array(p.longest), "seeds": seeds,
        **{key: np.array([one[key] for one in models]).reshape(shape) for key in ("auc", "ev")},
        **{f"{key}_linear": np.array([one[key] for one in linear]) for key in ("auc", "ev")},
        "parameters": np.array([one["parameters"] for one in models]).reshape(shape)[0, :, 0],
        "parameters_linear": linear[0]["parameters"],
        "rate": np.array([one["rate"] for one in linear]), "example": best["example"],
        "example_linear": linear[0]["example"]["read"],
    }  # fmt: skip


@one_thread
def once(p) -> dict:
    """One model, or with two `seeds` the linear filters, on one neuron; on a recording that it was not fitted to."""
    from neuromem.experiments.two_compartments import recorded, trains

    rng = np.random.default_rng([p.seed, 1])
    first, steps = int(1000 * p.train_seconds), int(1000 * (p.train_seconds + p.test_seconds))
    spikes = trains(rng, steps, p.rate)
    v, fired = recorded(spikes, rng, scale=1.3)
    x = spikes * np.where(np.arange(spikes.shape[1]) < spikes.shape[1] // 2, 1.0, -1.0)
    mean, spread = v[:first].mean(), v[:first].std()
    data = x, (v - mean) / spread, fired
    fit = linear if p.seeds == 2 else fitted
    read, logit, count = fit(p, *(a[:first] for a in data), x)
    test = slice(first + BURN, steps)
    off = (read - data[1])[test]
    example = slice(first + BURN, first + BURN + 400)
    return {
        "auc": area(logit[test], fired[test]), "ev": 1 - float(off.var() / data[1][test].var()), "parameters": count,
        "rate": 1000 * float(fired.mean()),
        "example": {"v": v[example], "read": mean + spread * read[example], "fired": fired[example]},
    }  # fmt: skip


def fitted(p, x, v, fired, x_all):
    """(voltage, logit of a spike, parameters) of a leaky memory neuron trained on x; voltage and logit of x_all."""
    from neuromem.learning import Adam
    from neuromem.models import ELM

    unit = ELM(p.units[0], x.shape[1], _BRANCHES, _SYNAPSES, tau=(1.0, p.longest[0]), routing=_routing(), seed=p.seed)
    unit.weights[-1][0] = np.log(max(fired.mean(), 1e-4))
    rng, optimizer = np.random.default_rng([p.seed, 2]), Adam(p.learning_rate)
    for k in range(p.iterations):
        starts = rng.integers(0, len(x) - p.window, p.batch)
        rows = starts + np.arange(p.window)[:, None]
        gradients = unit.gradients(x[rows], lambda y, rows=rows: spike_and_voltage(y, v[rows], fired[rows]))[1]
        optimizer.rate = p.learning_rate * (1 - 0.9 * k / p.iterations)
        optimizer.step(unit.weights, gradients)
    y, _ = unit.run(x_all)
    return y[:, 1], y[:, 0], unit.parameter_count


def spike_and_voltage(y, v, fired):
    """Cross-entropy of spikes plus half the squared error of the voltage, after the burn-in: (value, derivatives)."""
    logit, read = y[BURN:, :, 0], y[BURN:, :, 1]
    v, fired = v[BURN:], fired[BURN:]
    value = np.logaddexp(0, logit) - logit * fired + 0.5 * (read - v) ** 2
    by_y = np.zeros_like(y)
    by_y[BURN:, :, 0] = (1 / (1 + np.exp(-logit)) - fired) / value.size
    by_y[BURN:, :, 1] = (read - v) / value.size
    return float(value.mean()), by_y


def _routing():
    """Windows over the 40 inputs in the order soma, dendrite, in which excitation and inhibition take turns."""
    from neuromem.models.elm import windows

    return windows(40, _BRANCHES, _SYNAPSES)


def linear(p, x, v, fired, x_all):
    """(voltage, logit, parameters) of linear filters fitted to x, of x_all."""
    features = np.ones((len(x_all), 1 + x.shape[1] * len(FILTERS)))
    for k, tau in enumerate(FILTERS):
        keep, now = np.exp(-1 / tau), np.zeros(x.shape[1])
        for t, row in enumerate(x_all):
            now = keep * now + row
            features[t, 1 + k * x.shape[1] : 1 + (k + 1) * x.shape[1]] = now * (1 - keep)
    F = features[: len(x)]
    ridge = 1e-3 * np.eye(F.shape[1])
    voltage = np.linalg.solve(F.T @ F + ridge, F.T @ v)
    logistic = np.zeros(F.shape[1])
    logistic[0] = np.log(max(fired.mean(), 1e-4))
    for _ in range(8):  # Newton's steps
        chance = 1 / (1 + np.exp(-np.clip(F @ logistic, -30, 30)))
        slope = F.T @ (chance - fired) + 1e-1 * logistic
        curve = (F * (chance * (1 - chance))[:, None]).T @ F + 1e-1 * np.eye(F.shape[1])
        logistic -= np.linalg.solve(curve, slope)
    return features @ voltage, features @ logistic, 2 * F.shape[1]


def area(score, fired):
    """Area under the receiver operating characteristic; 1/2 if there is no spike, or nothing else."""
    from scipy.stats import rankdata

    ones = int(fired.sum())
    if not 0 < ones < len(fired):
        return 0.5
    return float((rankdata(score)[fired].sum() - ones * (ones + 1) / 2) / (ones * (len(fired) - ones)))


def headline(tree: dict) -> dict:
    """Mean and standard error over seeds of the area under the curve and the explained variance; spikes per s."""
    numbers: dict = {"spikes_per_second": float(np.mean(tree["rate"]))}
    for key in ("auc", "ev"):
        rows = {"linear": tree[f"{key}_linear"]}
        for longest, by_units in zip(tree["longest"], np.asarray(tree[key])):
            rows |= {f"tau_{longest:g}_units_{d}": each for d, each in zip(tree["units"], by_units)}
        for name, each in rows.items():
            over = np.asarray(each) - tree[f"{key}_linear"]
            numbers[f"{key}_{name}_above_linear"] = float(over.mean())
            if len(over) > 1:
                numbers[f"{key}_{name}_above_linear_error"] = float(over.std(ddof=1) / np.sqrt(len(over)))
            numbers[f"{key}_{name}"] = float(np.mean(each))
            if len(each) > 1:
                numbers[f"{key}_{name}_error"] = float(np.std(each, ddof=1) / np.sqrt(len(each)))
    return numbers


def plot(tree: dict) -> dict:
    """Both measures over memory units, and a stretch of the voltage."""
    from neuromem import plot as draw
    from neuromem.plot.canvas import MUTED, new_figure

    units, root = np.asarray(tree["units"]), np.sqrt(len(tree["auc_linear"]))
    with draw.style():
        figure = new_figure(11.5, 3.6, layout="constrained")
        *panels, right = figure.subplots(1, 3, width_ratios=(1, 1, 1.6))
        for ax, key, label in zip(panels, ("auc", "ev"), ("AUC of spikes", "explained variance of the soma")):
            for k, longest in enumerate(tree["longest"]):
                each = np.asarray(tree[key])[k]
                name = f"time constants 1 to {longest:g} ms"
                ax.errorbar(units, each.mean(axis=1), each.std(axis=1) / root, marker="o", markersize=4, label=name)
            simple = np.asarray(tree[f"{key}_linear"])
            ax.axhline(simple.mean(), color=MUTED, linestyle="--", label="linear filters")
            ax.axhspan(
                simple.mean() - simple.std() / root, simple.mean() + simple.std() / root, color=MUTED, alpha=0.15
            )
            ax.set(xscale="log", xticks=units, xlabel="memory units", ylabel=label)
            ax.set_xticks([], minor=True)
            ax.set_xticklabels(units)
        panels[0].legend(fontsize=8)
        example = tree["example"]
        t = np.arange(len(example["v"]))
        right.plot(t, example["v"], color=MUTED, label="neuron of two compartments")
        right.plot(t, example["read"], color=draw.PALETTE[0], linewidth=1.2, label=f"{units[-1]} memory units")
        right.plot(t, tree["example_linear"], color=draw.PALETTE[3], linewidth=1, label="linear filters")
        at = np.flatnonzero(example["fired"])
        right.plot(at, np.full(at.size, -48.0), "|", color=draw.PALETTE[1], label="its spikes")
        right.set(xlabel="ms", ylabel="soma (mV)")
        right.legend(fontsize=7, loc="lower right")
    return {"elm_fit": figure}
