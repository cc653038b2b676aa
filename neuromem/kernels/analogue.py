"""Ising spins in the fields of stored patterns that are any numbers, such as what resistive devices are worth.

h_i = sum_mu a_i^mu f(S_mu - x_i^mu s_i), S_mu = sum_j x_j^mu s_j: what `spins` does with signs and whole overlaps.
"""

import math
from typing import NamedTuple

import numpy as np

from neuromem.kernels.jit import entry, inner
from neuromem.kernels.philox import philox
from neuromem.kernels.spins import turns

LINEAR, TABLE, EXPONENTIAL = range(3)
"""f(S) is S; or interpolated in a table; or exp(S less the largest overlap)."""

_LOW, _SHIFT = np.uint64(0xFFFFFFFF), np.uint64(32)


class Law(NamedTuple):
    """How overlaps become fields.

    x : float64 (n, K), patterns by unit; a : float64 (n, K), what f is weighted with, x itself or its dual
    form : LINEAR, TABLE or EXPONENTIAL; table : float64, f at 1 - n, 3 - n, .. n - 1
    """

    x: np.ndarray
    a: np.ndarray
    form: int
    table: np.ndarray


@inner
def at(table, S):
    """Return the table's value at S, interpolated; its ends beyond them."""
    last = table.shape[0] - 1
    place = (S + last) / 2.0
    k = min(max(np.int64(math.floor(place)), 0), max(last - 1, 0))
    share = min(max(place - k, 0.0), 1.0)
    return table[k] + share * (table[min(k + 1, last)] - table[k])


@inner
def field(law, i, spin, overlap):
    """Return the field on spin i, of value `spin`."""
    x, a, largest, total = law.x[i], law.a[i], 0.0, 0.0
    if law.form == EXPONENTIAL:
        largest = -math.inf
        for k in range(overlap.shape[0]):
            largest = max(largest, overlap[k])
    for k in range(overlap.shape[0]):
        S = overlap[k] - x[k] * spin
        if law.form == LINEAR:
            total += a[k] * S
        elif law.form == TABLE:
            total += a[k] * at(law.table, S)
        else:
            total += a[k] * math.exp(S - largest)
    return total


@entry
def fields(law, state, overlap, out):
    """Write the fields on all spins of state int8 (n,) with overlaps float64 (K,) to out float64 (n,)."""
    for i in range(state.shape[0]):
        out[i] = field(law, i, state[i], overlap)


@entry
def sweep(law, state, overlap, beta, chance):
    """Update every spin once, in order; returns the number of flips. beta = inf only goes downhill.

    state : int8 (n,) and overlap : float64 (K,), both changed; chance : int64 (3,): seed, object, sweep
    """
    flips = 0
    seed, step = np.uint64(chance[0]), np.uint64(chance[2])
    k0, k1 = np.uint32(seed & _LOW), np.uint32(seed >> _SHIFT)
    low, high, owner = np.uint32(step & _LOW), np.uint32(step >> _SHIFT), np.uint32(chance[1])
    word = np.uint32(0)
    for i in range(state.shape[0]):
        if beta < math.inf:
            word, _, _, _ = philox(low, high, np.uint32(i), owner, k0, k1)
        if turns(2.0 * state[i] * field(law, i, state[i], overlap), beta, word):
            x = law.x[i]
            for k in range(overlap.shape[0]):
                overlap[k] -= 2.0 * x[k] * state[i]
            state[i] = -state[i]
            flips += 1
    return flips
