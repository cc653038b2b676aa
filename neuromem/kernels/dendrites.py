"""Dendritic segments: their counters and marks, how they are made, recycled, strengthened and grown.

Segments form two orders: those of a cell, and all of them by when they last matched, so that one that is needed for
something new is found at once.
"""

from typing import NamedTuple

import numpy as np

from neuromem.kernels.jit import inner
from neuromem.kernels.philox import fill_words
from neuromem.kernels.synapse_lists import NONE, connect, disconnect, strengthen

WORDS = 128

# Columns of Segments.number
FREE, LIVE, LEAST, MOST, NOW, WORD, BLOCK, ACTIVE, MATCHING, CELLS, WINNERS = range(11)
NUMBERS = 11


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


class Segments(NamedTuple):
    """Segments by cell and by when they last matched; `number` holds counters, in the columns above."""

    number: np.ndarray  # int64 (NUMBERS)
    owner: np.ndarray  # int32 (segments), cell, or NONE where free
    after: np.ndarray  # int32 (segments), next of its cell, or next free one
    before: np.ndarray  # int32 (segments), previous of its cell
    first: np.ndarray  # int32 (cells), a cell's first
    owned: np.ndarray  # int32 (cells), how many a cell has
    later: np.ndarray  # int32 (segments), next more recently used
    earlier: np.ndarray  # int32 (segments)
    used: np.ndarray  # int64 (segments), step in which it last matched
    born: np.ndarray  # int64 (segments), step
    counts: np.ndarray  # int32 (segments), active synapses, and those connected times 2**16


class Activity(NamedTuple):
    """What is going on: lists with their lengths in Segments.number, and marks."""

    active: np.ndarray  # int32 (cells), active cells of the latest step
    winners: np.ndarray  # int32 (cells), and its winners
    winners_before: np.ndarray  # int32 (cells)
    is_active: np.ndarray  # uint8 (cells)
    was_active: np.ndarray  # uint8 (cells)
    mark: np.ndarray  # int64 (cells), scratch
    active_segments: np.ndarray  # int32 (segments)
    matching_segments: np.ndarray  # int32 (segments)
    first_active: np.ndarray  # int32 (columns), into active_segments, or NONE
    next_active: np.ndarray  # int32 (segments), in the same column
    first_matching: np.ndarray  # int32 (columns)
    next_matching: np.ndarray  # int32 (segments)
    in_column: np.ndarray  # uint8 (columns), 1 while a column is active
    candidates: np.ndarray  # int32 (cells), scratch
    words: np.ndarray  # uint32 (WORDS)
    dead: np.ndarray  # uint8 (cells)


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
def use(segment, segments):
    """Put a segment last in the order of use."""
    number, later, earlier = segments.number, segments.later, segments.earlier
    segments.used[segment] = number[NOW]
    if number[MOST] == segment:
        return
    if earlier[segment] != NONE:
        later[earlier[segment]] = later[segment]
    elif number[LEAST] == segment:
        number[LEAST] = later[segment]
    if later[segment] != NONE:
        earlier[later[segment]] = earlier[segment]
    earlier[segment], later[segment] = number[MOST], NONE
    if number[MOST] != NONE:
        later[number[MOST]] = segment
    else:
        number[LEAST] = segment
    number[MOST] = segment


@inner
def remove(segment, rule, segments, synapses):
    """Free a segment and its synapses."""
    number, later, earlier = segments.number, segments.later, segments.earlier
    while synapses.size[segment]:
        disconnect(segment, rule.width, synapses.size[segment] - 1, synapses)
    cell = segments.owner[segment]
    if segments.before[segment] != NONE:
        segments.after[segments.before[segment]] = segments.after[segment]
    else:
        segments.first[cell] = segments.after[segment]
    if segments.after[segment] != NONE:
        segments.before[segments.after[segment]] = segments.before[segment]
    segments.owned[cell] -= 1
    segments.owner[segment] = NONE
    if earlier[segment] != NONE:
        later[earlier[segment]] = later[segment]
    else:
        number[LEAST] = later[segment]
    if later[segment] != NONE:
        earlier[later[segment]] = earlier[segment]
    else:
        number[MOST] = earlier[segment]
    earlier[segment], later[segment] = NONE, NONE
    segments.after[segment], segments.before[segment] = number[FREE], NONE
    number[FREE] = segment
    number[LIVE] -= 1


@inner
def make(cell, rule, segments, synapses):
    """A new segment on a cell, recycling the one that has not matched for longest where there is no room."""
    number = segments.number
    if segments.owned[cell] == rule.per_cell:
        oldest = segments.first[cell]
        other = segments.after[oldest]
        while other != NONE:
            if segments.used[other] < segments.used[oldest]:
                oldest = other
            other = segments.after[other]
        remove(oldest, rule, segments, synapses)
    elif number[FREE] == NONE:
        remove(number[LEAST], rule, segments, synapses)
    segment = number[FREE]
    number[FREE] = segments.after[segment]
    number[LIVE] += 1
    segments.owner[segment], segments.born[segment] = cell, number[NOW]
    segments.before[segment], segments.after[segment] = NONE, segments.first[cell]
    if segments.first[cell] != NONE:
        segments.before[segments.first[cell]] = segment
    segments.first[cell] = segment
    segments.owned[cell] += 1
    use(segment, segments)
    return segment


@inner
def adapt(segment, up, down, rule, activity, synapses):
    """Change permanences by `up` from cells that were active and by `down` from the others; those at 0 are pruned."""
    low = segment * rule.width
    for slot in range(synapses.size[segment] - 1, -1, -1):
        change = np.float32(up if activity.was_active[synapses.cell[low + slot]] else down)
        if change != 0.0 and strengthen(low + slot, change, rule.connected, synapses) <= 0.0:
            disconnect(segment, rule.width, slot, synapses)


@inner
def weakest(segment, rule, activity, synapses):
    """Slot of the smallest permanence among cells that were not active, the first of equal ones, or NONE."""
    low, found = segment * rule.width, NONE
    for slot in range(synapses.size[segment]):
        if activity.was_active[synapses.cell[low + slot]]:
            continue
        if found == NONE or synapses.permanence[low + slot] < synapses.permanence[low + found]:
            found = slot
    return found


@inner
def sprout(segment, wanted, before, rule, segments, activity, synapses):
    """Grow up to `wanted` synapses to random winners of the step before that the segment has none to.

    A full segment gives up its weakest ones, but none from a cell that was active.
    """
    low, stamp = segment * rule.width, 2 * segments.number[NOW] * segments.owner.size + segment + 1
    for slot in range(synapses.size[segment]):
        activity.mark[synapses.cell[low + slot]] = stamp
    found = 0
    for k in range(before):
        if activity.mark[activity.winners_before[k]] != stamp:
            activity.candidates[found] = activity.winners_before[k]
            found += 1
    wanted = min(wanted, found, rule.width)
    for k in range(wanted):
        if wanted < found:
            other = k + draw(found - k, rule, segments, activity)
            chosen = activity.candidates[other]
            activity.candidates[other] = activity.candidates[k]
        else:
            chosen = activity.candidates[k]
        if synapses.size[segment] == rule.width:
            slot = weakest(segment, rule, activity, synapses)
            if slot == NONE:
                return
            disconnect(segment, rule.width, slot, synapses)
        connect(segment, rule.width, chosen, np.float32(rule.initial), rule.connected, synapses)
