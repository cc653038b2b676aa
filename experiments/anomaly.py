"""A periodic signal with injected faults, watched by a temporal memory: what it notices, and what it cries wolf about.

The signal is a day of 48 samples, sin(phase) + 0.4 sin(2 phase + 1) with Gaussian noise. Faults of five kinds are
injected after a time of learning. The score of the memory is Lavin and Ahmad's anomaly likelihood (ICMLA 2015,
arXiv:1510.03336): the tail of the mean anomaly of a few steps under a normal law fitted to many steps before. Beside it
stands a detector that is told the period: |x(t) - x(t - period)|, scored in the same way.
"""

from dataclasses import dataclass, replace
from math import erfc, sqrt

import numpy as np

from neuromem.experiments.parameters import require
from neuromem.sweep import Sweep, tell

FAULTS = ("spike", "stuck", "phase", "half", "noise")
LABELS = {
    "spike": "one wrong sample",
    "stuck": "sensor stuck",
    "phase": "jump of phase",
    "half": "half amplitude",
    "noise": "ten times the noise",
}
DETECTORS = ("memory", "seasonal")
LENGTH = 24  # samples of a fault that lasts
LOW, HIGH = -2.5, 2.5
ROOM = 48  # samples from the beginning of a fault in which it counts as noticed
QUICK: dict = {"seeds": 1, "learning": 1500, "faults": 5, "gap": 150}


@dataclass(frozen=True)
class Parameters:
    """The signal, the memory and the detector.

    seed, seeds  of the first repetition, and how many repetitions
    learning     samples before the first fault; gap  samples between faults; faults  how many, the kinds taking turns
    period, noise  samples of a period; standard deviation of the noise, the signal's amplitude being about 1.3
    columns, cells, active  of the memory
    short, long  samples whose mean anomaly is judged, and samples it is judged by
    threshold    of the likelihood: the tail's probability, below which a sample is called anomalous
    """

    seed: int = 0
    seeds: int = 5
    learning: int = 3000
    gap: int = 250
    faults: int = 15
    period: int = 48
    noise: float = 0.03
    columns: int = 1024
    cells: int = 16
    active: int = 31
    short: int = 2
    long: int = 200
    threshold: float = 1e-4

    def __post_init__(self):
        require(1 <= self.seeds <= 1000, f"seeds must be 1 to 1000, not {self.seeds}")
        require(self.learning > self.long, f"learning must be more than long = {self.long}, not {self.learning}")
        require(self.gap > ROOM + LENGTH, f"gap must be more than {ROOM + LENGTH}, not {self.gap}")
        require(1 <= self.faults <= 1000, f"faults must be 1 to 1000, not {self.faults}")
        require(4 <= self.period <= 1000, f"period must be 4 to 1000 samples, not {self.period}")
        require(0 <= self.noise <= 0.1, f"noise must be 0 to 0.1, not {self.noise}")
        require(self.columns >= 4 * self.active, f"columns must be at least {4 * self.active}, not {self.columns}")
        require(self.active >= 20, f"active must be 20 or more, not {self.active}")
        require(1 <= self.short < self.long, f"short must be 1 to {self.long - 1}, not {self.short}")
        require(0 < self.threshold < 0.5, f"threshold must lie between 0 and 0.5, not {self.threshold}")


def signal(parameters: Parameters) -> tuple[np.ndarray, np.ndarray]:
    """Samples, float64, and where faults begin, int64; fault i is of kind FAULTS[i % 5]."""
    p = parameters
    rng = np.random.default_rng(p.seed)
    total = p.learning + p.faults * p.gap
    phase, noise = 2 * np.pi * np.arange(total) / p.period, np.full(total, p.noise)
    begins = p.learning + p.gap * np.arange(p.faults) + rng.integers(0, p.period, p.faults)
    clean_scale = np.ones(total)
    for i, begin in enumerate(begins):
        kind, end = FAULTS[i % len(FAULTS)], min(total, begin + LENGTH)
        if kind == "phase":
            phase[begin:] += 2 * np.pi * rng.uniform(0.25, 0.75)
        elif kind == "half":
            clean_scale[begin:end] = 0.5
        elif kind == "noise":
            noise[begin:end] *= 10
    values = clean_scale * (np.sin(phase) + 0.4 * np.sin(2 * phase + 1)) + noise * rng.standard_normal(total)
    for i, begin in enumerate(begins):
        kind = FAULTS[i % len(FAULTS)]
        if kind == "spike":
            values[begin] += 1.2 if values[begin] < 0 else -1.2
        elif kind == "stuck":
            values[begin : begin + LENGTH] = values[begin]
    return np.clip(values, LOW, HIGH), begins


def likelihood(scores: np.ndarray, short: int, long: int) -> np.ndarray:
    """Tail probability of the mean of the last `short` scores under a normal law fitted to the `long` before them."""
    total = np.concatenate([[0.0], np.cumsum(scores)])
    squares = np.concatenate([[0.0], np.cumsum(scores * scores)])
    recent = np.full(len(scores), 0.0)
    recent[short - 1 :] = (total[short:] - total[:-short]) / short
    tails = np.ones(len(scores))
    for k in range(long + short, len(scores)):
        low, high = k + 1 - short - long, k + 1 - short
        mean = (total[high] - total[low]) / long
        spread = sqrt(max((squares[high] - squares[low]) / long - mean * mean, 0.0) / short) + 1e-3
        tails[k] = 0.5 * erfc((recent[k] - mean) / spread / sqrt(2.0))
    return tails


