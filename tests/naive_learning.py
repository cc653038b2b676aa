"""Dumb twins of the trainable layers: one neuron and one item at a time, in plain Python numbers."""

import math


def smooth(x, neuron):
    """What stands in for a spike."""
    if neuron.surrogate == "sigmoid":
        return 1 / (1 + math.exp(-neuron.slope * x))
    return 0.5 + math.atan(math.pi * neuron.slope * x / 2) / math.pi


def lif(currents, neuron, spike=lambda x: float(x >= 0)):
    """(spikes, potentials before the reset) of one neuron with a list of currents."""
    v, spikes, potentials = 0.0, [], []
    for current in currents:
        u = (1 - 1 / neuron.tau) * v + current
        s = spike(u - neuron.threshold)
        v = u - neuron.threshold * s if neuron.reset == "soft" else u * (1 - s)
        spikes.append(s)
        potentials.append(u)
    return spikes, potentials


def dsr(currents, neuron):
    """(spikes, weighted rate) of one neuron."""
    keep, v, spikes = math.exp(-neuron.dt / neuron.tau), 0.0, []
    for current in currents:
        v = keep * v + (1 - keep) * current
        fires = v >= neuron.alpha * neuron.threshold
        v -= neuron.threshold * fires
        spikes.append(fires * neuron.threshold / neuron.dt)
    T = len(currents)
    w = [math.exp(-(T - t) * neuron.dt / neuron.tau) for t in range(1, T + 1)]
    return spikes, sum(a * b for a, b in zip(w, spikes)) / sum(w)


def ottt(weights, x, y, neuron, T):
    """Gradients of one item's loss: traces of spikes times the errors of each step."""
    leak = 1 - 1 / neuron.tau
    sums = [[[0.0] * len(row) for row in w] for w in weights]
    v = [[0.0] * len(w) for w in weights[:-1]]
    traces = [[0.0] * len(w[0]) for w in weights[:-1]]
    for _ in range(T):
        below, layers, slopes = list(x), [], []
        for k, w in enumerate(weights[:-1]):
            traces[k] = [leak * a + s for a, s in zip(traces[k], below)]
            u = [leak * v[k][i] + sum(a * b for a, b in zip(row, below)) for i, row in enumerate(w)]
            spikes = [float(a >= neuron.threshold) for a in u]
            v[k] = [a - neuron.threshold * s if neuron.reset == "soft" else a * (1 - s) for a, s in zip(u, spikes)]
            p = [smooth(a - neuron.threshold, neuron) for a in u]
            slopes.append([neuron.slope * a * (1 - a) for a in p])  # of the sigmoid
            layers.append(below)
            below = spikes
        out = [math.exp(sum(a * b for a, b in zip(row, below))) for row in weights[-1]]
        error = [(e / sum(out) - (c == y)) / T for c, e in enumerate(out)]
        add(sums[-1], error, below)
        for k in range(len(weights) - 2, -1, -1):
            back = [sum(e * row[i] for e, row in zip(error, weights[k + 1])) for i in range(len(weights[k]))]
            error = [b * s for b, s in zip(back, slopes[k])]
            add(sums[k], error, traces[k])
    return sums


def add(total, error, before):
    """total += error before^T."""
    for i, e in enumerate(error):
        for j, b in enumerate(before):
            total[i][j] += e * b


def oja(H, frozen, x, eta, momentum, clip, iterations, levels=None, scale=20.0):
    """Rows H, lists, after one batch x, a list of inputs; the first `frozen` rows do not change."""
    H = [list(row) for row in H]
    m = [[0.0] * len(x[0]) for _ in H]
    for _ in range(iterations):
        change = [[0.0] * len(x[0]) for _ in H]
        for one in x:
            y = [sum(a * b for a, b in zip(row, one)) for row in H]
            if levels:
                y = [round(min(max(a, -scale), scale) / scale * levels) / levels * scale for a in y]
            back = [sum(a * row[j] for a, row in zip(y, H)) for j in range(len(one))]
            for i in range(frozen, len(H)):
                for j in range(len(one)):
                    change[i][j] += y[i] * (one[j] - back[j]) / len(x)
        for i in range(frozen, len(H)):
            for j in range(len(x[0])):
                cut = min(max(change[i][j], -clip), clip)
                m[i][j] = momentum * m[i][j] + (1 - momentum) * cut
                H[i][j] += eta * m[i][j]
    return H
