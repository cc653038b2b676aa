"""One step of a temporal memory: which columns were predicted, which cells fire, what their segments learn, what comes.

Everything a step looks at is a list or an array indexed by cell, column or segment; what it costs depends on how many
cells are active and how many synapses they have, not on how much has been learned before.
"""

from neuromem.kernels.dendrites import (
    ACTIVE,
    BLOCK,
    CELLS,
    MATCHING,
    NOW,
    WINNERS,
    WORD,
    WORDS,
    adapt,
    draw,
    make,
    remove,
    sprout,
    use,
)
from neuromem.kernels.jit import entry, inner
from neuromem.kernels.synapse_lists import NONE


@inner
def fire(cell, segments, activity):
    """Mark a cell active, once, if it is alive."""
    if not activity.is_active[cell] and not activity.dead[cell]:
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
    """A living cell of the column with the fewest segments, a random one of equals; NONE if all are dead."""
    low, fewest, equal = column * rule.cells, rule.per_cell + 1, 0
    for cell in range(low, low + rule.cells):
        if not activity.dead[cell]:
            fewest = min(fewest, segments.owned[cell])
    for cell in range(low, low + rule.cells):
        equal += segments.owned[cell] == fewest and not activity.dead[cell]
    chosen = draw(equal, rule, segments, activity) if equal > 1 else 0
    for cell in range(low, low + rule.cells):
        if segments.owned[cell] == fewest and not activity.dead[cell]:
            if chosen == 0:
                return cell
            chosen -= 1
    return NONE


@inner
def burst(column, before, learn, rule, segments, activity, synapses):
    """An unpredicted column: all its cells fire; the cell that came closest to predicting it learns to."""
    for cell in range(column * rule.cells, (column + 1) * rule.cells):
        fire(cell, segments, activity)
    segment = best_match(column, segments, activity)
    winner = segments.owner[segment] if segment != NONE else least_used(column, rule, segments, activity)
    if winner == NONE:
        return
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


@entry
def kill(cells, rule, segments, activity, synapses):
    """Take segments, activity and future from cells."""
    number = segments.number
    for k in range(cells.size):
        activity.dead[cells[k]] = 1
        activity.is_active[cells[k]] = 0
        while segments.first[cells[k]] != NONE:
            remove(segments.first[cells[k]], rule, segments, synapses)
    number[CELLS] = alive(number[CELLS], activity.active, activity)
    number[WINNERS] = alive(number[WINNERS], activity.winners, activity)


@inner
def alive(count, listed, activity):
    """Keep those of a list that live, in their order; returns how many."""
    kept = 0
    for k in range(count):
        if not activity.dead[listed[k]]:
            listed[kept] = listed[k]
            kept += 1
    return kept
