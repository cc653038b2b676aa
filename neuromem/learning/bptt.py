"""Back-propagation through time, with a surrogate for the derivative of a spike; memory grows with the steps.

The readout is linear: logits are the mean over time of W s_t, so what is presynaptic there is the mean of the spikes.
"""

from neuromem.learning.gradients import Gradients, Sides, cross_entropy


def hidden(network, x, run=None):
    """Return [(spikes, potentials) of each hidden layer], (T, B n) each; `run` in place of the neuron's own."""
    T, run, runs = network.steps, run or network.neuron.run, []
    for weights in network.weights[:-1]:
        before = runs[-1][0].reshape(-1, weights.shape[1]) if runs else x
        runs.append(run((before @ weights.T).reshape(T if runs else 1, -1), T))
    return runs


def activity(network, x):
    """Return the mean spikes of every hidden layer, (B, n)."""
    return [spikes.reshape(network.steps, len(x), -1).mean(axis=0) for spikes, _ in hidden(network, x)]


def readout(network, x, runs):
    """Return (mean activity before the readout (B, n), logits (B, classes))."""
    mean = runs[-1][0].reshape(network.steps, len(x), -1).mean(axis=0) if runs else x
    return mean, mean @ network.weights[-1].T


def logits(network, x):
    """Return the logits, (B, classes)."""
    return readout(network, x, hidden(network, x))[1]


def gradients(network, x, y, sides=None, runs=None):
    """Return `Gradients` of the mean cross-entropy; `runs` of the hidden layers if they were made before."""
    sides, T = sides or Sides(), network.steps
    runs = hidden(network, x) if runs is None else runs
    mean, out = readout(network, x, runs)
    losses, right, error = cross_entropy(out, y, sides.allowed)
    error /= len(x)
    sums = [None] * len(network.weights)
    last = len(runs)
    sides.seen(last, mean)
    sums[last] = sides.weight_gradient(last, error, mean)
    if runs:
        by_spike = (error @ network.weights[-1] / x.dtype.type(T)).reshape(1, -1)  # the same in every step
    for layer in range(last - 1, -1, -1):
        by_current = network.neuron.back(by_spike, *runs[layer]).reshape(T, len(x), -1)
        if layer == 0:  # its input is constant
            by_current, before = by_current.sum(axis=0), x
        else:
            before = runs[layer - 1][0].reshape(T * len(x), -1)
            by_current = by_current.reshape(len(before), -1)
            by_spike = (by_current @ network.weights[layer]).reshape(T, -1)
        sides.seen(layer, before)
        sums[layer] = sides.weight_gradient(layer, by_current, before)
    return Gradients(float(losses.mean()), right, sums)
