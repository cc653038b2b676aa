"""Recall from memories on resistive devices of which some are stuck at the smallest or the largest conductance."""

from dataclasses import dataclass

import numpy as np

from neuromem.experiments.parameters import require
from neuromem.experiments.recall_under_drift import Parameters as _Drift
from neuromem.experiments.resistive_memories import curves, exact, filled, keyed, known

QUICK: dict = {"seeds": 1, "shares": (0.0, 0.1), "memories": ("Hopfield", "Willshaw")}


@dataclass(frozen=True)
class Parameters:
    """seeds: sets of patterns and devices; shares: of stuck devices; high: share of these stuck at the largest.

    device: a preset; memories: kinds, by name
    """

    seed: int = 0
    seeds: int = 5
    device: str = "pcm-like"
    shares: tuple[float, ...] = (0.0, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1)
    high: float = 0.5
    memories: tuple[str, ...] = _Drift.memories

    def __post_init__(self):
        from neuromem.hardware.resistive import presets

        require(self.seeds >= 1, f"seeds must be at least 1, not {self.seeds}")
        require(self.device in presets(), f"device is one of {', '.join(presets())}, not {self.device!r}")
        require(bool(self.shares) and min(self.shares) >= 0 and max(self.shares) <= 1, "shares must be from 0 to 1")
        require(0 <= self.high <= 1, f"high must be from 0 to 1, not {self.high}")
        known(self.memories)


def run(parameters: Parameters, progress) -> dict:
    """exact and keyed (memory, share, seed), shares of 20 recalls right after programming."""
    from neuromem.hardware.resistive import Stuck, deploy, device

    p = parameters
    whole, answered = np.zeros((2, len(p.memories), len(p.shares), p.seeds))
    for m, name in enumerate(p.memories):
        for s in range(p.seeds):
            progress(m * p.seeds + s, len(p.memories) * p.seeds, f"{name}, seed {s}")
            memory, cues, patterns = filled(name, np.random.default_rng([p.seed, s, len(name)]))
            for k, share in enumerate(p.shares):
                faulty = device(p.device, stuck=Stuck(low=share * (1 - p.high), high=share * p.high))
                found = deploy(memory, faulty, p.seed + s).recall(cues)
                whole[m, k, s], answered[m, k, s] = exact(found, patterns).mean(), keyed(found).mean()
    return {"exact": whole, "keyed": answered, "shares": np.array(p.shares), "memories": list(p.memories)}


def headline(tree: dict) -> dict:
    """Percent of recalls that are exact, and that answer with the right key, without faults and with most."""
    numbers = {}
    for m, name in enumerate(tree["memories"]):
        key = name.replace(" ", "_").replace("=", "")
        for what in ("exact", "keyed"):
            for place, which in ((0, "first"), (-1, "last")):
                numbers[f"{key}_{what}_{which}"] = float(100 * np.mean(tree[what][m][place]))
    return numbers


def plot(tree: dict) -> dict:
    """Exact recall, and right keys, against the share of stuck devices."""
    shares = np.asarray(tree["shares"])
    some = shares > 0 if (shares > 0).any() else shares >= 0
    tables = {
        title: np.asarray(tree[what])[:, some] for title, what in (("bit for bit", "exact"), ("right key", "keyed"))
    }
    x = np.maximum(100 * shares[some], 1e-3)
    ticks = [f"{share:g}" for share in 100 * shares[some]]
    return {"faults": curves(x, tables, tree["memories"], "stuck devices (%)", "recalls (%)", ticks)}
