"""Pair-based additive STDP, the immediate rule, on two schedules that give the same bits.

Traces fade by one multiplication per step. A pre spike depresses its row; a post spike potentiates its column, either
at once (`immediate`, by an index of columns), or when the row is next used (`streamed`, from the history of post
spikes): the second moves along memory and needs no index, the first is faster while all weights fit in the cache.
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

TINY = 1e-30
"""Below this a trace is zero: numbers that small are slow, and change no float32 weight."""


@inner
def fade(traces, begin, end, factor):
    """Multiply traces begin to end - 1 by the factor of one step."""
    factor, tiny, zero = traces.dtype.type(factor), traces.dtype.type(TINY), traces.dtype.type(0.0)
    traces = traces[begin:end]  # counted from zero: no test for a negative index, and so vectorised
    for i in range(traces.size):
        faded = traces[i] * factor
        traces[i] = faded if faded > tiny else zero


@inner
def depress_stretch(q, low, high, step, synapses, plastic, ring):
    """Each weight falls by a_minus times the trace of its post neuron, and arrives there in `step`."""
    real = plastic.post_trace.dtype.type
    a_minus, w_min = real(synapses.numbers[q, A_MINUS]), real(synapses.numbers[q, W_MIN])
    base = synapses.table[q, WEIGHT] - synapses.table[q, SYNAPSE]
    weight, target = synapses.weight[base + low : base + high], synapses.target[low:high]
    trace = plastic.post_trace[synapses.table[q, PLASTIC_POST] :]
    into = ring[step % ring.shape[0], synapses.table[q, TARGET] :]
    for k in range(target.size):
        lower = np.float32(max(w_min, weight[k] - a_minus * trace[target[k]]))
        weight[k] = lower
        into[target[k]] += lower


@inner
def depress(q, row, step, synapses, plastic, ring):
    """A pre spike: the row's weights fall and are sent."""
    table = synapses.table
    low, high = synapses.row_start[row], synapses.row_start[row + 1]
    if table[q, DELAY] == NONE:
        depress_stretch(q, low, high, step + table[q, STEPS], synapses, plastic, ring)
        return
    place = table[q, DELAY] + row - table[q, ROW]
    for s in range(synapses.stretch_row[place], synapses.stretch_row[place + 1]):
        high = low + synapses.stretch_size[s]
        depress_stretch(q, low, high, step + synapses.stretch_delay[s], synapses, plastic, ring)
        low = high


@inner
def potentiate_column(q, local, synapses, plastic):
    """A post spike: each weight of the column rises by a_plus times the trace of its pre neuron."""
    real = plastic.pre_trace.dtype.type
    a_plus, w_max = real(synapses.numbers[q, A_PLUS]), real(synapses.numbers[q, W_MAX])
    weight = synapses.weight[synapses.table[q, WEIGHT] :]
    trace = plastic.pre_trace[synapses.table[q, PLASTIC_ROW] :]
    column = synapses.table[q, COLUMN] + local
    low, high = plastic.column_start[column], plastic.column_start[column + 1]
    place, row = plastic.column_synapse[low:high], plastic.column_row[low:high]
    for c in range(place.size):
        weight[place[c]] = min(w_max, weight[place[c]] + a_plus * trace[row[c]])


@inner
def raised(weight, offset, past, a_plus, w_max):
    """A weight after a post spike `offset` steps into `past`; the same weight for one before it."""
    higher = np.float32(min(w_max, weight + a_plus * past[max(offset, 0)]))
    return higher if offset >= 0 else weight


@inner
def raised_earlier(weight, post, begin, past, a_plus, w_max, plastic):
    """A weight after all post spikes since step `begin` but the latest two."""
    end = plastic.history_count[post] - 2
    h = end
    while h > 0 and plastic.history_step[post, h - 1] >= begin:
        h -= 1
    for k in range(h, end):
        weight = raised(weight, plastic.history_step[post, k] - begin, past, a_plus, w_max)
    return weight


@inner
def follow(trace, count, factor, past):
    """Write the course of a trace over `count` steps, by the multiplications of `fade`."""
    factor, tiny = past.dtype.type(factor), past.dtype.type(TINY)
    k = 0
    while k < count and trace > tiny:
        past[k] = trace
        trace *= factor
        k += 1
    past[k:count] = 0.0


