"""Recurrent spiking units whose astrocytes gate them, through time, and the gradient back.

Arrays are (T, B, N): time, items of a batch, units. Recurrent weights lie by what they come from, (N, N), so that what
a spike adds to all units is a loop over vectors; the way back reads them transposed for the same reason.
"""

from neuromem.kernels.jit import entry, inner
from neuromem.kernels.lif import smooth_spike, surrogate_slope


@inner
def _add_row(weight, row, out):
    for i in range(out.size):
        out[i] += weight * row[i]


@inner
def _unit_step(total, gates, keep, law, state, u, s, reset):
    """One step of the units of an item; `reset` holds the spikes that reset v, or is empty: s itself."""
    gain, lift = gates
    leak, threshold, surrogate, slope, smooth = law
    v, a = state
    for i in range(total.size):
        u[i] = leak * v[i] + (1.0 + gain[i] * a[i]) * total[i] + lift[i] * a[i]
        x = u[i] - threshold
        s[i] = smooth_spike(x, surrogate, slope) if smooth else (1.0 if x >= 0.0 else 0.0)
        v[i] = u[i] - threshold * (reset[i] if reset.size else s[i])
        a[i] = keep[0][i] * a[i] + keep[1][i] * s[i]


@entry
def astro_forward(currents, recurrent, gates, keep, law, state, kept, resets):
    """I = current + R s; u = leak v + (1 + g a) I + h a; s = [u >= threshold]; v = u - threshold s; a = k a + c s.

    currents : float64 (T, B, N), to which what comes from the units themselves is added, so that I is left there
    recurrent : float64 (N, N); gates : g, h, (N,); keep : k and c, (N,)
    law : (leak, threshold, surrogate, slope, smooth); smooth: s is the function whose slope the surrogate is
    state : v, a and the last spikes, (B, N), changed; kept : u, s and, before the step, a: (T, B, N), written
    resets : float64 (T, B, N), spikes of another run that reset v, or of no steps
    """
    v, a, s = state
    for t in range(currents.shape[0]):
        for b in range(currents.shape[1]):
            total = currents[t, b]
            for j in range(total.size):
                if s[b, j] != 0.0:
                    _add_row(s[b, j], recurrent[j], total)
                kept[2][t, b, j] = a[b, j]
            reset = resets[t, b] if resets.shape[0] else total[:0]
            _unit_step(total, gates, keep, law, (v[b], a[b]), kept[0][t, b], s[b], reset)
            for j in range(total.size):
                kept[1][t, b, j] = s[b, j]


@inner
def _unit_back(by_s, total, gates, keep, law, kept, carry, by_I, by_gates):
    """One step back of the units of an item."""
    gain, lift = gates
    leak, threshold, surrogate, slope, smooth = law
    u, a = kept
    by_v, by_a = carry
    for i in range(by_s.size):
        g = (by_s[i] + keep[1][i] * by_a[i]) * surrogate_slope(u[i] - threshold, surrogate, slope) + by_v[i]
        by_I[i] = g * (1.0 + gain[i] * a[i])
        by_gates[0][i] += g * a[i] * total[i]
        by_gates[1][i] += g * a[i]
        by_a[i] = keep[0][i] * by_a[i] + g * (gain[i] * total[i] + lift[i])
        by_v[i] = leak * g


@entry
def astro_backward(by_spike, currents, transposed, gates, keep, law, kept, results):
    """Derivatives by the currents and the gates; the reset of v is taken as given. Last step first.

    by_spike : float64 (T, B, N), to which what comes through the units themselves is added; currents : I, as
    `astro_forward` left it; transposed : recurrent weights (N, N), by where they go; kept : of `astro_forward`
    results : by I (T, B, N), written; by g and h, (N,), added to; by v and by a, (B, N), 0 at first, changed
    """
    by_I, by_gain, by_lift, by_v, by_a = results
    last = currents.shape[0] - 1
    for t in range(last, -1, -1):
        for b in range(currents.shape[1]):
            by_s = by_spike[t, b]
            if t < last:
                for i in range(by_s.size):
                    _add_row(by_I[t + 1, b, i], transposed[i], by_s)
            inside = kept[0][t, b], kept[2][t, b]
            _unit_back(
                by_s, currents[t, b], gates, keep, law, inside, (by_v[b], by_a[b]), by_I[t, b], (by_gain, by_lift)
            )
