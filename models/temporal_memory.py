"""Temporal memory: sequences of sparse column codes, learned by cells with active dendritic segments."""

from typing import NamedTuple

import numpy as np

from neuromem.errors import PatternError, UsageError
from neuromem.kernels import dendrites, temporal
from neuromem.kernels import synapse_lists as lists
from neuromem.network.check import count, numbers


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
    max_segments : int, optional
        In all; then the one that has not matched for longest is used again. Default: one per cell.
    max_synapses : int
        Per segment; a power of two.
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
        if width & (width - 1) or width > 1 << 15:
            raise UsageError(f"{owner}.max_synapses: a power of two up to 32768 is expected, got {width}")
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
        )
        self._segments = _segments(segments, total)
        self._activity = _activity(segments, self.columns, total)
        self._synapses = _synapses(segments, width, total)

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
        columns = self._checked(active_columns)
        if learn:
            self._make_room(columns.size)
        predicted = temporal.step(columns, bool(learn), self._rule, self._segments, self._activity, self._synapses)
        temporal.predict(self._rule, self._segments, self._activity, self._synapses)
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
            temporal.replay(self._rule, self._segments, self._activity)
            temporal.predict(self._rule, self._segments, self._activity, self._synapses)
        return expected

    def reset(self):
        """Forget what was going on, not what was learned: the next step begins a sequence."""
        number = self._segments.number
        self._activity.is_active[:] = 0
        number[[dendrites.CELLS, dendrites.WINNERS]] = 0
        temporal.predict(self._rule, self._segments, self._activity, self._synapses)

    @property
    def active_cells(self):
        """Cells that fired in the latest step, int64, ascending."""
        return np.sort(self._activity.active[: self._segments.number[dendrites.CELLS]]).astype(np.int64)

    @property
    def winner_cells(self):
        """Cells of the latest step that later segments grow synapses to, int64, ascending."""
        return np.sort(self._activity.winners[: self._segments.number[dendrites.WINNERS]]).astype(np.int64)

    @property
    def predicted_cells(self):
        """Cells expected to fire in the next step, int64, ascending."""
        active = self._activity.active_segments[: self._segments.number[dendrites.ACTIVE]]
        return np.unique(self._segments.owner[active]).astype(np.int64)

    @property
    def predicted_columns(self):
        """Columns expected in the next step, int64, ascending."""
        return np.flatnonzero(self._activity.first_active != dendrites.NONE)

    @property
    def segment_count(self):
        """Segments there are now."""
        return int(self._segments.number[dendrites.LIVE])

    @property
    def synapse_count(self):
        """Synapses there are now, connected or not."""
        return int(self._synapses.size.sum())

    def _checked(self, active_columns):
        columns = np.asarray(active_columns)
        if columns.ndim != 1 or (columns.size and columns.dtype.kind not in "iu"):
            found = f"{columns.dtype} {columns.shape}"
            raise PatternError(f"active columns: a list of column numbers is expected, got {found}")
        columns = np.sort(columns.astype(np.int64))
        if columns.size and not 0 <= columns[0] <= columns[-1] < self.columns:
            wrong = columns[0] if columns[0] < 0 else columns[-1]
            raise PatternError(f"active columns: {wrong} is none of the {self.columns} columns; they count from 0")
        if (columns[1:] == columns[:-1]).any():
            raise PatternError("active columns: a column is listed twice; list each once")
        return columns

    def _make_room(self, arriving):
        """Lists of synapses move when they grow; before their pool can run out they are packed, or it is enlarged."""
        number, synapses = self._segments.number, self._synapses
        winners = self._activity.winners[: number[dendrites.WINNERS]]
        learning = int(number[dendrites.ACTIVE]) + arriving  # each may add a synapse from every winner
        most = 4 * (int(synapses.count[winners].sum()) + winners.size * (learning + 2))
        if lists.room_left(synapses) >= most:
            return
        needed = 4 * self.synapse_count + 2 * most
        if synapses.pool.size < needed:
            self._synapses = synapses._replace(pool=np.zeros(2 * needed, np.int64))
        lists.pack(self._rule.width, self._rule.connected, self._synapses)


def _segments(segments, cells):
    number = np.zeros(dendrites.NUMBERS, np.int64)
    number[[dendrites.LEAST, dendrites.MOST]] = dendrites.NONE
    after = np.arange(1, segments + 1, dtype=np.int32)
    after[-1] = dendrites.NONE

    def none(size):
        return np.full(size, dendrites.NONE, np.int32)

    return dendrites.Segments(
        number,
        none(segments),
        after,
        none(segments),
        none(cells),
        np.zeros(cells, np.int32),
        none(segments),
        none(segments),
        np.zeros(segments, np.int64),
        np.zeros(segments, np.int64),
        np.zeros(segments, np.int32),
    )


def _activity(segments, columns, cells):
    return dendrites.Activity(
        *(np.zeros(cells, np.int32) for _ in range(3)),
        np.zeros(cells, np.uint8),
        np.zeros(cells, np.uint8),
        np.zeros(cells, np.int64),
        np.zeros(segments, np.int32),
        np.zeros(segments, np.int32),
        np.full(columns, dendrites.NONE, np.int32),
        np.zeros(segments, np.int32),
        np.full(columns, dendrites.NONE, np.int32),
        np.zeros(segments, np.int32),
        np.zeros(columns, np.uint8),
        np.zeros(cells, np.int32),
        np.zeros(dendrites.WORDS, np.uint32),
    )


def _synapses(segments, width, cells):
    free = np.full(63, lists.NONE, np.int64)
    free[62] = 0
    return lists.Synapses(
        np.zeros(segments * width, np.int32),
        np.zeros(segments * width, np.float32),
        np.zeros(segments * width, np.int32),
        np.zeros(segments, np.int32),
        np.zeros(cells, np.int64),
        np.zeros(cells, np.int32),
        np.full(cells, lists.NONE, np.int8),
        np.zeros(1 << 16, np.int64),
        free,
    )
