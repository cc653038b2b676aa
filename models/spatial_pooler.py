"""`SpatialPooler`: any binary input as a sparse code of columns, learned so that all columns take part."""

import numpy as np

from neuromem.codes import Codes
from neuromem.errors import PatternError, StoreError, UsageError
from neuromem.kernels import bits, pooling
from neuromem.kernels.philox import CODE
from neuromem.network.check import count, numbers
from neuromem.patterns import as_patterns

_FIRST, _ORDER = CODE + 4, CODE + 5
WEAK = 0.001
"""Columns that overlap less often than this share of the most frequent one are strengthened."""


class SpatialPooler:
    """Columns that compete for the input, the k with the largest boosted overlap winning.

    overlap_c = connected synapses from active inputs, 0 if below `stimulus_threshold`; boosted by
    exp(boost (active / columns - duty_c)), where duty_c is how often column c has won lately. Winners move their
    permanences by `increment` from active inputs and by -`decrement` from others. Ties go by a random order.

    Parameters
    ----------
    inputs, columns, active : int
        Inputs, columns, and how many win.
    potential : float
        Share of the inputs that a column can have synapses from, drawn at random, above 0.
    connected, increment, decrement : float
        Permanences, 0 to 1.
    stimulus_threshold : int
    boost : float
        0 for none.
    duty_period : int
        Steps over which duty is averaged.
    seed : int

    Raises
    ------
    DescriptionError, PatternError, UsageError

    References
    ----------
    Cui, Ahmad and Hawkins, Front. Comput. Neurosci. 11:111, 2017.
    """

    def __init__(
        self,
        inputs,
        columns,
        active,
        *,
        potential=0.5,
        connected=0.1,
        increment=0.05,
        decrement=0.008,
        stimulus_threshold=0,
        boost=0.0,
        duty_period=1000,
        seed=0,
    ):
        owner = "SpatialPooler"
        self.inputs, self.columns = count(inputs, owner, "inputs", least=1), count(columns, owner, "columns", least=1)
        self.active = count(active, owner, "active", least=1)
        if self.active > self.columns:
            raise UsageError(f"{owner}.active: at most {self.columns} columns can win, got {active}")
        given = {"potential": potential, "connected": connected, "increment": increment, "decrement": decrement}
        given = {name: numbers(x, owner, name, low=0.0, high=1.0, scalar=True) for name, x in given.items()}
        share = round(given["potential"] * self.inputs)
        if share < 1:
            raise UsageError(f"{owner}.potential: leaves no input of {self.inputs} to a column, got {potential}")
        self.parameters = {
            "inputs": self.inputs,
            "columns": self.columns,
            "active": self.active,
            **given,
            "stimulus_threshold": count(stimulus_threshold, owner, "stimulus_threshold"),
            "boost": numbers(boost, owner, "boost", low=0.0, scalar=True),
            "duty_period": count(duty_period, owner, "duty_period", least=1),
            "seed": count(seed, owner, "seed"),
        }
        self._potential = Codes.random(self.columns, self.inputs, share, seed)
        self._permanence = np.empty((self.columns, self.inputs), np.float32)
        words = np.zeros(bits.WORDS, np.uint32)
        pooling.begin(seed, _FIRST, given["connected"], words, self._permanence)
        self._connect()
        order = np.zeros((1, self.columns), np.float32)
        pooling.begin(seed, _ORDER, 0.5, words, order)
        self._order = np.argsort(order[0], kind="stable")
        self._steps = 0
        self._won, self._overlapped = np.zeros((2, self.columns))

    def step(self, pattern, learn=True):
        """Feed one input.

        Parameters
        ----------
        pattern : bool array, shape (inputs,)
            With one active input or more.
        learn : bool

        Returns
        -------
        int64 ndarray
            Winning columns, ascending; fewer than `active` if too few reach `stimulus_threshold`.

        Raises
        ------
        PatternError
            The pooler is as it was.
        """
        rows, single = as_patterns(pattern, self.inputs, "input")
        if not single:
            raise PatternError(f"input: one pattern of shape ({self.inputs},) is expected, got {rows.shape}")
        if not rows.any():
            raise PatternError("input: has no active unit, and no column could win; leave the step out")
        given, rule = Codes(rows), self.parameters
        overlap = given.overlap(self._connected)[0]
        overlap[overlap < rule["stimulus_threshold"]] = 0
        boosted = overlap * np.exp(rule["boost"] * (self.active / self.columns - self._won))
        ranked = self._order[np.argsort(-boosted[self._order], kind="stable")][: self.active]
        least = 1 if rule["stimulus_threshold"] else 0
        winners = np.sort(ranked[overlap[ranked] >= least])
        if learn:
            self._learn(winners, overlap, given.bits[0])
        return winners

    def _learn(self, winners, overlap, given):
        rule = self.parameters
        self._steps += 1
        period = min(self._steps, rule["duty_period"])
        won = np.zeros(self.columns)
        won[winners] = 1.0
        self._won += (won - self._won) / period
        self._overlapped += ((overlap > 0) - self._overlapped) / period
        arrays = self._potential.bits, self._permanence, self._connected.bits
        pooling.adapt(winners, given, rule["increment"], -rule["decrement"], rule["connected"], *arrays)
        weak = np.flatnonzero(self._overlapped < WEAK * self._overlapped.max())
        bump = 0.1 * rule["connected"]
        pooling.adapt(weak, given, bump, bump, rule["connected"], *arrays)

    def _connect(self):
        strong = self._permanence >= np.float32(self.parameters["connected"])
        self._connected = self._potential & Codes(strong)

    @property
    def permanences(self):
        """Permanences, float32 (columns, inputs), 0 where a column can have no synapse."""
        return np.where(self._potential.patterns, self._permanence, np.float32(0.0))

    def save(self, path):
        """Write the pooler to an HDF5 file; StoreError if that fails."""
        from neuromem import io

        learned = {"permanence": self._permanence, "steps": self._steps}
        duties = {"won": self._won, "overlapped": self._overlapped}
        io.save(path, "spatial_pooler", {"parameters": self.parameters, **learned, **duties})

    @classmethod
    def load(cls, path):
        """Read a pooler from its file; it goes on as the one that was saved. StoreError for any other file."""
        from neuromem import io

        tree = io.load(path, "spatial_pooler").tree
        try:
            pooler = cls(**tree["parameters"])
            for name, target in (
                ("permanence", pooler._permanence),
                ("won", pooler._won),
                ("overlapped", pooler._overlapped),
            ):
                if tree[name].shape != target.shape:
                    raise ValueError(f"{name} does not fit")
                target[...] = tree[name]
            pooler._steps = int(tree["steps"])
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            raise StoreError(f"{path}: the pooler in it is incomplete or inconsistent ({error})") from None
        pooler._connect()
        return pooler
