"""Readouts of fixed features: ridge regression, and a network of one hidden layer."""

import numpy as np

from neuromem.learning.checks import activity, labels, number, whole
from neuromem.learning.optimizers import Adam
from neuromem.learning.threads import one_thread

STRENGTHS = (0.1, 1.0, 10.0, 100.0, 1000.0)
"""Ridges that are tried on a tenth of the items where none is given."""


class _Readout:
    """Features are centred and scaled to unit variance, by the items that were learned."""

    def _standard(self, x):
        return (activity(f"{type(self).__name__}.x", x, self._mean.size, np.float64) - self._mean) / self._sd

    def _measure(self, x, y):
        x = np.asarray(x)
        x = activity(f"{type(self).__name__}.x", x, x.shape[-1] if x.ndim else 0, np.float64)
        y = labels(f"{type(self).__name__}.y", y, len(x), self.classes)
        self._mean, self._sd = x.mean(axis=0), x.std(axis=0)
        self._sd[self._sd == 0] = 1.0
        return (x - self._mean) / self._sd, y

    def predict(self, x):
        """Return the classes, int64 (B,), of features (B, n)."""
        return self.scores(x).argmax(axis=1)

    def accuracy(self, x, y):
        """Return the share of items whose class is y, a float."""
        return float((self.predict(x) == np.asarray(y)).mean())


class Ridge(_Readout):
    """One linear function per class that fits 1 for its items and 0 for others, with a penalty on its weights.

    Parameters
    ----------
    classes : int
    strength : float, optional
        Of the penalty; if not given, the best of `STRENGTHS` on every tenth item, then fitted on all.

    Raises
    ------
    UsageError, PatternError
    """

    def __init__(self, classes=10, strength=None):
        self.classes = whole("Ridge.classes", classes, 2)
        self.strength = (
            None if strength is None else number("Ridge.strength", strength, lambda v: 0 < v < np.inf, "above 0")
        )

    @one_thread
    def fit(self, x, y):
        """Learn features x, float (B, n), of classes y, int (B,). Returns self."""
        x, y = self._measure(x, y)
        self._used = self.strength
        if self._used is None:
            held = np.arange(len(x)) % 10 == 9
            found = [((x[held] @ w + b).argmax(axis=1) == y[held]).mean() if held.any() else 0.0
                     for w, b in (self._solved(x[~held], y[~held], s) for s in STRENGTHS)]  # fmt: skip
            self._used = STRENGTHS[int(np.argmax(found))]
        self.weights, self.bias = self._solved(x, y, self._used)
        return self

    def _solved(self, x, y, strength):
        target = np.eye(self.classes)[y]
        gram = x.T @ x + strength * np.eye(x.shape[1])
        return np.linalg.solve(gram, x.T @ (target - target.mean(axis=0))), target.mean(axis=0)

    @one_thread
    def scores(self, x):
        """Return the functions' values, float64 (B, classes)."""
        return self._standard(x) @ self.weights + self.bias


class SmallANN(_Readout):
    """One hidden layer of rectified units, trained by Adam on the cross-entropy.

    Parameters
    ----------
    classes, hidden : int
    epochs, batch : int
    rate : float
        Of Adam; falls to 0 along a cosine.
    dropout : float
        Share of the hidden units that are silent in a step of training.
    seed : int

    Raises
    ------
    UsageError, PatternError
    """

    def __init__(self, classes=10, hidden=256, epochs=30, batch=100, rate=2e-3, dropout=0.3, seed=0):
        given = {"classes": classes, "hidden": hidden, "epochs": epochs, "batch": batch}
        for name, value in given.items():
            setattr(self, name, whole(f"SmallANN.{name}", value, 1))
        self.rate = number("SmallANN.rate", rate, lambda v: 0 < v < np.inf, "a finite number above 0")
        self.dropout = number("SmallANN.dropout", dropout, lambda v: 0 <= v < 1, "a number of at least 0 and below 1")
        self.seed = whole("SmallANN.seed", seed, 0)

    @one_thread
    def fit(self, x, y):
        """Learn features x, float (B, n), of classes y, int (B,). Returns self."""
        x, y = self._measure(x, y)
        x, rng = x.astype(np.float32), np.random.default_rng(self.seed)
        sizes = ((x.shape[1], self.hidden), (self.hidden, self.classes))
        self.weights = [(rng.standard_normal(s) * np.sqrt(2 / s[0])).astype(np.float32) for s in sizes]
        self.weights += [np.zeros(s[1], np.float32) for s in sizes]
        adam, steps = Adam(self.rate), self.epochs * -(-len(x) // self.batch)
        step = 0
        for _ in range(self.epochs):
            order = rng.permutation(len(x))
            for begin in range(0, len(x), self.batch):
                rows = order[begin : begin + self.batch]
                adam.rate = self.rate * (0.5 + 0.5 * np.cos(np.pi * step / steps))
                adam.step(self.weights, self._gradients(x[rows], y[rows], rng))
                step += 1
        return self

    def _gradients(self, x, y, rng):
        """Of the mean cross-entropy, in the order of the weights."""
        W, V, b, c = self.weights
        hidden = np.maximum(x @ W + b, 0)
        kept = (rng.random(hidden.shape, np.float32) >= self.dropout) / np.float32(1 - self.dropout)
        hidden *= kept
        error = softmax(hidden @ V + c)
        error[np.arange(len(y)), y] -= 1
        error /= len(y)
        back = error @ V.T * kept * (hidden > 0)
        return [x.T @ back, hidden.T @ error, back.sum(axis=0), error.sum(axis=0)]

    @one_thread
    def scores(self, x):
        """Return the logits, float32 (B, classes)."""
        W, V, b, c = self.weights
        return np.maximum(self._standard(x).astype(np.float32) @ W + b, 0) @ V + c


def softmax(logits):
    """Return the shares of rows, of the logits' dtype."""
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)
