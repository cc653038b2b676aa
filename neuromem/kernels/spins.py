"""Ising spins in the fields of stored patterns, by overlaps S_mu = sum_i xi_i^mu s_i: no coupling is ever formed.

The field on spin i is a sum over patterns, at a cost of one look at each. A `Law` says which sum; a flip changes the
overlaps. Overlaps are int16 up to SHORT units a row, which machines multiply in pairs, and int32 up to LONGEST.
"""

import math
from typing import NamedTuple

import numpy as np

from neuromem.kernels.jit import entry, inlined, inner
from neuromem.kernels.philox import GROUPS, WORDS, fill_words

SHORT = (1 << 15) - 1
LONGEST = 1 << 19
_BLOCK = 1 << 11  # patterns whose products of int8 and overlap fit an int32 sum
_WORD = 1.0 / 4294967296.0
_REACH, _BINS = 24.0, 1024  # beyond it no word of 32 bits decides otherwise


def _limits():
    """Words below the first turn a spin at any x of a bin, words from the second on at none."""
    words = 2.0**32 / (1 + np.exp(np.linspace(-_REACH, _REACH, _BINS + 1)))
    return np.stack([words[1:] - 4, words[:-1] + 4], axis=1)


_LIMITS = _limits()


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


@inlined
def block(row, overlap):
    """Return sum_k row[k] overlap[k] of at most _BLOCK int8 and int16 or int32, which compilers vectorise."""
    part = np.int32(0)
    for k in range(row.shape[0]):
        part = np.int32(part + np.int32(row[k]) * np.int32(overlap[k]))
    return np.int64(part)


@inlined
def weighted(row, overlap):
    """Return sum_k row[k] overlap[k], exactly."""
    if row.shape[0] <= _BLOCK:
        return block(row, overlap)
    total = np.int64(0)
    for start in range(0, row.shape[0], _BLOCK):
        total += block(row[start : start + _BLOCK], overlap[start : start + _BLOCK])
    return total


@inner
def projected(row, column, spin, overlap):
    """Return the field of the pseudo-inverse on a spin."""
    total = 0.0
    for k in range(row.shape[0]):
        total += row[k] * (overlap[k] - column[k] * spin)
    return total


@inner
def tabulated(column, spin, overlap, slope):
    """Return the field of any F on a spin by its table: four sums at a time, since each waits for its last term."""
    n = slope.shape[0] // 2
    a = b = c = d = 0.0
    whole = column.shape[0] // 4 * 4
    for k in range(0, whole, 4):
        a += column[k] * slope[overlap[k] - column[k] * spin + n]
        b += column[k + 1] * slope[overlap[k + 1] - column[k + 1] * spin + n]
        c += column[k + 2] * slope[overlap[k + 2] - column[k + 2] * spin + n]
        d += column[k + 3] * slope[overlap[k + 3] - column[k + 3] * spin + n]
    for k in range(whole, column.shape[0]):
        a += column[k] * slope[overlap[k] - column[k] * spin + n]
    return (a + b) + (c + d)


@inner
def relative(column, spin, overlap, slope):
    """Return the field of any F on a spin by its table from the largest overlap down."""
    n = slope.shape[0] // 2
    base = -n
    for k in range(overlap.shape[0]):
        base = max(base, overlap[k] + 1 - 2 * n)
    total = 0.0
    for k in range(column.shape[0]):
        at = overlap[k] - column[k] * spin - base
        if at >= 0:  # below the table F has no weight in float64
            total += column[k] * slope[at]
    return total


@inlined
def field(column, i, spin, overlap, law):
    """Return the field on spin i."""
    if law.slope.shape[0] > 0:
        table = law.slope
        return relative(column, spin, overlap, table) if law.relative else tabulated(column, spin, overlap, table)
    if law.dual.shape[0] > 0:
        return projected(law.dual[i], column, spin, overlap)
    return weighted(column, overlap) - law.own * spin


@inlined
def turns(cost, beta, word):
    """Return whether a spin whose flip costs so much turns, in the heat bath or, for beta = inf, downhill only.

    It does if (word + 1/2)/2^32 < 1/(1 + exp(x)), x = beta cost, which mostly needs no exponential.
    """
    if beta == math.inf:
        return cost < 0.0
    x = beta * cost
    if not abs(x) < _REACH:
        return x < 0.0
    at = np.int64((x + _REACH) * (_BINS / (2.0 * _REACH)))
    if word < _LIMITS[at, 0]:
        return True
    return word < _LIMITS[at, 1] and (word + 0.5) * _WORD * (1.0 + math.exp(x)) < 1.0


@entry
def sweep(columns, law, spins, overlap, beta, chance, words):
    """Update every spin once, in order; returns the number of flips. At beta = inf none leaves a local minimum.

    columns : int8 (n, K); spins : int8 (n,); overlap : int16 or int32 (K,); chance : int64 (3,): seed, object, sweep
    words : uint32 (WORDS,), scratch. Spins 4g to 4g + 3 take the words of counter (sweep, g, object).
    """
    flips = 0
    for i in range(spins.shape[0]):
        if i % WORDS == 0 and beta < math.inf:
            fill_words(chance[0], chance[1], i // WORDS, chance[2], words)
        word = words[i % 4 * GROUPS + i // 4 % GROUPS]
        if turns(2.0 * spins[i] * field(columns[i], i, spins[i], overlap, law), beta, word):
            turn(columns[i], spins, i, overlap)
            flips += 1
    return flips


@entry
def follow(columns, law, spins, overlap, beta, chance, words, pattern, trace):
    """Sweep once per entry of trace, float64, and write the overlap per spin with a pattern after each.

    At beta = inf the sweeps end when nothing moves, and the rest of the trace is filled. chance[2] counts the sweeps.
    """
    moving = True
    for t in range(trace.shape[0]):
        if moving:
            flips = sweep(columns, law, spins, overlap, beta, chance, words)
            moving = flips > 0 or beta < math.inf
            chance[2] += 1
        trace[t] = overlap[pattern] / spins.shape[0]


@inlined
def turn(column, spins, i, overlap):
    """Flip spin i and bring the overlaps up to date."""
    twice = np.int16(2 * spins[i])
    for k in range(column.shape[0]):
        overlap[k] -= twice * column[k]
    spins[i] = -spins[i]


@entry
def fields(columns, law, spins, overlap, out):
    """Write the fields on all spins, float64 (n,)."""
    for i in range(spins.shape[0]):
        out[i] = field(columns[i], i, spins[i], overlap, law)
