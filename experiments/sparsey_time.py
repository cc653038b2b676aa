"""Time of one store and of one recognition in a macrocolumn, against the number of items that it has stored.

At every number of stored items the next batches are timed (CPU time of this process, the median over batches); batches
at different numbers, and what is timed, take turns in random order, so that a busy machine is unfair to none: each is a
memory of its own, and is put back to what it was after every measurement.
"""

import time
from dataclasses import dataclass

import numpy as np

from neuromem.experiments.parameters import require

QUICK: dict = {"stored": (10, 100, 1000), "rounds": 5}
KINDS = ("store", "recognise", "recall")


@dataclass(frozen=True)
class Parameters:
    """stored: items in the memories that are timed; batch: items per measurement; rounds: measurements at each."""

    seed: int = 0
    stored: tuple[int, ...] = (10, 100, 1000, 10_000, 100_000)
    inputs: int = 784
    active: int = 100
    cms: int = 50
    units: int = 32
    batch: int = 20
    rounds: int = 201

    def __post_init__(self):
        rising = all(b > a for a, b in zip(self.stored, self.stored[1:]))
        require(
            len(self.stored) >= 2 and min(self.stored) >= 1 and rising,
            "stored must name two or more rising numbers of at least 1",
        )
        require(self.batch >= 1 and self.rounds >= 1, "batch and rounds must be at least 1")
        require(1 <= self.active <= self.inputs, f"active must be 1 to inputs = {self.inputs}, not {self.active}")


def run(parameters: Parameters, progress) -> dict:
    """seconds (kind, stored, round) of CPU per item."""
    from neuromem import patterns
    from neuromem.models import Sparsey

    p, rng, memories = parameters, np.random.default_rng(parameters.seed), []
    for i, stored in enumerate(p.stored):
        progress(i, len(p.stored) + 1, f"storing {stored} items")
        capacity = max(p.stored) + (p.rounds + 1) * p.batch
        memory = Sparsey(p.inputs, p.cms, p.units, capacity, saturation=1.0, seed=p.seed)
        for start in range(0, stored, 1000):
            memory.store(patterns.random_patterns(min(1000, stored - start), p.inputs, p.active, rng))
        memories.append(memory)
    seconds = np.zeros((len(KINDS), len(p.stored), p.rounds))
    for r in range(-1, p.rounds):  # the first round warms up
        progress(len(p.stored), len(p.stored) + 1, f"round {max(r, 0) + 1} of {p.rounds}")
        for i in rng.permutation(len(memories)):
            batch = patterns.random_patterns(p.batch, p.inputs, p.active, rng)
            for k in rng.permutation(len(KINDS)):
                kind = KINDS[k]
                before = memories[i]._mac.state()
                start = time.process_time()
                found = getattr(memories[i], kind)(batch)
                seconds[k, i, r] = (time.process_time() - start) / p.batch
                if kind == "store":  # as if it had not been: the number stored stays what it is
                    memories[i]._mac.restore(before)
                    memories[i]._book.strike(found)
    return {"seconds": seconds, "stored": np.array(p.stored), "kinds": list(KINDS)}


def slopes(tree: dict) -> np.ndarray:
    """Change of the time per factor of ten in items stored, and its standard error, as shares; (kind, 2)."""
    x, out = np.log10(np.asarray(tree["stored"], float)), []
    for seconds in np.asarray(tree["seconds"]):
        relative = seconds / np.median(seconds)
        fits = np.array([np.polyfit(x, round_, 1)[0] for round_ in relative.T])
        error = 1.2533 * fits.std(ddof=1) / np.sqrt(len(fits)) if len(fits) > 1 else np.nan
        out.append((np.polyfit(x, np.median(relative, axis=1), 1)[0], error))
    return np.array(out)


def largest_steps(tree: dict) -> np.ndarray:
    """Of the changes of the median time between neighbouring numbers stored, the largest per factor of ten; (kind,).

    A share, with its sign. The slope of a fit over all hides a rise that is followed by a fall.
    """
    decades = np.diff(np.log10(np.asarray(tree["stored"], float)))
    medians = np.median(np.asarray(tree["seconds"]), axis=2)
    change = np.diff(medians, axis=1) / medians[:, :-1] / decades
    return np.take_along_axis(change, np.abs(change).argmax(axis=1)[:, None], axis=1)[:, 0]


def headline(tree: dict) -> dict:
    """Change per decade in percent, fitted with its error and the largest, and milliseconds, of each kind."""
    numbers = {}
    for kind, step in zip(tree["kinds"], largest_steps(tree)):
        numbers[f"{kind}_largest_change_per_decade_percent"] = float(100 * step)
    for kind, (slope, error), seconds in zip(tree["kinds"], slopes(tree), np.asarray(tree["seconds"])):
        numbers[f"{kind}_change_per_decade_percent"] = float(100 * slope)
        numbers[f"{kind}_change_error_percent"] = float(100 * error)
        numbers[f"{kind}_milliseconds"] = float(1000 * np.median(seconds))
    return numbers


def plot(tree: dict) -> dict:
    """Time per item against items stored."""
    from neuromem import plot as draw
    from neuromem.plot.canvas import new_figure

    stored = np.asarray(tree["stored"])
    with draw.style():
        figure = new_figure(6.4, 3.8, layout="constrained")
        ax = figure.add_subplot()
        for k, (kind, (slope, error)) in enumerate(zip(tree["kinds"], slopes(tree))):
            values = 1000 * np.asarray(tree["seconds"])[k]
            low, middle, high = np.percentile(values, (25, 50, 75), axis=1)
            step = 100 * largest_steps(tree)[k]
            label = f"{kind}: {100 * slope:+.1f} ± {100 * error:.1f} % per decade (largest step {step:+.0f} %)"
            ax.errorbar(stored, middle, [middle - low, high - middle], fmt="o-s-^-"[2 * k : 2 * k + 2],
                        color=draw.PALETTE[k], label=label)  # fmt: skip
        ax.set(xscale="log", xlabel="items stored before", ylabel="CPU time per item (ms)")
        ax.set_ylim(0, 1.45 * ax.get_ylim()[1])
        ax.legend(loc="upper left")
        ax.set_title("Median and quartiles; memories took turns", fontsize=10)
    return {"time": figure}
