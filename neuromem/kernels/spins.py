"""Ising spins in the fields of stored patterns, by overlaps S_mu = sum_i xi_i^mu s_i: no coupling is ever formed.

The field on spin i is a sum over patterns, at a cost of one look at each. A `Law` says which sum; a flip changes the
overlaps. Overlaps are int32, so rows are at most LONGEST units long.
"""

import math
from typing import NamedTuple

import numpy as np

from neuromem.kernels.jit import entry, inner
from neuromem.kernels.philox import philox

LONGEST = 1 << 19
_BLOCK = 1 << 11  # patterns whose products of int8 and overlap fit an int32 sum
_WORD = 1.0 / 4294967296.0
_LOW, _SHIFT = np.uint64(0xFFFFFFFF), np.uint64(32)


class Law(NamedTuple):
    """How overlaps become the field on spin i, with c = columns[i]; of dual and slope the one that is not empty.

    Hebb:            h_i = sum_mu c_mu S_mu - own s_i
    Pseudo-inverse:  h_i = sum_mu dual[i, mu] (S_mu - c_mu s_i)
    Any F:           h_i = sum_mu c_mu slope[S_mu - c_mu s_i - base],  slope(S) = (F(S + 1) - F(S - 1))/2

    dual : float64 (n, K); own : float, a spin's coupling to itself
    slope : float64 (2n + 1,), from S = base; base is -n, or with `relative` 1 - 2n more than the largest overlap
    """

    own: float
    dual: np.ndarray
    slope: np.ndarray
    relative: bool


@inner
def weighted(row, overlap):
    """Return sum_k row[k] overlap[k] of int8 and int32, exactly: int32 sums of blocks, which compilers vectorise."""
    total = np.int64(0)
    for start in range(0, row.shape[0], _BLOCK):
        block, against = row[start : start + _BLOCK], overlap[start : start + _BLOCK]
        part = np.int32(0)
        for k in range(block.shape[0]):
            part = np.int32(part + np.int32(block[k]) * against[k])
        total += part
    return total


@inner
def projected(row, column, spin, overlap):
    """Return the field of the pseudo-inverse on a spin."""
    total = 0.0
    for k in range(row.shape[0]):
        total += row[k] * (overlap[k] - column[k] * spin)
    return total


@inner
def tabulated(column, spin, overlap, law):
    """Return the field of any F on a spin by its table."""
    n = law.slope.shape[0] // 2
    base = -n
    if law.relative:
        for k in range(overlap.shape[0]):
            base = max(base, overlap[k] + 1 - 2 * n)
    total = 0.0
    for k in range(column.shape[0]):
        at = overlap[k] - column[k] * spin - base
        if at >= 0:  # below the table of a relative law F has no weight in float64
            total += column[k] * law.slope[at]
    return total


@inner
def field(column, i, spin, overlap, law):
    """Return the field on spin i."""
    if law.slope.shape[0] > 0:
        return tabulated(column, spin, overlap, law)
    if law.dual.shape[0] > 0:
        return projected(law.dual[i], column, spin, overlap)
    return weighted(column, overlap) - law.own * spin


@inner
def turns(cost, beta, word):
    """Return whether a spin whose flip costs so much turns, in the heat bath or, for beta = inf, downhill only."""
    if beta == math.inf:
        return cost < 0.0
    x = beta * cost
    return x < 700.0 and (word + 0.5) * _WORD * (1.0 + math.exp(x)) < 1.0


@entry
def sweep(columns, law, spins, overlap, beta, chance):
    """Update every spin once, in order; returns the number of flips. At beta = inf none leaves a local minimum.

    columns : int8 (n, K); spins : int8 (n,); overlap : int32 (K,); chance : int64 (3,): seed, object, sweep. Spins
    4g to 4g + 3 take the words of counter (sweep, g, object).
    """
    flips = 0
    seed, step = np.uint64(chance[0]), np.uint64(chance[2])
    k0, k1 = np.uint32(seed & _LOW), np.uint32(seed >> _SHIFT)
    low, high, owner = np.uint32(step & _LOW), np.uint32(step >> _SHIFT), np.uint32(chance[1])
    w0 = w1 = w2 = w3 = np.uint32(0)
    for i in range(spins.shape[0]):
        if i % 4 == 0 and beta < math.inf:
            w0, w1, w2, w3 = philox(low, high, np.uint32(i // 4), owner, k0, k1)
        word, w0, w1, w2 = w0, w1, w2, w3
        if turns(2.0 * spins[i] * field(columns[i], i, spins[i], overlap, law), beta, word):
            turn(columns[i], spins, i, overlap)
            flips += 1
    return flips


@entry
def follow(columns, law, spins, overlap, beta, chance, pattern, trace):
    """Sweep once per entry of trace, float64, and write the overlap per spin with a pattern after each.

    At beta = inf the sweeps end when nothing moves, and the rest of the trace is filled. chance[2] counts the sweeps.
    """
    moving = True
    for t in range(trace.shape[0]):
        if moving:
            flips = sweep(columns, law, spins, overlap, beta, chance)
            moving = flips > 0 or beta < math.inf
            chance[2] += 1
        trace[t] = overlap[pattern] / spins.shape[0]


@inner
def turn(column, spins, i, overlap):
    """Flip spin i and bring the overlaps up to date."""
    twice = np.int32(2 * spins[i])
    for k in range(column.shape[0]):
        overlap[k] -= twice * column[k]
    spins[i] = -spins[i]


@entry
def fields(columns, law, spins, overlap, out):
    """Write the fields on all spins, float64 (n,)."""
    for i in range(spins.shape[0]):
        out[i] = field(columns[i], i, spins[i], overlap, law)
