"""Recall from memories whose weights drift on resistive devices, from a second to a year after programming.

Every kind of memory stores 20 patterns and is deployed on devices of several seeds; the same devices are read again at
later times, with and without a digital gain that makes up for the mean of the drift.
"""

from dataclasses import dataclass

import numpy as np

from neuromem.experiments.parameters import require
from neuromem.experiments.resistive_memories import curves, exact, filled, keyed, known

QUICK: dict = {"seeds": 1, "times": (1.0, 3600.0, 31_536_000.0), "memories": ("Hopfield", "Willshaw")}
NAMES = {1.0: "1 s", 60.0: "1 min", 3600.0: "1 h", 86400.0: "1 day", 2_592_000.0: "30 days", 31_536_000.0: "1 year"}


@dataclass(frozen=True)
class Parameters:
    """seeds: sets of patterns and devices; times: seconds, rising; device: a preset; memories: kinds, by name."""

    seed: int = 0
    seeds: int = 5
    device: str = "pcm-like"
    times: tuple[float, ...] = tuple(NAMES)
    memories: tuple[str, ...] = (
        *("CA3", "Dendritic", "Willshaw", "SparseHopfield", "Sparsey"),
        *("Hopfield", "Hopfield P=4", "Modern", "DenseHebbian", "Multitasking"),
    )

    def __post_init__(self):
        from neuromem.hardware.resistive import presets

        require(self.seeds >= 1, f"seeds must be at least 1, not {self.seeds}")
        require(self.device in presets(), f"device is one of {', '.join(presets())}, not {self.device!r}")
        rising = all(b > a for a, b in zip(self.times, self.times[1:]))
        require(bool(self.times) and min(self.times) > 0 and rising, "times must be rising numbers above 0")
        known(self.memories)


def run(parameters: Parameters, progress) -> dict:
    """exact and keyed (compensated, memory, time, seed), shares of 20 recalls; before (memory, seed), exact in bits."""
    from neuromem.hardware.resistive import deploy

    p = parameters
    shape = (2, len(p.memories), len(p.times), p.seeds)
    whole, answered, before = np.zeros(shape), np.zeros(shape), np.zeros((len(p.memories), p.seeds))
    for m, name in enumerate(p.memories):
        for s in range(p.seeds):
            progress(m * p.seeds + s, len(p.memories) * p.seeds, f"{name}, seed {s}")
            memory, cues, patterns = filled(name, np.random.default_rng([p.seed, s, len(name)]))
            before[m, s] = exact(memory.recall(cues), patterns).mean()
            for c in range(2):
                for k, t in enumerate(p.times):
                    found = deploy(memory, p.device, p.seed + s, t, compensation=bool(c)).recall(cues)
                    whole[c, m, k, s], answered[c, m, k, s] = exact(found, patterns).mean(), keyed(found).mean()
    return {
        "exact": whole,
        "keyed": answered,
        "before": before,
        "times": np.array(p.times),
        "memories": list(p.memories),
    }


def headline(tree: dict) -> dict:
    """Percent of exact recalls of each memory: in bits, then at the last time, plain and compensated."""
    numbers = {}
    for m, name in enumerate(tree["memories"]):
        key = name.replace(" ", "_").replace("=", "")
        numbers[f"{key}_bits"] = float(100 * np.mean(tree["before"][m]))
        for c, kind in enumerate(("plain", "compensated")):
            numbers[f"{key}_first_{kind}"] = float(100 * np.mean(tree["exact"][c][m][0]))
            numbers[f"{key}_last_{kind}"] = float(100 * np.mean(tree["exact"][c][m][-1]))
    return numbers


def plot(tree: dict) -> dict:
    """Exact recall against time, plain and compensated."""
    tables = {"as it is": tree["exact"][0], "mean drift made up for": tree["exact"][1]}
    times = np.asarray(tree["times"])
    ticks = [NAMES.get(float(t), f"{t:g} s") for t in times]
    return {"drift": curves(times, tables, tree["memories"], "time since programming", "exact recalls (%)", ticks)}
