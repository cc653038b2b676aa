"""Spins in the fields of graded patterns, whole numbers x_i^mu: the sums of products of P different spins, P = 2, 3, 4.

Newton's identities give e_{P-1} of the numbers x_j s_j of all other spins from three sums per pattern:
p1 = sum x s, p2 = sum x^2, p3 = sum x^3 s;  e1 = p1, e2 = (p1^2 - p2)/2, e3 = (p1^3 - 3 p1 p2 + 2 p3)/6.
"""

import math

import numpy as np

from neuromem.kernels.jit import entry, inner
from neuromem.kernels.philox import philox
from neuromem.kernels.spins import turns

_LOW, _SHIFT = np.uint64(0xFFFFFFFF), np.uint64(32)


@inner
def field(column, spin, sums, P):
    """Return sum_mu x e_{P-1}(the others): column int16 (K,), sums float64 (3, K)."""
    total = 0.0
    for k in range(column.shape[0]):
        x = 1.0 * column[k]
        a = sums[0, k] - x * spin
        if P == 2:
            total += x * a
        else:
            b = sums[1, k] - x * x
            if P == 3:
                total += x * (a * a - b) / 2.0
            else:
                total += x * (a * a * a - 3.0 * a * b + 2.0 * (sums[2, k] - x * x * x * spin)) / 6.0
    return total


@entry
def sweep(columns, spins, sums, P, beta, chance):
    """Update every spin once, in order; returns the number of flips. beta = inf only goes downhill.

    columns : int16 (n, K); spins : int8 (n,); sums : float64 (3, K); chance : int64 (3,): seed, object, sweep
    """
    flips = 0
    seed, step = np.uint64(chance[0]), np.uint64(chance[2])
    k0, k1 = np.uint32(seed & _LOW), np.uint32(seed >> _SHIFT)
    low, high, owner = np.uint32(step & _LOW), np.uint32(step >> _SHIFT), np.uint32(chance[1])
    word = np.uint32(0)
    for i in range(spins.shape[0]):
        if beta < math.inf:
            word, _, _, _ = philox(low, high, np.uint32(i), owner, k0, k1)
        if turns(2.0 * spins[i] * field(columns[i], spins[i], sums, P), beta, word):
            column = columns[i]
            for k in range(column.shape[0]):
                x = 1.0 * column[k]
                sums[0, k] -= 2.0 * x * spins[i]
                sums[2, k] -= 2.0 * x * x * x * spins[i]
            spins[i] = -spins[i]
            flips += 1
    return flips
