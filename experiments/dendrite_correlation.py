"""False matches of codes whose units are correlated: the scatter of Ahmad and Hawkins (arXiv:1601.00720).

A world has assemblies of 2 to 9 units that are active together. A code is a union of assemblies drawn at random, as
many as fit, and of single units, a in all. A neuron samples each of 500 codes of a world with a segment of s synapses,
and sees 500 others: a false match is one of these that activates any segment. The correlation of a world is that of two
units, averaged over all pairs that are active together in its codes.

How much codes overlap is all that matters: given the overlap of two codes, a segment that samples the one is activated
by the other with the probability of a hypergeometric tail, so that what is expected is exact for the codes at hand.
"""

import numpy as np

from neuromem.codes import Codes
from neuromem.theory import sdr

SEGMENTS = 500
"""Of a neuron, and codes that it is shown."""
SIZES = range(2, 10)
"""Units of an assembly."""


def assemblies(n, size, rng):
    """Units of all assemblies of a world, int (assemblies, 9), filled up with n, which is no unit; and their sizes.

    All have one size, or, if that is 0, one to seven sizes, one oftenest; with n to 3 n units in those of each.
    """
    sizes = rng.choice(SIZES, int(rng.choice([1, 1, 1, 2, 2, 3, 4, 5, 6, 7])), replace=False) if size == 0 else [size]
    sizes = np.concatenate([np.full(int(rng.integers(n, 3 * n)) // size, size) for size in sizes])
    units = np.full((len(sizes), max(SIZES)), n)
    for row, size in zip(units, sizes):
        row[:size] = rng.choice(n, size, replace=False)
    return units, sizes


def draw(count, n, a, units, sizes, rng):
    """Codes of a units: assemblies, as long as they leave room for one unit, then single units; bool (B, n)."""
    rows, every = np.zeros((count, n + 1), bool), np.arange(count)
    chosen = rng.integers(len(sizes), size=(count, a // 2))
    fit = np.cumsum(sizes[chosen], axis=1) < a
    rows[every[:, None, None], np.where(fit[:, :, None], units[chosen], n)] = True
    rows[:, n] = False
    missing = a - rows.sum(axis=1)
    while (short := every[missing > 0]).size:
        unit = rng.integers(n, size=short.size)
        missing[short] -= ~rows[short, unit]
        rows[short, unit] = True
    return rows[:, :n]


def correlation(rows):
    """Mean correlation of two units over all pairs active together in codes bool (B, n); a unit that never is counts 0.

    With p_i the share of codes in which unit i is active and p_ij that of both i and j, the correlation of two units is
    (p_ij - p_i p_j) / sqrt(p_i (1 - p_i) p_j (1 - p_j)).
    """
    from scipy.sparse import csr_array

    sparse = csr_array(rows.astype(np.float64))
    together = (sparse.T @ sparse).tocoo()
    p = rows.mean(axis=0)
    sd = np.sqrt(np.maximum(p * (1 - p), 1e-300))
    i, j = together.coords
    pairs = i != j
    i, j, count = i[pairs], j[pairs], together.data[pairs]
    return float((count * (count / len(rows) - p[i] * p[j]) / (sd[i] * sd[j])).sum() / count.sum())


def world(point):
    """Neurons in a world with assemblies of `patterns` units, or any; (hits, trials, expected, its own x and spread).

    The codes that a neuron is shown meet the same segments, so that the spread of the share of hits is taken from
    neuron to neuron; it is at least that of independent hits.
    """
    rng = np.random.default_rng([point.seed, point.n, point.a])
    neurons = max(2, point.codes // 100)
    rows = draw(2 * SEGMENTS * neurons, point.n, point.a, *assemblies(point.n, point.patterns, rng), rng)
    codes = Codes(rows)
    chances = sdr.false_positive(point.a, np.arange(point.a + 1), point.s, point.theta)
    hits, expected, alone = np.zeros((3, neurons))
    for k in range(neurons):
        stored, shown = (codes[(2 * k + half) * SEGMENTS :][:SEGMENTS] for half in (0, 1))
        segments = stored.subsample(point.s, point.seed)
        hits[k] = (shown.overlap(segments) >= point.theta).any(axis=1).sum()
        any_match = 1 - np.prod(1 - chances[shown.overlap(stored)], axis=1)
        expected[k], alone[k] = any_match.sum(), (any_match * (1 - any_match)).sum()
    trials = SEGMENTS * neurons
    variance = max(((hits - expected) ** 2).sum(), alone.sum())
    return hits.sum(), trials, expected.sum() / trials, {"x": correlation(rows), "spread": variance**0.5 / trials}
