"""Dumb twins of crossbars: sums in loops, Kirchhoff's laws as a dense system of equations."""

import math

import numpy as np

from naive_draws import word

RESISTIVE = 12 << 28


def rounded(value, full_scale, steps):
    """What a signed converter gives."""
    if steps == 0 or full_scale == 0:
        return value
    value = min(max(value, -full_scale), full_scale)
    return round(value / full_scale * steps) * full_scale / steps


def normal(seed, stream, index, step):
    """One standard normal number, by Box and Muller."""
    u, v = ((word(seed, stream + k, index, step) + 0.5) / 2**32 for k in (0, 1))
    return math.sqrt(-2 * math.log(u)) * math.cos(2 * math.pi * v)


def product(x, W, sd, rows, seed, stream, step, full_scale, steps, factor, out):
    """Sum over tiles of what the converter makes of sum x W and noise; returns (out, sums beyond full scale)."""
    out, clipped = list(out), 0
    for tile, begin in enumerate(range(0, len(x), rows)):
        inside = range(begin, min(len(x), begin + rows))
        for j in range(len(out)):
            total = sum(x[i] * W[i][j] for i in inside)
            if len(sd):
                variance = sum(x[i] ** 2 * sd[i][j] ** 2 for i in inside)
                total += math.sqrt(variance) * normal(seed, stream + 2 * tile, j, step)
            clipped += steps > 0 and abs(total) > full_scale
            out[j] += factor * rounded(total, full_scale, steps)
    return out, clipped


def ladder(G, volts, w):
    """Currents of all columns: one equation per node, sum of currents out of it = 0."""
    n, m = G.shape
    A, b = np.zeros((2 * n * m, 2 * n * m)), np.zeros(2 * n * m)

    def row(i, j):
        return i * m + j

    def column(i, j):
        return n * m + i * m + j

    def join(p, q, g):
        for a, other in ((p, q), (q, p)):
            A[a, a] += g
            A[a, other] -= g

    for i in range(n):
        for j in range(m):
            join(row(i, j), column(i, j), G[i, j])
            if j + 1 < m:
                join(row(i, j), row(i, j + 1), w)
            if i + 1 < n:
                join(column(i, j), column(i + 1, j), w)
        A[row(i, 0), row(i, 0)] += w
        b[row(i, 0)] += w * volts[i]
    for j in range(m):
        A[column(n - 1, j), column(n - 1, j)] += w
    potentials = np.linalg.solve(A, b)
    return np.array([w * potentials[column(n - 1, j)] for j in range(m)])
