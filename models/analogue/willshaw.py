"""`AnalogueWillshaw`: dendritic sums of synapses that are any numbers."""

import numpy as np

from neuromem.kernels import bits
from neuromem.models.analogue.held import Held
from neuromem.models.willshaw import Willshaw

MARGIN = 0.5
"""Synapses by which a sum may fall short of what is needed."""


class AnalogueWillshaw(Held, Willshaw):
    """A unit fires with a sum at most half a synapse below what is needed; the directory is read as bits."""

    def _hold(self):
        used = self.keys
        self._directory[used] = bits.packed(self._held["directory"][used] >= 0.5)

    def sums(self, cue):
        """Return the sum of the synapses that every unit has from the active units of a cue, float64 (n,)."""
        return self._held["synapses"][np.asarray(cue)].sum(axis=0)

    def complete(self, cue):
        """Return the units that fire, bool (n,), for a cue, bool (n,); none for an empty cue or where nothing fits."""
        cue, sums = np.asarray(cue), self.sums(cue)
        needed = float(cue.sum()) if self.threshold == "cue" else float(sums.max())
        return (sums >= needed - MARGIN) & (needed >= MARGIN)
