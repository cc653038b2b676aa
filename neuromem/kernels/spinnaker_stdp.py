"""SpiNNaker's deferred pair STDP, bit for bit: traces of 11 fractional bits, 15 post spikes of history.

A row of synapses changes when its pre neuron spikes: the post spikes that reached the synapses since the previous pre
spike potentiate, then the last one depresses, and the weight is cut to 16 bits again. All delay is dendritic.
"""

import numpy as np

from neuromem.kernels.fixed_point import times, wrap16, wrap32
from neuromem.kernels.jit import inner
from neuromem.kernels.spinnaker_layout import (
    A_MINUS,
    A_PLUS,
    DELAY,
    FIRST,
    FORGOTTEN,
    HISTORY,
    KIND,
    LEARNS,
    MINUS,
    MINUS_SIZE,
    MULTIPLICATIVE,
    NONE,
    OWN_DELAY,
    PLASTIC,
    PLUS,
    PLUS_SIZE,
    POST,
    RECEPTOR,
    ROW,
    RULE,
    SYNAPSE,
    W_MAX,
    W_MIN,
    W_SHIFT,
    WEIGHT,
    WHEN,
    WHO,
)

TRACE_BITS = 11
"""Fractional bits of a trace and of the tables of decays."""
TO_ACCUM = 15 - TRACE_BITS


@inner
def faded(trace, elapsed, table, begin, size):
    """A trace after `elapsed` steps; 0 past the end of the table of decays."""
    if elapsed >= size:
        return np.int64(0)
    return (wrap16(np.int64(trace)) * table[begin + elapsed]) >> TRACE_BITS


@inner
def potentiated(weight, amount, rule):
    """An s16.15 weight after a post spike; `amount` is the pre trace."""
    if rule[MULTIPLICATIVE]:
        scale = times(wrap32(rule[W_MAX] - weight), rule[A_PLUS])
        return wrap32(weight + times(scale, amount << TO_ACCUM))
    return min(wrap32(weight + times(rule[A_PLUS], amount << TO_ACCUM)), rule[W_MAX])


@inner
def depressed(weight, amount, rule):
    """An s16.15 weight after a pre spike; `amount` is the post trace."""
    if rule[MULTIPLICATIVE]:
        scale = times(wrap32(weight - rule[W_MIN]), rule[A_MINUS])
        return wrap32(weight - times(scale, amount << TO_ACCUM))
    return max(wrap32(weight - times(rule[A_MINUS], amount << TO_ACCUM)), rule[W_MIN])


@inner
def settled(weight, post, delay, last, trace, step, rule, learning):
    """A 16-bit weight brought up to the pre spike of `step`; `last` and `trace` are the previous pre spike's."""
    when, table = learning.when, learning.table
    shift = rule[W_SHIFT]
    value = np.int64(weight) << shift
    begin, end = max(last - delay, 0), max(step - delay, 0)
    stop = learning.held[post]
    while stop > 0 and when[post, stop - 1] > end:
        stop -= 1
    start = stop
    while start > 0 and when[post, start - 1] > begin:
        start -= 1
    for k in range(start, stop):
        elapsed = when[post, k] + delay - last
        value = potentiated(value, faded(trace, elapsed, table, rule[PLUS], rule[PLUS_SIZE]), rule)
    if stop > 0:
        elapsed = step - when[post, stop - 1] - delay
        amount = faded(learning.trace[post, stop - 1], elapsed, table, rule[MINUS], rule[MINUS_SIZE])
        value = depressed(value, amount, rule)
    return (value >> shift) & 0xFFFF


@inner
def learn_row(q, local, step, cells, wires, learning, watch):
    """Settle all synapses of one pre neuron that spikes, and add the spike to its trace."""
    table = wires.table
    population = table[q, POST]
    rule = learning.rules[cells.table[population, RULE] + table[q, RECEPTOR]]
    row, index = table[q, ROW] + local, table[q, PLASTIC] + local
    last, trace = learning.pre_when[index], np.int64(learning.pre_trace[index])
    to_post = cells.table[population, LEARNS] - cells.table[population, FIRST]
    to_weight, to_delay = table[q, WEIGHT] - table[q, SYNAPSE], table[q, OWN_DELAY] - table[q, SYNAPSE]
    delay = table[q, DELAY]
    trace_left = faded(trace, 1, learning.table, rule[PLUS], rule[PLUS_SIZE])
    for k in range(wires.row_start[row], wires.row_start[row + 1]):
        post = to_post + wires.target[k]
        if learning.held[post] == 0:
            continue
        if table[q, DELAY] == NONE:
            delay = np.int64(wires.delay[to_delay + k])
        weight = wires.weight[to_weight + k]
        wires.weight[to_weight + k] = settled(weight, post, delay, last, trace, step, rule, learning)
        if trace_left and learning.dropped[post] > max(last - delay, 0):
            watch.faults[FORGOTTEN, population] += 1
            if watch.first[FORGOTTEN, KIND] == 0:
                watch.first[FORGOTTEN, KIND] = 1
                watch.first[FORGOTTEN, WHEN], watch.first[FORGOTTEN, WHO] = step, wires.target[k]
    passed = faded(trace, step - last, learning.table, rule[PLUS], rule[PLUS_SIZE])
    learning.pre_trace[index] = wrap16(passed + (1 << TRACE_BITS))
    learning.pre_when[index] = step


@inner
def remember(p, local, step, cells, learning):
    """Add a post spike to the history, which forgets its oldest when it is full."""
    post = cells.table[p, LEARNS] + local
    rule = learning.rules[cells.table[p, RULE]]
    held = learning.held[post]
    trace = np.int64(0)
    if held > 0:
        elapsed = step - learning.when[post, held - 1]
        trace = faded(learning.trace[post, held - 1], elapsed, learning.table, rule[MINUS], rule[MINUS_SIZE])
    if held == HISTORY:
        learning.dropped[post] = learning.when[post, 0]
        for k in range(1, HISTORY):
            learning.when[post, k - 1] = learning.when[post, k]
            learning.trace[post, k - 1] = learning.trace[post, k]
        held -= 1
    learning.when[post, held] = step
    learning.trace[post, held] = wrap16(wrap16(trace) + (1 << TRACE_BITS))
    learning.held[post] = held + 1
