"""Crossbars of resistive devices: products with noise and converters, and what devices are at a time.

Effective weights W and the deviations of their readings are (inputs, outputs), so that a product runs along outputs and
adds in one order: the same bits anywhere. The readings of one column add up to a normal number whose variance is the
sum of x^2 sd^2, so one is drawn per output instead of one per device. Deviations are bytes S in units of 1/255 of the
largest, rounded, so that a product has a quarter as much to read for them.
"""

import math

import numpy as np

from neuromem.kernels.jit import entry, inner
from neuromem.kernels.noise import fill_normal_of
from neuromem.kernels.smooth import exp


@inner
def add_rows(x, W, begin, end, out):
    """Add sum_i x[i] W[i] of rows begin to end to `out`, four rows at a time."""
    i = begin
    while i + 4 <= end:
        a, b, c, d = x[i], x[i + 1], x[i + 2], x[i + 3]
        wa, wb, wc, wd = W[i], W[i + 1], W[i + 2], W[i + 3]
        for j in range(out.shape[0]):
            out[j] += (a * wa[j] + b * wb[j]) + (c * wc[j] + d * wd[j])
        i += 4
    while i < end:
        a, wa = x[i], W[i]
        for j in range(out.shape[0]):
            out[j] += a * wa[j]
        i += 1


@inner
def add_squares(x, S, begin, end, out):
    """Add sum_i x[i] S[i]^2 of rows begin to end to `out`, four rows at a time; S: bytes."""
    i = begin
    while i + 4 <= end:
        a, b, c, d = x[i], x[i + 1], x[i + 2], x[i + 3]
        sa, sb, sc, sd = S[i], S[i + 1], S[i + 2], S[i + 3]
        for j in range(out.shape[0]):
            p, q, r, s = np.float32(sa[j]), np.float32(sb[j]), np.float32(sc[j]), np.float32(sd[j])
            out[j] += (a * (p * p) + b * (q * q)) + (c * (r * r) + d * (s * s))
        i += 4
    while i < end:
        a, sa = x[i], S[i]
        for j in range(out.shape[0]):
            p = np.float32(sa[j])
            out[j] += a * (p * p)
        i += 1


@entry
def to_bytes(V, S):
    """Write the square roots of variances V, float32 (n, m), to S as bytes; returns the unit that S counts in."""
    largest = np.float32(0.0)
    for i in range(V.shape[0]):
        for j in range(V.shape[1]):
            largest = max(largest, V[i, j])
    if largest == 0:
        S[:] = 0
        return 0.0
    per_unit = np.float32(255.0) / np.float32(math.sqrt(largest))
    for i in range(V.shape[0]):
        row, out = V[i], S[i]
        for j in range(row.shape[0]):
            out[j] = np.uint8(np.float32(math.sqrt(row[j])) * per_unit + np.float32(0.5))
    return math.sqrt(largest) / 255.0


@entry
def finish(sums, variance, normals, words, chance, full_scale, steps, factor, out):
    """Add noise to the sums of a row of tiles, convert them, and add `factor` times the result to `out`.

    sums, variance : float (m,); of zero length: no noise; normals : float, whole blocks of WORDS
    chance : int64 (3,), seed, object and step; steps : of the converter to either side, 0 for none
    Returns how many sums were beyond full_scale.
    """
    if variance.shape[0] > 0:
        fill_normal_of(chance[0], chance[1], 0, chance[2], words, normals)
        for j in range(sums.shape[0]):
            sums[j] += math.sqrt(variance[j]) * normals[j]
    clipped = 0
    for j in range(sums.shape[0]):
        value = sums[j]
        if steps > 0:
            if abs(value) > full_scale:
                clipped += 1
                value = math.copysign(full_scale, value)
            value = np.rint(value / full_scale * steps) * (full_scale / steps)
        out[j] += factor * value
    return clipped


@entry
def product(x, squares, W, S, unit, rows, chance, converter, work, words, out):
    """Add factor times the product of x with all rows of tiles to `out`; returns how many sums were beyond full_scale.

    x, squares : (n,), squares is written; W (n, m); S (n, m), in `unit`, or of no rows: no noise
    rows : of a tile; chance : as in `finish`, whose object goes up by 2 from tile to tile
    converter : (3,), full_scale, steps, factor; work : (3, at least m up to whole blocks of WORDS)
    """
    n, m = W.shape
    noisy = S.shape[0] > 0
    sums, variance = work[0, :m], work[1, : m if noisy else 0]
    if noisy:
        for i in range(n):
            squares[i] = x[i] * x[i] * (unit * unit)
    first, clipped = chance[1], 0
    for begin in range(0, n, rows):
        end = min(n, begin + rows)
        sums[:] = 0
        add_rows(x, W, begin, end, sums)
        if noisy:
            variance[:] = 0
            add_squares(squares, S, begin, end, variance)
        clipped += finish(sums, variance, work[2], words, chance, converter[0], converter[1], converter[2], out)
        chance[1] += 2
    chance[1] = first
    return clipped


@entry
def to_analogue(x, steps, full_scale, out):
    """Write x to `out`, rounded to `steps` steps to either side up to full_scale; 0 steps: as it is.

    full_scale of 0 is the largest magnitude of x. Returns the full scale.
    """
    largest = full_scale
    if largest == 0:
        for i in range(x.shape[0]):
            largest = max(largest, abs(x[i]))
    if steps == 0 or largest == 0:
        for i in range(x.shape[0]):
            out[i] = x[i]
        return largest
    for i in range(x.shape[0]):
        value = min(max(x[i], -largest), largest)
        out[i] = np.rint(value / largest * steps) * (largest / steps)
    return largest


@entry
def power_drift(g, nu, q, log, growth, sign, scale, W, V):
    """Add devices with power-law drift and flicker noise to W and V, all (n, m).

    G = g exp(-nu log): W += sign scale G, V += (scale G q growth)^2; sign is 1 or -1, V of no rows: no noise
    """
    noisy = V.shape[0] > 0
    relative = scale * growth
    for i in range(g.shape[0]):
        gi, ni, qi, wi = g[i], nu[i], q[i], W[i]
        for j in range(gi.shape[0]):
            wi[j] += sign * scale * (gi[j] * exp(-ni[j] * log))
        if noisy:
            vi = V[i]
            for j in range(gi.shape[0]):
                sd = relative * qi[j] * (gi[j] * exp(-ni[j] * log))
                vi[j] += sd * sd
