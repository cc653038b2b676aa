"""Pair-based STDP, sPyNNaker's deferred rule: all changes are made at the next pre spike."""

import math

import numpy as np

from neuromem.kernels.deliver import send
from neuromem.kernels.jit import inner
from neuromem.kernels.layout import (
    A_MINUS,
    A_PLUS,
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
    SOFT,
    STEPS,
    SYNAPSE,
    TAU_MINUS,
    TAU_PLUS,
    W_MAX,
    W_MIN,
    WEIGHT,
)


@inner
def potentiate(weight, begin, last, trace, delay, upto, numbers, post, plastic):
    """Apply the waiting spikes of neuron `post`, in order, to one synapse.

    A post spike of step s acts at s + delay; those with begin < s + delay <= upto are due. Each adds
    a_plus * trace * exp(-(s + delay - last) / tau_plus), times w_max - weight if the rule is multiplicative, clamped at
    w_max, where `last` and `trace` are the step and trace of the previous pre spike. The weight is rounded to float32
    at every event, so that it does not matter whether events are applied one by one or together. Returns the new
    weight.
    """
    when, count = plastic.history_step, plastic.history_count[post]
    k = count
    while k > 0 and when[post, k - 1] + delay > begin:
        k -= 1
    while k < count and when[post, k] + delay <= upto:
        elapsed = when[post, k] + delay - last
        change = numbers[A_PLUS] * trace * math.exp(-elapsed / numbers[TAU_PLUS])
        if numbers[SOFT]:
            change *= numbers[W_MAX] - weight
        weight = np.float32(min(numbers[W_MAX], weight + change))
        k += 1
    return weight


@inner
def depress(weight, step, delay, numbers, post, plastic):
    """Apply the last post spike that acts at or before `step` once, also when it acts in this very step."""
    when = plastic.history_step
    k = plastic.history_count[post]
    while k > 0 and when[post, k - 1] + delay > step:
        k -= 1
    if k == 0:
        return weight
    elapsed = step - when[post, k - 1] - delay
    change = numbers[A_MINUS] * plastic.history_trace[post, k - 1] * math.exp(-elapsed / numbers[TAU_MINUS])
    if numbers[SOFT]:
        change *= weight - numbers[W_MIN]
    return np.float32(max(numbers[W_MIN], weight - change))


@inner
def settle_stretch(q, index, low, high, delay, step, potentiating_only, synapses, plastic):
    """`settle_row` for synapses low to high - 1, which share a delay; `index` is the row's place in `plastic`."""
    table, numbers = synapses.table, synapses.numbers[q]
    last, trace = plastic.last_pre[index], plastic.pre_trace[index]
    begin = max(last, plastic.flushed[q])
    base = table[q, WEIGHT] - table[q, SYNAPSE]
    for k in range(low, high):
        post = table[q, PLASTIC_POST] + synapses.target[k]
        count = plastic.history_count[post]
        if count == 0:
            continue
        weight = synapses.weight[base + k]
        if last != NONE and plastic.history_step[post, count - 1] + delay > begin:
            weight = potentiate(weight, begin, last, trace, delay, step, numbers, post, plastic)
        if not potentiating_only and weight > numbers[W_MIN]:
            weight = depress(weight, step, delay, numbers, post, plastic)
        synapses.weight[base + k] = weight


@inner
def settle_row(q, row, step, potentiating_only, synapses, plastic):
    """Bring one row's weights up to `step` (deferred rule), with the depression of a pre spike unless told not to.

    Weights that sit at w_min and have no post spike waiting cannot fall further and are left alone.
    """
    table = synapses.table
    local = row - table[q, ROW]
    index = table[q, PLASTIC_ROW] + local
    low, high = synapses.row_start[row], synapses.row_start[row + 1]
    if table[q, DELAY] == NONE:
        settle_stretch(q, index, low, high, table[q, STEPS], step, potentiating_only, synapses, plastic)
        return
    place = table[q, DELAY] + local
    for s in range(synapses.stretch_row[place], synapses.stretch_row[place + 1]):
        high = low + synapses.stretch_size[s]
        delay = np.int64(synapses.stretch_delay[s])
        settle_stretch(q, index, low, high, delay, step, potentiating_only, synapses, plastic)
        low = high


@inner
def flush_deferred(q, step, longest, posts, synapses, plastic):
    """Before `step` runs, apply every waiting post spike that acts up to it, then forget those no longer needed.

    Exact: the same additions in the same order as at the next pre spike. The last post spike that acts up to `step`
    stays, for depression, with all later ones. `longest` is the longest delay in steps.
    """
    table = synapses.table
    for row in range(table[q, ROW], table[q, ROW] + table[q, ROWS]):
        settle_row(q, row, step, True, synapses, plastic)
    plastic.flushed[q] = max(plastic.flushed[q], step)
    for post in range(table[q, PLASTIC_POST], table[q, PLASTIC_POST] + posts):
        count = plastic.history_count[post]
        keep = count
        while keep > 0 and plastic.history_step[post, keep - 1] + longest > step:
            keep -= 1
        keep = max(0, keep - 1)
        for k in range(keep, count):
            plastic.history_step[post, k - keep] = plastic.history_step[post, k]
            plastic.history_trace[post, k - keep] = plastic.history_trace[post, k]
        plastic.history_count[post] = count - keep


@inner
def deferred(q, step, populations, longest, spiking, neurons, synapses, plastic):
    """One step of the deferred rule: settle and send each spiking row, then remember the post spikes."""
    table, numbers = synapses.table, synapses.numbers[q]
    slot = step % spiking.id.shape[0]
    shift = neurons.table[table[q, PRE], FIRST]
    for r in range(table[q, PRE], neurons.table.shape[0], populations):
        first = neurons.table[r, FIRST]
        for s in range(first, first + spiking.count[slot, r]):
            local = spiking.id[slot, s] - shift
            row = table[q, ROW] + local
            settle_row(q, row, step, False, synapses, plastic)
            index = table[q, PLASTIC_ROW] + local
            last = plastic.last_pre[index]
            faded = 0.0 if last == NONE else plastic.pre_trace[index] * math.exp(-(step - last) / numbers[TAU_PLUS])
            plastic.pre_trace[index] = 1.0 + faded
            plastic.last_pre[index] = step
            send(q, row, step, synapses, neurons.ring)
    full = False
    first = neurons.table[table[q, POST], FIRST]
    for s in range(first, first + spiking.count[slot, table[q, POST]]):
        post = table[q, PLASTIC_POST] + spiking.id[slot, s] - first
        count = plastic.history_count[post]
        faded = 0.0
        if count > 0:
            elapsed = step - plastic.history_step[post, count - 1]
            faded = plastic.history_trace[post, count - 1] * math.exp(-elapsed / numbers[TAU_MINUS])
        plastic.history_step[post, count] = step
        plastic.history_trace[post, count] = 1.0 + faded
        plastic.history_count[post] = count + 1
        full = full or count + 1 == plastic.history_step.shape[1]
    if full:
        flush_deferred(q, step + 1, longest, neurons.table[table[q, POST], SIZE], synapses, plastic)
