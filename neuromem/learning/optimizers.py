"""Steps down a gradient: `SGD` with momentum, and `Adam`. Both change weights in place, or raise and change nothing."""

import numpy as np

from neuromem.errors import PatternError, TrainingError
from neuromem.learning.checks import number


class SGD:
    """Stochastic gradient descent: m <- momentum m + g, w <- w - rate m.

    Parameters
    ----------
    rate : float
        Learning rate, above 0.
    momentum : float
        At least 0, below 1.

    Raises
    ------
    UsageError
    """

    def __init__(self, rate=0.1, momentum=0.0):
        self.rate = number("SGD.rate", rate, lambda v: 0 < v < np.inf, "a finite number above 0")
        self.momentum = number("SGD.momentum", momentum, lambda v: 0 <= v < 1, "a number of at least 0 and below 1")
        self.reset()

    def reset(self):
        """Forget the momentum, as before another task: it would carry the last one's gradients into it."""
        self._m = None

    def step(self, weights, gradients):
        """Change `weights`, a list of arrays, down `gradients`, finite arrays of the same shapes.

        Raises
        ------
        PatternError, TrainingError
            Nothing is changed.
        """
        checked(weights, gradients)
        if self.momentum and self._m is None:
            self._m = [np.zeros_like(w) for w in weights]
        for k, (w, g) in enumerate(zip(weights, gradients)):
            if self.momentum:
                self._m[k] *= self.momentum
                self._m[k] += g
                g = self._m[k]
            w -= w.dtype.type(self.rate) * g


class Adam:
    """Adam: m and v are running means of g and g^2, w <- w - rate m' / (sqrt(v') + epsilon), ' corrects their start.

    A projected gradient does not stay in its subspace under Adam, which scales each weight by itself: use SGD there.

    Parameters
    ----------
    rate, beta1, beta2, epsilon : float

    Raises
    ------
    UsageError

    References
    ----------
    Kingma and Ba 2015, algorithm 1.
    """

    def __init__(self, rate=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-8):
        self.rate = number("Adam.rate", rate, lambda v: 0 < v < np.inf, "a finite number above 0")
        self.beta1 = number("Adam.beta1", beta1, lambda v: 0 <= v < 1, "a number of at least 0 and below 1")
        self.beta2 = number("Adam.beta2", beta2, lambda v: 0 <= v < 1, "a number of at least 0 and below 1")
        self.epsilon = number("Adam.epsilon", epsilon, lambda v: 0 < v < np.inf, "a finite number above 0")
        self.reset()

    def reset(self):
        """Forget the running means."""
        self._means, self._count = None, 0

    def step(self, weights, gradients):
        """Change `weights`, a list of arrays, down `gradients`; errors as of `SGD.step`."""
        checked(weights, gradients)
        if self._means is None:
            self._means = [(np.zeros_like(w), np.zeros_like(w)) for w in weights]
        self._count += 1
        size = self.rate * np.sqrt(1 - self.beta2**self._count) / (1 - self.beta1**self._count)
        epsilon = self.epsilon * np.sqrt(1 - self.beta2**self._count)
        for w, g, (m, v) in zip(weights, gradients, self._means):
            kind = w.dtype.type
            m += kind(1 - self.beta1) * (g - m)
            v += kind(1 - self.beta2) * (g * g - v)
            w -= kind(size) * m / (np.sqrt(v) + kind(epsilon))


def checked(weights, gradients):
    """Raise unless there is one finite gradient of the right shape for each array of weights."""
    if len(weights) != len(gradients) or any(w.shape != np.shape(g) for w, g in zip(weights, gradients)):
        shapes = [w.shape for w in weights]
        raise PatternError(f"gradients: arrays of shapes {shapes} are expected, got {[np.shape(g) for g in gradients]}")
    for layer, g in enumerate(gradients):
        if not np.isfinite(g).all():
            raise TrainingError(f"layer {layer}: its gradient is not finite; lower the learning rate")
