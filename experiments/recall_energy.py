"""Energy and time of a recall on crossbars, against 8-bit digital arithmetic with its weights in SRAM.

A memory of random patterns, bits -1 and 1, is recalled on a crossbar that holds the patterns: overlaps S = X s, then
fields X' S of all spins by a second crossbar with the transposed matrix, until nothing turns. The cost is that of the
products as they were made, from the constants of `hardware/resistive/cost.py`.
"""

from dataclasses import dataclass

import numpy as np

from neuromem.experiments.parameters import require

QUICK: dict = {"sizes": (64, 128), "cues": 3}


@dataclass(frozen=True)
class Parameters:
    """sizes: spins; load: patterns per spin; cues: recalls of each; flips: share of spins wrong in a cue.

    device: a preset; time: seconds since programming; dac_bits, adc_bits: of the converters; updates: most per recall
    """

    seed: int = 0
    sizes: tuple[int, ...] = (128, 256, 512, 1024, 2048)
    load: float = 0.05
    cues: int = 20
    flips: float = 0.1
    device: str = "pcm-like"
    time: float = 3600.0
    dac_bits: int = 8
    adc_bits: int = 8
    updates: int = 10

    def __post_init__(self):
        from neuromem.hardware.resistive import presets

        require(bool(self.sizes) and min(self.sizes) >= 2, "sizes must be at least 2")
        require(0 < self.load <= 1, f"load must be above 0 and at most 1, not {self.load}")
        require(min(self.cues, self.dac_bits, self.adc_bits, self.updates) >= 1,
                "cues, dac_bits, adc_bits and updates must be at least 1")  # fmt: skip
        require(0 <= self.flips <= 1, f"flips must be from 0 to 1, not {self.flips}")
        require(self.time >= 0, f"time must be 0 or more, not {self.time}")
        require(self.device in presets(), f"device is one of {', '.join(presets())}, not {self.device!r}")


def run(parameters: Parameters, progress) -> dict:
    """Per size, means over recalls: joules (size, part of devices, dac, adc), digital, seconds, updates, overlap."""
    from neuromem.hardware.resistive import cost

    p = parameters
    parts, digital, seconds, updates, overlap = (np.zeros((len(p.sizes), 3)), *np.zeros((4, len(p.sizes))))
    for row, n in enumerate(p.sizes):
        progress(row, len(p.sizes), f"{n} spins")
        rng = np.random.default_rng([p.seed, n])
        X = np.where(rng.random((max(1, round(p.load * n)), n)) < 0.5, 1.0, -1.0)
        arrays = crossbars(p, X)
        for cue in range(p.cues):
            pattern = X[cue % len(X)]
            state, spent, used = recalled(p, arrays, np.where(rng.random(n) < p.flips, -pattern, pattern))
            parts[row] += np.array([spent.devices_J, spent.dac_J, spent.adc_J]) / p.cues
            seconds[row] += 2 * used * spent.seconds / p.cues  # both products, one after the other, in each update
            digital[row] += 2 * used * cost.digital(X.size) / p.cues
            updates[row] += used / p.cues
            overlap[row] += state @ pattern / n / p.cues
    return {"joules": parts, "digital": digital, "seconds": seconds, "updates": updates, "overlap": overlap,
            "sizes": np.array(p.sizes)}  # fmt: skip


def crossbars(p, X):
    """The patterns, and the transposed patterns, each on devices of its own."""
    from neuromem.hardware.resistive import Crossbar

    options = {"dac_bits": p.dac_bits, "adc_bits": p.adc_bits, "compensation": True}
    forward = Crossbar(X, p.device, seed=p.seed, adc_range=float(min(256, X.shape[1])), **options)
    back = Crossbar(X.T, p.device, seed=p.seed + 1, adc_range=3.0 * X.shape[1], **options)
    return forward, back


def recalled(p, arrays, state):
    """(state at rest or after the last update, Cost of all products, updates)."""
    forward, back = arrays
    spent, own, used = None, forward.outputs, 0
    while used < p.updates:
        used += 1
        overlaps = forward.matvec(state, p.time)
        fields = back.matvec(overlaps, p.time) - own * state
        both = forward.cost(state, p.time) + back.cost(overlaps, p.time)
        spent = both if spent is None else spent + both
        after = np.where(fields == 0, state, np.sign(fields))
        if np.array_equal(after, state):
            break
        state = after
    return state, spent, used


def headline(tree: dict) -> dict:
    """Of the largest memory: nanojoules and microseconds of a recall, what digital takes, and how much less it is."""
    parts, digital = np.asarray(tree["joules"])[-1], float(np.asarray(tree["digital"])[-1])
    ratios = np.asarray(tree["digital"]) / np.asarray(tree["joules"]).sum(axis=1)
    names = ("devices", "dac", "adc")
    return {
        "spins": int(tree["sizes"][-1]), "nanojoules": float(1e9 * parts.sum()), "digital_nanojoules": 1e9 * digital,
        "times_less": float(ratios[-1]), "times_less_smallest": float(ratios[0]),
        **{f"{name}_percent": float(100 * part / parts.sum()) for name, part in zip(names, parts)},
        "microseconds": float(1e6 * tree["seconds"][-1]), "updates": float(tree["updates"][-1]),
        "overlap": float(tree["overlap"][-1]),
    }  # fmt: skip


def plot(tree: dict) -> dict:
    """Energy of a recall by part, and the digital one, against size."""
    from neuromem import plot as draw
    from neuromem.plot.canvas import new_figure

    sizes, parts = np.asarray(tree["sizes"]), 1e9 * np.asarray(tree["joules"])
    with draw.style():
        figure = new_figure(6.4, 3.8, layout="constrained")
        ax = figure.add_subplot()
        ax.plot(sizes, 1e9 * np.asarray(tree["digital"]), "D-", color="black", label="digital, 8 bits, SRAM")
        ax.plot(sizes, parts.sum(axis=1), "o-", color=draw.PALETTE[0], label="crossbars, all together")
        for k, name in enumerate(("devices", "drivers", "converters")):
            ax.plot(sizes, parts[:, k], "--", color=draw.PALETTE[k + 1], label=name)
        ax.set(xscale="log", yscale="log", xlabel="spins", ylabel="energy of a recall (nJ)",
               title="estimated from published constants")  # fmt: skip
        ax.set_xticks(sizes, [f"{n}" for n in sizes])
        ax.minorticks_off()
        ax.legend(loc="upper left")
    return {"energy": figure}
