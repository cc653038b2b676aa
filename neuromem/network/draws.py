"""Draws random connectivity with the compiled kernels of `neuromem.kernels.connect`; rows are `(start, post)`."""

import math

import numpy as np

LONGEST_GAP = -(2.0**58)
"""Bound of 1 / log(1 - p): the longest distance between two synapses still fits 64 bits, and is never reached."""


def bernoulli(p, n_pre, n_post, seed, number, dtype):
    """Every pair with probability p."""
    from neuromem.kernels import connect
    from neuromem.kernels.philox import CONNECT

    start = np.zeros(n_pre + 1, np.int64)
    if p == 0.0:
        return start, np.zeros(0, dtype)
    scale, per_chunk = bernoulli_constants(p, n_post)
    room = np.zeros(connect.WORDS, np.uint32), np.zeros(connect.WORDS, np.int64)
    law = connect.Law(seed, CONNECT + number, scale, per_chunk, n_post, *room)
    mean = p * n_pre * n_post
    out = np.empty(int(mean + 8 * math.sqrt(mean)) + n_post + 64, dtype)  # never touched memory costs nothing
    done = 0
    while done < n_pre:
        done = connect.bernoulli_rows(law, n_pre, done, start, out)
        if done < n_pre:
            out = np.concatenate([out, np.empty(out.size // 4 + n_post, dtype)])
    return start, out[: start[-1]]


def bernoulli_constants(p, n_post):
    """(1 / log(1 - p), targets per chunk): what the kernels need to know of the probability."""
    from neuromem.kernels.connect import PER_CHUNK

    scale = 0.0 if p == 1.0 else max(1.0 / math.log1p(-p), LONGEST_GAP)
    return scale, int(min(n_post, PER_CHUNK / p))


def in_degree(k, n_pre, n_post, seed, number, dtype):
    """Exactly k different pre neurons for each post neuron."""
    from neuromem.kernels import connect
    from neuromem.kernels.philox import CONNECT

    chosen = np.empty((n_post, k), np.int32)
    words, mark = np.zeros(connect.WORDS, np.uint32), np.full(n_pre, -1, np.int64)
    connect.draw_in_degree(seed, CONNECT + number, k, n_pre, n_post, words, mark, chosen)
    start, post = np.zeros(n_pre + 1, np.int64), np.empty(k * n_post, dtype)
    connect.by_pre(chosen, start, np.zeros(n_pre, np.int64), post)
    return start, post


def total_number(n, n_pre, n_post, seed, number, dtype):
    """n synapses with independent uniform ends: multinomial row sizes, then sorted uniform targets."""
    from neuromem.kernels import connect
    from neuromem.kernels.philox import CONNECT

    rng = np.random.Generator(np.random.Philox(key=(seed, CONNECT + number)))
    sizes = rng.multinomial(n, np.full(n_pre, 1.0 / n_pre))
    start = np.concatenate([[0], np.cumsum(sizes)])
    post = np.empty(n, dtype)
    words, sums = np.zeros(connect.WORDS, np.uint32), np.empty(int(sizes.max(initial=0)) + 1)
    connect.sorted_uniform_rows(seed, CONNECT + number, start, n_post, words, sums, post)
    return start, post


def normal(values, start, seed, obj, *, low, unit, dtype):
    """One normal number per synapse, in multiples of `unit` (0: any), at least `low`."""
    from neuromem.kernels import connect

    out = np.empty(int(start[-1]), dtype)
    room = np.zeros(connect.WORDS, np.uint32), np.zeros(connect.WORDS // 2)
    connect.fill_normals(seed, obj, start, values.mean, values.sd, float(low), float(unit), *room, out)
    return out
