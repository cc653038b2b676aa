"""Memories of Ising spins whose entries are any numbers."""

import numpy as np

from neuromem.models.analogue.held import Held
from neuromem.models.dense_hebbian import DenseHebbian
from neuromem.models.multitasking import MultitaskingHopfield


class _Graded(Held):
    """The sums of products of different spins are over the entries that were read.

    Signs, with which a state is compared, are those of the entries' sum rounded to whole numbers; 0 is blank.
    """

    def _hold(self):
        self._columns = None

    def _sums(self, state):
        if self._columns is None:
            used = self._held["entries"][self.keys].reshape(-1, self.n)
            self._columns = np.ascontiguousarray(used.T)
        return super()._sums(state)

    def _signs(self, keys):
        return np.sign(np.rint(self._held["entries"][keys].sum(axis=1))).astype(np.int64)


class AnalogueDenseHebbian(_Graded, DenseHebbian):
    """`DenseHebbian` with the entries that were read."""


class AnalogueMultitaskingHopfield(_Graded, MultitaskingHopfield):
    """`MultitaskingHopfield` with the entries that were read."""
