"""Memories that keep a list of patterns, and update all units at once, with patterns that are any numbers."""

import numpy as np

from neuromem.kernels import bits
from neuromem.models.analogue.held import Held
from neuromem.models.modern import ModernHopfield
from neuromem.models.sparse_hopfield import SparseHopfield

_TIE = 1e-9
"""Inputs that differ by less count as equal, so that sums in another order choose the same units."""


def take_signs(memory):
    """Let what a state is compared with be the signs of what was read."""
    memory._rows[memory._used] = bits.packed(memory._held["patterns"][memory._used] > 0)
    memory._changed()


class AnalogueModernHopfield(Held, ModernHopfield):
    """x <- X softmax(beta X^T x) with the X that was read."""

    def _hold(self):
        take_signs(self)

    def _vectors(self):
        return self._held["patterns"][self._used]


class AnalogueSparseHopfield(Held, SparseHopfield):
    """Inputs by the covariance rule from xi = (1 + x)/2, x what was read."""

    def _hold(self):
        take_signs(self)
        self._deviations = (1 + self._held["patterns"][self._used]) / 2 - self.f

    def inputs(self, V):
        """Return h of activities V, bool (B, n): float64 (B, n)."""
        X, f, n = self._deviations, self.f, self.n
        V = np.asarray(V, float) - f
        h = ((V @ X.T) @ X - (X * X).sum(axis=0) * V) / (n * f * (1 - f))
        return np.rint(h / _TIE) * _TIE
