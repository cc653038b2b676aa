"""Differentiation on spike representation: spikes go forward, gradients go back through weighted rates.

The readout is linear in the rates before it. Meng et al., CVPR 2022.
"""

from neuromem.learning.gradients import Gradients, Sides, cross_entropy


def rates(network, x):
    """Return [x, weighted rates of every hidden layer], (B, n) each, of the spiking network."""
    found, T, before = [x], network.steps, x
    for weights in network.weights[:-1]:
        spikes, rate = network.neuron.run((before @ weights.T).reshape(T if len(found) > 1 else 1, -1), T)
        before = spikes.reshape(-1, len(weights))
        found.append(rate.reshape(len(x), -1))
    return found


def activity(network, x):
    """Return the weighted rates of every hidden layer, (B, n)."""
    return rates(network, x)[1:]


def implied(network, x):
    """Return what `rates` tends to with many steps: every layer's rate follows from its mean current."""
    found = [x]
    for weights in network.weights[:-1]:
        found.append(network.neuron.rate(found[-1] @ weights.T))
    return found


def logits(network, x):
    """Return the logits, (B, classes)."""
    return rates(network, x)[-1] @ network.weights[-1].T


def gradients(network, x, y, sides=None, found=None):
    """Return `Gradients` of the mean cross-entropy; `found` are the layers' rates if they were made before."""
    sides = sides or Sides()
    found = rates(network, x) if found is None else found
    losses, right, error = cross_entropy(found[-1] @ network.weights[-1].T, y, sides.allowed)
    error /= len(x)
    sums = [None] * len(found)
    for layer in range(len(found) - 1, -1, -1):
        sides.seen(layer, found[layer])
        sums[layer] = sides.weight_gradient(layer, error, found[layer])
        if layer:
            current = found[layer - 1] @ network.weights[layer - 1].T
            error = (error @ network.weights[layer]) * network.neuron.slopes(current)
    return Gradients(float(losses.mean()), right, sums)
