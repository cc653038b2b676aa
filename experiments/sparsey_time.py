"""Time of one store and of one recognition in a macrocolumn, against the number of items that it has stored.

At every number of stored items the next batches are timed (CPU time of this process, the median over batches). Numbers,
and what is timed, take turns in random order, so that a busy machine is unfair to none. They take turns in the same
arrays: where an array lies in memory changes times by some percent, which is why all is done again with others. Errors
are over these repetitions. After every measurement a memory is put back to what it was.
"""

import time
from dataclasses import dataclass

import numpy as np

from neuromem.experiments.parameters import require

QUICK: dict = {"stored": (10, 100, 1000), "rounds": 5, "repetitions": 2}
KINDS = ("store", "recognise", "recall")


@dataclass(frozen=True)
class Parameters:
    """stored: items in the memories that are timed; batch: items per measurement; rounds: measurements at each.

    repetitions: of everything, with other arrays and items
    """

    seed: int = 0
    stored: tuple[int, ...] = (10, 100, 1000, 10_000, 100_000)
    inputs: int = 784
    active: int = 100
    cms: int = 50
    units: int = 32
    batch: int = 20
    rounds: int = 101
    repetitions: int = 10

    def __post_init__(self):
        rising = all(b > a for a, b in zip(self.stored, self.stored[1:]))
        require(
            len(self.stored) >= 2 and min(self.stored) >= 1 and rising,
            "stored must name two or more rising numbers of at least 1",
        )
        require(min(self.batch, self.rounds, self.repetitions) >= 1, "batch, rounds and repetitions must be at least 1")
        require(1 <= self.active <= self.inputs, f"active must be 1 to inputs = {self.inputs}, not {self.active}")


def run(parameters: Parameters, progress) -> dict:
    """seconds (repetition, kind, stored, round) of CPU per item."""
    seconds = []
    for k in range(parameters.repetitions):
        progress(k, parameters.repetitions, f"repetition {k + 1} of {parameters.repetitions}")
        seconds.append(repeat(parameters, np.random.default_rng([parameters.seed, k])))
    return {"seconds": np.array(seconds), "stored": np.array(parameters.stored), "kinds": list(KINDS)}


def repeat(parameters: Parameters, rng) -> np.ndarray:
    """One repetition, (kind, stored, round)."""
    from neuromem import patterns
    from neuromem.models import Sparsey

    p, filled = parameters, []
    for stored in p.stored:
        capacity = max(p.stored) + (p.rounds + 1) * p.batch
        memory = Sparsey(p.inputs, p.cms, p.units, capacity, saturation=1.0, seed=p.seed)
        for start in range(0, stored, 1000):
            memory.store(patterns.random_patterns(min(1000, stored - start), p.inputs, p.active, rng))
        filled.append((memory._mac.state(), memory._book))
    seconds = np.zeros((len(KINDS), len(p.stored), p.rounds))
    for r in range(-1, p.rounds):  # the first round warms up
        for i in rng.permutation(len(filled)):
            batch = patterns.random_patterns(p.batch, p.inputs, p.active, rng)
            for k in rng.permutation(len(KINDS)):
                seconds[k, i, r] = timed(memory, *filled[i], KINDS[k], batch) / p.batch
    return seconds


def timed(memory, state, book, kind, batch) -> float:
    """Seconds of CPU that a memory with this content takes; both stay what they are."""
    memory._mac.restore(state)
    memory._book = book
    start = time.process_time()
    found = getattr(memory, kind)(batch)
    seconds = time.process_time() - start
    if kind == "store":
        book.strike(found)
    return seconds


def slopes(tree: dict) -> np.ndarray:
    """Change of the time per factor of ten in items stored, fitted over all, as a share; (kind, 2), with its error."""
    x, medians = np.log10(np.asarray(tree["stored"], float)), np.median(np.asarray(tree["seconds"]), axis=3)
    relative = np.moveaxis(medians / medians.mean(axis=2, keepdims=True), 2, 0)
    fits = np.polyfit(x, relative.reshape(len(x), -1), 1)[0]
    return mean_with_error(fits.reshape(medians.shape[:2]))


def steps(tree: dict) -> np.ndarray:
    """Change per factor of ten between neighbouring numbers stored, as a share; (kind, pair, 2), with its error.

    A slope fitted over all hides a rise that is followed by a fall.
    """
    decades = np.diff(np.log10(np.asarray(tree["stored"], float)))
    medians = np.median(np.asarray(tree["seconds"]), axis=3)
    return mean_with_error(np.diff(medians, axis=2) / medians[:, :, :-1] / decades)


def mean_with_error(values: np.ndarray) -> np.ndarray:
    """Mean over the first axis, repetitions, and its standard error (none of a single one), in a new last axis."""
    count = len(values)
    error = values.std(axis=0, ddof=1) / np.sqrt(count) if count > 1 else np.full(values.shape[1:], np.nan)
    return np.stack([values.mean(axis=0), error], axis=-1)


def largest_steps(tree: dict) -> np.ndarray:
    """Of `steps`, the one of the largest change; (kind, 2)."""
    return np.array([of_kind[np.abs(of_kind[:, 0]).argmax()] for of_kind in steps(tree)])


def by_kind(tree: dict) -> np.ndarray:
    """seconds of all repetitions together, (kind, stored, measurement)."""
    return np.concatenate(list(tree["seconds"]), axis=2)


def headline(tree: dict) -> dict:
    """Change per decade in percent, fitted with its error and the largest, and milliseconds, of each kind."""
    numbers = {}
    for kind, (step, error) in zip(tree["kinds"], largest_steps(tree)):
        numbers[f"{kind}_largest_change_per_decade_percent"] = float(100 * step)
        numbers[f"{kind}_largest_change_error_percent"] = float(100 * error)
    for kind, (slope, error), seconds in zip(tree["kinds"], slopes(tree), by_kind(tree)):
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
            low, middle, high = np.percentile(1000 * by_kind(tree)[k], (25, 50, 75), axis=1)
            step, of_step = 100 * largest_steps(tree)[k]
            label = f"{kind}: {100 * slope:+.1f} ± {100 * error:.1f} % per decade "
            label += f"(largest step {step:+.1f} ± {of_step:.1f} %)"
            ax.errorbar(stored, middle, [middle - low, high - middle], fmt="o-s-^-"[2 * k : 2 * k + 2],
                        color=draw.PALETTE[k], label=label)  # fmt: skip
        ax.set(xscale="log", xlabel="items stored before", ylabel="CPU time per item (ms)")
        ax.set_ylim(0, 1.45 * ax.get_ylim()[1])
        ax.legend(loc="upper left")
        ax.set_title("Median and quartiles; the numbers stored took turns", fontsize=10)
    return {"time": figure}
