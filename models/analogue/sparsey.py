"""`AnalogueSparsey`: the most familiar code by synapses that are any numbers."""

import numpy as np

from neuromem.models.analogue.held import Held
from neuromem.models.sparsey import Sparsey


class AnalogueSparsey(Held, Sparsey):
    """V = clip(sum of synapses from active inputs / norm, 0, 1)^power; a key's winners are its strongest units."""

    def _hold(self):
        used, by_module = self.keys, self._held["keys"].reshape(self.capacity, self.cms, self.units)
        self._book.strike(used)
        self._book.enter(used, by_module[used].argmax(axis=2).astype(np.int32))

    def _found(self, fragments):
        """(winner, G) of bool (B, n); of equal units the one that the mac's own luck takes."""
        signals = self._mac.pixels(fragments)
        active, batch = signals.norm > 0, len(fragments)
        sums = fragments.astype(float) @ self._held["U"].T
        V = np.clip(sums / np.where(active, signals.norm, 1.0)[:, None], 0.0, 1.0) ** self._mac._rule.powers[0]
        V = V.reshape(batch, self.cms, self.units)
        best = V.max(axis=2)
        frames = (signals, *(self._mac.silent(which, batch) for which in (1, 2)))
        equal = best[:, :, None] == V
        skip = (self._mac._luck(False, frames) * equal.sum(axis=2)).astype(np.int64)
        winner = ((np.cumsum(equal, axis=2) <= skip[:, :, None]).sum(axis=2)).astype(np.int32)
        return np.where(active[:, None], winner, np.int32(-1)), np.where(active, best.mean(axis=1), 0.0)

    def _read(self, codes):
        """Sources from which the winners of codes, int (B, cms), have enough in all; half a synapse may be missing."""
        out = np.zeros((len(codes), self.n), bool)
        for b, code in enumerate(np.asarray(codes)):
            if code[0] >= 0:
                known = self._held["U"][np.arange(self.cms) * self.units + code].sum(axis=0)
                out[b] = known >= self.agreement * self.cms - 0.5
        return out
