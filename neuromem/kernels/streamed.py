"""The streamed schedule of STDP: post spikes wait until a row is next used, and then move along memory with it.

`past[place]` is what a post spike adds to the row at hand, by the step of the spike: place 1 is the step `flushed`, and
place 0 stands for no spike. It is zero where the row has nothing to catch up with, so that a weight takes the latest
spikes of its neuron as they are, old or new: four of them lie in one word, and few neurons spike more often between two
uses of a row. Weights only grow on the way, so it is enough to clip them at the end.
"""

import math

import numpy as np

from neuromem.kernels.jit import inner
from neuromem.kernels.layout import (
    A_PLUS,
    PLASTIC_POST,
    PLASTIC_ROW,
    ROW,
    ROWS,
    SYNAPSE,
    TAU_PLUS,
    W_MAX,
    WEIGHT,
)
from neuromem.kernels.traces import fade, follow

PLACE = np.uint64(0xFFFF)
SECOND, THIRD, FOURTH = np.uint64(16), np.uint64(32), np.uint64(48)
"""Bits of a word of `Plastic.recent`: the latest spike in the lowest."""
IN_WORDS = 8
"""Spikes that the two words of a neuron hold."""


@inner
def note(post, place, plastic):
    """Put a spike of a post neuron before its latest ones, and into its history; return how many that holds."""
    count = plastic.history_count[post]
    plastic.history_place[post, count] = place
    plastic.history_count[post] = count + 1
    latest = plastic.recent[0, post]
    plastic.recent[1, post] = plastic.recent[1, post] << SECOND | latest >> FOURTH
    plastic.recent[0, post] = latest << SECOND | np.uint64(place)
    return count + 1


@inner
def grown_long_ago(weight, post, since, past, plastic):
    """A weight after the spikes of the history at places beyond `since`, but those in the words."""
    end = plastic.history_count[post] - IN_WORDS
    begin = end
    while begin > 0 and plastic.history_place[post, begin - 1] > since:
        begin -= 1
    for k in range(begin, end):
        weight += past[plastic.history_place[post, k]]
    return weight


@inner
def grown_before(weight, post, since, past, plastic):
    """A weight after the spikes at places beyond `since`, but the latest three."""
    earlier = plastic.recent[1, post]
    if earlier >> FOURTH > since:
        weight = grown_long_ago(weight, post, np.int64(since), past, plastic)
    weight += past[earlier >> FOURTH]
    weight += past[earlier >> THIRD & PLACE]
    weight += past[earlier >> SECOND & PLACE]
    weight += past[earlier & PLACE]
    return weight + past[plastic.recent[0, post] >> FOURTH]


@inner
def grown(weight, target, first, since, w_max, recent, past, plastic):
    """A weight after all spikes of its post neuron at places beyond `since`, a uint64."""
    latest = recent[target]
    if latest >> FOURTH > since:
        weight = grown_before(weight, first + target, since, past, plastic)
    weight += past[latest >> THIRD & PLACE]
    weight += past[latest >> SECOND & PLACE]
    weight += past[latest & PLACE]
    return min(w_max, weight)


@inner
def remember(q, row, step, past, synapses, plastic):
    """Fill `past` for a row before `step`; return (since, end): its places are since + 1 to end - 1."""
    numbers, flushed = synapses.numbers[q], plastic.flushed[q]
    index = synapses.table[q, PLASTIC_ROW] + row - synapses.table[q, ROW]
    since, end = max(plastic.last_pre[index] - flushed, 0), step - flushed + 1
    factor = math.exp(-1.0 / numbers[TAU_PLUS])
    follow(plastic.pre_mark, index, factor, numbers[A_PLUS], past[since + 1 : end])
    return since, end


@inner
def catch_up(q, row, step, past, synapses, plastic):
    """Apply to a row the post spikes before `step` that it has not seen."""
    table = synapses.table
    since, end = remember(q, row, step, past, synapses, plastic)
    w_max, seen = np.float32(synapses.numbers[q, W_MAX]), np.uint64(since)
    low, high = synapses.row_start[row], synapses.row_start[row + 1]
    base, first = table[q, WEIGHT] - table[q, SYNAPSE], table[q, PLASTIC_POST]
    weight, target = synapses.weight[base + low : base + high], synapses.target[low:high]
    recent = plastic.recent[0, first:]
    for k in range(target.size):
        weight[k] = grown(weight[k], target[k], first, seen, w_max, recent, past, plastic)
    past[since + 1 : end] = np.float32(0.0)


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
        plastic.recent[:, post] = 0
