"""One step of a temporal memory: which columns were predicted, which cells fire, what their segments learn, what comes.

Everything a step looks at is a list or an array indexed by cell, column or segment; what it costs depends on how many
cells are active and how many synapses they have, not on how much has been learned before.
"""

from typing import NamedTuple

import numpy as np

from neuromem.kernels.jit import entry, inner
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


@inner
def fire(cell, segments, activity):
    """Mark a cell active, once."""
    if not activity.is_active[cell]:
        activity.is_active[cell] = 1
        activity.active[segments.number[CELLS]] = cell
        segments.number[CELLS] += 1


@inner
def win(cell, segments, activity):
    """List a cell as a winner."""
    activity.winners[segments.number[WINNERS]] = cell
    segments.number[WINNERS] += 1


@inner
def fulfil(column, before, learn, rule, segments, activity, synapses):
    """A predicted column: its predicted cells fire, and the segments that foresaw it are strengthened."""
    k = activity.first_active[column]
    while k != NONE:
        segment = activity.active_segments[k]
        cell = segments.owner[segment]
        if cell != NONE and segments.born[segment] < segments.number[NOW]:
            if not activity.is_active[cell]:
                win(cell, segments, activity)
            fire(cell, segments, activity)
            if learn:
                potential = segments.counts[segment] & 0xFFFF
                adapt(segment, rule.increment, -rule.decrement, rule, activity, synapses)
                sprout(segment, rule.grown - potential, before, rule, segments, activity, synapses)
        k = activity.next_active[k]


@inner
def best_match(column, segments, activity):
    """The segment of a column with the most active synapses, the first of equal ones, or NONE."""
    best, most = NONE, 0
    k = activity.first_matching[column]
    while k != NONE:
        segment = activity.matching_segments[k]
        potential = segments.counts[segment] & 0xFFFF
        if potential > most and segments.owner[segment] != NONE and segments.born[segment] < segments.number[NOW]:
            best, most = segment, potential
        k = activity.next_matching[k]
    return best


@inner
def least_used(column, rule, segments, activity):
    """A cell of the column with the fewest segments, a random one of equals."""
    low = column * rule.cells
    fewest = segments.owned[low]
    for cell in range(low, low + rule.cells):
        fewest = min(fewest, segments.owned[cell])
    equal = 0
    for cell in range(low, low + rule.cells):
        equal += segments.owned[cell] == fewest
    chosen = draw(equal, rule, segments, activity) if equal > 1 else 0
    for cell in range(low, low + rule.cells):
        if segments.owned[cell] == fewest:
            if chosen == 0:
                return cell
            chosen -= 1
    return low


@inner
def burst(column, before, learn, rule, segments, activity, synapses):
    """An unpredicted column: all its cells fire; the cell that came closest to predicting it learns to."""
    for cell in range(column * rule.cells, (column + 1) * rule.cells):
        fire(cell, segments, activity)
    segment = best_match(column, segments, activity)
    winner = segments.owner[segment] if segment != NONE else least_used(column, rule, segments, activity)
    win(winner, segments, activity)
    if not learn:
        return
    if segment != NONE:
        potential = segments.counts[segment] & 0xFFFF
        adapt(segment, rule.increment, -rule.decrement, rule, activity, synapses)
        sprout(segment, rule.grown - potential, before, rule, segments, activity, synapses)
    elif before:
        segment = make(winner, rule, segments, synapses)
        sprout(segment, rule.grown, before, rule, segments, activity, synapses)


@inner
def punish(rule, segments, activity, synapses):
    """Segments that matched in columns which stayed silent lose `punishment` on each active synapse."""
    for k in range(segments.number[MATCHING]):
        segment = activity.matching_segments[k]
        cell = segments.owner[segment]
        old = cell != NONE and segments.born[segment] < segments.number[NOW]
        if old and not activity.in_column[cell // rule.cells]:
            adapt(segment, -rule.punishment, 0.0, rule, activity, synapses)


@inner
def count_synapses(cell, rule, shift, segments, activity, synapses):
    """Count the synapses of an active cell; list segments as they reach their thresholds."""
    number, counts = segments.number, segments.counts
    begin = synapses.begin[cell]
    for k in range(begin, begin + synapses.count[cell]):
        entry_ = synapses.pool[k]
        segment, connected = entry_ >> shift, entry_ & 1
        count = counts[segment] + 1 + (connected << 16)
        counts[segment] = count
        if (count & 0xFFFF) == rule.matching:
            activity.matching_segments[number[MATCHING]] = segment
            number[MATCHING] += 1
        if connected and (count >> 16) == rule.activation:
            activity.active_segments[number[ACTIVE]] = segment
            number[ACTIVE] += 1


@inner
def by_column(count, listed, first, following, rule, segments):
    """Chain the listed segments of each column in ascending order, so that nothing depends on how they were found."""
    first[:] = NONE
    for k in range(count):
        column, before = segments.owner[listed[k]] // rule.cells, NONE
        after = first[column]
        while after != NONE and listed[after] < listed[k]:
            before, after = after, following[after]
        following[k] = after
        if before == NONE:
            first[column] = k
        else:
            following[before] = k


@entry
def predict(rule, segments, activity, synapses):
    """From the active cells: which segments are active and match; the latter count as used."""
    number = segments.number
    number[ACTIVE] = number[MATCHING] = 0
    segments.counts[:] = 0
    shift = 1
    while (1 << (shift - 1)) < rule.width:
        shift += 1
    for k in range(number[CELLS]):
        count_synapses(activity.active[k], rule, shift, segments, activity, synapses)
    by_column(number[ACTIVE], activity.active_segments, activity.first_active, activity.next_active, rule, segments)
    listed, first, following = activity.matching_segments, activity.first_matching, activity.next_matching
    by_column(number[MATCHING], listed, first, following, rule, segments)
    for column in range(first.size):
        k = first[column]
        while k != NONE:
            use(listed[k], segments)
            k = following[k]


@entry
def step(columns, learn, rule, segments, activity, synapses):
    """Active columns, ascending, in; cells, winners and segments updated; returns how many columns were predicted."""
    number = segments.number
    number[NOW] += 1
    number[WORD], number[BLOCK] = WORDS, 0
    before = number[WINNERS]
    for k in range(before):
        activity.winners_before[k] = activity.winners[k]
    for cell in range(activity.is_active.size):
        activity.was_active[cell] = activity.is_active[cell]
    for k in range(number[CELLS]):
        activity.is_active[activity.active[k]] = 0
    number[CELLS] = number[WINNERS] = 0
    predicted = 0
    for k in range(columns.size):
        activity.in_column[columns[k]] = 1
    for k in range(columns.size):
        if activity.first_active[columns[k]] != NONE:
            predicted += 1
            fulfil(columns[k], before, learn, rule, segments, activity, synapses)
        else:
            burst(columns[k], before, learn, rule, segments, activity, synapses)
    if learn and rule.punishment > 0.0:
        punish(rule, segments, activity, synapses)
    for k in range(columns.size):
        activity.in_column[columns[k]] = 0
    return predicted


@entry
def replay(rule, segments, activity):
    """Let the predicted cells fire as if their columns had come; returns how many there are."""
    number = segments.number
    for k in range(number[CELLS]):
        activity.is_active[activity.active[k]] = 0
    number[CELLS] = number[WINNERS] = 0
    for k in range(number[ACTIVE]):
        cell = segments.owner[activity.active_segments[k]]
        if not activity.is_active[cell]:
            win(cell, segments, activity)
        fire(cell, segments, activity)
    return number[CELLS]
