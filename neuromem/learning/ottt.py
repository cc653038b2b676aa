"""Online training through time: traces of what is presynaptic, and errors of the step at hand; memory does not grow.

With a_t = (1 - 1/tau) a_(t-1) + s_t before a layer of neurons, a weight's gradient is the sum over steps of g_t a_t,
where g_t goes back through the layers within step t alone. The loss is the cross-entropy of W s_t, its mean over steps.
For one hidden layer with soft, detached resets that is the gradient through time; deeper, what an error does to later
steps of the layers above is left out. Xiao et al., NeurIPS 2022.
"""

import numpy as np

from neuromem.learning.bptt import activity, logits
from neuromem.learning.gradients import Gradients, Sides, cross_entropy

__all__ = ["activity", "gradients", "logits"]


def gradients(network, x, y, sides=None):
    """Return `Gradients`. Observers see spikes and traces of every step; a constant input is its own trace."""
    sides, neuron, T, B = sides or Sides(), network.neuron, network.steps, len(x)
    weights, last, kind = network.weights, len(network.weights) - 1, x.dtype.type
    sums = [np.zeros_like(w) for w in weights]
    v = [np.zeros(B * n, x.dtype) for n in network.sizes[1:-1]]
    traces = [np.zeros((B, n), x.dtype) for n in network.sizes[1:-1]]
    drive = (x @ weights[0].T).reshape(1, -1)
    loss, out, constant, first = 0.0, 0, 0.0, 0
    for _ in range(T):
        constant = neuron.leak * constant + 1  # the trace of an input of 1
        spikes, potentials = [x], []
        for layer in range(last):
            current = (spikes[-1] @ weights[layer].T).reshape(1, -1) if layer else drive
            s, u = neuron.run(current, 1, v[layer])
            spikes.append(s.reshape(B, -1))
            potentials.append(u[0])
        now = spikes[-1] @ weights[last].T if last else drive.reshape(B, -1)
        losses, _, error = cross_entropy(now, y, sides.allowed)
        loss, out = loss + losses.mean() / T, out + now / kind(T)
        error /= B * T
        _step(sides, sums, last, error, spikes[last], spikes[last])
        for layer in range(last - 1, -1, -1):
            error = (error @ weights[layer + 1]) * neuron.slopes(potentials[layer]).reshape(B, -1)
            if layer == 0:
                first = first + kind(constant) * error
            else:
                traces[layer - 1] = kind(neuron.leak) * traces[layer - 1] + spikes[layer]
                seen = np.concatenate([spikes[layer], traces[layer - 1]])
                _step(sides, sums, layer, error, traces[layer - 1], seen)
    if last:
        _step(sides, sums, 0, first, x, x)
    return Gradients(float(loss), cross_entropy(out, y, sides.allowed)[1], sums)


def _step(sides, sums, layer, error, before, seen):
    sides.seen(layer, seen)
    sums[layer] += sides.weight_gradient(layer, error, before)
