"""What the ways to a gradient share: the loss, and the error times what is presynaptic, projected where it is asked."""

from dataclasses import dataclass

import numpy as np
from scipy.special import log_softmax


@dataclass(frozen=True, eq=False)
class Gradients:
    """loss : float, mean cross-entropy of the batch; right : bool (B,); weights : list of arrays like the weights."""

    loss: float
    right: np.ndarray
    weights: list


@dataclass(frozen=True, eq=False)
class Sides:
    """What stands beside a network while it learns.

    Attributes
    ----------
    laterals : sequence or None
        Per layer an object with `project(x)`, or None. The presynaptic activity x, (rows, n), is projected in the
        gradient of the weights alone: what the layers do, and errors that reach the layers below, stay as they are.
    observe : callable or None
        Called as observe(layer, x) with the presynaptic activity of every batch or, online, of every step.
    allowed : bool array, shape (classes,), or None
        Classes of the task at hand; the others get no probability and no error.
    """

    laterals: list | None = None
    observe: object = None
    allowed: np.ndarray | None = None

    def seen(self, layer, x):
        """Tell the observer."""
        if self.observe is not None:
            self.observe(layer, x)

    def weight_gradient(self, layer, error, x):
        """Return error.T @ x, of x as it is projected for this layer."""
        lateral = None if self.laterals is None else self.laterals[layer]
        return error.T @ (x if lateral is None else lateral.project(x))


def cross_entropy(logits, y, allowed=None):
    """Return (loss per item (B,), right (B,), derivatives by the logits (B, classes)), not divided by B."""
    if allowed is not None:
        logits = np.where(allowed, logits, logits.dtype.type(-np.inf))
    items, logp = np.arange(len(y)), log_softmax(logits, axis=1)
    error = np.exp(logp)
    error[items, y] -= 1
    return -logp[items, y], logits.argmax(axis=1) == y, error
