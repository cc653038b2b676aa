"""One step of a temporal memory: which columns were predicted, which cells fire, what their segments learn, what comes.

Everything a step looks at is a list or an array indexed by cell, column or segment; what it costs depends on how many
cells are active and how many synapses they have, not on how much has been learned before.
"""

from neuromem.kernels.dendrites import (
    ACTIVE,
    BLOCK,
    CELLS,
    CELLS_BEFORE,
    DEAD,
    EXPECTED,
    GENERATION,
    MATCHING,
    NOW,
    TURN,
    WINNERS,
    WINNERS_BEFORE,
    WORD,
    adapt,
    draw,
    make,
    remove,
    sprout,
)
from neuromem.kernels.jit import entry, inner
from neuromem.kernels.philox import WORDS
from neuromem.kernels.prediction import predict
from neuromem.kernels.synapse_lists import (
    BORN,
    COUNT,
    COUNTS,
    KEY_BITS,
    NONE,
    OWNER,
    REST,
    SMALLEST,
)

FULL, REFUSED = -1, -2
"""What `step` returns, with nothing changed, where lists of synapses must be packed first, and for wrong columns."""


@inner
def win(cell, segments, activity):
    """List a cell as a winner."""
    number = segments.number
    activity.winners[number[TURN], number[WINNERS]] = cell
    number[WINNERS] += 1


@inner
def fire(cell, segments, activity):
    """Put a cell among the active ones of its column, which come last, in ascending order."""
    number, k = segments.number, segments.number[CELLS]
    active = activity.active[number[TURN]]
    while k > 0 and active[k - 1] > cell:
        active[k] = active[k - 1]
        k -= 1
    active[k] = cell
    activity.is_active[number[TURN], cell] = 1
    number[CELLS] += 1


@inner
def learn_from(segment, grows, rule, segments, activity, synapses):
    """Strengthen a segment's synapses from cells that were active, weaken the others, and grow new ones."""
    potential = int(segments.heat[segment, COUNTS] & 0xFFF)
    adapt(segment, rule.increment, -rule.decrement, rule, segments, activity, synapses)
    if grows:
        sprout(segment, rule.grown - potential, rule, segments, activity, synapses)


@inner
def fulfil(column, learn, rule, segments, activity, synapses):
    """A predicted column: its predicted cells fire, and the segments that foresaw it are strengthened."""
    number, table = segments.number, segments.table
    k = activity.first[0, column]
    while k != NONE:
        segment = activity.listed[0, k]
        cell = table[segment, OWNER]
        if cell != NONE and table[segment, BORN] < number[NOW]:
            if not activity.is_active[number[TURN], cell]:
                win(cell, segments, activity)
                fire(cell, segments, activity)
            if learn:
                learn_from(segment, rule.regrow, rule, segments, activity, synapses)
        k = activity.following[0, k]


@inner
def best_match(column, segments, activity):
    """The segment of a column with the most active synapses, the first of equal ones, or NONE."""
    best, most, table = NONE, 0, segments.table
    k = activity.first[1, column]
    while k != NONE:
        segment = activity.listed[1, k]
        potential = segments.heat[segment, COUNTS] & 0xFFF
        if potential > most and table[segment, OWNER] != NONE and table[segment, BORN] < segments.number[NOW]:
            best, most = segment, potential
        k = activity.following[1, k]
    return best


@inner
def least_used(column, rule, segments, activity):
    """A living cell of the column with the fewest segments, a random one of equals; NONE if all are dead."""
    owned = segments.owned[column * rule.cells : (column + 1) * rule.cells]
    fewest, equal = DEAD, 0
    for k in range(owned.size):
        fewest = min(fewest, owned[k])
    if fewest == DEAD:
        return NONE
    for k in range(owned.size):
        equal += owned[k] == fewest
    chosen = draw(equal, rule, segments, activity) if equal > 1 else 0
    for k in range(owned.size):
        if owned[k] == fewest:
            if chosen == 0:
                return column * rule.cells + k
            chosen -= 1
    return NONE


@inner
def fire_all(column, rule, segments, activity):
    """All living cells of a column fire."""
    number, owned, turn = segments.number, segments.owned, segments.number[TURN]
    active, is_active, count = activity.active[turn], activity.is_active[turn], number[CELLS]
    for cell in range(column * rule.cells, (column + 1) * rule.cells):
        alive = owned[cell] != DEAD
        active[count] = cell
        is_active[cell] = alive
        count += alive
    number[CELLS] = count


@inner
def burst(column, learn, rule, segments, activity, synapses):
    """An unpredicted column: all its cells fire; the cell that came closest to predicting it learns to."""
    fire_all(column, rule, segments, activity)
    segment = best_match(column, segments, activity)
    winner = segments.table[segment, OWNER] if segment != NONE else least_used(column, rule, segments, activity)
    if winner == NONE:
        return
    win(winner, segments, activity)
    if learn and segment != NONE:
        learn_from(segment, True, rule, segments, activity, synapses)
    elif learn and segments.number[WINNERS_BEFORE]:
        segment = make(winner, rule, segments)
        sprout(segment, rule.grown, rule, segments, activity, synapses)


