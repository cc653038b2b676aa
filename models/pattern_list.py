"""`PatternList`: what memories share that keep their patterns and compute with overlaps, never with a weight matrix."""

from abc import abstractmethod

import numpy as np

from neuromem.errors import PatternError
from neuromem.kernels import bits
from neuromem.memory import AssociativeMemory, Counts, Recall, WeightArray
from neuromem.models.checks import described, whole
from neuromem.patterns import as_patterns


class PatternList(AssociativeMemory):
    """A memory whose weights are its patterns, spins -1 and 1 kept as bits, 64 a word.

    A subclass says in `_relax` what becomes of a batch of spins, and in `_parameters` how it is made. What it ends in
    is recalled as the pattern it equals, or nothing.
    """

    def __init__(self, n, capacity=None):
        name = type(self).__name__
        self.n = whole(f"{name}.n", n, 1)
        self.capacity = self.n if capacity is None else whole(f"{name}.capacity", capacity, 1)
        self._rows = np.zeros((self.capacity, bits.words(self.n)), np.uint64)
        self._used = np.zeros(self.capacity, bool)

    def __repr__(self):
        return described(self)

    @abstractmethod
    def _parameters(self):
        """Arguments of the constructor, plain values by name."""

    @abstractmethod
    def _relax(self, spins):
        """Return (spins int8 (B, n), converged bool (B,), steps int64 (B,)) that a batch of spins ends in."""

    def _changed(self):
        """Forget what was derived from the patterns."""

    def store(self, patterns, keys=None):
        """See `AssociativeMemory.store`."""
        patterns = self._stored_patterns(patterns)
        keys = self._new_keys(len(patterns), keys)
        self._rows[keys], self._used[keys] = bits.packed(patterns), True
        self._changed()
        return keys

    def forget(self, keys):
        """See `AssociativeMemory.forget`."""
        keys = self._check_keys(keys)
        self._rows[keys], self._used[keys] = 0, False
        self._changed()

    def recall(self, fragments):
        """Recall from fragments, bool (B, n) or (n,); active units are spins up, all others down.

        Returns
        -------
        Recall
            `keys` are the stored patterns that the final state equals; `converged` is False where there are none.
        """
        fragments, single = as_patterns(fragments, self.n, "fragments")
        used = self.keys
        rows = self._rows[used]
        spins, settled, steps = self._relax(as_spins(fragments))
        keys = [used[(rows == state).all(axis=1) & done] for state, done in zip(bits.packed(spins > 0), settled)]
        found = np.array([key.size > 0 for key in keys], bool)
        patterns = (spins > 0) & found[:, None]
        recall = Recall(keys, patterns, found, steps, np.zeros(len(keys), np.int64))
        return recall.first() if single else recall

    def weights(self):
        """The patterns: `patterns`, float32 (capacity, n), -1 and 1, 0 where nothing is stored."""
        values = np.zeros((self.capacity, self.n), np.float32)
        values[self._used] = as_spins(self.patterns)
        return {"patterns": WeightArray(values, -1.0, 1.0, signed=True)}

    def with_weights(self, weights):
        """See `AssociativeMemory.with_weights`; of analogue values the sign counts, and rows below 1/2 are empty."""
        given = dict(weights)
        name = type(self).__name__
        if "patterns" not in given:
            raise PatternError("with_weights: patterns is missing")
        values = given.pop("patterns")
        if given:
            raise PatternError(f"with_weights: no weights called {next(iter(given))!r} in {name}")
        try:
            values = np.asarray(values.values if isinstance(values, WeightArray) else values)
        except ValueError:
            raise PatternError("with_weights: patterns of equal length are expected") from None
        if values.dtype.kind not in "biuf" or values.shape != (self.capacity, self.n):
            shape = (self.capacity, self.n)
            raise PatternError(
                f"with_weights: patterns of shape {shape} are expected, got {values.dtype} {values.shape}"
            )
        if not np.isfinite(values).all():
            raise PatternError("with_weights: patterns must be finite")
        memory = type(self)(**self._parameters())
        memory._used = (np.abs(values) >= 0.5).any(axis=1)
        memory._rows[memory._used] = bits.packed(values[memory._used] > 0)
        return memory

    @property
    def counts(self):
        """Pattern entries stored, all of them, and their bits: one per entry and one per place."""
        size = self.capacity * self.n
        return Counts(int(self._used.sum()) * self.n, size, size + self.capacity)

    @property
    def keys(self):
        """Places in use, int64."""
        return np.flatnonzero(self._used)

    @property
    def patterns(self):
        """Stored patterns of `keys`, bool (len(keys), n)."""
        return bits.unpacked(self._rows[self._used], self.n)

    def _tree(self):
        return {"parameters": self._parameters(), "rows": self._rows.copy(), "used": self._used.copy()}

    @classmethod
    def _from_tree(cls, tree):
        memory = cls(**tree["parameters"])
        memory._rows[...], memory._used[...] = tree["rows"], tree["used"]
        return memory


def as_spins(patterns):
    """Return bool patterns as spins, int8: -1 and 1."""
    return np.where(patterns, 1, -1).astype(np.int8)
