"""Dumb twins of memory units: one item and one step at a time, in plain Python numbers."""

import math


def legendre(A, B, u, m):
    """Memories after each step, of one input."""
    out = []
    for x in u:
        m = [b * x + sum(a * v for a, v in zip(row, m)) for row, b in zip(A, B)]
        out.append(m)
    return out


def signed(x, leak, threshold, v=0.0):
    """Spikes of one neuron, and its state after them."""
    out = []
    for current in x:
        v = leak * v + current
        s = math.copysign(1.0, v) if abs(v) >= threshold else 0.0
        v -= threshold * s
        out.append(s)
    return out, v


def elm(x, routing, weights, law, branch, m):
    """Outputs and memory after each step, of one item; law as of the kernel, weights as lists."""
    W_s, W_1, W_2, W_y, b_1, b_2, b_y = weights
    keep, kind, leaks, gains = law
    ys, ms = [], []
    for row in x:
        branch = [
            keep * b + sum(max(w, 0.0) * row[k] for w, k in zip(ws, ks)) for b, ws, ks in zip(branch, W_s, routing)
        ]
        m = [k * v for k, v in zip(leaks, m)]
        z = branch + m
        h = [b + sum(a * w[o] for a, w in zip(z, W_1)) for o, b in enumerate(b_1)]
        h = [max(a, 0.0) if kind == 0 else a / (1 + math.exp(-a)) for a in h]
        update = [1.7159 * math.tanh(2 / 3 * (b + sum(a * w[o] for a, w in zip(h, W_2)))) for o, b in enumerate(b_2)]
        m = [v + g * u for v, g, u in zip(m, gains, update)]
        ys.append([b + sum(a * w[o] for a, w in zip(m, W_y)) for o, b in enumerate(b_y)])
        ms.append(m)
    return ys, ms


def astro(currents, recurrent, gates, keep, leak, threshold):
    """Spikes and astrocytes' states after each step, of one item; currents as lists of steps."""
    n = len(recurrent)
    v, a, s, spikes, states = [0.0] * n, [0.0] * n, [0.0] * n, [], []
    for row in currents:
        total = [c + sum(s[j] * recurrent[j][i] for j in range(n)) for i, c in enumerate(row)]
        u = [leak * v[i] + (1 + gates[0][i] * a[i]) * total[i] + gates[1][i] * a[i] for i in range(n)]
        s = [float(x >= threshold) for x in u]
        v = [x - threshold * y for x, y in zip(u, s)]
        a = [k * x + c * y for k, c, x, y in zip(*keep, a, s)]
        spikes.append(s)
        states.append(a)
    return spikes, states


def leaky(x, R, W, b, tau, h):
    """Activity after each step of one item, from h."""
    out = []
    for value in x:
        n = range(len(h))
        z = [sum(h[j] * R[j][i] for j in n) + b[i] + W[i] * value for i in n]
        u = [(1 - 1 / tau[i]) * h[i] + z[i] / tau[i] for i in n]
        h = [v if v > 0 else 0.01 * v for v in u]
        out.append(h)
    return out
