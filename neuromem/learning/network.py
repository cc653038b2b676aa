"""`SpikingNetwork`: fully connected layers of spiking neurons that learn to classify, without an autograd framework."""

import numpy as np

from neuromem.errors import UsageError
from neuromem.learning import bptt, dsr, ottt
from neuromem.learning.checks import activity, labels, whole
from neuromem.learning.neurons import DSRLIF, LIF
from neuromem.learning.threads import one_thread

GRADIENTS = {"bptt": (bptt, LIF), "ottt": (ottt, LIF), "dsr": (dsr, DSRLIF)}
"""Ways to a gradient: their module and the kind of neuron that they are for."""


class SpikingNetwork:
    """Layers of spiking neurons below a linear readout; all are fully connected, without biases.

    The input is a current, constant over the steps. Weights are drawn uniformly from -1/sqrt(n) to 1/sqrt(n), n inputs.

    Parameters
    ----------
    sizes : sequence of int
        Inputs, neurons of each hidden layer, classes; at least two numbers.
    gradient : str
        "bptt", back-propagation through time with surrogate gradients; "ottt", online traces; "dsr", by weighted rates.
    neuron : LIF or DSRLIF, optional
        Of all hidden layers; DSRLIF for "dsr", LIF for the others.
    steps : int, optional
        Time steps per item, T; 20 for "dsr" and 6 for the others if not given.
    seed : int
        Of the weights.
    dtype : dtype
        float32, as is usual, or float64.

    Attributes
    ----------
    weights : list of arrays
        One (n_out, n_in) per layer.

    Raises
    ------
    UsageError

    References
    ----------
    Neftci et al. 2019 (bptt), Xiao et al. 2022 (ottt), Meng et al. 2022 (dsr).
    """

    def __init__(self, sizes, gradient="bptt", neuron=None, steps=None, seed=0, dtype=np.float32):
        if gradient not in GRADIENTS:
            raise UsageError(f"SpikingNetwork.gradient: one of {', '.join(GRADIENTS)} is expected, got {gradient!r}")
        self.sizes = tuple(whole("SpikingNetwork.sizes", size, 1) for size in sizes)
        if len(self.sizes) < 2:
            raise UsageError(f"SpikingNetwork.sizes: inputs and classes at least are expected, got {sizes!r}")
        self.gradient, (self._way, kind) = gradient, GRADIENTS[gradient]
        self.neuron = kind() if neuron is None else neuron
        if not isinstance(self.neuron, kind):
            raise UsageError(f"SpikingNetwork.neuron: {kind.__name__} is expected for {gradient}, got {neuron!r}")
        self.steps = whole("SpikingNetwork.steps", (20 if kind is DSRLIF else 6) if steps is None else steps, 1)
        self.dtype = np.dtype(dtype)
        if self.dtype not in (np.float32, np.float64):
            raise UsageError(f"SpikingNetwork.dtype: float32 or float64 is expected, got {self.dtype}")
        rng = np.random.default_rng(whole("SpikingNetwork.seed", seed, 0))
        self.weights = [
            rng.uniform(-(n**-0.5), n**-0.5, (m, n)).astype(self.dtype) for n, m in zip(self.sizes, self.sizes[1:])
        ]

    def __repr__(self):
        return f"SpikingNetwork({list(self.sizes)}, {self.gradient!r}, {self.neuron}, steps={self.steps})"

    @property
    def classes(self):
        """How many classes the readout tells apart."""
        return self.sizes[-1]

    @one_thread
    def logits(self, x, batch=256):
        """Return the logits, float (B, classes), of inputs x, float (B, n)."""
        x = activity("SpikingNetwork.x", x, self.sizes[0], self.dtype)
        parts = [self._way.logits(self, x[k : k + batch]) for k in range(0, len(x), batch)]
        return np.concatenate(parts) if parts else np.empty((0, self.classes), self.dtype)

    @one_thread
    def activity(self, x):
        """Return how active each hidden layer is, [(B, n)], for x (B, n): weighted rates with "dsr", else the mean."""
        x = activity("SpikingNetwork.x", x, self.sizes[0], self.dtype)
        return self._way.activity(self, x)

    def predict(self, x, allowed=None):
        """Return the classes, int (B,), of inputs (B, n), among those `allowed`, bool (classes,), if given."""
        logits = self.logits(x)
        return (logits if allowed is None else np.where(allowed, logits, -np.inf)).argmax(axis=1)

    @one_thread
    def gradients(self, x, y, sides=None):
        """Return the `Gradients` of the mean cross-entropy of a batch; nothing is changed.

        Parameters
        ----------
        x : float array, shape (B, n)
        y : int array, shape (B,)
            Classes.
        sides : Sides, optional
            Lateral circuits, an observer, the classes that are allowed.

        Raises
        ------
        PatternError
        """
        x = activity("SpikingNetwork.x", x, self.sizes[0], self.dtype)
        y = labels("SpikingNetwork.y", y, len(x), self.classes, None if sides is None else sides.allowed)
        return self._way.gradients(self, x, y, sides)
