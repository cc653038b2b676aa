"""Spike sources: trains given as data, Poisson trains, and the lumped Poisson input of a population."""

import numpy as np

from neuromem.kernels.jit import inner
from neuromem.kernels.layout import (
    CONSTANT,
    FIRST,
    FROM,
    OBJECT,
    OFFSET,
    SIZE,
    START,
    STOP,
    STREAM,
    SURE,
    THRESHOLDS,
    THRESHOLDS_END,
    TO,
)
from neuromem.kernels.philox import WORDS, fill_words

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
    for begin in range(0, size, WORDS):
        fill_words(seed, table[r, OBJECT], (table[r, OFFSET] + begin) // WORDS, step, words)
        for i in range(min(WORDS, size - begin)):
            if (words[i] + 0.5) * _TO_UNIT < constants[base + begin + i]:
                ids[n] = first + begin + i
                n += 1
    return n


@inner
def count_reached(words, thresholds, counts):
    """Write how many of the ascending thresholds each word reaches; all are uint32, words and counts (WORDS,)."""
    largest = np.uint32(0)
    for i in range(WORDS):
        largest = max(largest, words[i])
        counts[i] = 0
    for t in range(thresholds.size):
        threshold = thresholds[t]
        if threshold > largest:
            break
        for i in range(WORDS):  # of whole numbers the compiler makes one comparison and one subtraction of vectors
            counts[i] += np.uint32(words[i] >= threshold)


@inner
def add_weighted(counts, sure, weight, arrived):
    """Add weight * (sure + count) to each place."""
    for i in range(arrived.size):
        arrived[i] += weight * (sure + arrived.dtype.type(counts[i]))


@inner
def add_poisson(seed, noise, first, step, part, chance, arrived):
    """Add a random number of spikes of input `noise` to each of its neurons; the first has block `first` of the words.

    arrived: real (blocks * WORDS,). By inversion: the number is how many thresholds, the distribution function in units
    of 2**-32, the word reaches. All are drawn before any is added: short loops that do one thing vectorise.
    """
    words, counts = chance.words[part], chance.counts[part]
    thresholds = chance.threshold[chance.table[noise, THRESHOLDS] : chance.table[noise, THRESHOLDS_END]]
    for begin in range(0, arrived.size, WORDS):
        fill_words(seed, chance.table[noise, STREAM], first + begin // WORDS, step, words)
        count_reached(words, thresholds, counts[begin : begin + WORDS])
    real = arrived.dtype.type
    low = min(max(0, chance.table[noise, FROM] - first * WORDS), arrived.size)
    high = max(low, min(arrived.size, chance.table[noise, TO] - first * WORDS))
    add_weighted(counts[low:high], real(chance.table[noise, SURE]), real(chance.weight[noise]), arrived[low:high])
