"""What `dendrite-accuracy` draws at random: codes against segments, sequence memories, spiking neurons."""

from dataclasses import dataclass

import numpy as np

from neuromem.codes import Codes
from neuromem.experiments import dendrite_correlation
from neuromem.theory import sdr

LENGTH = 20
"""Elements of a sequence."""
GAP = 40.0
"""ms between volleys: the segments have come to rest."""
SPIKING = 400
"""Codes, and segments, of a point on spiking neurons, at most."""
BLOCK = 500
"""Codes that are compared at a time."""


@dataclass(frozen=True)
class Point:
    """One point of a panel: x and the curve it belongs to; what is drawn, and how often."""

    panel: str
    label: str
    x: float
    kind: str
    seed: int
    codes: int
    n: int
    a: int
    s: int
    theta: int
    patterns: int = 1
    lost: int = 0


def measure(point: Point) -> dict:
    """Return hits, trials, the probability that the exact theory expects, its spread, see `spread`, and x."""
    hits, trials, expected, *own = KINDS[point.kind](point)
    found = {"hits": float(hits), "trials": float(trials), "expected": float(expected)}
    return {**found, "spread": spread(point), "x": point.x} | (own[0] if own else {})


def spread(point: Point) -> float:
    """Standard deviation of a share of matches because all pairs of a union have its size in common.

    Of N unions of random sizes m with chances P(m): sqrt(Var P(m) / N). 0 for what has no random size.
    """
    if point.kind == "input":
        sizes, weights = sdr.union_sizes(point.n, point.a, point.patterns)
        chances = sdr.false_positive(point.n, sizes, point.s, point.theta)
    elif point.kind == "segment":
        sizes, weights = sdr.union_sizes(point.n, point.s, point.patterns)
        chances = sdr.false_positive(point.n, point.a, sizes, point.theta)
    else:
        return 0.0
    mean = weights @ chances
    return float(np.sqrt(weights @ (chances - mean) ** 2 / point.codes))


def _count(codes, segments, theta):
    """Pairs that share theta units or more."""
    blocks = range(0, len(codes), BLOCK)
    return sum(int((codes[low : low + BLOCK].overlap(segments) >= theta).sum()) for low in blocks)


def _unions(count, patterns, n, a, seed):
    """Unions of random codes of a units."""
    united = Codes.random(count, n, a, seed)
    for k in range(1, patterns):
        united = united | Codes.random(count, n, a, seed, first=k * count)
    return united


def match(point):
    """Random codes against random segments."""
    codes = Codes.random(point.codes, point.n, point.a, point.seed)
    segments = Codes.random(point.codes, point.n, point.s, point.seed + 1)
    expected = sdr.false_positive(point.n, point.a, point.s, point.theta)
    return _count(codes, segments, point.theta), point.codes**2, expected


def miss(point):
    """Codes that have lost units against segments that sampled the whole ones."""
    count = 100 * point.codes
    codes = Codes.random(count, point.n, point.a, point.seed)
    segments, rest = codes.subsample(point.s, point.seed), codes.corrupt(point.lost, 0, point.seed)
    expected = sdr.false_negative(point.a, point.s, point.theta, point.lost)
    return ((segments & rest).sizes < point.theta).sum(), count, expected


def union_input(point):
    """Unions of random codes against random segments; expected over how large unions are."""
    united = _unions(point.codes, point.patterns, point.n, point.a, point.seed)
    segments = Codes.random(point.codes, point.n, point.s, point.seed + 1)
    sizes, chances = sdr.union_sizes(point.n, point.a, point.patterns)
    expected = min(1.0, chances @ sdr.false_positive(point.n, sizes, point.s, point.theta))
    return _count(united, segments, point.theta), point.codes**2, expected


def union_segment(point):
    """Random codes against segments that store a union of what they sampled."""
    codes = Codes.random(point.codes, point.n, point.a, point.seed)
    stored = _unions(point.codes, point.patterns, point.n, point.s, point.seed + 1)
    sizes, chances = sdr.union_sizes(point.n, point.s, point.patterns)
    expected = min(1.0, chances @ sdr.false_positive(point.n, point.a, sizes, point.theta))
    return _count(codes, stored, point.theta), point.codes**2, expected


def vectors(point):
    """Random codes against as many sets of `patterns` random codes: whether any of a set matches."""
    hits, sets = 0, max(1, point.codes)
    for k in range(sets):
        stored = Codes.random(point.patterns, point.n, point.s, point.seed, first=k * point.patterns)
        code = Codes.random(1, point.n, point.a, point.seed + 1, first=k)
        hits += bool((code.overlap(stored) >= point.theta).any())
    return hits, sets, sdr.neuron_false_positive(point.n, point.a, point.s, point.theta, point.patterns)


