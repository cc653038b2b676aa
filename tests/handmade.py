"""Networks for single kernels, made by hand: two populations of n + 1 and n neurons, in one part or two."""

from collections import Counter

import numpy as np

from neuromem.kernels import layout as at
from neuromem.kernels.philox import WORDS

TARGET = 2
"""Places of the ring that belong to nobody here."""
OTHERS = {"target": 20, "weight": 5, "stretches": 3}
"""Synapses of other projections, of which few have a weight each, and fewer a delay."""


def cuts(rng, size, parts):
    """Where parts of a population begin and end; not at blocks, which only neuron updates need."""
    return np.array([0, size]) if parts == 1 else np.array([0, rng.integers(size + 1), size])


class Two:
    """Neurons and spikes of the two populations, numbered 0 (pre) and 1 (post)."""

    def __init__(self, rng, n, parts=1, slots=12, ring_slots=12):
        self.n, self.parts, self.cuts = n, parts, (cuts(rng, n + 1, parts), cuts(rng, n, parts))
        table = np.zeros((parts * 2, at.SLICE_COLUMNS), np.int64)
        for p, first in ((0, 0), (1, n + 1)):
            table[p::2, at.FIRST], table[p::2, at.SIZE] = first + self.cuts[p][:-1], np.diff(self.cuts[p])
        ring = np.zeros((ring_slots, n + 1 + TARGET))
        self.neurons = at.Neurons(table, np.zeros(0), np.zeros(0, np.int16), np.zeros(0), ring)
        self.spiking = at.Spiking(
            np.zeros((slots, 2 * n + 1), np.int32),
            np.zeros((slots, len(table)), np.int64),
            np.zeros(len(table), np.int64),
            np.zeros(2 * n + 1, np.uint8),
            np.zeros(32, np.int64),
        )

    def spike(self, step, pre, post):
        """These neurons spike in this step."""
        slot = step % len(self.spiking.id)
        self.spiking.id[slot] = -1
        for r in range(2 * self.parts):
            first, size = self.neurons.table[r, [at.FIRST, at.SIZE]]
            listed = np.array([*pre, *(j + self.n + 1 for j in post)])
            mine = listed[(listed >= first) & (listed < first + size)]
            self.spiking.id[slot, first : first + mine.size] = mine
            self.spiking.count[slot, r] = mine.size

    def piece(self, table, q):
        """Fill in where part q's piece of the projection lies."""
        table[q, [at.PRE, at.POST, at.ROWS, at.N_POST]] = 0, 2 * q + 1, self.n + 1, self.n
        table[q, [at.LOW, at.HIGH]] = self.cuts[1][q : q + 2]
        table[q, at.TARGET] = TARGET + table[q, at.LOW]


