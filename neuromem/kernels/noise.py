"""Random numbers of neurons: uniform and standard normal, number k of each neuron of a population in each step.

A block of neurons at a time, or one neuron alone, with the same result. A normal takes two words.
"""

import math

from neuromem.kernels.jit import inner
from neuromem.kernels.philox import MODEL, WORDS, fill_words, one_word
from neuromem.kernels.variates import cosine_of, log_uniform, standard, unit

PER_POPULATION = 64
"""Streams of a population: 32 for uniform numbers, two for each of 16 normal ones."""
NORMALS = 32


@inner
def _stream(population, k):
    return MODEL + PER_POPULATION * population + k


@inner
def fill_uniform(seed, population, k, block, step, words, out):
    """Fill `out`, whole blocks of WORDS, with uniform numbers; the first neuron has word 0 of `block`."""
    for begin in range(0, out.size, WORDS):
        fill_words(seed, _stream(population, k), block + begin // WORDS, step, words)
        part = out[begin : begin + WORDS]
        for i in range(WORDS):
            part[i] = unit(words[i])


@inner
def fill_normal(seed, population, k, block, step, words, out):
    """Fill `out`, whole blocks of WORDS, with standard normal numbers."""
    fill_normal_of(seed, _stream(population, NORMALS + 2 * k), block, step, words, out)


@inner
def fill_normal_of(seed, first, block, step, words, out):
    """Fill `out`, whole blocks of WORDS, with standard normal numbers from objects `first` and `first` + 1."""
    for begin in range(0, out.size, WORDS):
        part = out[begin : begin + WORDS]
        fill_words(seed, first, block + begin // WORDS, step, words)
        for i in range(WORDS):
            part[i] = math.sqrt(-2.0 * log_uniform(words[i]))
        fill_words(seed, first + 1, block + begin // WORDS, step, words)
        for i in range(WORDS):
            part[i] *= cosine_of(words[i])


@inner
def uniform(seed, population, k, neuron, step):
    """Uniform number k of one neuron."""
    return unit(one_word(seed, _stream(population, k), neuron, step))


@inner
def normal(seed, population, k, neuron, step):
    """Standard normal number k of one neuron."""
    first = _stream(population, NORMALS + 2 * k)
    return standard(one_word(seed, first, neuron, step), one_word(seed, first + 1, neuron, step))
