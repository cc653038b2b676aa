"""Temporal memory: sequences of sparse column codes, learned by cells with active dendritic segments."""

from typing import NamedTuple

import numpy as np

from neuromem.errors import PatternError, StoreError, UsageError
from neuromem.kernels import dendrites, prediction, temporal
from neuromem.kernels.synapse_lists import KEY_BITS, OWNER, SIZE
from neuromem.models import temporal_state
from neuromem.network.check import count, numbers

_NAMES = {"columns": "active columns", "cells": "cells"}


class Step(NamedTuple):
    """What a step of a `TemporalMemory` gives.

    Attributes
    ----------
    active_cells : ndarray of int64
        Ascending; cell i of column c is c * cells + i.
    predicted_columns : ndarray of int64
        Ascending: the columns expected in the next step.
    anomaly : float
        Fraction of the active columns that had not been predicted; 0 without any.
    """

    active_cells: np.ndarray
    predicted_columns: np.ndarray
    anomaly: float


class TemporalMemory:
    """Sequence memory of columns of cells (Hawkins and Ahmad, Front. Neural Circuits 10:23, 2016).

    A cell is *predicted* when one of its segments has at least `activation_threshold` connected synapses from active
    cells. In an active column the predicted cells fire; without any, all do (it *bursts*), and the cell that came
    closest to predicting it learns to. Learning changes permanences: by `permanence_increment` for synapses from cells
    that were active and by `-permanence_decrement` for others, with up to `max_new_synapses` new ones to winners of the
    step before, and by `-predicted_segment_decrement` where a prediction did not come true.

    Parameters
    ----------
    columns, cells : int
        Columns, and cells in each.
    activation_threshold : int
        Connected active synapses that activate a segment.
    min_threshold : int
        Active synapses, connected or not, from which on a segment matches and can be chosen to learn.
    initial_permanence, connected_permanence, permanence_increment, permanence_decrement : float
        0 to 1.
    predicted_segment_decrement : float
        0 to 1.
    max_new_synapses : int
        A segment grows up to so many synapses to active cells.
    grow_predicted : bool
        Whether segments that predicted correctly grow synapses too, as in htm.core, or only those of bursting columns,
        as in the simulations of Hawkins and Ahmad.
    max_segments : int, optional
        In all, 2**24 at most; then the one that has not matched for longest is used again. Default: one per cell.
    max_synapses : int
        Per segment, 2048 at most.
    max_segments_per_cell : int
    seed : int
        Of random choices; they are drawn by step, so the same input gives the same memory.

    Raises
    ------
    DescriptionError, UsageError
    """

    def __init__(
        self,
        columns,
        cells,
        *,
        activation_threshold=13,
        min_threshold=10,
        initial_permanence=0.21,
        connected_permanence=0.5,
        permanence_increment=0.1,
        permanence_decrement=0.1,
        predicted_segment_decrement=0.0,
        max_new_synapses=20,
        grow_predicted=True,
        max_segments=None,
        max_synapses=32,
        max_segments_per_cell=255,
        seed=0,
    ):
        owner = "TemporalMemory"
        self.columns, self.cells = count(columns, owner, "columns", least=1), count(cells, owner, "cells", least=1)
        total = self.columns * self.cells
        segments = total if max_segments is None else count(max_segments, owner, "max_segments", least=1)
        width = count(max_synapses, owner, "max_synapses", least=1)
        for name, value, most in (("max_segments", segments, 1 << KEY_BITS - 6), ("max_synapses", width, 1 << 11)):
            if value > most:
                raise UsageError(f"{owner}.{name}: at most {most} is possible, got {value}")
        shares = {
            "initial_permanence": initial_permanence,
            "connected_permanence": connected_permanence,
            "permanence_increment": permanence_increment,
            "permanence_decrement": permanence_decrement,
            "predicted_segment_decrement": predicted_segment_decrement,
        }
        shares = [numbers(value, owner, name, low=0.0, high=1.0, scalar=True) for name, value in shares.items()]
        self._rule = dendrites.Rule(
            self.cells,
            width,
            count(max_segments_per_cell, owner, "max_segments_per_cell", least=1),
            count(activation_threshold, owner, "activation_threshold", least=1),
            count(min_threshold, owner, "min_threshold", least=1),
            count(max_new_synapses, owner, "max_new_synapses", least=1),
            *map(float, shares),
            count(seed, owner, "seed"),
            (segments - 1).bit_length(),
            bool(grow_predicted),
        )
        self._segments = temporal_state.empty_segments(segments, total)
        self._activity = temporal_state.empty_activity(segments, self.columns, total)
        self._synapses = temporal_state.empty_synapses(segments, width, total)

    def step(self, active_columns, learn=True):
        """Feed the active columns of one step.

        Parameters
        ----------
        active_columns : array_like of int
            Each column at most once, in any order.
        learn : bool

        Returns
        -------
        Step

        Raises
        ------
        PatternError
            For columns that do not exist or come twice; the memory is as it was.
        """
        given = self._listed(active_columns, "columns")
        columns = given.astype(np.int64)
        state = self._rule, self._segments, self._activity, self._synapses
        predicted = temporal.step(columns, bool(learn), *state)
        if predicted == temporal.FULL:
            self._synapses = temporal_state.packed(*state, columns.size)
            predicted = temporal.step(columns, True, *state[:3], self._synapses)
        if predicted == temporal.REFUSED:
            self._within(given, self.columns, "columns")
            raise PatternError("active columns: a column is listed twice; list each once")
        anomaly = 1.0 - predicted / columns.size if columns.size else 0.0
        return Step(self.active_cells, self.predicted_columns, anomaly)

    def replay(self, steps):
        """What the memory expects to come in the next steps, from where it is; it learns nothing.

        Each step's predicted cells fire in the next one, as if their columns had come.

        Returns
        -------
        list of ndarray of int64
            Columns of each step, until nothing is predicted.
        """
        expected = []
        for _ in range(count(steps, "replay", "steps")):
            columns = self.predicted_columns
            if columns.size == 0:
                break
            expected.append(columns)
            temporal.replay(self._rule, self._segments, self._activity, self._synapses)
        return expected

    def reset(self):
        """Forget what was going on, not what was learned: the next step begins a sequence."""
        temporal.silence(self._segments, self._activity)
        prediction.predict(self._rule, self._segments, self._activity, self._synapses)

    def kill(self, cells):
        """Let cells die: they lose their segments, never fire again and never learn; others keep synapses from them.

        cells : array_like of int; those that are dead already stay dead. PatternError for ones that do not exist.
        """
        total = self.columns * self.cells
        dying = np.sort(self._within(self._listed(cells, "cells"), total, "cells").astype(np.int64))
        temporal.kill(dying, self._rule, self._segments, self._activity)
        self._synapses = temporal_state.packed(self._rule, self._segments, self._activity, self._synapses, 0)
        prediction.predict(self._rule, self._segments, self._activity, self._synapses)

    def save(self, path):
        """Write the memory to an HDF5 file, with what is going on; StoreError if that fails."""
        from neuromem import io

        tree = temporal_state.to_tree(self._segments, self._activity, self._synapses, self._rule.width)
        io.save(path, "temporal_memory", {"parameters": self.parameters, **tree})

    @classmethod
    def load(cls, path):
        """Read a memory from its file; it goes on as the one that was saved. StoreError for any other file."""
        from neuromem import io

        tree = io.load(path, "temporal_memory").tree
        try:
            memory = cls(**tree["parameters"])
            arrays = memory._segments, memory._activity, memory._synapses
            memory._synapses = temporal_state.from_tree(tree, memory._rule, *arrays)
        except (KeyError, ValueError, TypeError, IndexError) as error:
            raise StoreError(f"{path}: the memory in it is incomplete or inconsistent ({error})") from None
        prediction.predict(memory._rule, memory._segments, memory._activity, memory._synapses)
        return memory

    @property
    def parameters(self):
        """Arguments of the constructor, plain values by name."""
        rule = self._rule
        return {
            "columns": self.columns,
            "cells": self.cells,
            "activation_threshold": rule.activation,
            "min_threshold": rule.matching,
            "initial_permanence": rule.initial,
            "connected_permanence": rule.connected,
            "permanence_increment": rule.increment,
            "permanence_decrement": rule.decrement,
            "predicted_segment_decrement": rule.punishment,
            "max_new_synapses": rule.grown,
            "grow_predicted": rule.regrow,
            "max_segments": len(self._segments.table),
            "max_synapses": rule.width,
            "max_segments_per_cell": rule.per_cell,
            "seed": rule.seed,
        }

    @property
    def active_cells(self):
        """Cells that fired in the latest step, int64, ascending."""
        number = self._segments.number
        return self._activity.active[number[dendrites.TURN], : number[dendrites.CELLS]].copy()

    @property
    def winner_cells(self):
        """Cells of the latest step that later segments grow synapses to, int64, ascending."""
        number = self._segments.number
        return np.sort(self._activity.winners[number[dendrites.TURN], : number[dendrites.WINNERS]])

    @property
    def predicted_cells(self):
        """Cells expected to fire in the next step, int64, ascending."""
        active = self._activity.listed[0, : self._segments.number[dendrites.ACTIVE]]
        return np.unique(self._segments.table[active, OWNER])

    @property
    def predicted_columns(self):
        """Columns expected in the next step, int64, ascending."""
        return self._activity.expected[: self._segments.number[dendrites.EXPECTED]].copy()

    @property
    def segment_count(self):
        """Segments there are now."""
        return int(self._segments.number[dendrites.LIVE])

    @property
    def synapse_count(self):
        """Synapses there are now, connected or not."""
        return int(self._segments.table[:, SIZE].sum())

    @staticmethod
    def _listed(given, what):
        """The numbers of columns or cells as an array, whatever they are."""
        try:
            given = np.asarray(given)
        except ValueError:
            raise PatternError(f"{_NAMES[what]}: a list of {what[:-1]} numbers is expected, got a ragged one") from None
        if given.ndim != 1 or (given.size and given.dtype.kind not in "iu"):
            found = f"{given.dtype} {given.shape}"
            raise PatternError(f"{_NAMES[what]}: a list of {what[:-1]} numbers is expected, got {found}")
        return given

    @staticmethod
    def _within(given, size, what):
        """The same, if there are such columns or cells."""
        if given.size and not 0 <= given.min() <= given.max() < size:
            wrong = given.min() if given.min() < 0 else given.max()
            raise PatternError(f"{_NAMES[what]}: {wrong} is none of the {size} {what}; they count from 0")
        return given
