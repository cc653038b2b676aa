"""Synapses of distal segments, found from both ends: by segment to learn, by presynaptic cell to be counted.

A segment has room for WIDTH synapses; synapse `segment * WIDTH + slot` is a number that arrays share. Each presynaptic
cell has a list of entries `2 * key + connected`, contiguous, so that counting runs along memory. The key is the number
of the segment with its *generation* above it, which changes when the segment is recycled: so a segment is forgotten at
once, and its entries fall out of the lists when these are next gone through. A list lies in a block of a pool; sizes
are powers of two. One that is full moves to a block twice as long, and its old block waits in the list of free ones of
its size.
"""

from typing import NamedTuple

import numpy as np

from neuromem.kernels.jit import entry, inner

NONE = -1
SMALLEST = 5
"""Logarithm of the entries of the smallest block: two cache lines, the usual list of a cell that won once."""
KEY_BITS = 30
"""Of generation and segment number; an entry is an int32 that is never negative."""
REST = 31
"""Where `free` says where the untouched rest of the pool begins."""

# Columns of Segments.table
OWNER, AFTER, BEFORE, LATER, EARLIER, USED, BORN, SIZE = range(8)

# Columns of Segments.heat
KEY, COUNTS = range(2)

# Columns of Synapses.lists
BEGIN, COUNT, ROOM = range(3)


class Synapses(NamedTuple):
    """All synapses; the first two group by synapse, the others by presynaptic cell."""

    cell: np.ndarray  # int32 (segments * WIDTH), presynaptic
    permanence: np.ndarray  # float32 (segments * WIDTH)
    lists: np.ndarray  # int32 (cells, 4): BEGIN of a list in the pool, COUNT of entries, ROOM as a logarithm or NONE
    pool: np.ndarray  # int32, entries; in a free block the first one is the next free block of its size
    free: np.ndarray  # int32 (32), first free block of each size or NONE; at REST where the untouched rest begins


@inner
def release(cell, synapses):
    """Give a cell's block back."""
    begin, room = synapses.lists[cell, BEGIN], synapses.lists[cell, ROOM]
    synapses.pool[begin] = synapses.free[room]
    synapses.free[room] = begin
    synapses.lists[cell, ROOM] = NONE


@inner
def grow(cell, synapses):
    """Give a cell's list twice the room."""
    lists, pool, old = synapses.lists, synapses.pool, synapses.lists[cell, ROOM]
    room = np.int64(max(SMALLEST, old + 1))
    block = synapses.free[room]
    if block != NONE:
        synapses.free[room] = pool[block]
    else:
        block = synapses.free[REST]
        synapses.free[REST] = block + (1 << room)
    if old != NONE:
        begin = lists[cell, BEGIN]
        for k in range(lists[cell, COUNT]):
            pool[block + k] = pool[begin + k]
        release(cell, synapses)
    lists[cell, BEGIN], lists[cell, ROOM] = block, room


@inner
def append(cell, key, connected, synapses):
    """Put an entry last in the list of a cell."""
    lists = synapses.lists
    if lists[cell, ROOM] == NONE or lists[cell, COUNT] == 1 << lists[cell, ROOM]:
        grow(cell, synapses)
    synapses.pool[lists[cell, BEGIN] + lists[cell, COUNT]] = 2 * key + connected
    lists[cell, COUNT] += 1


@inner
def find(cell, key, synapses):
    """Where in the pool the entry of a living segment is in the list of a cell; the latest ones are looked at first."""
    k = synapses.lists[cell, BEGIN] + synapses.lists[cell, COUNT] - 1
    while synapses.pool[k] >> 1 != key:
        k -= 1
    return k


@inner
def connect(segment, cell, rule, segments, synapses):
    """Add a synapse from `cell`; the segment must have room."""
    slot = segments.table[segment, SIZE]
    segments.table[segment, SIZE] = slot + 1
    k, permanence = segment * rule.width + slot, np.float32(rule.initial)
    synapses.cell[k], synapses.permanence[k] = cell, permanence
    append(cell, segments.heat[segment, KEY], permanence >= rule.connected, synapses)


@inner
def disconnect(segment, slot, rule, segments, synapses):
    """Remove a synapse; the segment's last one takes its slot, and its list's last entry its place."""
    pool, lists, k = synapses.pool, synapses.lists, segment * rule.width + slot
    cell = synapses.cell[k]
    place = find(cell, segments.heat[segment, KEY], synapses)
    lists[cell, COUNT] -= 1
    pool[place] = pool[lists[cell, BEGIN] + lists[cell, COUNT]]
    last = segments.table[segment, SIZE] - 1
    segments.table[segment, SIZE] = last
    synapses.cell[k] = synapses.cell[segment * rule.width + last]
    synapses.permanence[k] = synapses.permanence[segment * rule.width + last]


@inner
def strengthen(segment, slot, change, rule, segments, synapses):
    """Change a permanence, up to 1; returns the new one."""
    k = segment * rule.width + slot
    old = synapses.permanence[k]
    new = min(np.float32(1.0), old + change)
    synapses.permanence[k] = new
    connected = new >= rule.connected
    if connected != (old >= rule.connected):
        key = segments.heat[segment, KEY]
        synapses.pool[find(synapses.cell[k], key, synapses)] = 2 * key + connected
    return new


@entry
def lay(rule, segments, synapses):
    """Give each cell a block for the synapses it has, one after the other; returns where they end."""
    lists, end = synapses.lists, 0
    lists[:, COUNT] = 0
    for segment in range(segments.table.shape[0]):
        for k in range(segment * rule.width, segment * rule.width + segments.table[segment, SIZE]):
            lists[synapses.cell[k], COUNT] += 1
    for cell in range(lists.shape[0]):
        count, room = lists[cell, COUNT], SMALLEST
        while (1 << room) < count:
            room += 1
        lists[cell, BEGIN], lists[cell, ROOM] = end, room if count else NONE
        end += (1 << room) if count else 0
    return end


@entry
def fill(end, rule, segments, synapses):
    """After `lay`: write all lists anew, with every segment in its first generation."""
    synapses.free[:REST] = NONE
    synapses.free[REST] = end
    synapses.lists[:, COUNT] = 0
    for segment in range(segments.table.shape[0]):
        segments.heat[segment, KEY] = segment
        for k in range(segment * rule.width, segment * rule.width + segments.table[segment, SIZE]):
            append(synapses.cell[k], segment, synapses.permanence[k] >= rule.connected, synapses)