def repeat(parameters: Parameters) -> dict:
    """One repetition: the signal, the raw scores and the likelihoods of both detectors, (detector, sample)."""
    from neuromem.encoders import ScalarEncoder
    from neuromem.models import TemporalMemory

    p = parameters
    values, begins = signal(p)
    columns = np.sort(
        (ScalarEncoder(p.columns, p.active, LOW, HIGH).first_units(values)[:, None] + np.arange(p.active)), axis=1
    )
    memory = TemporalMemory(
        p.columns,
        p.cells,
        activation_threshold=p.active * 2 // 5,
        min_threshold=p.active * 3 // 10,
        max_new_synapses=p.active * 2 // 3,
        initial_permanence=0.3,
        predicted_segment_decrement=0.005,
        seed=p.seed,
    )
    raw = np.zeros((len(DETECTORS), len(values)))
    for k, active in enumerate(columns):
        if k % 500 == 0:
            tell(k, len(values), f"seed {p.seed}")
        raw[0, k] = memory.step(active).anomaly
    raw[1, p.period :] = np.abs(values[p.period :] - values[: -p.period])
    tails = np.stack([likelihood(scores, p.short, p.long) for scores in raw])
    return {"values": values, "begins": begins, "raw": raw, "tails": tails}


def run(parameters: Parameters, progress, sweep: Sweep | None = None) -> dict:
    """All repetitions; arrays are (seed, ...)."""
    points = [replace(parameters, seed=parameters.seed + i, seeds=1) for i in range(parameters.seeds)]
    found = (sweep or Sweep(progress=progress)).map(repeat, points)
    return {
        "faults": [FAULTS[i % len(FAULTS)] for i in range(parameters.faults)],
        "learning": parameters.learning,
        "threshold": parameters.threshold,
        **{name: np.stack([one[name] for one in found]) for name in ("values", "begins", "raw", "tails")},
    }


def noticed(tree: dict) -> tuple[np.ndarray, np.ndarray]:
    """Faults noticed within ROOM samples, bool (detector, seed, fault), and false alarms per 1000 sound samples."""
    tails, begins = np.asarray(tree["tails"]), np.asarray(tree["begins"])
    alarm = tails < float(tree["threshold"])
    onset = alarm & ~np.concatenate([np.zeros_like(alarm[..., :1]), alarm[..., :-1]], axis=-1)
    seeds, detectors, samples = alarm.shape
    hits, sound = np.zeros((detectors, seeds, begins.shape[1]), bool), np.ones((seeds, samples), bool)
    sound[:, : int(tree["learning"])] = False
    for s in range(seeds):
        for f, begin in enumerate(begins[s]):
            hits[:, s, f] = alarm[s, :, begin : begin + ROOM].any(axis=-1)
            sound[s, begin : begin + 2 * ROOM] = False
    false = np.array([(onset[:, d] & sound).sum() for d in range(detectors)])
    return hits, 1000.0 * false / sound.sum()


def headline(tree: dict) -> dict:
    """Per detector: faults noticed in all and of each kind, in %, and false alarms per 1000 samples."""
    hits, false = noticed(tree)
    numbers: dict = {"faults": int(hits[0].size)}
    for d, name in enumerate(DETECTORS):
        numbers[f"{name}_noticed"] = 100 * float(hits[d].mean())
        numbers[f"{name}_false_alarms_per_1000"] = float(false[d])
        for kind in FAULTS:
            which = [k for k, fault in enumerate(tree["faults"]) if fault == kind]
            if which:
                numbers[f"{name}_{kind}"] = 100 * float(hits[d][:, which].mean())
    return numbers


def plot(tree: dict) -> dict:
    """A stretch of the signal with its faults, and what either detector makes of it."""
    from neuromem import plot as draw
    from neuromem.plot import canvas

    values, tails, begins = (np.asarray(tree[name])[0] for name in ("values", "tails", "begins"))
    low, high = int(begins[0]) - 100, int(begins[min(len(FAULTS), len(begins)) - 1]) + 150
    when = np.arange(low, min(high, len(values)))
    with draw.style():
        figure = canvas.new_figure(10, 5, layout="constrained")
        top, *below = figure.subplots(3, 1, sharex=True, height_ratios=[2, 1, 1])
        top.plot(when, values[when], color=canvas.INK, linewidth=0.9)
        top.set(ylabel="signal", xlim=(when[0], when[-1]), ylim=(-2.2, 2.9))
        for k, begin in enumerate(begins[: len(FAULTS)]):
            label = LABELS[tree["faults"][k]]
            top.annotate(
                label, (begin, 2.75), va="top", xytext=(3, 0), textcoords="offset points", color=draw.PALETTE[1]
            )
            for ax in (top, *below):
                ax.axvspan(begin, begin + LENGTH, color=draw.PALETTE[1], alpha=0.15, linewidth=0)
        names = {
            "memory": "how unlikely the surprise of the temporal memory is",
            "seasonal": "how unlikely the difference from one period ago is, for a detector that is told the period",
        }
        for ax, detector, tail, colour in zip(below, DETECTORS, tails, draw.PALETTE[::2], strict=False):
            ax.plot(when, -np.log10(np.maximum(tail[when], 1e-12)), color=colour, linewidth=1.2)
            ax.axhline(-np.log10(float(tree["threshold"])), color=canvas.MUTED, linewidth=1, linestyle=(0, (4, 3)))
            ax.set(ylabel="-log10 p", ylim=(0, 12.5), yticks=[0, 5, 10])
            ax.set_title(names[detector], loc="left", fontsize=10, fontweight="normal")
        below[-1].set_xlabel("sample; alarms are above the broken line")
    return {"anomaly": figure}
