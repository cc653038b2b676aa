"""`GradedHopfield`: what memories of Ising spins share whose patterns are graded: blanks, or sums of examples."""

import math
from abc import abstractmethod

import numpy as np

from neuromem.errors import PatternError, UsageError
from neuromem.kernels import graded
from neuromem.kernels.philox import SPINS
from neuromem.memory import AssociativeMemory, Counts, Recall, WeightArray
from neuromem.models.checks import described, number, temperature, weight_arrays, whole
from neuromem.patterns import as_patterns

BODIES = (2, 3, 4)


class GradedHopfield(AssociativeMemory):
    """E = -c sum_mu e_P(x_1 s_1, .., x_n s_n) over entries x, whole numbers: `rows` of them for every stored pattern.

    e_P sums the products of P different spins, by `neuromem.kernels.graded`. A pattern is the sign of its entries'
    sum; where that is 0 it is blank and says nothing. A recall runs downhill, spin after spin, and ends in the stored
    patterns that the final state equals: first the one with the largest overlap, then those that equal it wherever the
    ones before are blank.
    """

    def __init__(self, n, P, capacity, rows, largest, max_sweeps, reach, seed):
        name = type(self).__name__
        self.n, self.max_sweeps = whole(f"{name}.n", n, 1), whole(f"{name}.max_sweeps", max_sweeps, 1)
        self.capacity = self.n if capacity is None else whole(f"{name}.capacity", capacity, 1)
        if isinstance(P, bool) or P not in BODIES:
            raise UsageError(f"{name}.P: {', '.join(map(str, BODIES))} bodies are possible, got {P!r}")
        self.P, self.seed = int(P), whole(f"{name}.seed", seed, 0, 2**63 - 1)
        self.reach = number(f"{name}.reach", reach, 0.0, 1.0, "a number from 0 to 1")
        self._entries = np.zeros((self.capacity, rows, self.n), np.int16)
        self._largest, self._columns = largest, None

    def __repr__(self):
        return described(self)

    @abstractmethod
    def _parameters(self):
        """Arguments of the constructor, plain values by name."""

    @property
    def unit(self):
        """The factor c, with which the field of a retrieved pattern is of order one."""
        return math.prod(k / self.n for k in range(1, self.P))

    def _put(self, keys, entries):
        """Store entries int16 (B, rows, n) under checked keys."""
        empty = ~entries.any(axis=(1, 2))
        if empty.any():
            raise PatternError(f"patterns: pattern {int(np.flatnonzero(empty)[0])} is blank")
        self._entries[keys], self._columns = entries, None
        return keys

    def forget(self, keys):
        """See `AssociativeMemory.forget`."""
        self._entries[self._check_keys(keys)] = 0
        self._columns = None

    # Statistical mechanics

    def _sums(self, state):
        """Return p1, p2, p3 of every row in use, float64 (3, K), after the columns are made."""
        if self._columns is None:
            used = self._entries[self.keys].reshape(-1, self.n)
            self._columns = np.ascontiguousarray(used.T)
        x = self._columns.astype(float)
        return np.stack([state @ x, (x * x).sum(axis=0), state @ (x * x * x)])

    def energy(self, state):
        """Return E/n of a state int8 (n,), a float, in units of the theory."""
        p1, p2, p3 = self._sums(state)
        if self.P == 2:
            e = (p1**2 - p2) / 2
        elif self.P == 3:
            e = (p1**3 - 3 * p1 * p2 + 2 * p3) / 6
        else:
            p4 = (self._columns.astype(float) ** 4).sum(axis=0)
            e = (p1**4 - 6 * p1**2 * p2 + 3 * p2**2 + 8 * p1 * p3 - 6 * p4) / 24
        return float(-self.unit / self.n * e.sum())

    def sweep(self, state, T=0.0, sweeps=1, replica=0, first=0):
        """Run Glauber dynamics, or downhill sweeps at T = 0, on a state int8 (n,), which is changed.

        replica, first : stream and number of the first sweep, for random numbers
        Returns whether nothing moved in the last sweep.
        """
        T = temperature(f"{type(self).__name__}.sweep.T", T)
        sums = self._sums(state)
        beta = self.unit / T if T > 0 else math.inf
        for k in range(first, first + sweeps):
            chance = np.array([self.seed, SPINS + replica, k], np.int64)
            if graded.sweep(self._columns, state, sums, self.P, beta, chance) == 0 and T == 0:
                return True
        return False

    # Recall

    def recall(self, fragments):
        """Recall from fragments, bool (B, n) or (n,); active units are spins up, all others down.

        `keys` are the stored patterns that the final state equals, see the class; `converged` is False without one.
        """
        fragments, single = as_patterns(fragments, self.n, "fragments")
        states = np.where(fragments, 1, -1).astype(np.int8)
        keys, steps = [], np.zeros(len(states), np.int64)
        patterns = np.zeros(states.shape, bool)
        for b, state in enumerate(states):
            done, start = False, state.copy()
            while self.keys.size and not done and steps[b] < self.max_sweeps:
                done = self.sweep(state)
                steps[b] += 1
            done = done and np.count_nonzero(state != start) <= self.reach * self.n
            keys.append(self.retrieved(state) if done else np.zeros(0, np.int64))
            if keys[b].size:
                patterns[b] = self._signs(keys[b][:1])[0] > 0
        found = np.array([key.size > 0 for key in keys], bool)
        recall = Recall(keys, patterns, found, steps, np.zeros(len(keys), np.int64))
        return recall.first() if single else recall

    def retrieved(self, state):
        """Return the keys of the patterns that a state int8 (n,) equals wherever better ones are blank, best first."""
        keys = self.keys
        signs = self._signs(keys)
        free, found = np.ones(self.n, bool), []
        for k in np.argsort(-(signs @ state.astype(np.int64)), kind="stable"):
            mine = (signs[k] != 0) & free
            if mine.any() and (signs[k] == state)[mine].all():
                found.append(keys[k])
                free &= ~mine
        return np.array(found, np.int64)

    def _signs(self, keys):
        return np.sign(self._entries[keys].sum(axis=1, dtype=np.int64))

    # The protocol's rest

    def weights(self):
        """The entries: `entries`, float32 (capacity, rows, n); rows of zeros where nothing is stored."""
        return {"entries": WeightArray(self._entries.astype(np.float32), -self._largest, self._largest, signed=True)}

    def with_weights(self, weights):
        """See `AssociativeMemory.with_weights`; analogue values are rounded."""
        values = weight_arrays(self, weights)["entries"]
        if np.abs(values).max(initial=0) > np.iinfo(np.int16).max:
            raise PatternError("with_weights: entries beyond 16 bits")
        memory = type(self)(**self._parameters())
        memory._entries[...] = np.rint(values)
        return memory

    @property
    def counts(self):
        """Entries that are not zero, all entries, and the bits that hold values up to the largest and a sign."""
        size = self._entries.size
        bits = size * (1 + math.ceil(math.log2(self._largest + 1)))
        return Counts(int(np.count_nonzero(self._entries)), size, bits)

    @property
    def keys(self):
        """Places in use, int64."""
        return np.flatnonzero(self._entries.any(axis=(1, 2)))

    @property
    def patterns(self):
        """Signs of the entries' sums, for `keys`: bool (len(keys), n), False where blank."""
        return self._signs(self.keys) > 0

    def _tree(self):
        return {"parameters": self._parameters(), "entries": self._entries.copy()}

    @classmethod
    def _from_tree(cls, tree):
        memory = cls(**tree["parameters"])
        memory._entries[...] = tree["entries"]
        return memory
