"""How much a macrocolumn holds: familiarity beside true recall, against modules, units and inputs; and sequences.

Items are stored one after another; at several numbers stored, a sample of all of them is shown again. G says how
familiar they look, `right` how many modules have the winner that was stored, `exact` how many items are read out bit
for bit. G stays near 1 while recall collapses, because units that know too much support everything. Inputs are random,
or correlated: each keeps half of the bits of one of ten prototypes. Sequences are random frames; they are replayed from
their first frame.
"""

from dataclasses import dataclass, replace

import numpy as np

from neuromem.experiments.parameters import require
from neuromem.sweep import Sweep

KINDS = ("random", "correlated")
SAFE = 0.97
QUICK: dict = {"seeds": 2, "sizes": (24, 8), "stored": (20, 80, 320), "sequences": (2, 8)}


@dataclass(frozen=True)
class Parameters:
    """sizes: modules and units of each mac, in turn; inputs, active: bits of an item; stored: numbers of items.

    sequences: numbers of sequences, of `frames` frames of 100 pixels with 20 active, stored in a mac of sequence_cms
    modules of sequence_units units.
    """

    seed: int = 0
    seeds: int = 5
    sizes: tuple[int, ...] = (24, 8, 50, 8, 24, 16, 24, 32)
    inputs: int = 144
    active: int = 12
    stored: tuple[int, ...] = (10, 20, 40, 80, 160, 320, 640)
    sample: int = 100
    sequences: tuple[int, ...] = (2, 4, 6, 8, 9, 10, 11, 12, 14, 16, 24, 32)
    frames: int = 10
    sequence_cms: int = 20
    sequence_units: int = 20
    saturation: float = 1.0

    def __post_init__(self):
        require(self.seeds >= 1 and self.sample >= 1, "seeds and sample must be at least 1")
        require(len(self.sizes) >= 2 and len(self.sizes) % 2 == 0, "sizes must name modules and units by turns")
        require(min(self.sizes) >= 1 and min(self.stored) >= 1, "sizes and stored must be at least 1")
        require(min(self.sequences) >= 1 and self.frames >= 2, "sequences must be at least 1, frames at least 2")
        require(2 <= self.active <= self.inputs // 2, "active must be 2 to half of inputs")


def run(parameters: Parameters, progress, sweep: Sweep | None = None) -> dict:
    """items (seed, size, kind, stored, 3): G, right, exact; sequences (seed, number): frames replayed exactly."""
    seeds = [parameters.seed + i for i in range(parameters.seeds)]
    found = (sweep or Sweep(progress=progress)).map(repeat, [replace(parameters, seed=s, seeds=1) for s in seeds])
    return {
        "items": np.array([one["items"] for one in found]),
        "sequences": np.array([one["sequences"] for one in found]),
        "sizes": np.array(parameters.sizes).reshape(-1, 2),
        "stored": np.array(sorted(parameters.stored)),
        "numbers": np.array(sorted(parameters.sequences)),
        "seeds": seeds,
    }


def repeat(parameters: Parameters) -> dict:
    """One seed."""
    rng = np.random.default_rng(parameters.seed)
    pairs = np.array(parameters.sizes).reshape(-1, 2).tolist()
    items = [[hold(parameters, cms, units, kind, rng) for kind in KINDS] for cms, units in pairs]
    sequences = [replayed(parameters, number, rng) for number in sorted(parameters.sequences)]
    return {"items": np.array(items), "sequences": np.array(sequences)}


def inputs(parameters, kind, count, rng):
    """bool (count, inputs) with the same number of active bits each."""
    from neuromem.patterns import keep, random_patterns

    p = parameters
    if kind == "random":
        return random_patterns(count, p.inputs, p.active, rng)
    prototypes = random_patterns(10, p.inputs, p.active, rng)
    out = keep(prototypes[rng.integers(10, size=count)], 0.5, rng)
    for row in out:
        row[rng.choice(np.flatnonzero(~row), p.active - row.sum(), replace=False)] = True
    return out


def hold(parameters, cms, units, kind, rng):
    """(stored, 3) of one memory that is filled further and further."""
    from neuromem.models import Sparsey

    marks, out = sorted(parameters.stored), []
    patterns = inputs(parameters, kind, marks[-1], rng)
    memory = Sparsey(
        parameters.inputs, cms, units, len(patterns), saturation=parameters.saturation, seed=parameters.seed
    )
    for low, high in zip([0, *marks[:-1]], marks):
        memory.store(patterns[low:high])
        some = rng.permutation(high)[: parameters.sample]
        code, G = memory.recognise(patterns[some])
        exact = (memory.read(code) == patterns[some]).all(axis=1)
        out.append((G.mean(), (code == memory.codes[some]).mean(), exact.mean()))
    return out


def replayed(parameters, number, rng):
    """Share of the frames after the first that come back bit for bit."""
    from neuromem.models import Level, SparseyHierarchy
    from neuromem.patterns import random_patterns

    p = parameters
    frames = random_patterns(number * p.frames, 100, 20, rng).reshape(number, p.frames, 10, 10)
    level = Level((1, 1), (10, 10), p.sequence_cms, p.sequence_units, saturation=p.saturation)
    model = SparseyHierarchy((10, 10), [level], seed=p.seed)
    model.learn(frames)
    back = np.array([model.replay(frames[i, :1], p.frames - 1) for i in range(number)])
    return (back == frames[:, 1:]).all(axis=(2, 3)).mean()


def safe(numbers, share):
    """The largest number up to which at least 97 % come back, 0 if none."""
    good = np.minimum.accumulate(np.asarray(share) >= SAFE)
    return int(np.asarray(numbers)[good].max(initial=0))


def headline(tree: dict) -> dict:
    """Items held at 97 % of modules right and of items exact, per size and kind; G at the largest number; sequences."""
    items, stored, numbers = np.asarray(tree["items"]).mean(axis=0), tree["stored"], {}
    for (cms, units), by_kind in zip(np.asarray(tree["sizes"]).tolist(), items):
        for kind, values in zip(KINDS, by_kind):
            numbers[f"held_{cms}x{units}_{kind}"] = safe(stored, values[:, 1])
            numbers[f"exact_{cms}x{units}_{kind}"] = safe(stored, values[:, 2])
    last = items[0, 0, -1]
    numbers |= {"G_at_most_stored": float(last[0]), "right_at_most_stored": float(last[1])}
    share = np.asarray(tree["sequences"]).mean(axis=0)
    number = safe(tree["numbers"], share)
    at = np.flatnonzero(np.asarray(tree["numbers"]) == number)
    return numbers | {"safe_sequences": number, "frames_of_safe_set": float(share[at[0]]) if at.size else None}


def plot(tree: dict) -> dict:
    """Familiarity and true recall against items stored, for each size; frames replayed against sequences stored."""
    from neuromem import plot as draw
    from neuromem.plot.canvas import MUTED, new_figure

    items, stored, sizes = np.asarray(tree["items"]), np.asarray(tree["stored"]), np.asarray(tree["sizes"])
    with draw.style():
        figure = new_figure(9.6, 3.9, layout="constrained")
        axes = figure.subplots(1, 3, width_ratios=(1, 1, 0.9))
        for kind, ax in enumerate(axes[:2]):
            for s, (cms, units) in enumerate(sizes):
                for value, style in ((0, ":"), (1, "-")):
                    mean, error = spread(100 * items[:, s, kind, :, value])
                    name = f"{cms} modules of {units}" if value else None
                    ax.errorbar(stored, mean, error, color=draw.PALETTE[s % 7], linestyle=style, label=name, marker="o",
                                markersize=3.5)  # fmt: skip
            ax.set(xscale="log", ylim=(0, 104), xlabel="items stored")
            ax.set_title(f"{KINDS[kind]} inputs", fontsize=10)
        axes[0].set_ylabel("%  (dotted: familiarity G;\nsolid: modules with the stored winner)")
        axes[0].legend(loc="lower left", fontsize=8)
        mean, error = spread(100 * np.asarray(tree["sequences"]))
        axes[2].errorbar(tree["numbers"], mean, error, color=draw.PALETTE[0], marker="o", markersize=4)
        axes[2].axhline(100 * SAFE, color=MUTED, linestyle=":", linewidth=1)
        axes[2].set(ylim=(0, 104), xlabel="sequences stored", ylabel="frames replayed exactly (%)")
        axes[2].set_title("random sequences", fontsize=10)
    return {"capacity": figure}


def spread(values):
    """Mean and standard error over seeds, the first axis."""
    error = values.std(axis=0, ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.zeros(values.shape[1:])
    return values.mean(axis=0), error
