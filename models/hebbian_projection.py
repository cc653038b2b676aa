"""`HebbianProjection`: a lateral circuit that learns what a layer's input spans, and keeps learning out of it later."""

import numpy as np

from neuromem.errors import CapacityError, TrainingError, UsageError
from neuromem.learning.checks import activity, number, whole
from neuromem.learning.threads import one_thread

FULLEST = 0.9
"""Share of the n dimensions that rows may take: with more, next to nothing is left to learn in."""


ITERATIONS, MOMENTUM, SCALE = 5, 0.9, 20.0
"""As published: updates per batch; the share of the last update in the next; what a lateral neuron can say at most."""


def row_budget(n, tasks, first=0.25):
    """Return rows for each task, a tuple of ints: a share `first` of the n dimensions, later ones less, if they fit.

    Later tasks get an eighth of n at most, and no more than the first; together all take at most three quarters of n.
    Raises CapacityError where that is not a row for every task.
    """
    room = 3 * n // 4
    if room < tasks:
        raise CapacityError(
            f"row_budget: {tasks} tasks do not fit into {n} dimensions; use a wider layer or fewer tasks"
        )
    begin = max(1, min(int(first * n), 2 * room // (tasks + 1)))
    later = max(1, min(begin, n // 8, (room - begin) // max(1, tasks - 1)))
    return (begin, *[later] * (tasks - 1))


class HebbianProjection:
    """Lateral neurons whose weights H learn the subspace of a layer's input, task by task, by Hebbian rules.

    With y = H x and what comes back, xhat = H^T y, rows learn by dH = y x^T - y xhat^T, Hebbian and anti-Hebbian: Oja's
    subspace rule, whose rows become orthonormal and span the largest principal components of the input, its mean
    included. `freeze` ends a task: its rows never change again but take part in y and xhat, so the next ones learn what
    is left. `project` takes the frozen rows' subspace out of an input: x - H^T H x. A weight gradient made with
    that changes nothing for inputs of earlier tasks.

    Parameters
    ----------
    n : int
        Inputs.
    rows : int or sequence of int, optional
        Lateral neurons that each task adds; an int is meant for every task. `row_budget(n, tasks)` if not given.
    tasks : int
        How many tasks there will be, where `rows` is no sequence.
    eta : float
        Learning rate, above 0; 0.001 for normalised images, 0.01 for spikes and rates.
    orthogonal : bool
        New rows begin orthogonal to the frozen ones, not just to each other: they stay more nearly orthonormal.
    laterals : str
        "linear", or "spiking": y is a signed number of spikes, of which `levels` are worth 20, and at most that.
    levels : int
        Most spikes of a spiking lateral neuron.
    clip : float
        Entries of dH, a mean over the batch, are cut to -clip to clip.
    seed : int
        Of the new rows.
    dtype : dtype
        float32 or float64.

    Raises
    ------
    UsageError, CapacityError
        Rows that would take more than 0.9 n dimensions.

    References
    ----------
    Xiao, Meng, Zhang, He and Lin, ICLR 2024 (HLOP); Oja 1989.
    """

    def __init__(
        self, n, rows=None, *, tasks=10, eta=0.01, orthogonal=True, laterals="linear", levels=40, clip=10.0, seed=0,
        dtype=np.float32,
    ):  # fmt: skip
        name = type(self).__name__
        self.n, tasks = whole(f"{name}.n", n, 1), whole(f"{name}.tasks", tasks, 1)
        rows = row_budget(self.n, tasks) if rows is None else rows
        rows = (rows,) * tasks if isinstance(rows, (int, np.integer)) else tuple(rows)
        self.rows = tuple(whole(f"{name}.rows", count, 1) for count in rows)
        if not self.rows or sum(self.rows) > FULLEST * self.n:
            raise CapacityError(
                f"{name}({self.n}): rows for all tasks, {sum(self.rows)}, must be 1 to {int(FULLEST * self.n)}, as "
                "little would be left to learn in; give fewer rows per task or a wider layer"
            )
        self.eta = number(f"{name}.eta", eta, lambda v: 0 < v < np.inf, "a finite number above 0")
        self.clip = number(f"{name}.clip", clip, lambda v: v > 0, "a number above 0")
        if laterals not in ("linear", "spiking"):
            raise UsageError(f"{name}.laterals: linear or spiking is expected, got {laterals!r}")
        self.laterals = laterals
        self.levels, self.orthogonal = whole(f"{name}.levels", levels, 1), bool(orthogonal)
        self.dtype = np.dtype(dtype)
        if self.dtype not in (np.float32, np.float64):
            raise UsageError(f"{name}.dtype: float32 or float64 is expected, got {self.dtype}")
        self.seed = whole(f"{name}.seed", seed, 0)
        self._H = np.empty((sum(self.rows), self.n), self.dtype)
        self._frozen = self._used = self._task = 0

    def __repr__(self):
        return f"{type(self).__name__}({self.n}, rows={self.rows}, laterals={self.laterals!r}: {self._frozen} frozen)"

    @property
    def basis(self):
        """The frozen rows, (rows, n), a copy: what `project` takes out."""
        return self._H[: self._frozen].copy()

    @property
    def learning(self):
        """The rows that learn now, (rows, n), a copy; none before the task's first batch."""
        return self._H[self._frozen : self._used].copy()

    @one_thread
    def learn(self, x):
        """Learn from a batch of inputs; a task's first batch makes its rows.

        x : float array, shape (B, n)

        Raises
        ------
        PatternError, CapacityError, TrainingError
            The input, no task left that has rows, or rows that grew beyond all bounds; nothing is changed.
        """
        name, kind = type(self).__name__, self.dtype.type
        x = activity(f"{name}.x", x, self.n, self.dtype)
        if len(x) == 0:
            return
        old, learning = self._H[: self._frozen], self._used > self._frozen
        rows = self._H[self._frozen : self._used].copy() if learning else self._fresh()
        m = self._m.copy() if learning else np.zeros_like(rows)
        left = x - self._answers(x, old) @ old
        with np.errstate(over="ignore", invalid="ignore"):
            for _ in range(ITERATIONS):
                y = self._answers(x, rows)
                change = y.T @ (left - y @ rows) / kind(len(x))
                np.clip(change, -self.clip, self.clip, out=change)
                m *= kind(MOMENTUM)
                m += kind(1 - MOMENTUM) * change
                rows += kind(self.eta) * m
        if not np.isfinite(rows).all():
            raise TrainingError(f"{name}({self.n}): its rows grow without bound; lower eta, {self.eta}")
        self._used = self._frozen + len(rows)
        self._H[self._frozen : self._used], self._m = rows, m

    def freeze(self):
        """End the task: its rows stay as they are, bit for bit. Without a batch since the last one, nothing happens."""
        self._task += self._used > self._frozen
        self._frozen = self._used

    @one_thread
    def project(self, x):
        """Return x without its part in the frozen rows' subspace, x - H^T H x: float (B, n) or (n,).

        What is left of a vector inside it but for rounding is exactly 0. Raises PatternError.
        """
        one = np.ndim(x) == 1
        x = activity(f"{type(self).__name__}.x", [x] if one else x, self.n, self.dtype)
        if self._frozen:
            H = self._H[: self._frozen]
            left = x - self._answers(x, H) @ H
            rounding = 4 * np.finfo(self.dtype).eps * np.sqrt(self.n)
            left[np.abs(left).max(axis=1) <= rounding * np.abs(x).max(axis=1)] = 0
            x = left
        return x[0] if one else x

    def eigenvalues(self):
        """Return the eigenvalues of H H^T over all rows, rising: 1 where they are orthonormal, a true projector.

        Where one is above 2, `project` turns a direction round and lengthens it instead of taking it out.
        """
        H = self._H[: self._used].astype(np.float64)
        return np.linalg.eigvalsh(H @ H.T)

    def angles(self, vectors):
        """Return the principal angles in degrees between the rows' span and that of `vectors`, (k, n), rising.

        Raises PatternError.
        """
        vectors = activity(f"{type(self).__name__}.vectors", vectors, self.n, np.float64)
        return principal_angles(self._H[: self._used].astype(np.float64), vectors)

    def _answers(self, x, H):
        y = x @ H.T
        if self.laterals == "spiking":
            step = self.dtype.type(SCALE / self.levels)
            y = np.rint(np.clip(y, -SCALE, SCALE) / step) * step
        return y

    def _fresh(self):
        """Rows for the next task, orthonormal."""
        if self._task == len(self.rows):
            raise CapacityError(
                f"{type(self).__name__}: all rows, of {len(self.rows)} tasks, are frozen; give rows for more tasks"
            )
        count, old = self.rows[self._task], self._H[: self._frozen].astype(np.float64)
        fresh = np.random.default_rng([self.seed, self._task]).normal(size=(self.n, count))
        if self.orthogonal and len(old):
            held = np.linalg.qr(old.T)[0]
            fresh -= held @ (held.T @ fresh)
        return np.linalg.qr(fresh)[0].T.astype(self.dtype)


def principal_angles(a, b):
    """Return the angles in degrees between the spans of the rows of a, (j, n), and b, (k, n): min(j, k) floats, rising.

    Small ones come from sines, which rounding leaves alone (Bjorck and Golub 1973).
    """
    from scipy.linalg import subspace_angles

    return np.degrees(subspace_angles(a.T, b.T))[::-1]
