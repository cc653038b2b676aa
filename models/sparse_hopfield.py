"""`SparseHopfield`: sparse patterns of zeros and ones under the covariance rule of Tsodyks and Feigelman."""

import numpy as np
from scipy.sparse import csr_array

from neuromem.errors import UsageError
from neuromem.models.checks import number, whole
from neuromem.models.pattern_list import PatternList


class SparseHopfield(PatternList):
    """J_ij = sum_mu (xi_i - f)(xi_j - f)/(n f (1 - f)), i != j; the units with the largest inputs are active together.

    Inputs are h_i = sum_j J_ij (V_j - f), V in {0, 1}, computed from pattern overlaps alone: a step takes two products
    with the sparse matrix of the patterns' active units, K f n of them. Each step activates `active` units.

    Parameters
    ----------
    n : int
        Units.
    f : float
        Activity that the rule expects, above 0 and below 1.
    capacity : int, optional
        Places for patterns; n if not given.
    active : int, optional
        Units active in every step; the nearest whole number to f n if not given.
    max_steps : int
        Steps before a recall is given up.

    Raises
    ------
    UsageError

    References
    ----------
    Tsodyks and Feigelman, Europhys. Lett. 6:101 (1988).
    """

    def __init__(self, n, f, capacity=None, active=None, max_steps=100):
        super().__init__(n, capacity)
        self.f = number("SparseHopfield.f", f, 1e-9, 1 - 1e-9, "a number above 0 and below 1")
        active = max(1, round(self.f * self.n)) if active is None else active
        self.active = whole("SparseHopfield.active", active, 1)
        if self.active > self.n:
            raise UsageError(f"SparseHopfield.active: at most n = {self.n} units can be active, got {active}")
        self.max_steps = whole("SparseHopfield.max_steps", max_steps, 1)
        self._changed()

    def _parameters(self):
        return {name: getattr(self, name) for name in ("n", "f", "capacity", "active", "max_steps")}

    def _changed(self):
        self._sparse = None

    def inputs(self, V):
        """Return h of activities V, bool (B, n): float64 (B, n)."""
        if self._sparse is None:
            patterns = self.patterns
            self._sparse = csr_array(patterns.astype(float))
            self._sizes, self._memberships = patterns.sum(axis=1), patterns.sum(axis=0)
        X, f, n = self._sparse, self.f, self.n
        V = np.asarray(V, float)
        W = (X @ V.T).T - f * self._sizes - f * V.sum(axis=1, keepdims=True) + n * f * f  # (xi - f).(V - f)
        own = self._memberships * (1 - 2 * f) + X.shape[0] * f * f
        return ((X.T @ W.T).T - f * W.sum(axis=1, keepdims=True) - own * (V - f)) / (n * f * (1 - f))

    def update(self, V):
        """Return the units with the `active` largest inputs, bool (B, n); of equal inputs the first units win."""
        order = np.argsort(-self.inputs(V), axis=1, kind="stable")
        out = np.zeros(V.shape, bool)
        np.put_along_axis(out, order[:, : self.active], True, axis=1)
        return out

    def _relax(self, spins):
        V, steps = spins > 0, np.zeros(len(spins), np.int64)
        running = np.full(len(spins), self._used.any())
        while running.any() and steps.max() < self.max_steps:
            after = self.update(V[running])
            moved = (after != V[running]).any(axis=1)
            V[running] = after
            steps[running] += 1
            running[running] = moved
        return np.where(V, 1, -1).astype(np.int8), ~running & self._used.any(), steps
