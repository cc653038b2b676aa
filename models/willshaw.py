"""`Willshaw`: clipped Hebbian synapses of one bit each."""

import numpy as np

from neuromem.errors import UsageError
from neuromem.kernels import bits
from neuromem.memory import AssociativeMemory, Counts, Recall, WeightArray
from neuromem.models.checks import weight_arrays, whole
from neuromem.patterns import as_patterns

THRESHOLDS = ("cue", "largest")


class Willshaw(AssociativeMemory):
    """W_ij = 1 where any stored pattern has units i and j active; a unit fires with enough synapses from the cue.

    The matrix is kept as bits, and dendritic sums are counted 64 synapses a word. One step recalls. Beside the matrix
    a directory of the patterns says what is stored and under which keys; clipped synapses cannot tell, and forgetting
    builds them again from it.

    Parameters
    ----------
    n : int
        Units.
    capacity : int, optional
        Places in the directory; n if not given.
    threshold : "cue" or "largest"
        A unit fires with synapses from all active units of the cue, the rule for cues that are part of a pattern; or
        with as many as any unit has, for cues with wrong units.

    Raises
    ------
    UsageError

    References
    ----------
    Willshaw, Buneman and Longuet-Higgins, Nature 222:960 (1969).
    """

    def __init__(self, n, capacity=None, threshold="cue"):
        self.n = whole("Willshaw.n", n, 1)
        self.capacity = self.n if capacity is None else whole("Willshaw.capacity", capacity, 1)
        if threshold not in THRESHOLDS:
            raise UsageError(f"Willshaw.threshold: one of {', '.join(THRESHOLDS)} is expected, got {threshold!r}")
        self.threshold = threshold
        self._synapses = np.zeros((self.n, bits.words(self.n)), np.uint64)
        self._directory = np.zeros((self.capacity, bits.words(self.n)), np.uint64)

    def __repr__(self):
        named = f"n={self.n}, capacity={self.capacity}, threshold={self.threshold!r}"
        return f"Willshaw({named}: {self.keys.size} stored)"

    def store(self, patterns, keys=None):
        """See `AssociativeMemory.store`; a key in use is forgotten first."""
        patterns = self._stored_patterns(patterns)
        keys = self._new_keys(len(patterns), keys)
        again = self._directory[keys].any()
        rows = bits.packed(patterns)
        self._directory[keys] = rows
        if again:
            self._build()
        else:
            self._imprint(patterns, rows)
        return keys

    def forget(self, keys):
        """See `AssociativeMemory.forget`; the matrix is built again."""
        keys = self._check_keys(keys)
        if self._directory[keys].any():
            self._directory[keys] = 0
            self._build()

    def _build(self):
        self._synapses[...] = 0
        self._imprint(self.patterns, self._directory[self.keys])

    def _imprint(self, patterns, rows):
        for pattern, row in zip(patterns, rows):
            self._synapses[pattern] |= row

    def sums(self, cue):
        """Return the number of synapses that every unit has from the active units of a cue, bool (n,): int64 (n,)."""
        out = np.empty(self.n, np.int64)
        bits.weighted_columns(self._synapses, bits.packed(np.asarray(cue)[None]), out)
        return out

    def complete(self, cue):
        """Return the units that fire, bool (n,), for a cue, bool (n,); none for an empty cue or where nothing fits."""
        cue, sums = np.asarray(cue), self.sums(cue)
        needed = int(cue.sum()) if self.threshold == "cue" else int(sums.max())
        return (sums >= needed) & (needed > 0)

    def recall(self, fragments):
        """Recall from fragments, bool (B, n) or (n,).

        `keys` are the stored patterns that the units which fire equal; `converged` is False where there are none.
        """
        fragments, single = as_patterns(fragments, self.n, "fragments")
        used, stored = self.keys, self._directory[self.keys]
        fired = np.array([self.complete(cue) for cue in fragments], bool).reshape(fragments.shape)
        keys = [used[(stored == row).all(axis=1)] for row in bits.packed(fired)]
        found = np.array([key.size > 0 for key in keys], bool)
        steps = np.full(len(keys), int(used.size > 0), np.int64)
        recall = Recall(keys, fired & found[:, None], found, steps, np.zeros(len(keys), np.int64))
        return recall.first() if single else recall

    def weights(self):
        """`synapses` float32 (n, n) and `directory` float32 (capacity, n), 0 or 1."""
        arrays = {"synapses": self._synapses, "directory": self._directory}
        return {
            name: WeightArray(bits.unpacked(rows, self.n).astype(np.float32), 0.0, 1.0, binary=True)
            for name, rows in arrays.items()
        }

    def with_weights(self, weights):
        """See `AssociativeMemory.with_weights`; a weight of 1/2 or more is a synapse."""
        values = weight_arrays(self, weights)
        memory = Willshaw(self.n, self.capacity, self.threshold)
        memory._synapses[...] = bits.packed(values["synapses"] >= 0.5)
        memory._directory[...] = bits.packed(values["directory"] >= 0.5)
        return memory

    @property
    def load(self):
        """Fraction of the synapses that are on: p1 of `neuromem.theory.sparse.willshaw`."""
        return float(bits.unpacked(self._synapses, self.n).mean())

    @property
    def counts(self):
        """Synapses and entries of the directory that are on, and all of them, one bit each."""
        existing = sum(np.count_nonzero(bits.unpacked(rows, self.n)) for rows in (self._synapses, self._directory))
        size = self.n * (self.n + self.capacity)
        return Counts(int(existing), size, size)

    @property
    def keys(self):
        """Places in use, int64."""
        return np.flatnonzero(self._directory.any(axis=1))

    @property
    def patterns(self):
        """Stored patterns of `keys`, bool (len(keys), n), from the directory."""
        return bits.unpacked(self._directory[self.keys], self.n)

    def _tree(self):
        parameters = {"n": self.n, "capacity": self.capacity, "threshold": self.threshold}
        return {"parameters": parameters, "synapses": self._synapses.copy(), "directory": self._directory.copy()}

    @classmethod
    def _from_tree(cls, tree):
        memory = cls(**tree["parameters"])
        memory._synapses[...], memory._directory[...] = tree["synapses"], tree["directory"]
        return memory
