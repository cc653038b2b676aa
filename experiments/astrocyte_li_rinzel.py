"""Calcium of an astrocyte: where it rests and oscillates as IP3 is raised, and what spikes and calcium do in turn.

Left: extremes of calcium in the second half of a long run at each IP3, on the resting states of the equations.
Middle: how often it rises. Right: a train of spikes raises IP3, calcium begins to oscillate, and a slow inward current
flows.
"""

from dataclasses import dataclass

import numpy as np

from neuromem.experiments.parameters import require

FACTS = (0.16, 0.3, 0.34, 0.36, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0)
QUICK: dict = {"points": 5, "seconds": 60.0, "dt": 2.0}


@dataclass(frozen=True)
class Parameters:
    """seed: recorded only; points: further values of IP3 up to `most` uM; seconds of each run; dt in ms.

    rate, weight   of the train of spikes from 20 to 80 s: per s, and uM of IP3 per spike
    """

    seed: int = 0
    points: int = 60
    most: float = 1.0
    seconds: float = 300.0
    dt: float = 1.0
    rate: float = 40.0
    weight: float = 1.4e-3

    def __post_init__(self):
        require(1 <= self.points <= 10_000, f"points must be 1 to 10000, not {self.points}")
        require(0.2 <= self.most <= 2, f"most must be 0.2 to 2 uM, not {self.most}")
        require(20 <= self.seconds <= 10_000, f"seconds must be 20 to 10000, not {self.seconds}")
        require(self.dt in (0.1, 0.2, 0.5, 1.0, 2.0), f"dt must be 0.1, 0.2, 0.5, 1 or 2 ms, not {self.dt}")
        require(0 < self.rate <= 1000, f"rate must be above 0 and up to 1000 spikes per s, not {self.rate}")
        require(0 <= self.weight <= 1, f"weight must be 0 to 1 uM, not {self.weight}")


def run(parameters: Parameters, progress) -> dict:
    """Extremes (2, ip3) and cycles per s (ip3) of runs, resting states (ip3, 2), and the traces on the right."""
    from neuromem.models import LiRinzel

    p, astrocyte = parameters, LiRinzel()
    ip3 = np.unique(np.concatenate([FACTS, np.linspace(0.1, p.most, p.points)]))
    progress(0, 3, f"{ip3.size} astrocytes")
    found = astrocyte.run(1000 * p.seconds, ip3=ip3, dt=p.dt, every=10 * p.dt)
    calcium = found["Ca"][len(found["t"]) // 2 :]
    progress(1, 3, "spikes")
    times = np.arange(20_000.0, 80_000.0, 1000.0 / p.rate)
    driven = astrocyte.run(140_000.0, spikes=p.dt * np.round(times / p.dt), weight=p.weight, dt=p.dt, every=50 * p.dt)
    progress(2, 3, "resting states")
    resting = [astrocyte.steady(level) for level in ip3]
    return {
        "ip3": ip3,
        "extremes": np.array([calcium.min(axis=0), calcium.max(axis=0)]),
        "frequency": np.array([rises(c) for c in calcium.T]) * 100 / p.dt,
        "rest": np.array([[states[0][0], states[0][2]] for states in resting]),
        "window": np.array(astrocyte.window()),
        "driven": {name: values.ravel() for name, values in driven.items()},
        "stimulus": times[[0, -1]] / 1000.0,
    }


def rises(calcium):
    """Cycles per sample: how often a trace rises through the middle of its extremes; 0 if these are closer than 1 %."""
    low, high = calcium.min(), calcium.max()
    above = calcium > 0.5 * (low + high)
    at = np.flatnonzero(above[1:] & ~above[:-1])
    return 0.0 if high < 1.01 * low or at.size < 2 else (at.size - 1) / (at[-1] - at[0])


def headline(tree: dict) -> dict:
    """Calcium at rest or its extremes at the values of IP3 that are known, and the window of oscillation, in uM."""
    ip3, extremes, rest = (np.asarray(tree[name]) for name in ("ip3", "extremes", "rest"))
    numbers: dict = {"window_low": float(tree["window"][0]), "window_high": float(tree["window"][1])}
    for level in FACTS:
        k = int(np.argmin(np.abs(ip3 - level)))
        numbers[f"rest_{level:g}"], numbers[f"stable_{level:g}"] = float(rest[k, 0]), bool(rest[k, 1])
        numbers[f"low_{level:g}"], numbers[f"high_{level:g}"] = extremes[:, k].tolist()
    numbers["cycles_per_second_0.5"] = float(np.asarray(tree["frequency"])[np.argmin(np.abs(ip3 - 0.5))])
    numbers["largest_slow_inward_current_pA"] = 1000 * float(np.max(tree["driven"]["sic"]))
    return numbers


def plot(tree: dict) -> dict:
    """The three panels."""
    from neuromem import plot as draw
    from neuromem.plot.canvas import MUTED, new_figure

    ip3, extremes, rest = (np.asarray(tree[name]) for name in ("ip3", "extremes", "rest"))
    stable, driven = rest[:, 1] > 0, tree["driven"]
    with draw.style():
        figure = new_figure(11.0, 3.6, layout="constrained")
        left, middle, column = figure.subfigures(1, 3, width_ratios=(1, 0.8, 1.2))
        ax = left.subplots()
        ax.axvspan(*tree["window"], color=MUTED, alpha=0.12, linewidth=0)
        ax.plot(ip3, np.where(stable, rest[:, 0], np.nan), color=draw.PALETTE[0], label="at rest, stable")
        ax.plot(ip3, np.where(stable, np.nan, rest[:, 0]), color=draw.PALETTE[0], linestyle=":", label="unstable")
        for k, values in enumerate(extremes):
            label = None if k else "extremes of a run"
            ax.plot(ip3, values, "o", color=draw.PALETTE[1], markersize=3, label=label)
        ax.set(xlabel="IP3 (µM)", ylabel="calcium (µM)", ylim=(0, None))
        ax.legend(fontsize=8, loc="lower right")
        ax = middle.subplots()
        ax.plot(ip3, 60 * np.asarray(tree["frequency"]), "o-", color=draw.PALETTE[2], markersize=3)
        ax.set(xlabel="IP3 (µM)", ylabel="rises per minute", ylim=(0, None))
        t = np.asarray(driven["t"]) / 1000.0
        rows = (("IP3", "IP3 (µM)", 1.0), ("Ca", "calcium (µM)", 1.0), ("sic", "current (pA)", 1000.0))
        for k, (ax, (name, label, scale)) in enumerate(zip(column.subplots(3, 1, sharex=True), rows)):
            ax.axvspan(*tree["stimulus"], color=MUTED, alpha=0.12, linewidth=0)
            ax.plot(t, scale * np.asarray(driven[name]), color=draw.PALETTE[k])
            ax.set_ylabel(label, fontsize=8)
            if k == 0:
                ax.set_title("spikes arrive in the grey stretch", fontsize=9)
        ax.set_xlabel("s")
    return {"li_rinzel": figure}