@inner
def punish(rule, segments, activity, synapses):
    """Segments that matched in columns which stayed silent lose `punishment` on each active synapse."""
    for k in range(segments.number[MATCHING]):
        segment = activity.listed[1, k]
        cell = segments.table[segment, OWNER]
        old = cell != NONE and segments.table[segment, BORN] < segments.number[NOW]
        if old and not activity.in_column[cell // rule.cells]:
            adapt(segment, -rule.punishment, 0.0, rule, segments, activity, synapses)


@inner
def mark(columns, activity):
    """Mark the active columns; returns whether they exist and come once each, and marks none if not."""
    in_column = activity.in_column
    for k in range(columns.size):
        if columns[k] < 0 or columns[k] >= in_column.size or in_column[columns[k]]:
            for before in range(k):
                in_column[columns[before]] = 0
            return False
        in_column[columns[k]] = 1
    return True


@inner
def crowded(arriving, rule, segments, activity, synapses):
    """Whether the next step might need more room for lists, or a generation more, than there is."""
    number, lists = segments.number, synapses.lists
    most, winners, learning = 0, number[WINNERS], number[ACTIVE] + arriving
    for k in range(winners):
        most += lists[activity.winners[number[TURN], k], COUNT] + (1 << SMALLEST)
    most = 4 * (most + learning * min(winners, rule.grown))  # doubling leaves as much behind as it takes
    again = 2 + arriving // segments.heat.shape[0]  # times that a segment can be recycled
    generations = 1 << (KEY_BITS - rule.bits)
    return synapses.pool.size - synapses.free[REST] < most or number[GENERATION] + again >= generations


@inner
def turn(segments, activity):
    """What is active becomes what was; nothing is active yet."""
    number, now = segments.number, 1 - segments.number[TURN]
    for k in range(number[CELLS_BEFORE]):
        activity.is_active[now, activity.active[now, k]] = 0
    number[TURN] = now
    number[CELLS_BEFORE], number[WINNERS_BEFORE] = number[CELLS], number[WINNERS]
    number[CELLS] = number[WINNERS] = 0


@entry
def step(columns, learn, rule, segments, activity, synapses):
    """Active columns in, sorted in place; the rest updated; returns how many were predicted, or FULL, or REFUSED."""
    number, predicted, count = segments.number, 0, 0
    if not mark(columns, activity):
        return REFUSED
    full = learn and crowded(columns.size, rule, segments, activity, synapses)
    for column in range(activity.in_column.size):
        if activity.in_column[column]:
            columns[count] = column
            count += 1
            activity.in_column[column] = not full
    if full:
        return FULL
    number[NOW] += 1
    number[WORD], number[BLOCK] = WORDS, 0
    turn(segments, activity)
    for column in columns:
        if activity.first[0, column] != NONE:
            predicted += 1
            fulfil(column, learn, rule, segments, activity, synapses)
        else:
            burst(column, learn, rule, segments, activity, synapses)
    if learn and rule.punishment > 0.0:
        punish(rule, segments, activity, synapses)
    for column in columns:
        activity.in_column[column] = 0
    predict(rule, segments, activity, synapses)
    return predicted


@entry
def silence(segments, activity):
    """Nothing is active any more."""
    number = segments.number
    for k in range(number[CELLS]):
        activity.is_active[number[TURN], activity.active[number[TURN], k]] = 0
    number[CELLS] = number[WINNERS] = 0


@entry
def replay(rule, segments, activity, synapses):
    """Let the predicted cells fire as if their columns had come; returns how many there are."""
    number = segments.number
    silence(segments, activity)
    for column in activity.expected[: number[EXPECTED]]:
        k = activity.first[0, column]
        while k != NONE:
            cell = segments.table[activity.listed[0, k], OWNER]
            if not activity.is_active[number[TURN], cell]:
                win(cell, segments, activity)
                fire(cell, segments, activity)
            k = activity.following[0, k]
    predict(rule, segments, activity, synapses)
    return number[CELLS]


@entry
def kill(cells, rule, segments, activity):
    """Take segments, activity and future from cells."""
    number, row = segments.number, segments.number[TURN]
    for cell in cells:
        activity.is_active[row, cell] = 0
        while segments.first[cell] != NONE:
            remove(segments.first[cell], rule, segments)
        segments.owned[cell] = DEAD
    number[CELLS] = alive(number[CELLS], activity.active[row], segments)
    number[WINNERS] = alive(number[WINNERS], activity.winners[row], segments)


@inner
def alive(count, listed, segments):
    """Keep those of a list that live, in their order; returns how many."""
    kept = 0
    for k in range(count):
        listed[kept] = listed[k]
        kept += segments.owned[listed[k]] != DEAD
    return kept
