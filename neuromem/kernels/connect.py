"""Random connectivity, row by row: synapses of one pre neuron are a pure function of (seed, projection, neuron).

So they can be drawn once and stored, or drawn again at each spike (procedural connectivity), with the same result.
"""

import math
from typing import NamedTuple

import numpy as np

from neuromem.kernels.jit import entry, inner
from neuromem.kernels.philox import WORDS, fill_words
from neuromem.kernels.variates import log_uniform, standard

PER_CHUNK = 104
"""Synapses expected in a chunk of a Bernoulli row; a block of words nearly always suffices for one."""
BLOCKS_PER_CHUNK = 8


@inner
def fill_standard(words, normals):
    """Standard normal numbers out of pairs of words, by Box and Muller 1958; normals: float64 (WORDS / 2,)."""
    for i in range(normals.size):
        normals[i] = standard(words[i], words[normals.size + i])


@inner
def fill_gaps(words, scale, gaps):
    """Distances to the next success of Bernoulli trials with probability p, by inversion; scale = 1 / log(1 - p)."""
    for i in range(WORDS):
        gaps[i] = np.int64(log_uniform(words[i]) * scale) + 1


class Law(NamedTuple):
    """Every pair with one probability: what the rows of a projection are drawn from, and room to draw in."""

    seed: int
    obj: int
    scale: float  # 1 / log(1 - p)
    per_chunk: int  # targets that a chunk of a row covers
    n_post: int
    words: np.ndarray  # uint32 (WORDS,)
    gaps: np.ndarray  # int64 (WORDS,)


@inner
def bernoulli_chunk(law, row, chunk, out, k):
    """Append the targets of `row` in one chunk to `out` from place k on; return the new count."""
    at = chunk * law.per_chunk - 1
    end = min((chunk + 1) * law.per_chunk, law.n_post)
    block = chunk * BLOCKS_PER_CHUNK
    while True:
        fill_words(law.seed, law.obj, block, row, law.words)
        fill_gaps(law.words, law.scale, law.gaps)
        for i in range(WORDS):
            at += law.gaps[i]
            if at >= end:
                return k
            out[k] = at
            k += 1
        block += 1


@inner
def bernoulli_row(law, row, low, high, out, k):
    """Append the targets of `row` that lie in the chunks which overlap [low, high); return the new count."""
    for chunk in range(low // law.per_chunk, (high + law.per_chunk - 1) // law.per_chunk):
        k = bernoulli_chunk(law, row, chunk, out, k)
    return k


@entry
def bernoulli_rows(law, rows, done, start, out):
    """Draw rows from number `done` on while `out` surely has room for one more; return the number of rows drawn."""
    k = start[done]
    while done < rows and k + law.n_post <= out.size:
        k = bernoulli_row(law, done, 0, law.n_post, out, k)
        done += 1
        start[done] = k
    return done


@inner
def below(word, other, bound):
    """A uniform whole number below `bound` from two words; its bias is at most bound / 2**64."""
    high = np.uint64(word) * np.uint64(bound)
    low = (np.uint64(other) * np.uint64(bound)) >> np.uint64(32)
    return np.int64((high + low) >> np.uint64(32))


@entry
def draw_in_degree(seed, obj, k, n_pre, n_post, words, mark, chosen):
    """Choose k different pre neurons for each post neuron (Floyd's algorithm); chosen: int32 (n_post, k)."""
    for post in range(n_post):
        for j in range(k):
            place = j % 64
            if place == 0:
                fill_words(seed, obj, j // 64, post, words)
            last = n_pre - k + j
            pre = below(words[place], words[64 + place], last + 1)
            if mark[pre] == post:
                pre = last
            mark[pre] = post
            chosen[post, j] = pre


@entry
def by_pre(chosen, start, fill, out):
    """Sort the pairs of `draw_in_degree` by pre neuron, then post neuron; start: int64 (n_pre + 1,), zeros."""
    for post in range(chosen.shape[0]):
        for j in range(chosen.shape[1]):
            start[chosen[post, j] + 1] += 1
    for pre in range(fill.size):
        start[pre + 1] += start[pre]
        fill[pre] = start[pre]
    for post in range(chosen.shape[0]):
        for j in range(chosen.shape[1]):
            pre = chosen[post, j]
            out[fill[pre]] = post
            fill[pre] += 1


@entry
def sorted_uniform_rows(seed, obj, start, n_post, words, sums, out):
    """Fill each row with independent uniform targets, in order: the spacings of a Poisson process, scaled.

    sums: float64, room for the longest row and one more.
    """
    for row in range(start.size - 1):
        size = start[row + 1] - start[row]
        for block in range(size // WORDS + 1):
            fill_words(seed, obj, block, row, words)
            spacings = sums[block * WORDS : min((block + 1) * WORDS, size + 1)]
            for j in range(spacings.size):  # the logarithms by themselves, so that they vectorise
                spacings[j] = -log_uniform(words[j])
        total = 0.0
        for j in range(size + 1):
            total += sums[j]
            sums[j] = total
        for j in range(size):
            out[start[row] + j] = min(np.int64(sums[j] / total * n_post), n_post - 1)


@entry
def fill_normals(seed, obj, start, mean, sd, low, unit, words, normals, out):
    """Fill `out`, one value per synapse, with normal numbers in multiples of `unit` (0: any), at least `low`.

    A value below `low` is drawn again, up to 64 times, as NEST's redraw does.
    """
    for row in range(start.size - 1):
        block, place = 0, normals.size
        for k in range(start[row], start[row + 1]):
            value = low - 1.0
            attempt = 0
            while value < low and attempt < 64:
                if place == normals.size:
                    fill_words(seed, obj, block, row, words)
                    fill_standard(words, normals)
                    block, place = block + 1, 0
                value = mean + sd * normals[place]
                value = value if unit == 0.0 else math.floor(value / unit + 0.5)
                place += 1
                attempt += 1
            out[k] = max(value, low)


@entry
def count_between(start, post, low, high, part_start):
    """Count each row's targets in [low, high); part_start: int64 (rows + 1,), filled with where rows begin."""
    n = 0
    part_start[0] = 0
    for row in range(start.size - 1):
        for k in range(start[row], start[row + 1]):
            n += low <= post[k] < high
        part_start[row + 1] = n


@entry
def take_between(start, post, low, high, target, chosen):
    """List the targets in [low, high), counted from low, and their places in `post` if `chosen` has room for them."""
    n = 0
    for k in range(start[0], start[-1]):
        if low <= post[k] < high:
            target[n] = post[k] - low
            if chosen.size:
                chosen[n] = k
            n += 1


@entry
def sort_by_delay(start, delay, count, source):
    """List each row's synapses by delay, equal ones as they come; count: int64 (longest delay + 2,), zeros."""
    for row in range(start.size - 1):
        low, high = start[row], start[row + 1]
        if low == high:
            continue
        least, most = np.int64(delay[low]), np.int64(delay[low])
        for k in range(low, high):
            least, most = min(least, np.int64(delay[k])), max(most, np.int64(delay[k]))
            count[delay[k] + 1] += 1
        for d in range(least, most):
            count[d + 1] += count[d]
        for k in range(low, high):
            source[low + count[delay[k]]] = k
            count[delay[k]] += 1
        count[least : most + 2] = 0
