"""`AnalogueHopfield`: spins in the fields of patterns that are any numbers."""

import numpy as np

from neuromem.errors import NotSupportedError
from neuromem.kernels import analogue
from neuromem.kernels.philox import SPINS
from neuromem.models import interactions
from neuromem.models.analogue.held import Held
from neuromem.models.analogue.lists import take_signs
from neuromem.models.hopfield import Hopfield


class AnalogueHopfield(Held, Hopfield):
    """Fields and overlaps are sums over the numbers that were read; F is interpolated between whole overlaps.

    What a state is compared with in the end are the signs of these numbers. Energies are those of the signs.
    """

    def _hold(self):
        take_signs(self)
        self._x = np.ascontiguousarray(self._held["patterns"][self._used].T)
        self._analogue_law = None

    def _prepare(self):
        """Make the law of the fields."""
        if self._analogue_law is not None:
            return
        x, none = self._x, np.zeros(1)
        if self.rule == "pseudoinverse":
            dual = np.ascontiguousarray(x @ np.linalg.pinv(x.T @ x / self.n, hermitian=True))
            self._analogue_law = analogue.Law(x, dual, analogue.LINEAR, none)
        elif self.pairwise:
            self._analogue_law = analogue.Law(x, x, analogue.LINEAR, none)
        elif self.interaction == "exponential" and self.F is None:
            self._analogue_law = analogue.Law(x, x, analogue.EXPONENTIAL, none)
        else:
            table = interactions.slope(self.interaction, self.n, self.P, self.F)[1::2]
            self._analogue_law = analogue.Law(x, x, analogue.TABLE, np.ascontiguousarray(table))

    def _overlap(self, state):
        return self._x.T @ state.astype(float)

    def sweep(self, state, T=0.0, sweeps=1, replica=0, first=0):
        """As `Hopfield.sweep`; the overlaps returned are float64."""
        T = self._temperature("sweep.T", T)
        self._prepare()
        overlap = self._overlap(state)
        self._run(state, overlap, T, sweeps, replica, first)
        return overlap

    def follow(self, *_, **__):
        """Raises NotSupportedError."""
        raise NotSupportedError("AnalogueHopfield: sweep in a loop instead of follow")

    def _run(self, state, overlap, T, sweeps, replica=0, first=0):
        beta = self._beta(T)
        for k in range(first, first + sweeps):
            chance = np.array([self.seed, SPINS + replica, k], np.int64)
            if analogue.sweep(self._analogue_law, state, overlap, beta, chance) == 0 and T == 0:
                return k - first + 1, True
        return sweeps, False

    def fields(self, state):
        """Return the fields on all spins of a state int8 (n,), float64 (n,), in units of the theory."""
        self._prepare()
        out = np.empty(self.n)
        analogue.fields(self._analogue_law, state, self._overlap(state), out)
        return out * (1 / self.n if self.pairwise else self.unit)
