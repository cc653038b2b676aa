"""The expressive leaky memory neuron through time, and the gradient back through it.

Weights lie by what they come from, (in, out), so that what one input adds to all units is a loop over vectors.
"""

import math

from neuromem.kernels.jit import entry, inner

SCALE, SLOPE = 1.7159, 2.0 / 3.0
"""Of the update's bounded function: SCALE tanh(SLOPE x)."""

RELU, SILU = 0, 1


@inner
def _add_row(weight, row, out):
    """out += weight * row."""
    for i in range(out.size):
        out[i] += weight * row[i]


@inner
def _copy(row, out):
    for i in range(out.size):
        out[i] = row[i]


@inner
def _dot(a, b):
    total = 0.0
    for i in range(a.size):
        total += a[i] * b[i]
    return total


@inner
def _active(x, kind):
    """Return the activity of a hidden unit at x."""
    if kind == RELU:
        return x if x > 0.0 else 0.0
    return x / (1.0 + math.exp(-x))


@inner
def _active_slope(x, kind):
    if kind == RELU:
        return 1.0 if x > 0.0 else 0.0
    s = 1.0 / (1.0 + math.exp(-x))
    return s * (1.0 + x * (1.0 - s))


@inner
def _branches(x, routing, synapses, keep, branch):
    """branch = keep branch + sum of relu(w) x over its synapses."""
    for j in range(branch.size):
        total = 0.0
        for k in range(routing.shape[1]):
            w = synapses[j, k]
            if w > 0.0:
                total += w * x[routing[j, k]]
        branch[j] = keep * branch[j] + total


@entry
def elm_forward(x, routing, weights, law, state, kept, y):
    """All time steps of a batch.

    x : float64 (T, B, inputs); routing : int64 (branches, synapses), which input each synapse hears
    weights : W_s (branches, synapses), W_1 (branches + d, hidden), W_2 (hidden, d), W_y (d, outputs), and the biases
    (hidden,), (d,), (outputs,); law : (leak of branches, activation, leaks of memory (d,), gains of memory (d,))
    state : branches (B, branches), memory (B, d), changed; y : float64 (T, B, outputs), written
    kept : branches (T, B, branches), hidden (T, B, hidden) before activation, tanh (T, B, d) and memory (T, B, d), of
    every step, written
    """
    W_s, W_1, W_2, W_y, b_1, b_2, b_y = weights
    keep, kind, leaks, gains = law
    branch, m = state
    for t in range(x.shape[0]):
        for b in range(x.shape[1]):
            _branches(x[t, b], routing, W_s, keep, branch[b])
            _copy(branch[b], kept[0][t, b])
            hidden, update, row = kept[1][t, b], kept[2][t, b], y[t, b]
            _copy(b_1, hidden)
            _copy(b_2, update)
            _copy(b_y, row)
            for i in range(branch.shape[1]):
                _add_row(branch[b, i], W_1[i], hidden)
            for i in range(m.shape[1]):
                m[b, i] *= leaks[i]
                _add_row(m[b, i], W_1[branch.shape[1] + i], hidden)
            for i in range(hidden.size):
                _add_row(_active(hidden[i], kind), W_2[i], update)
            for i in range(m.shape[1]):
                update[i] = math.tanh(SLOPE * update[i])
                m[b, i] += gains[i] * SCALE * update[i]
                kept[3][t, b, i] = m[b, i]
                _add_row(m[b, i], W_y[i], row)


@entry
def elm_backward(by_y, weights, law, kept, by_state, by_steps):
    """Derivatives by branches, by hidden units before activation and by the update before tanh, last step first.

    by_y : float64 (T, B, outputs); weights, law, kept : as of `elm_forward`; by_state : (B, branches), (B, d), by what
    follows the last step, changed; by_steps : (T, B, branches), (T, B, hidden), (T, B, d), written
    """
    W_s, W_1, W_2, W_y, b_1, b_2, b_y = weights
    keep, kind, leaks, gains = law
    by_branch, by_m = by_state
    for t in range(by_y.shape[0] - 1, -1, -1):
        for b in range(by_y.shape[1]):
            now, hidden, update = by_steps[0][t, b], by_steps[1][t, b], by_steps[2][t, b]
            for i in range(by_m.shape[1]):
                by_m[b, i] += _dot(W_y[i], by_y[t, b])
                s = kept[2][t, b, i]
                update[i] = by_m[b, i] * gains[i] * SCALE * SLOPE * (1.0 - s * s)
            for i in range(hidden.size):
                hidden[i] = _dot(W_2[i], update) * _active_slope(kept[1][t, b, i], kind)
            for i in range(now.size):
                now[i] = keep * by_branch[b, i] + _dot(W_1[i], hidden)
                by_branch[b, i] = now[i]
            for i in range(by_m.shape[1]):
                by_m[b, i] = leaks[i] * (by_m[b, i] + _dot(W_1[now.size + i], hidden))
