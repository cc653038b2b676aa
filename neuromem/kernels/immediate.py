"""Pair-based additive STDP, the immediate rule, on two schedules that give the same bits.

Traces fade by one multiplication per step; what they add to a weight or take from it is rounded to float32 as weights
are. A pre spike depresses its row; a post spike potentiates its column, either at once, by an index of columns, or when
the row is next used (`kernels.streamed`): the second moves along memory and needs no index, the first is faster while
all weights fit the core's own cache.
"""

import math

import numpy as np

from neuromem.kernels.jit import inner
from neuromem.kernels.layout import (
    A_MINUS,
    A_PLUS,
    COLUMN,
    DELAY,
    FIRST,
    NONE,
    PLASTIC_POST,
    PLASTIC_ROW,
    POST,
    PRE,
    ROW,
    ROWS,
    SIZE,
    STEPS,
    STREAMED,
    SYNAPSE,
    TARGET,
    TAU_MINUS,
    TAU_PLUS,
    W_MAX,
    W_MIN,
    WEIGHT,
)
from neuromem.kernels.prefetch import prefetch
from neuromem.kernels.streamed import flush_streamed, grown, note, remember
from neuromem.kernels.traces import fade


@inner
def depress_stretch(q, low, high, step, since, past, synapses, plastic, ring):
    """Each weight falls by a_minus times the trace of its post neuron, and arrives there in `step`.

    since: what `remember` returned, to catch up on the way; NONE if weights are up to date.
    """
    table, numbers = synapses.table, synapses.numbers[q]
    a_minus = plastic.post_trace.dtype.type(numbers[A_MINUS])
    w_min, w_max = np.float32(numbers[W_MIN]), np.float32(numbers[W_MAX])
    base, first = table[q, WEIGHT] - table[q, SYNAPSE], table[q, PLASTIC_POST]
    weight, target = synapses.weight[base + low : base + high], synapses.target[low:high]
    trace, recent = plastic.post_trace[first:], plastic.recent[0, first:]
    into = ring[step % ring.shape[0], table[q, TARGET] :]
    if since == NONE:
        for k in range(target.size):
            lower = max(w_min, weight[k] - np.float32(a_minus * trace[target[k]]))
            weight[k] = lower
            into[target[k]] += lower
        return
    seen = np.uint64(since)
    for k in range(target.size):
        higher = grown(weight[k], target[k], first, seen, w_max, recent, past, plastic)
        lower = max(w_min, higher - np.float32(a_minus * trace[target[k]]))
        weight[k] = lower
        into[target[k]] += lower


@inner
def depress(q, row, step, past, synapses, plastic, ring):
    """A pre spike: the row catches up if it waits, its weights fall and are sent."""
    table, since, end = synapses.table, NONE, NONE
    if table[q, STREAMED]:
        since, end = remember(q, row, step, past, synapses, plastic)
    low, high = synapses.row_start[row], synapses.row_start[row + 1]
    if table[q, DELAY] == NONE:
        depress_stretch(q, low, high, step + table[q, STEPS], since, past, synapses, plastic, ring)
    else:
        place = table[q, DELAY] + row - table[q, ROW]
        for s in range(synapses.stretch_row[place], synapses.stretch_row[place + 1]):
            high = low + synapses.stretch_size[s]
            depress_stretch(q, low, high, step + synapses.stretch_delay[s], since, past, synapses, plastic, ring)
            low = high
    past[since + 1 : end] = np.float32(0.0)


@inner
def potentiate_column(q, local, synapses, plastic):
    """A post spike: each weight of the column rises by a_plus times the trace of its pre neuron."""
    a_plus = plastic.pre_trace.dtype.type(synapses.numbers[q, A_PLUS])
    w_max = np.float32(synapses.numbers[q, W_MAX])
    weight = synapses.weight[synapses.table[q, WEIGHT] :]
    trace = plastic.pre_trace[synapses.table[q, PLASTIC_ROW] :]
    column = synapses.table[q, COLUMN] + local
    low, high = plastic.column_start[column], plastic.column_start[column + 1]
    place, row = plastic.column_synapse[low:high], plastic.column_row[low:high]
    for c in range(place.size):
        weight[place[c]] = min(w_max, weight[place[c]] + np.float32(a_plus * trace[row[c]]))


@inner
def ask(q, row, synapses):
    """Ask the memory for a row that is used next."""
    low, high = synapses.row_start[row], synapses.row_start[row + 1]
    base = synapses.table[q, WEIGHT] - synapses.table[q, SYNAPSE]
    prefetch(synapses.target, low, high)
    prefetch(synapses.weight, base + low, base + high)


@inner
def immediate(q, step, populations, past, spiking, neurons, synapses, plastic):
    """One step: traces fade, pre spikes depress and transmit, then post spikes potentiate, now or later."""
    table, numbers = synapses.table, synapses.numbers[q]
    streamed = table[q, STREAMED] != 0
    pre, post, slot = table[q, PRE], table[q, POST], step % spiking.id.shape[0]
    row0, post0, posts = table[q, PLASTIC_ROW], table[q, PLASTIC_POST], neurons.table[post, SIZE]
    fade(plastic.pre_trace, row0, row0 + table[q, ROWS], math.exp(-1.0 / numbers[TAU_PLUS]))
    fade(plastic.post_trace, post0, post0 + posts, math.exp(-1.0 / numbers[TAU_MINUS]))
    one = plastic.pre_trace.dtype.type(1.0)
    shift = table[q, ROW] - neurons.table[pre, FIRST]
    for r in range(pre, neurons.table.shape[0], populations):
        first = neurons.table[r, FIRST]
        end = first + spiking.count[slot, r]
        for s in range(first, end):
            row = spiking.id[slot, s] + shift
            ask(q, spiking.id[slot, min(s + 1, end - 1)] + shift, synapses)
            depress(q, row, step, past, synapses, plastic, neurons.ring)
            index = row0 + row - table[q, ROW]
            plastic.pre_trace[index] += one
            if streamed:
                plastic.last_pre[index], plastic.pre_mark[index] = step, plastic.pre_trace[index]
    place = step - plastic.flushed[q] + 1
    full = place + 1 >= past.size
    first = neurons.table[post, FIRST]
    for s in range(first, first + spiking.count[slot, post]):
        local = spiking.id[slot, s] - first
        if streamed:
            full = note(post0 + local, place, plastic) == plastic.history_place.shape[1] or full
        else:
            potentiate_column(q, local, synapses, plastic)
        plastic.post_trace[post0 + local] += one
    if streamed and full:
        flush_streamed(q, step + 1, posts, past, synapses, plastic)
