"""Layers of leaky integrate-and-fire neurons over all time steps of a batch, and the gradient back through them.

Arrays are (T, N): time, then the neurons of all items of a batch side by side. A current that is constant in time has
one row. Time runs inside blocks of neurons, so that their state stays in the nearest cache. What a block does in a step
is a kernel of its own, on rows alone: only so does the compiler make a loop over vectors of it.
"""

import math

from neuromem.kernels import smooth
from neuromem.kernels.jit import entry, inner

SIGMOID, ATAN = 0, 1
"""Surrogates: S(x) = 1 / (1 + exp(-slope x)), or 1/2 + atan(pi slope x / 2) / pi."""

BLOCK = 2048


@inner
def smooth_spike(x, surrogate, slope):
    """Return S(x), between 0 and 1."""
    if surrogate == SIGMOID:
        return 1.0 / (1.0 + math.exp(-slope * x))
    return 0.5 + math.atan(0.5 * math.pi * slope * x) / math.pi


@inner
def surrogate_slope(x, surrogate, slope):
    """Return dS/dx."""
    if surrogate == SIGMOID:
        e = smooth.exp(-slope * abs(x))
        return slope * e / ((1.0 + e) * (1.0 + e))
    scaled = 0.5 * math.pi * slope * x
    return 0.5 * slope / (1.0 + scaled * scaled)


@inner
def _lif_step(current, leak, threshold, hard, v, spikes, potentials):
    zero, one = spikes.dtype.type(0), spikes.dtype.type(1)
    for i in range(v.size):
        u = leak * v[i] + current[i]
        s = one if u >= threshold else zero
        potentials[i] = u
        spikes[i] = s
        v[i] = u * (one - s) if hard else u - threshold * s


@entry
def lif_forward(currents, leak, threshold, hard, v, spikes, potentials):
    """u = leak v + I, a spike s = 1 where u >= threshold, then v = u - threshold s, or v = u (1 - s) if hard.

    currents : float (T, N) or (1, N); v : float (N,), changed; spikes, potentials (u) : float (T, N), written
    """
    T, N = spikes.shape
    moving = currents.shape[0] > 1
    for a in range(0, N, BLOCK):
        b = min(N, a + BLOCK)
        for t in range(T):
            now = currents[t if moving else 0, a:b]
            _lif_step(now, leak, threshold, hard, v[a:b], spikes[t, a:b], potentials[t, a:b])


@entry
def lif_forward_smooth(currents, leak, threshold, hard, v, spikes, potentials, surrogate, slope, resets):
    """As `lif_forward`, with s = S(u - threshold); `resets`, (T, N), are the s that reset v, or of no rows: s itself.

    With the resets of another run held fixed, a derivative by finite differences leaves out the path through the reset.
    """
    T, N = spikes.shape
    moving, given = currents.shape[0] > 1, resets.shape[0] > 0
    for t in range(T):
        row = currents[t if moving else 0]
        for i in range(N):
            u = leak * v[i] + row[i]
            s = smooth_spike(u - threshold, surrogate, slope)
            potentials[t, i] = u
            spikes[t, i] = s
            r = resets[t, i] if given else s
            v[i] = u * (1 - r) if hard else u - threshold * r


@inner
def _lif_step_back(by_spike, spikes, potentials, leak, threshold, hard, detached, surrogate, slope, by_v, by_current):
    one = spikes.dtype.type(1)
    for i in range(by_v.size):
        u, s, g = potentials[i], spikes[i], by_v[i]
        by_s = by_spike[i]
        if not detached:
            by_s -= g * (u if hard else threshold)
        gu = by_s * surrogate_slope(u - threshold, surrogate, slope) + g * (one - s if hard else one)
        by_current[i] = gu
        by_v[i] = leak * gu


@entry
def lif_backward(by_spike, spikes, potentials, leak, threshold, hard, detached, surrogate, slope, by_v, by_current):
    """Derivatives by currents from those by spikes, last step first.

    by_spike : float (T, N) or, the same in every step, (1, N); spikes, potentials : float (T, N); by_v : float (N,), of
    the state after the last step, changed; by_current : float (T, N), written; detached: spikes are taken as constants
    where they reset v
    """
    T, N = spikes.shape
    moving, law = by_spike.shape[0] > 1, (leak, threshold, hard, detached, surrogate, slope)
    for a in range(0, N, BLOCK):
        b = min(N, a + BLOCK)
        for t in range(T - 1, -1, -1):
            of_spike = by_spike[t if moving else 0, a:b]
            _lif_step_back(of_spike, spikes[t, a:b], potentials[t, a:b], *law, by_v[a:b], by_current[t, a:b])


@entry
def surrogate_slopes(potentials, threshold, surrogate, slope, out):
    """dS/dx at u - threshold: float (N,) to `out` (N,)."""
    for i in range(potentials.shape[0]):
        out[i] = surrogate_slope(potentials[i] - threshold, surrogate, slope)


@inner
def _dsr_step(current, keep, threshold, worth, weight, v, spikes, rates):
    zero, one = spikes.dtype.type(0), spikes.dtype.type(1)
    for i in range(v.size):
        u = keep * v[i] + (one - keep) * current[i]
        s = one if u >= threshold[0] else zero
        v[i] = u - threshold[1] * s
        spikes[i] = worth * s
        rates[i] += weight * s


@entry
def dsr_forward(currents, keep, threshold, amplitude, weights, v, spikes, rates):
    """v = keep v + (1 - keep) I, a spike where v >= threshold[0], then v -= threshold[1]; the weighted rate of spikes.

    currents : float (T, N) or (1, N); weights : float (T,) that add up to 1; v : float (N,), changed;
    spikes : float (T, N), 0 or `amplitude`, written; rates : float (N,), sum over t of weights[t] spikes[t], written
    """
    T, N = spikes.shape
    moving = currents.shape[0] > 1
    for a in range(0, N, BLOCK):
        b = min(N, a + BLOCK)
        rates[a:b] = 0
        for t in range(T):
            now, weight = currents[t if moving else 0, a:b], weights[t] * amplitude
            _dsr_step(now, keep, threshold, amplitude, weight, v[a:b], spikes[t, a:b], rates[a:b])
