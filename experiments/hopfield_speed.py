"""Hopfield networks by pattern overlaps beside the same work in NumPy's BLAS, taking turns in one run.

The work is one synchronous update of all spins in a network that holds K patterns of N spins. NumPy does it with the
N x N matrix of couplings, or with two products with the patterns as float32; ours counts bits. Times are the medians of
rounds of process time, so they count one thread where BLAS is given one.
"""

import gc
import time
from dataclasses import dataclass

import numpy as np

from neuromem.experiments.parameters import require

QUICK = {
    "spins": 2048,
    "patterns": 200,
    "rounds": 2,
    "large_spins": 4096,
    "large_patterns": 400,
    "dense_patterns": 5000,
    "dense_most": 8000,
}


@dataclass(frozen=True)
class Parameters:
    """spins, patterns: of the comparison; large_*: of our sweep alone; dense_*: of P = 4 bodies.

    dense_patterns are retrieved from, dense_most, more than can be, looked at in one sweep.
    """

    seed: int = 0
    spins: int = 10048
    patterns: int = 1024
    large_spins: int = 100_000
    large_patterns: int = 10_000
    dense_spins: int = 192
    dense_patterns: int = 180_000
    dense_most: int = 300_000
    rounds: int = 5

    def __post_init__(self):
        for name in self.__dataclass_fields__:
            require(name == "seed" or getattr(self, name) >= 1, f"{name} must be 1 or more, not {getattr(self, name)}")


def run(parameters: Parameters, progress) -> dict:
    """Seconds per round of each way, and of our large and dense networks."""
    progress(0, 3, "beside NumPy")
    tree = {"compared": _compare(parameters)}
    progress(1, 3, "a large network")
    tree["large"] = _large(parameters)
    progress(2, 3, "four bodies")
    tree["dense"] = _dense(parameters)
    progress(3, 3, "done")
    return tree


def _memory(n, K, rng, P=2):
    from neuromem.models import Hopfield

    memory = Hopfield(n, P, capacity=K)
    for start in range(0, K, 1000):  # so that the patterns as bytes are never all there
        memory.store(rng.integers(0, 2, (min(1000, K - start), n), np.uint8).astype(bool))
    return memory


def _seconds(work):
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def _compare(p):
    rng = np.random.default_rng(p.seed)
    memory = _memory(p.spins, p.patterns, rng)
    xi = np.where(memory.patterns, 1, -1).astype(np.float32)
    state = np.where(rng.random(p.spins) < 0.9, xi[0], -xi[0]).astype(np.int8)
    start = time.process_time()
    J = xi.T @ xi
    np.fill_diagonal(J, 0)
    built = time.process_time() - start
    s = state.astype(np.float32)
    ways = {
        "bits": lambda: np.sign(memory.fields(state)),
        "two products": lambda: np.sign(xi.T @ (xi @ s) - np.float32(p.patterns) * s),
        "matrix": lambda: np.sign(J @ s),
    }
    answers = {name: work() for name, work in ways.items()}  # also compiles
    times = {name: [] for name in ways}
    for _ in range(p.rounds):
        for name, work in ways.items():
            times[name].append(_seconds(work)[0])
    agree = all(np.array_equal(answers["bits"], answer) for answer in answers.values())
    return {"seconds": times, "matrix_built": built, "matrix_bytes": J.nbytes, "agree": agree}


def _large(p):
    rng = np.random.default_rng(p.seed)
    memory = _memory(p.large_spins, p.large_patterns, rng)
    state = np.where(rng.random(p.large_spins) < 0.5, -1, 1).astype(np.int8)
    memory.fields(state)
    gc.collect()
    times = [_seconds(lambda: memory.fields(state))[0] for _ in range(p.rounds)]
    return {"seconds": times, "bytes": memory._rows.nbytes + memory._folded.nbytes}


def _dense(p):
    rng = np.random.default_rng(p.seed)
    memory = _memory(p.dense_spins, p.dense_patterns, rng, P=4)
    xi = np.where(memory.patterns[0], 1, -1).astype(np.int8)
    memory.sweep(xi.copy())  # compiles, and turns the patterns into columns
    start = np.where(rng.random(p.dense_spins) < 0.05, -xi, xi).astype(np.int8)
    seconds, sweep = _seconds(lambda: memory.sweep(start, sweeps=50))
    full = _memory(p.dense_spins, p.dense_most, rng, P=4)
    state = np.where(full.patterns[0], 1, -1).astype(np.int8)
    full.sweep(state.copy())
    once = [_seconds(lambda: full.sweep(state.copy()))[0] for _ in range(p.rounds)]
    return {"seconds": seconds, "overlap": float(sweep[0]) / p.dense_spins, "sweep": once}


def headline(tree: dict) -> dict:
    """Milliseconds of a synchronous update, and how many times faster than each way of NumPy's; large and dense."""
    seconds = {name: float(np.median(times)) for name, times in tree["compared"]["seconds"].items()}
    return {
        "bits_ms": 1e3 * seconds["bits"],
        "times_faster_than_two_products": seconds["two products"] / seconds["bits"],
        "times_faster_than_the_matrix": seconds["matrix"] / seconds["bits"],
        "matrix_MB": tree["compared"]["matrix_bytes"] / 1e6,
        "same_answers": bool(tree["compared"]["agree"]),
        "large_sweep_ms": 1e3 * float(np.median(tree["large"]["seconds"])),
        "large_MB": tree["large"]["bytes"] / 1e6,
        "dense_retrieval_ms": 1e3 * float(tree["dense"]["seconds"]),
        "dense_overlap": float(tree["dense"]["overlap"]),
        "dense_full_sweep_ms": 1e3 * float(np.median(tree["dense"]["sweep"])),
    }


def plot(tree: dict) -> dict:
    """{"hopfield_speed": Figure}: milliseconds of each way."""
    from neuromem.plot import PALETTE, style
    from neuromem.plot.canvas import new_figure

    seconds = {name: 1e3 * float(np.median(times)) for name, times in tree["compared"]["seconds"].items()}
    with style():
        figure = new_figure(6.5, 2.3, layout="constrained")
        ax = figure.add_subplot()
        labels = {"bits": "neuromem, bits", "two products": "NumPy, two products", "matrix": "NumPy, N × N matrix"}
        bars = ax.barh([labels[name] for name in seconds], list(seconds.values()), color=PALETTE[:3], height=0.6)
        ax.bar_label(bars, fmt="%.2g ms", padding=4)
        ax.invert_yaxis()
        ax.set(xscale="log", xlabel="time of one synchronous update of all spins (ms), one thread")
        ax.margins(x=0.12)
    return {"hopfield_speed": figure}
