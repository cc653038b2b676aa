"""`DenseHebbian`: archetypes learned from noisy examples, with a teacher or without."""

import math

import numpy as np

from neuromem.errors import PatternError, UsageError
from neuromem.models.checks import number, whole
from neuromem.models.graded import GradedHopfield
from neuromem.patterns import as_patterns

_EXAMPLES = 1 << 32
"""First Philox stream of the examples, one per key."""


class DenseHebbian(GradedHopfield):
    """P-body Hebbian learning of archetypes from M examples each, whose bits are right with probability (1 + r)/2.

    With a teacher the examples of an archetype are summed first, without one each is a pattern of its own:

        supervised    E = -c sum_mu e_P(sum_a eta^(mu,a) s) / (M sqrt(R))^P,   R = r^2 + (1 - r^2)/M
        unsupervised  E = -c sum_mu sum_a e_P(eta^(mu,a) s) / (M r^P),         c = (P-1)!/n^(P-1)

    The entropy of the data, rho = (1 - r^2)/(M r^2), is what `neuromem.theory` asks for.

    Parameters
    ----------
    n : int
        Spins.
    P : int
        Bodies, 2, 3 or 4.
    capacity : int, optional
        Places for archetypes; n if not given.
    M : int
        Examples of each.
    r : float
        Quality of the examples, above 0 and at most 1.
    supervised : bool
    max_sweeps : int
        Sweeps before a recall is given up.
    reach : float
        A recall that turns more than this fraction of the spins has found something else, and recalls nothing.
    seed : int
        Of the examples that `store` draws, and of Glauber dynamics.

    Raises
    ------
    UsageError

    References
    ----------
    Alemanno et al., EPL 141:11001 (2023); Agliari et al., Physica A 626:129076 and 627:129143 (2023).
    """

    def __init__(self, n, P=2, capacity=None, *, M=1, r=1.0, supervised=True, max_sweeps=100, reach=1.0, seed=0):
        self.M = whole("DenseHebbian.M", M, 1, np.iinfo(np.int16).max)
        self.r = number("DenseHebbian.r", r, math.ulp(0.0), 1.0, "a number above 0, at most 1")
        if not isinstance(supervised, (bool, np.bool_)):
            raise UsageError(f"DenseHebbian.supervised: True or False is expected, got {supervised!r}")
        self.supervised = bool(supervised)
        rows, largest = (1, self.M) if supervised else (self.M, 1)
        super().__init__(n, P, capacity, rows, largest, max_sweeps, reach, seed)

    def _parameters(self):
        names = ("n", "P", "capacity", "M", "r", "supervised", "max_sweeps", "reach", "seed")
        return {name: getattr(self, name) for name in names}

    @property
    def rho(self):
        """Entropy of the data, (1 - r^2)/(M r^2)."""
        return (1 - self.r**2) / (self.M * self.r**2)

    @property
    def unit(self):
        """The factor of the energy, with which theory and simulation share their temperature."""
        if self.supervised:
            return super().unit / (self.M * self.r * math.sqrt(1 + self.rho)) ** self.P
        return super().unit / (self.M * self.r**self.P)

    def store(self, patterns, keys=None):
        """Draw M examples of each archetype, bool (B, n), and learn them. See `AssociativeMemory.store`."""
        patterns = self._stored_patterns(patterns)
        keys = self._new_keys(len(patterns), keys)
        return self._put(
            keys, np.array([self._examples(*each) for each in zip(patterns, keys)]).reshape(-1, *self._one)
        )

    def learn(self, examples, keys=None):
        """Learn given examples, bool (B, M, n), of B archetypes. Returns the keys.

        Raises PatternError and CapacityError; nothing is learned then.
        """
        shape = np.shape(examples)
        if len(shape) != 3 or shape[1:] != (self.M, self.n):
            raise PatternError(f"examples: shape (B, {self.M}, {self.n}) is expected, got {shape}")
        flat, _ = as_patterns(np.reshape(examples, (-1, self.n)), self.n, "examples")
        eta = np.where(flat, 1, -1).reshape(shape)
        return self._put(self._new_keys(shape[0], keys), self._entered(eta))

    @property
    def _one(self):
        return self._entries.shape[1:]

    def _examples(self, pattern, key):
        rng = np.random.Generator(np.random.Philox(key=(self.seed, _EXAMPLES + int(key))))
        chi = np.where(rng.random((self.M, self.n)) < (1 + self.r) / 2, 1, -1)
        return self._entered(np.where(pattern, chi, -chi)[None])[0]

    def _entered(self, eta):
        """Return examples (B, M, n) as entries int16 (B, rows, n)."""
        return (eta.sum(axis=1, keepdims=True) if self.supervised else eta).astype(np.int16)
