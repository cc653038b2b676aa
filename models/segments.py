"""`Segments`: what distal segments learn: permanences, growth and pruning of synapses."""

import numpy as np

from neuromem.errors import PatternError
from neuromem.kernels.philox import CODE
from neuromem.network import FromArrays
from neuromem.network.check import count, indices, numbers
from neuromem.patterns import as_patterns

_GROWN = CODE + 6


class Segments:
    """The synapses of segments with inputs; 0 is no synapse, and those from `connected` on transmit.

    Parameters
    ----------
    segments, inputs : int
    initial, connected, increment, decrement : float
        Permanences, 0 to 1: of a new synapse, from which on one is connected, and by how much learning changes them.
    width : int, optional
        Most synapses of a segment; default: no limit.
    seed : int
        Of which inputs new synapses come from.

    Attributes
    ----------
    permanence : float32 ndarray, shape (segments, inputs)

    Raises
    ------
    DescriptionError

    References
    ----------
    Hawkins and Ahmad, Front. Neural Circuits 10:23 (2016), equations 1 to 4 and section "Synapse learning".
    """

    def __init__(
        self, segments, inputs, *, initial=0.6, connected=0.5, increment=0.1, decrement=0.05, width=None, seed=0
    ):
        shape = count(segments, "Segments", "segments", least=1), count(inputs, "Segments", "inputs", least=1)
        given = {"initial": initial, "connected": connected, "increment": increment, "decrement": decrement}
        for name, value in given.items():
            low = {"above": 0.0} if name in ("initial", "connected") else {"low": 0.0}
            setattr(self, name, numbers(value, "Segments", name, high=1.0, scalar=True, **low))
        self.width = shape[1] if width is None else count(width, "Segments", "width", least=1)
        self.seed, self.events = count(seed, "Segments", "seed"), 0
        self.permanence = np.zeros(shape, np.float32)

    def learn(self, which, pattern, new=0):
        """Strengthen synapses of these segments from active inputs, weaken the others, prune, and grow.

        A segment then grows synapses to random active inputs until it has `new` of them, or `width` in all.

        Parameters
        ----------
        which : array_like of int
            Segments, those that had a plateau, say.
        pattern : bool array, shape (inputs,)
        new : int

        Raises
        ------
        PatternError, DescriptionError
            Nothing is learned then.
        """
        which, active = self._checked(which, pattern)
        new = count(new, "learn", "new")
        self._change(which, np.where(active, self.increment, -self.decrement))
        rng = np.random.Generator(np.random.Philox(key=(self.seed, _GROWN), counter=self.events << 64))
        self.events += 1
        for segment in which:
            there = self.permanence[segment] > 0
            wanted = min(new - int((there & active).sum()), self.width - int(there.sum()))
            free = np.flatnonzero(active & ~there)
            if wanted > 0 and free.size:
                chosen = rng.choice(free, min(wanted, free.size), replace=False)
                self.permanence[segment, chosen] = self.initial

    def punish(self, which, pattern, amount):
        """Weaken the synapses of these segments from active inputs by `amount`: their plateau was in error."""
        which, active = self._checked(which, pattern)
        amount = numbers(amount, "punish", "amount", low=0.0, high=1.0, scalar=True)
        self._change(which, np.where(active, -amount, 0.0))

    def clear(self, which):
        """Remove all synapses of these segments."""
        self.permanence[indices(which, "Segments", "segments", len(self.permanence))] = 0.0

    def _change(self, which, amount):
        rows = self.permanence[which]
        changed = np.clip(rows + amount.astype(np.float32), 0.0, 1.0)
        self.permanence[which] = np.where(rows > 0, changed, np.float32(0.0))

    @property
    def strong(self):
        """Which synapses transmit, bool (segments, inputs)."""
        return self.permanence >= np.float32(self.connected)

    @property
    def connector(self):
        """Those synapses from the inputs to the segments, for `Network.project` with weight 1."""
        segment, pre = np.nonzero(self.strong)
        return FromArrays(pre, segment)

    def _checked(self, which, pattern):
        which = indices(which, "Segments", "segments", len(self.permanence))
        if np.unique(which).size != which.size:
            raise PatternError("segments: each may appear once")
        rows, single = as_patterns(pattern, self.permanence.shape[1], "pattern")
        if not single:
            raise PatternError(f"pattern: one of shape ({self.permanence.shape[1]},) is expected, got {rows.shape}")
        return which, rows[0]
