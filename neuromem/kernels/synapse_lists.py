"""Synapses of distal segments, found from both ends: by segment to learn, by presynaptic cell to be counted.

A segment has room for WIDTH synapses, a power of two; synapse `segment * WIDTH + slot` is a number that arrays share.
Each presynaptic cell has a list of entries `2 * synapse + connected`, contiguous, so that counting runs along memory. A
list lies in a block of a pool, of a size that is a power of two; one that is full moves to a block twice as long, and
its old block waits in the list of free ones of its size.
"""

from typing import NamedTuple

import numpy as np

from neuromem.kernels.jit import entry, inner

NONE = -1
SMALLEST = 2
"""Logarithm of the entries of the smallest block."""


class Synapses(NamedTuple):
    """All synapses; the first group by synapse, the second by presynaptic cell."""

    cell: np.ndarray  # int32 (segments * WIDTH), presynaptic
    permanence: np.ndarray  # float32 (segments * WIDTH)
    place: np.ndarray  # int32 (segments * WIDTH), in the list of its presynaptic cell
    size: np.ndarray  # int32 (segments), synapses of each segment
    begin: np.ndarray  # int64 (cells), of each cell's list in the pool
    count: np.ndarray  # int32 (cells), entries in it
    room: np.ndarray  # int8 (cells), logarithm of its block's entries; NONE without one
    pool: np.ndarray  # int64, entries; in a free block the first one is the next free block of its size
    free: np.ndarray  # int64 (63), first free block of each size or NONE; free[62] is where the untouched rest begins


@inner
def move(cell, into, room, synapses):
    """Move a cell's list to a block of 2**room entries that begins at `into`."""
    pool, begin = synapses.pool, synapses.begin[cell]
    for k in range(synapses.count[cell]):
        pool[into + k] = pool[begin + k]
    if synapses.room[cell] != NONE:
        old = synapses.room[cell]
        pool[begin] = synapses.free[old]
        synapses.free[old] = begin
    synapses.begin[cell], synapses.room[cell] = into, room


@inner
def grow(cell, synapses):
    """Give a cell's list twice the room."""
    room = np.int64(max(SMALLEST, synapses.room[cell] + 1))
    block = synapses.free[room]
    if block != NONE:
        synapses.free[room] = synapses.pool[block]
    else:
        block = synapses.free[62]
        synapses.free[62] = block + (1 << room)
    move(cell, block, room, synapses)


@entry
def room_left(synapses):
    """Entries of the pool that were never used."""
    return synapses.pool.size - synapses.free[62]


@entry
def pack(width, connected, synapses):
    """Lay all lists anew, in order of their cells, without gaps between blocks; entries stay in their order."""
    count, pool = synapses.count, synapses.pool
    end = 0
    for cell in range(count.size):
        room = SMALLEST
        while (1 << room) < count[cell]:
            room += 1
        synapses.room[cell] = room if count[cell] else NONE
        synapses.begin[cell] = end
        end += (1 << room) if count[cell] else 0
    synapses.free[:62] = NONE
    synapses.free[62] = end
    for segment in range(synapses.size.size):
        for k in range(segment * width, segment * width + synapses.size[segment]):
            at = synapses.begin[synapses.cell[k]] + synapses.place[k]
            pool[at] = 2 * k + (synapses.permanence[k] >= connected)


@inner
def connect(segment, width, cell, permanence, connected, synapses):
    """Add a synapse from `cell`; the segment must have room."""
    k = segment * width + synapses.size[segment]
    synapses.size[segment] += 1
    if synapses.room[cell] == NONE or synapses.count[cell] == 1 << synapses.room[cell]:
        grow(cell, synapses)
    synapses.cell[k], synapses.permanence[k], synapses.place[k] = cell, permanence, synapses.count[cell]
    synapses.pool[synapses.begin[cell] + synapses.count[cell]] = 2 * k + (permanence >= connected)
    synapses.count[cell] += 1


@inner
def disconnect(segment, width, slot, synapses):
    """Remove a synapse; the segment's last one takes its slot, and its list's last entry its place."""
    pool, k = synapses.pool, segment * width + slot
    cell, place = synapses.cell[k], synapses.place[k]
    synapses.count[cell] -= 1
    last = pool[synapses.begin[cell] + synapses.count[cell]]
    pool[synapses.begin[cell] + place] = last
    synapses.place[last >> 1] = place
    synapses.size[segment] -= 1
    other = segment * width + synapses.size[segment]
    if other != k:
        synapses.cell[k], synapses.permanence[k] = synapses.cell[other], synapses.permanence[other]
        synapses.place[k] = synapses.place[other]
        at = synapses.begin[synapses.cell[k]] + synapses.place[k]
        pool[at] = 2 * k + (pool[at] & 1)


@inner
def strengthen(k, change, connected, synapses):
    """Change a permanence, up to 1; returns the new one."""
    permanence = min(np.float32(1.0), synapses.permanence[k] + change)
    synapses.permanence[k] = permanence
    synapses.pool[synapses.begin[synapses.cell[k]] + synapses.place[k]] = 2 * k + (permanence >= connected)
    return permanence
