"""Dendritic segments: their counters and marks, how they are made, recycled, strengthened and grown.

Segments form two orders: those of a cell, and all of them by when they last matched, so that one that is needed for
something new is found at once.
"""

from typing import NamedTuple

import numpy as np

from neuromem.kernels.jit import inner
from neuromem.kernels.philox import WORDS, fill_words
from neuromem.kernels.synapse_lists import (
    AFTER,
    BEFORE,
    BORN,
    EARLIER,
    KEY,
    LATER,
    NONE,
    OWNER,
    SIZE,
    USED,
    connect,
    disconnect,
    strengthen,
)

DEAD = 1 << 30
"""Segments that a dead cell seems to have, so that it never has the fewest."""

# Columns of Segments.number
FREE, LIVE, LEAST, MOST, NOW, WORD, BLOCK, STAMP, GENERATION = range(9)
ACTIVE, MATCHING, EXPECTED, TURN, CELLS, WINNERS, CELLS_BEFORE, WINNERS_BEFORE = range(9, 17)
NUMBERS = 17


class Rule(NamedTuple):
    """Parameters of the algorithm; thresholds count synapses, the rest are permanences."""

    cells: int  # per column
    width: int  # synapses per segment at most
    per_cell: int  # segments of a cell at most
    activation: int
    matching: int
    grown: int
    initial: float
    connected: float
    increment: float
    decrement: float
    punishment: float
    seed: int
    bits: int  # of a segment's number in a key; the generation is above them
    regrow: bool  # whether segments that predicted grow synapses too


class Segments(NamedTuple):
    """Segments by cell and by when they last matched; `number` holds counters, in the columns above.

    The table has a row of a cache line for each segment. OWNER: its cell, or NONE where it is free. AFTER, BEFORE: its
    neighbours among those of its cell, AFTER also the next free one. LATER, EARLIER: its neighbours by use. USED: the
    step in which it last matched; BORN: the one it was made in; SIZE: its synapses. Heat has the KEY, number and
    generation, and COUNTS: its active synapses, 2**12 times the connected ones, 2**24 times the stamp of that count.
    """

    number: np.ndarray  # int64 (NUMBERS)
    table: np.ndarray  # int64 (segments, 8)
    heat: np.ndarray  # uint32 (segments, 2)
    first: np.ndarray  # int32 (cells), a cell's first
    owned: np.ndarray  # int32 (cells), how many a cell has; DEAD if it is dead


class Activity(NamedTuple):
    """What is going on: lists with their lengths in Segments.number, and marks.

    Where there are two rows of cells, number[TURN] is that of the latest step, the other that of the step before; where
    there are two rows of segments or columns, the first is of active, the second of matching segments.
    """

    active: np.ndarray  # int64 (2, cells), active cells, ascending
    winners: np.ndarray  # int64 (2, cells)
    is_active: np.ndarray  # uint8 (2, cells)
    listed: np.ndarray  # int32 (2, segments)
    first: np.ndarray  # int32 (2, columns), into `listed`, or NONE
    following: np.ndarray  # int32 (2, segments), in the same column
    expected: np.ndarray  # int64 (columns), columns with active segments, ascending
    in_column: np.ndarray  # uint8 (columns), 1 while a column is active
    mark: np.ndarray  # int64 (cells), scratch
    candidates: np.ndarray  # int64 (cells), scratch
    words: np.ndarray  # uint32 (WORDS)


@inner
def draw(bound, rule, segments, activity):
    """A whole number below `bound` from the stream of this step."""
    number = segments.number
    if number[WORD] == WORDS:
        fill_words(rule.seed, 0, number[BLOCK], number[NOW], activity.words)
        number[BLOCK] += 1
        number[WORD] = 0
    word = np.uint64(activity.words[number[WORD]])
    number[WORD] += 1
    return np.int64((word * np.uint64(bound)) >> np.uint64(32))


@inner
def unlink(segment, before, after, least, most, segments):
    """Take a segment out of the order whose links are in columns `before` and `after`; returns the new ends."""
    table = segments.table
    earlier, later = table[segment, before], table[segment, after]
    if earlier != NONE:
        table[earlier, after] = later
    else:
        least = later
    if later != NONE:
        table[later, before] = earlier
    else:
        most = earlier
    return least, most


@inner
def use(segment, segments):
    """Put a segment last in the order of use."""
    number, table = segments.number, segments.table
    table[segment, USED] = number[NOW]
    if number[MOST] == segment:
        return
    if table[segment, LATER] != NONE:
        number[LEAST], number[MOST] = unlink(segment, EARLIER, LATER, number[LEAST], number[MOST], segments)
    table[segment, EARLIER], table[segment, LATER] = number[MOST], NONE
    if number[MOST] != NONE:
        table[number[MOST], LATER] = segment
    else:
        number[LEAST] = segment
    number[MOST] = segment


