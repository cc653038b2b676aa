"""`LeakyNetwork`: recurrent leaky units with time constants that are trained, below one readout or several."""

import math

import numpy as np

from neuromem.errors import PatternError
from neuromem.learning.checks import number, whole
from neuromem.learning.gradients import Gradients, cross_entropy
from neuromem.learning.threads import one_thread

SLOPE = 0.01
"""Of the units' function below 0: LeakyReLU."""


class LeakyNetwork:
    """h_i = f((1 - 1/tau_i) h_i + (sum_j R_ij h_j + b_i + W_i x) / tau_i), f LeakyReLU, tau_i >= 1, R_ii = 0.

    Every readout ("head") is linear, has two classes and sees the units after the last step. tau is kept at 1 or above
    by `settle`, to be called after every step of an optimizer; so is the diagonal of R at 0.

    Parameters
    ----------
    units : int
        At least 2.
    tau : float or None
        Of all units and fixed, at least 1; None: trained, from 1 to 2 at first.
    seed : int
        Of the weights, uniform from -1/sqrt(units) to 1/sqrt(units); W: from -1 to 1.

    Attributes
    ----------
    weights : list of float64 arrays
        R (units, units), from, to; W (units,), b (units,), tau (units,), and of each head (units, 2) and (2,).
    heads : int

    Raises
    ------
    UsageError

    References
    ----------
    Khajehabdollahi, Zeraati, Giannakakis, Schaefer, Martius and Levina, "Emergent mechanisms for long timescales depend
    on training curriculum and affect performance in memory tasks", 2023 (arXiv 2309.12927).
    """

    def __init__(self, units, tau=None, seed=0):
        self.units, self.heads = whole("LeakyNetwork.units", units, 2), 0
        if tau is not None:
            tau = number("LeakyNetwork.tau", tau, lambda v: 1 <= v < math.inf, "a finite number of steps of at least 1")
        self.fixed = tau is not None
        self._rng = np.random.default_rng(whole("LeakyNetwork.seed", seed, 0))
        R = self._draw(units, units)
        np.fill_diagonal(R, 0)
        first = np.full(units, tau) if self.fixed else self._rng.uniform(1, 2, units)
        self.weights = [R, self._rng.uniform(-1, 1, units), self._draw(units), first]

    def __repr__(self):
        return f"LeakyNetwork({self.units}, heads={self.heads})"

    def add_head(self):
        """Give it one more readout, whose weights come last."""
        self.weights += [self._draw(self.units, 2), np.zeros(2)]
        self.heads += 1

    def settle(self):
        """Keep every tau at 1 or above and units free of themselves."""
        np.fill_diagonal(self.weights[0], 0)
        np.maximum(self.weights[3], 1.0, out=self.weights[3])

    @one_thread
    def activity(self, x, start=None):
        """Return h after every step, (T + 1, B, units), the first row before them, of inputs x (T, B).

        start : h at first, (B, units); 0 if not given

        Raises
        ------
        PatternError
        """
        return self._run(self._checked(x), start)

    @one_thread
    def gradients(self, x, y, start=None):
        """Return the `Gradients` of the heads' summed mean cross-entropies, by back-propagation through time.

        Parameters
        ----------
        x : float array, shape (T, B)
        y : int array, shape (heads, B)
            0 or 1 for each head.
        start : float64 array (B, units), optional
            h at first.

        Returns
        -------
        Gradients
            `right` is bool (heads, B).

        Raises
        ------
        PatternError
        """
        x, y = self._checked(x), np.asarray(y)
        if (
            self.heads == 0
            or y.dtype.kind not in "iu"
            or y.shape != (self.heads, x.shape[1])
            or ((y != 0) & (y != 1)).any()
        ):
            wanted = (max(self.heads, 1), x.shape[1])
            raise PatternError(f"LeakyNetwork.y: 0 or 1, of shape {wanted}, is expected, got {y.dtype} {y.shape}")
        h = self._run(x, start)
        R, W, b, tau = self.weights[:4]
        sums, right, total = [np.zeros_like(w) for w in self.weights], [], 0.0
        by_h = np.zeros_like(h[0])
        for k in range(self.heads):
            V, c = self.weights[4 + 2 * k : 6 + 2 * k]
            losses, one, error = cross_entropy(h[-1] @ V + c, y[k])
            error /= x.shape[1]
            sums[4 + 2 * k], sums[5 + 2 * k] = h[-1].T @ error, error.sum(axis=0)
            by_h += error @ V.T
            total += losses.mean()
            right.append(one)
        for t in range(len(x) - 1, -1, -1):
            by_u = np.where(h[t + 1] > 0, by_h, SLOPE * by_h)
            by_z = by_u / tau
            sums[0] += h[t].T @ by_z
            sums[1] += x[t] @ by_z
            sums[2] += by_z.sum(axis=0)
            if not self.fixed:
                z = h[t] @ R + b + x[t][:, None] * W
                sums[3] += (by_u * (h[t] - z)).sum(axis=0) / tau**2
            by_h = by_u * (1 - 1 / tau) + by_z @ R.T
        np.fill_diagonal(sums[0], 0)
        return Gradients(float(total), np.array(right), sums)

    def _run(self, x, start):
        R, W, b, tau = self.weights[:4]
        h = np.zeros((len(x) + 1, x.shape[1], self.units))
        if start is not None:
            if np.shape(start) != h[0].shape:
                raise PatternError(f"LeakyNetwork: a start of shape {h[0].shape} is expected, got {np.shape(start)}")
            h[0] = start
        for t, row in enumerate(x):
            u = (1 - 1 / tau) * h[t] + (h[t] @ R + b + row[:, None] * W) / tau
            h[t + 1] = np.where(u > 0, u, SLOPE * u)
        return h

    def _draw(self, *shape):
        return self._rng.uniform(-(self.units**-0.5), self.units**-0.5, shape)

    def _checked(self, x):
        try:
            x = np.asarray(x, np.float64)
        except (TypeError, ValueError):
            raise PatternError("LeakyNetwork.x: numbers of shape (T, B) are expected") from None
        if x.ndim != 2 or 0 in x.shape or not np.isfinite(x).all():
            raise PatternError(f"LeakyNetwork.x: finite numbers of shape (T, B) are expected, got {x.shape}")
        return x


def timescales(activity):
    """How long units keep what they do: the lag in steps at which their autocorrelation falls below 1/e.

    activity : float array (T, ..., units); the lag is interpolated between steps, up to T/2, which also stands for
    "never"; NaN for a unit that does not change. Returns float64 (units,). What a network's activity shows beyond the
    units' own tau comes of its recurrence.
    """
    a = np.asarray(activity, np.float64)
    a = a.reshape(len(a), -1, a.shape[-1])
    a = a - a.mean(axis=0)
    most, out = max(len(a) // 2, 1), np.full(a.shape[2], np.nan)
    size = (a * a).mean(axis=(0, 1))
    before, alive = np.ones(a.shape[2]), size > 1e-20
    for lag in range(1, most + 1):
        now = (a[lag:] * a[:-lag]).mean(axis=(0, 1)) / np.where(alive, size, 1.0)
        found = alive & np.isnan(out) & (now < math.exp(-1))
        out[found] = lag - 1 + (before[found] - math.exp(-1)) / (before[found] - now[found])
        before = now
    return np.where(alive & np.isnan(out), float(most), out)