def wired(rng, two, count, *, one_weight=False, one_delay=False, longest=9):
    """Synapses in storage order: ([(pre, post, weight, delay)], Synapses cut into the parts)."""
    n, parts = two.n, two.parts
    pre, post = np.sort(rng.integers(0, n + 1, count)), rng.integers(0, max(n, 1), count)
    weight, delay = rng.uniform(0, 4, count).astype(np.float32), rng.integers(1, longest + 1, count)
    weight[:] = weight[:1] if one_weight else weight
    delay[:] = delay[:1] if one_delay else delay
    order = np.lexsort((post, delay, pre))
    post, weight, delay = post[order], weight[order], delay[order]
    table, numbers = np.zeros((parts, at.PIECE_COLUMNS), np.int64), np.zeros((parts, at.PIECE_NUMBERS))
    row_start, chosen, begin = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], 0
    stretch_row, stretches = [0] * OTHERS["stretches"], [(7, 1)] * OTHERS["stretches"]
    first = OTHERS["target"]
    for q in range(parts):
        two.piece(table, q)
        low, high = table[q, [at.LOW, at.HIGH]]
        mine = np.flatnonzero((post >= low) & (post < high))
        table[q, [at.ROW, at.SYNAPSE]] = q * (n + 2), first + begin
        table[q, at.WEIGHT] = at.NONE if one_weight else OTHERS["weight"] + begin
        table[q, at.DELAY] = at.NONE if one_delay else len(stretch_row)
        if one_weight:
            numbers[q, at.SCALAR] = weight[0] if count else 0.0
        if one_delay:
            table[q, at.STEPS] = delay[0] if count else 1
        for i in range(n + 1):
            stretch_row.append(len(stretches))
            stretches += sorted(Counter(delay[mine][pre[mine] == i].tolist()).items())
        stretch_row.append(len(stretches))
        row_start.append(first + begin + np.searchsorted(pre[mine], np.arange(n + 2)))
        chosen.append(mine)
        begin += mine.size
    chosen = np.concatenate(chosen)
    low = table[:, at.LOW].repeat([start[-1] - start[0] for start in row_start[1:]])
    synapses = at.Synapses(
        table,
        numbers,
        np.concatenate(row_start),
        np.concatenate([np.full(first, 9, np.uint16), (post[chosen] - low).astype(np.uint16)]),
        np.concatenate([np.full(OTHERS["weight"], np.float32(99.0)), weight[chosen]]),
        np.array(stretch_row),
        np.array([wait for wait, _ in stretches], np.uint16),
        np.array([size for _, size in stretches], np.uint32),
        *(np.zeros(0), np.zeros(0, np.int64), np.zeros(0)),  # of synapse models
    )
    listed = list(zip(pre.tolist(), post.tolist(), weight.tolist(), delay.tolist(), strict=True))
    return listed, synapses, chosen


def stored_delays(synapses, piece):
    """Delay in steps of each stored synapse of a piece that has several."""
    first = synapses.stretch_row[piece[at.DELAY] : piece[at.DELAY] + piece[at.ROWS] + 1]
    mine = slice(first[0], first[-1])
    return np.repeat(synapses.stretch_delay[mine], synapses.stretch_size[mine])


def unlearned(two, synapses, capacity=0, past=1):
    """Plastic of all pieces before the first spike, with columns."""
    rows, posts, columns = 0, 0, ([np.zeros(0, np.int64)], [np.zeros(0, np.uint32)], [np.zeros(0, np.uint32)])
    column = indexed = 0
    for entry in synapses.table:
        size = entry[at.HIGH] - entry[at.LOW]
        entry[[at.PLASTIC_ROW, at.PLASTIC_POST, at.COLUMN]] = rows, posts, column
        start = synapses.row_start[entry[at.ROW] : entry[at.ROW] + two.n + 2]
        post = synapses.target[start[0] : start[-1]]
        order = np.argsort(post, kind="stable")
        columns[0].append(indexed + np.searchsorted(post[order], np.arange(size + 1)))
        columns[1].append(order.astype(np.uint32))
        columns[2].append(np.repeat(np.arange(two.n + 1, dtype=np.uint32), np.diff(start))[order])
        rows, posts, column, indexed = rows + two.n + 1, posts + size, column + size + 1, indexed + order.size
    return at.Plastic(
        np.full(rows, at.NONE, np.int64),
        np.zeros(rows),
        np.zeros(rows),
        np.full(two.parts, at.NONE, np.int64),
        np.zeros(posts),
        np.zeros(posts, np.int64),
        np.zeros((posts, capacity), np.int64),
        np.zeros((posts, capacity)),
        np.zeros((posts, capacity), np.uint16),
        np.zeros((2, posts), np.uint64),
        *map(np.concatenate, columns),
        np.zeros((two.parts, past), np.float32),
    )


def no_chance(parts=1, room=0, inputs=0):
    """Chance without Poisson inputs."""
    return at.Chance(
        np.zeros((inputs, at.CHANCE_COLUMNS), np.int64),
        np.zeros(0, np.uint32),
        np.zeros(inputs),
        np.zeros((parts, WORDS), np.uint32),
        np.zeros((parts, WORDS), np.uint32),
        np.zeros((parts, WORDS), np.int64),
        np.zeros((parts, room), np.int64),
        np.zeros((parts, 0, at.BLOCK)),
    )