@inner
def remove(segment, rule, segments):
    """Free a segment; entries of its synapses become invalid with its generation."""
    number, table = segments.number, segments.table
    cell = table[segment, OWNER]
    segments.first[cell], _ = unlink(segment, BEFORE, AFTER, segments.first[cell], NONE, segments)
    number[LEAST], number[MOST] = unlink(segment, EARLIER, LATER, number[LEAST], number[MOST], segments)
    segments.owned[cell] -= 1
    table[segment, OWNER], table[segment, SIZE] = NONE, 0
    table[segment, EARLIER], table[segment, LATER] = NONE, NONE
    table[segment, AFTER], table[segment, BEFORE] = number[FREE], NONE
    key = segments.heat[segment, KEY] + (1 << rule.bits)
    segments.heat[segment, KEY] = key
    number[GENERATION] = max(number[GENERATION], key >> rule.bits)
    number[FREE] = segment
    number[LIVE] -= 1


@inner
def oldest(cell, segments):
    """The segment of a cell that has not matched for longest."""
    found = segments.first[cell]
    other = segments.table[found, AFTER]
    while other != NONE:
        if segments.table[other, USED] < segments.table[found, USED]:
            found = other
        other = segments.table[other, AFTER]
    return found


@inner
def make(cell, rule, segments):
    """A new segment on a cell, recycling the one that has not matched for longest where there is no room."""
    number, table = segments.number, segments.table
    if segments.owned[cell] == rule.per_cell:
        remove(oldest(cell, segments), rule, segments)
    elif number[FREE] == NONE:
        remove(number[LEAST], rule, segments)
    segment, first = number[FREE], segments.first[cell]
    number[FREE] = table[segment, AFTER]
    number[LIVE] += 1
    table[segment, OWNER], table[segment, BORN] = cell, number[NOW]
    table[segment, BEFORE], table[segment, AFTER] = NONE, first
    if first != NONE:
        table[first, BEFORE] = segment
    segments.first[cell] = segment
    segments.owned[cell] += 1
    use(segment, segments)
    return segment


@inner
def adapt(segment, up, down, rule, segments, activity, synapses):
    """Change permanences by `up` from cells that were active and by `down` from the others; those at 0 are pruned."""
    low, was_active = segment * rule.width, activity.is_active[1 - segments.number[TURN]]
    for slot in range(segments.table[segment, SIZE] - 1, -1, -1):
        change = np.float32(up if was_active[synapses.cell[low + slot]] else down)
        if change != 0.0 and strengthen(segment, slot, change, rule, segments, synapses) <= 0.0:
            disconnect(segment, slot, rule, segments, synapses)


@inner
def weakest(segment, rule, segments, activity, synapses):
    """Slot of the smallest permanence among cells that were not active, the first of equal ones, or NONE."""
    low, found, was_active = segment * rule.width, NONE, activity.is_active[1 - segments.number[TURN]]
    for slot in range(segments.table[segment, SIZE]):
        if was_active[synapses.cell[low + slot]]:
            continue
        if found == NONE or synapses.permanence[low + slot] < synapses.permanence[low + found]:
            found = slot
    return found


@inner
def strangers(segment, rule, segments, activity, synapses):
    """List the winners of the step before that a segment has no synapse from; returns how many."""
    number, mark, candidates = segments.number, activity.mark, activity.candidates
    low, stamp = segment * rule.width, 2 * number[NOW] * segments.heat.shape[0] + segment + 1
    for slot in range(segments.table[segment, SIZE]):
        mark[synapses.cell[low + slot]] = stamp
    found, winners = 0, activity.winners[1 - number[TURN]]
    for k in range(number[WINNERS_BEFORE]):
        candidates[found] = winners[k]
        found += mark[winners[k]] != stamp
    return found


@inner
def sprout(segment, wanted, rule, segments, activity, synapses):
    """Grow up to `wanted` synapses to random winners of the step before that the segment has none to.

    A full segment gives up its weakest ones, but none from a cell that was active.
    """
    if wanted <= 0:
        return
    candidates = activity.candidates
    found = strangers(segment, rule, segments, activity, synapses)
    wanted = min(wanted, found, rule.width)
    for k in range(wanted):
        chosen = candidates[k]
        if wanted < found:
            other = k + draw(found - k, rule, segments, activity)
            chosen, candidates[other] = candidates[other], chosen
        if segments.table[segment, SIZE] == rule.width:
            slot = weakest(segment, rule, segments, activity, synapses)
            if slot == NONE:
                return
            disconnect(segment, slot, rule, segments, synapses)
        connect(segment, chosen, rule, segments, synapses)
