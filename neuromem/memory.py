"""`AssociativeMemory`: the protocol that every memory implements, and the small records it speaks in."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from neuromem.errors import CapacityError, NotSupportedError, PatternError, StoreError
from neuromem.patterns import as_patterns


@dataclass(frozen=True, eq=False)
class Recall:
    """What came back for a batch of B fragments; a single 1-D fragment drops the leading axis.

    Attributes
    ----------
    keys : list of B int64 arrays
        Matching keys, best first where the memory ranks them; empty when nothing matched.
    patterns : bool ndarray, shape (B, n)
        Stored content of the first key; zeros when nothing matched.
    converged : bool ndarray, shape (B,)
        Whether the memory gave an answer within the time it allows itself.
    steps : int64 ndarray, shape (B,)
        Time steps (or updates) used.
    spikes : int64 ndarray, shape (B,)
        Spikes inside the memory, without inputs and outputs; 0 for memories without spikes.
    """

    keys: object
    patterns: np.ndarray
    converged: object
    steps: object
    spikes: object

    def first(self):
        """Return the recall of the only fragment, without the leading axis."""
        return Recall(self.keys[0], self.patterns[0], bool(self.converged[0]), int(self.steps[0]), int(self.spikes[0]))


@dataclass(frozen=True, eq=False)
class WeightArray:
    """One named array of learned weights, with what a device must know to hold it.

    Attributes
    ----------
    values : ndarray
    low, high : float
        Range that the memory's rule allows, in `unit`.
    signed : bool
    binary : bool
        True if a settled weight is either low or high.
    """

    values: np.ndarray
    low: float
    high: float
    signed: bool = False
    binary: bool = False
    unit: str = ""


@dataclass(frozen=True)
class Counts:
    """Synapses that exist (are not zero), synapses that could, and the bits of physical state that hold them."""

    existing: int
    potential: int
    state_bits: int


class AssociativeMemory(ABC):
    """A memory that stores binary patterns, recalls them from fragments and forgets them.

    Attributes
    ----------
    n : int
        Length of a pattern.
    capacity : int or None
        Most patterns it can hold, if there is such a number.
    """

    n: int
    capacity: int | None
    kinds: ClassVar[dict] = {}
    """Every class of memory that has been imported, by name; `neuromem.models` imports ours."""

    def __init_subclass__(cls, **options):
        super().__init_subclass__(**options)
        AssociativeMemory.kinds[cls.__name__] = cls

    @abstractmethod
    def store(self, patterns, keys=None):
        """Store a batch of patterns, bool (B, n) or (n,).

        Parameters
        ----------
        keys : array_like of int, optional
            One per pattern; a key in use is overwritten. Default: free keys are assigned.

        Returns
        -------
        int64 ndarray, shape (B,)
            The keys.

        Raises
        ------
        PatternError, CapacityError
            Nothing is stored then.
        """

    @abstractmethod
    def recall(self, fragments):
        """Recall from a batch of fragments, bool (B, n) or (n,); the memory is left as it was. Returns a Recall."""

    @abstractmethod
    def forget(self, keys):
        """Forget the patterns under these keys (int or array); keys not in use are ignored."""

    @abstractmethod
    def weights(self):
        """Return the learned weights: dict of name to WeightArray."""

    @abstractmethod
    def with_weights(self, weights):
        """Return a memory of the same kind whose weights are these: name -> array or WeightArray of that shape."""

    def to_network(self):
        """Return the memory as a Network that recalls, or raise NotSupportedError."""
        raise NotSupportedError(f"{type(self).__name__}: has no form as a spiking network")

    @property
    @abstractmethod
    def counts(self):
        """Counts of synapses and state."""

    @property
    @abstractmethod
    def keys(self):
        """Keys in use, int64, ascending."""

    @property
    @abstractmethod
    def patterns(self):
        """What is stored, read from the weights: bool (len(keys), n)."""

    @abstractmethod
    def _tree(self):
        """Everything needed to build the memory again: nested dict of arrays and plain values."""

    @classmethod
    @abstractmethod
    def _from_tree(cls, tree):
        """Build the memory from `_tree`."""

    def save(self, path):
        """Write the memory to an HDF5 file, atomically.

        Raises
        ------
        StoreError
        """
        from neuromem import io

        io.save(path, "memory", {"model": type(self).__name__, **self._tree()})

    @classmethod
    def load(cls, path):
        """Read a memory of this class; `AssociativeMemory.load` and `neuromem.models.load` read any.

        Raises
        ------
        StoreError
            If the file is damaged, holds something else, or a kind of memory that is not imported.
        """
        from neuromem import io

        tree = io.load(path, "memory").tree
        kind = AssociativeMemory.kinds.get(tree.get("model"))
        if kind is None:
            raise StoreError(f"{path}: holds a memory of kind {tree.get('model')!r}; import the module that defines it")
        if not issubclass(kind, cls):
            raise StoreError(f"{path}: holds a {kind.__name__}, not a {cls.__name__}; neuromem.models.load reads it")
        try:
            return kind._from_tree(tree)
        except (KeyError, ValueError, TypeError) as error:
            raise StoreError(f"{path}: the memory in it is incomplete or inconsistent ({error})") from None

    def _new_keys(self, count, keys):
        """Check the given keys, or choose free ones; int64 (count,)."""
        if keys is None:
            free = np.setdiff1d(np.arange(self.capacity), self.keys)
            if count > free.size:
                raise CapacityError(
                    f"{type(self).__name__}: is too full for {count} patterns, {free.size} of {self.capacity} "
                    "places are free; forget some or make a larger memory"
                )
            return free[:count]
        keys = self._check_keys(keys)
        if keys.size != count:
            raise PatternError(f"keys: one per pattern is expected, got {keys.size} for {count} patterns")
        if np.unique(keys).size != count:
            raise PatternError("keys: each may appear once in a batch")
        return keys

    def _check_keys(self, keys):
        """Return keys as int64 (B,), or raise CapacityError if one is outside the memory."""
        try:
            array = np.atleast_1d(np.asarray(keys))
        except ValueError:
            raise CapacityError(
                f"{type(self).__name__}: keys are whole numbers in one list, got a ragged one"
            ) from None
        if array.dtype.kind not in "iu" and array.size:
            raise CapacityError(f"{type(self).__name__}: keys are whole numbers, got {keys!r}")
        array = array.astype(np.int64).ravel()
        if array.size and (array.min() < 0 or array.max() >= self.capacity):
            bad = array[(array < 0) | (array >= self.capacity)][0]
            raise CapacityError(f"{type(self).__name__}: key {bad} is outside 0..{self.capacity - 1}")
        return array

    def _stored_patterns(self, patterns):
        """Check patterns to be stored: at least one active unit each. Returns bool (B, n)."""
        patterns, _ = as_patterns(patterns, self.n, "patterns")
        empty = ~patterns.any(axis=1)
        if empty.any():
            raise PatternError(
                f"patterns: pattern {int(np.flatnonzero(empty)[0])} has no active unit and could never be recalled"
            )
        return patterns
