"""What a temporal memory expects: active cells' synapses counted, segments at their thresholds listed by column."""

import numpy as np

from neuromem.kernels.dendrites import ACTIVE, CELLS, EXPECTED, MATCHING, STAMP, TURN, use
from neuromem.kernels.jit import entry, inner
from neuromem.kernels.synapse_lists import BEGIN, COUNT, COUNTS, KEY, NONE, OWNER, ROOM, release

_ONE, _CONNECTED, _MOST = np.uint32(1), np.uint32(12), np.uint32(0xFFF)


@inner
def count_synapses(cell, rule, segments, activity, synapses):
    """Count the synapses of an active cell, list segments as they reach their thresholds, and drop invalid entries."""
    number, heat, lists, pool = segments.number, segments.heat, synapses.lists, synapses.pool
    begin, numbers, stamp = (
        np.uint64(lists[cell, BEGIN]),
        np.uint32((1 << rule.bits) - 1),
        np.uint32(number[STAMP] << 24),
    )
    kept = begin
    for k in range(
        begin, begin + np.uint64(lists[cell, COUNT])
    ):  # unsigned, so that no index is looked at for its sign
        found = np.uint32(pool[k])
        key, connected = found >> _ONE, found & _ONE
        segment = np.uint64(key & numbers)
        if heat[segment, KEY] != key:
            continue
        pool[kept] = found
        kept += np.uint64(1)
        count = max(heat[segment, COUNTS], stamp) + _ONE + (connected << _CONNECTED)
        heat[segment, COUNTS] = count
        if np.int64(count & _MOST) == rule.matching:
            activity.listed[1, number[MATCHING]] = segment
            number[MATCHING] += 1
        if connected and np.int64((count >> _CONNECTED) & _MOST) == rule.activation:
            activity.listed[0, number[ACTIVE]] = segment
            number[ACTIVE] += 1
    lists[cell, COUNT] = kept - begin
    if kept == begin:
        release(cell, synapses)


@inner
def by_column(kind, count, rule, segments, activity):
    """Chain the listed segments of each column in ascending order, so that nothing depends on how they were found."""
    listed, first, following = activity.listed[kind], activity.first[kind], activity.following[kind]
    first[:] = NONE
    for k in range(count):
        column, before = segments.table[listed[k], OWNER] // rule.cells, NONE
        after = first[column]
        while after != NONE and listed[after] < listed[k]:
            before, after = after, following[after]
        following[k] = after
        if before == NONE:
            first[column] = k
        else:
            following[before] = k


@inner
def expect(segments, activity):
    """List the columns with active segments."""
    count = 0
    for column in range(activity.expected.size if segments.number[ACTIVE] else 0):
        activity.expected[count] = column
        count += activity.first[0, column] != NONE
    segments.number[EXPECTED] = count


@inner
def use_matching(segments, activity):
    """Matching segments count as used, in the order of columns and numbers."""
    for column in range(activity.expected.size if segments.number[MATCHING] else 0):
        k = activity.first[1, column]
        while k != NONE:
            use(activity.listed[1, k], segments)
            k = activity.following[1, k]


@entry
def predict(rule, segments, activity, synapses):
    """From the active cells: which segments are active and match; the latter count as used."""
    number = segments.number
    number[ACTIVE] = number[MATCHING] = 0
    number[STAMP] += 1
    if number[STAMP] == 1 << 8:
        segments.heat[:, COUNTS] = 0
        number[STAMP] = 1
    for k in range(number[CELLS]):
        cell = activity.active[number[TURN], k]
        if synapses.lists[cell, ROOM] != NONE:
            count_synapses(cell, rule, segments, activity, synapses)
    by_column(0, number[ACTIVE], rule, segments, activity)
    by_column(1, number[MATCHING], rule, segments, activity)
    expect(segments, activity)
    use_matching(segments, activity)