@inner
def catch_up(q, row, step, past, synapses, plastic):
    """Potentiate a row by the post spikes before `step` that it has not seen (the streamed schedule).

    Few neurons spike more than twice between two uses of a row: the latest two are applied without a branch.
    """
    table, numbers, flushed = synapses.table, synapses.numbers[q], plastic.flushed[q]
    real = past.dtype.type
    index = table[q, PLASTIC_ROW] + row - table[q, ROW]
    begin = max(plastic.last_pre[index], flushed)
    follow(plastic.pre_mark[index], step - begin, math.exp(-1.0 / numbers[TAU_PLUS]), past)
    a_plus, w_max = real(numbers[A_PLUS]), real(numbers[W_MAX])
    low, high = synapses.row_start[row], synapses.row_start[row + 1]
    base, first = table[q, WEIGHT] - table[q, SYNAPSE], table[q, PLASTIC_POST]
    weight, target, recent = (
        synapses.weight[base + low : base + high],
        synapses.target[low:high],
        plastic.recent[first:],
    )
    since = begin - flushed
    for k in range(target.size):
        new, latest = weight[k], recent[target[k]]
        if latest[2] >= since:
            new = raised_earlier(new, first + target[k], begin, past, a_plus, w_max, plastic)
        new = raised(new, latest[1] - since, past, a_plus, w_max)
        weight[k] = raised(new, latest[0] - since, past, a_plus, w_max)


@inner
def note(recent, offset):
    """Put the newest of a neuron's latest spikes first."""
    recent[2], recent[1], recent[0] = recent[1], recent[0], offset


@inner
def flush_streamed(q, step, posts, past, synapses, plastic):
    """Before `step` runs, apply all post spikes so far to all rows, and forget them."""
    table = synapses.table
    if step <= plastic.flushed[q]:
        return
    for row in range(table[q, ROW], table[q, ROW] + table[q, ROWS]):
        catch_up(q, row, step, past, synapses, plastic)
    plastic.flushed[q] = step
    first, end = table[q, PLASTIC_ROW], table[q, PLASTIC_ROW] + table[q, ROWS]
    for i in range(first, end):
        plastic.pre_mark[i] = plastic.pre_trace[i]
    fade(plastic.pre_mark, first, end, math.exp(-1.0 / synapses.numbers[q, TAU_PLUS]))
    for post in range(table[q, PLASTIC_POST], table[q, PLASTIC_POST] + posts):
        plastic.history_count[post] = 0
        plastic.recent[post, :] = NONE


@inner
def immediate(q, step, populations, past, spiking, neurons, synapses, plastic):
    """One step: traces fade, pre spikes depress and transmit, then post spikes potentiate, now or later."""
    table, numbers = synapses.table, synapses.numbers[q]
    streamed = table[q, STREAMED] != 0
    pre, post, slot = table[q, PRE], table[q, POST], step % spiking.id.shape[0]
    row0, post0, posts = table[q, PLASTIC_ROW], table[q, PLASTIC_POST], neurons.table[post, SIZE]
    fade(plastic.pre_trace, row0, row0 + table[q, ROWS], math.exp(-1.0 / numbers[TAU_PLUS]))
    fade(plastic.post_trace, post0, post0 + posts, math.exp(-1.0 / numbers[TAU_MINUS]))
    for r in range(pre, neurons.table.shape[0], populations):
        first = neurons.table[r, FIRST]
        for s in range(first, first + spiking.count[slot, r]):
            local = spiking.id[slot, s] - neurons.table[pre, FIRST]
            row = table[q, ROW] + local
            if streamed:
                catch_up(q, row, step, past, synapses, plastic)
            depress(q, row, step, synapses, plastic, neurons.ring)
            plastic.pre_trace[row0 + local] += plastic.pre_trace.dtype.type(1.0)
            if streamed:
                plastic.last_pre[row0 + local] = step
                plastic.pre_mark[row0 + local] = plastic.pre_trace[row0 + local]
    full = step + 1 - plastic.flushed[q] >= past.size
    first = neurons.table[post, FIRST]
    for s in range(first, first + spiking.count[slot, post]):
        local = spiking.id[slot, s] - first
        if streamed:
            count = plastic.history_count[post0 + local]
            plastic.history_step[post0 + local, count] = step
            plastic.history_count[post0 + local] = count + 1
            note(plastic.recent[post0 + local], step - plastic.flushed[q])
            full = full or count + 1 == plastic.history_step.shape[1]
        else:
            potentiate_column(q, local, synapses, plastic)
        plastic.post_trace[post0 + local] += plastic.post_trace.dtype.type(1.0)
    if streamed and full:
        flush_streamed(q, step + 1, posts, past, synapses, plastic)
