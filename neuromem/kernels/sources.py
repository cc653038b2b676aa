"""Spike sources: trains given as data, Poisson trains, and the lumped Poisson input of a population."""

from neuromem.kernels.jit import inner
from neuromem.kernels.layout import (
    BLOCK,
    CONSTANT,
    FIRST,
    OBJECT,
    OFFSET,
    SIZE,
    START,
    STOP,
    STREAM,
    SURE,
    THRESHOLDS,
    THRESHOLDS_END,
)
from neuromem.kernels.philox import fill_words

_TO_UNIT = 2.0**-32


@inner
def emit_array(p, step, events, ids):
    """List the sources of population p that spike in `step`; return how many."""
    n = 0
    cursor = events.cursor[p]
    while cursor < events.end[p] and events.step[cursor] == step:
        ids[n] = events.id[cursor]
        n += 1
        cursor += 1
    events.cursor[p] = cursor
    return n


@inner
def emit_poisson(r, step, seed, table, constants, words, ids):
    """List the sources of slice r that spike, each with its probability per step; return how many."""
    n = 0
    if step < table[r, START] or step >= table[r, STOP]:
        return n
    size, first, base = table[r, SIZE], table[r, FIRST], table[r, CONSTANT]
    for begin in range(0, size, BLOCK):
        fill_words(seed, table[r, OBJECT], (table[r, OFFSET] + begin) // BLOCK, step, words)
        for i in range(min(BLOCK, size - begin)):
            if (words[i] + 0.5) * _TO_UNIT < constants[base + begin + i]:
                ids[n] = first + begin + i
                n += 1
    return n


@inner
def add_poisson(seed, noise, block, step, part, chance, arrived):
    """Add a Poisson number of spikes of input `noise` to each neuron of a block; arrived: real (BLOCK,).

    By inversion: the number is how many thresholds, the distribution function in units of 2**-32, the word reaches.
    """
    words, counts = chance.words[part], chance.counts[part]
    fill_words(seed, chance.table[noise, STREAM], block, step, words)
    real = counts.dtype.type
    one, zero, sure = real(1.0), real(0.0), real(chance.table[noise, SURE])
    for i in range(BLOCK):
        counts[i] = sure
    for t in range(chance.table[noise, THRESHOLDS], chance.table[noise, THRESHOLDS_END]):
        threshold = chance.threshold[t]
        for i in range(BLOCK):
            counts[i] += one if words[i] >= threshold else zero
    weight = chance.weight[noise]
    for i in range(BLOCK):
        arrived[i] += weight * counts[i]
