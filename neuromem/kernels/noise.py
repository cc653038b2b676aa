"""Random numbers of neurons: uniform and standard normal, number k of each neuron of a population in each step.

A block of neurons at a time, or one neuron alone, with the same result. A normal takes two words, by Box and Muller:
sqrt(-2 log u) cos(2 pi u').
"""

import math

from neuromem.kernels.jit import inner
from neuromem.kernels.philox import MODEL, WORDS, fill_words, one_word

PER_POPULATION = 64
"""Streams of a population: 32 for uniform numbers, two for each of 16 normal ones."""
NORMALS = 32
_TO_UNIT = 2.0**-32


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
            part[i] = (words[i] + 0.5) * _TO_UNIT


@inner
def fill_normal(seed, population, k, block, step, words, out):
    """Fill `out`, whole blocks of WORDS, with standard normal numbers."""
    first = _stream(population, NORMALS + 2 * k)
    for begin in range(0, out.size, WORDS):
        part = out[begin : begin + WORDS]
        fill_words(seed, first, block + begin // WORDS, step, words)
        for i in range(WORDS):
            part[i] = math.sqrt(-2.0 * math.log((words[i] + 0.5) * _TO_UNIT))
        fill_words(seed, first + 1, block + begin // WORDS, step, words)
        for i in range(WORDS):
            part[i] *= math.cos(2.0 * math.pi * (words[i] + 0.5) * _TO_UNIT)


@inner
def uniform(seed, population, k, neuron, step):
    """Uniform number k of one neuron."""
    return (one_word(seed, _stream(population, k), neuron, step) + 0.5) * _TO_UNIT


@inner
def normal(seed, population, k, neuron, step):
    """Standard normal number k of one neuron."""
    first = _stream(population, NORMALS + 2 * k)
    u = (one_word(seed, first, neuron, step) + 0.5) * _TO_UNIT
    return math.sqrt(-2.0 * math.log(u)) * math.cos(
        2.0 * math.pi * (one_word(seed, first + 1, neuron, step) + 0.5) * _TO_UNIT
    )