def _memory(point, **changes):
    """A first-order sequence memory: one cell per column, one presentation is enough."""
    from neuromem.models import TemporalMemory

    given = {
        "activation_threshold": point.theta,
        "min_threshold": point.theta,
        "initial_permanence": 0.6,
        "permanence_decrement": 0.0,
        "max_new_synapses": point.s,
        "max_segments_per_cell": 1 << 14,
        "seed": point.seed,
    }
    return TemporalMemory(point.n, 1, **given | changes)


def _learned(point, sequences):
    """The memory after one presentation of random sequences, each unknown to it; and their codes."""
    codes = Codes.random(sequences * LENGTH, point.n, point.a, point.seed)
    units = [np.flatnonzero(row) for row in codes.patterns]
    memory = _memory(point, min_threshold=point.s + 1, max_segments=sequences * LENGTH * point.a)
    for k, columns in enumerate(units):
        if k % LENGTH == 0:
            memory.reset()
        memory.step(columns)
    return memory, codes, units


def memory_noise(point):
    """Units that are predicted of those that come next, after a code that has lost some."""
    memory, codes, units = _learned(point, point.patterns)
    noisy = [np.flatnonzero(row) for row in codes.corrupt(point.lost, 0, point.seed).patterns]
    hits = trials = 0
    for k in range(len(units) - 1):
        if k % LENGTH < LENGTH - 1:
            memory.reset()
            hits += np.isin(memory.step(noisy[k], learn=False).predicted_columns, units[k + 1]).sum()
            trials += point.a
    return hits, trials, 1.0 - sdr.false_negative(point.a, point.s, point.theta, point.lost)


def memory_size(point):
    """Units that are predicted and come, of those that are or do (Jaccard index)."""
    memory, _, units = _learned(point, point.patterns)
    both = either = 0
    for k in range(0, len(units) - 1):
        if k % LENGTH < LENGTH - 1:
            memory.reset()
            predicted = memory.step(units[k], learn=False).predicted_columns
            came = np.isin(predicted, units[k + 1]).sum()
            both, either = both + came, either + predicted.size + point.a - came
    return both, either, sdr.sequence_overlap(point.n, point.a, point.s, point.theta, point.patterns, LENGTH)


def memory_union(point):
    """Share of all units predicted by an element that `patterns` others have followed."""
    codes = Codes.random(point.patterns + 1, point.n, point.a, point.seed)
    units = [np.flatnonzero(row) for row in codes.patterns]
    memory = _memory(point, min_threshold=point.s + 1, max_segments=(point.patterns + 1) * point.a)
    for following in units[1:]:
        memory.reset()
        memory.step(units[0])
        memory.step(following)
    memory.reset()
    predicted = memory.step(units[0], learn=False).predicted_columns.size
    return predicted, point.n, sdr.union_size(point.n, point.a, point.patterns) / point.n


def plateaus(codes, segments, theta):
    """Which segments have a plateau at each code, bool (codes, segments): spiking neurons, a volley for each code."""
    from neuromem import Network, SpikeSourceArray, simulate
    from neuromem.network import FromArrays, active_dendrites

    net = Network(dt=1.0)
    which, unit = np.nonzero(codes.patterns)
    net.population("input", codes.n, SpikeSourceArray(GAP * which, unit))
    active_dendrites(net, "cell", len(segments), 1, threshold=theta, plateau=5.0, window=1.0)
    segment, pre = np.nonzero(segments.patterns)
    net.project("input", "cell_segments", FromArrays(pre, segment), weight=1.0)
    found = simulate(net, GAP * len(codes), record=["cell_segments"]).spikes["cell_segments"]
    out = np.zeros((len(codes), len(segments)), bool)
    out[(found.times // GAP).astype(int), found.ids] = True
    return out


def spiking_match(point):
    """As `match`, on spiking neurons."""
    count = min(point.codes, SPIKING)
    codes = Codes.random(count, point.n, point.a, point.seed)
    segments = Codes.random(count, point.n, point.s, point.seed + 1)
    expected = sdr.false_positive(point.n, point.a, point.s, point.theta)
    return plateaus(codes, segments, point.theta).sum(), count**2, expected


def spiking_miss(point):
    """As `miss`, on spiking neurons."""
    count = min(point.codes, SPIKING)
    codes = Codes.random(count, point.n, point.a, point.seed)
    segments, rest = codes.subsample(point.s, point.seed), codes.corrupt(point.lost, 0, point.seed)
    hits = np.diag(plateaus(rest, segments, point.theta))
    return count - hits.sum(), count, sdr.false_negative(point.a, point.s, point.theta, point.lost)


KINDS = {
    "match": match,
    "spiking match": spiking_match,
    "spiking miss": spiking_miss,
    "miss": miss,
    "input": union_input,
    "segment": union_segment,
    "vectors": vectors,
    "world": dendrite_correlation.world,
    "memory noise": memory_noise,
    "memory size": memory_size,
    "memory union": memory_union,
}
