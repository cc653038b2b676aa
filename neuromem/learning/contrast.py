"""Two linear projections that are trained to bring together two views of the same item: contrastive learning."""

import numpy as np

from neuromem.errors import PatternError
from neuromem.learning.checks import activity, number, whole
from neuromem.learning.optimizers import Adam
from neuromem.learning.readout import softmax
from neuromem.learning.threads import one_thread


class TwoViews:
    """a = A x / |A x| and b = B y / |B y|; the loss is the cross-entropy of finding item i's b among all b by a.b / T,
    and the other way round, over a batch.

    Views are centred and scaled to unit variance by the items that were learned.

    Parameters
    ----------
    size : int
        Of the common space.
    temperature : float
    epochs, batch : int
    rate : float
        Of Adam; falls to 0 along a cosine.
    seed : int

    Raises
    ------
    UsageError, PatternError

    References
    ----------
    Radford et al., ICML 2021 (CLIP).
    """

    def __init__(self, size=64, temperature=0.1, epochs=20, batch=200, rate=1e-3, seed=0):
        for name, value in {"size": size, "epochs": epochs, "batch": batch}.items():
            setattr(self, name, whole(f"TwoViews.{name}", value, 1))
        above = "a finite number above 0"
        self.temperature = number("TwoViews.temperature", temperature, lambda v: 0 < v < np.inf, above)
        self.rate = number("TwoViews.rate", rate, lambda v: 0 < v < np.inf, above)
        self.seed = whole("TwoViews.seed", seed, 0)

    @one_thread
    def fit(self, x, y):
        """Learn pairs of views, float (N, n) and (N, m). Returns self."""
        views, rng = [np.asarray(v) for v in (x, y)], np.random.default_rng(self.seed)
        views = [activity("TwoViews.views", v, v.shape[-1] if v.ndim else 0, np.float64) for v in views]
        if len(views[0]) != len(views[1]) or len(views[0]) < 2:
            raise PatternError(f"TwoViews.views: pairs are expected, got {len(views[0])} and {len(views[1])} items")
        self._scales = [(v.mean(axis=0), np.where(v.std(axis=0) > 0, v.std(axis=0), 1.0)) for v in views]
        views = [self._standard(k, v) for k, v in enumerate(views)]
        self.weights = [
            (rng.standard_normal((v.shape[1], self.size)) / np.sqrt(v.shape[1])).astype(np.float32) for v in views
        ]
        batches = max(1, len(views[0]) // self.batch)
        adam, steps = Adam(self.rate), self.epochs * batches
        for step in range(steps):
            if step % batches == 0:
                order = rng.permutation(len(views[0]))
            rows = order[step % batches * self.batch :][: self.batch]
            adam.rate = self.rate * (0.5 + 0.5 * np.cos(np.pi * step / steps))
            adam.step(self.weights, self._gradients([v[rows] for v in views])[1])
        return self

    def _gradients(self, views):
        """(loss, gradients by both projections)."""
        raw = [v @ w for v, w in zip(views, self.weights)]
        norms = [np.linalg.norm(r, axis=1, keepdims=True) + np.float32(1e-12) for r in raw]
        a, b = (r / n for r, n in zip(raw, norms))
        logits = a @ b.T / np.float32(self.temperature)
        count, same = len(a), np.arange(len(a))
        rows, columns = softmax(logits), softmax(logits.T).T
        loss = -(np.log(rows[same, same] + 1e-30) + np.log(columns[same, same] + 1e-30)).mean() / 2
        error = (rows + columns) / 2
        error[same, same] -= 1
        error /= np.float32(count * self.temperature)
        by = [error @ b, error.T @ a]
        by = [(g - (g * u).sum(axis=1, keepdims=True) * u) / n for g, u, n in zip(by, (a, b), norms)]
        return float(loss), [v.T @ g for v, g in zip(views, by)]

    def _standard(self, view, values):
        mean, sd = self._scales[view]
        return ((activity("TwoViews.views", values, mean.size, np.float64) - mean) / sd).astype(np.float32)

    @one_thread
    def embed(self, view, values):
        """Return items of view 0 or 1, float (B, n), as unit vectors of the common space, float32 (B, size)."""
        raw = self._standard(view, values) @ self.weights[view]
        return raw / (np.linalg.norm(raw, axis=1, keepdims=True) + np.float32(1e-12))
