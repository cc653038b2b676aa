"""Philox 4x32-10, the counter-based random generator of Salmon et al. 2011 (Random123), a block of words at a time.

A word is a pure function of (seed, object, index, step). Objects are numbered per kind, so that no two share words:
population p is object p, its Poisson inputs NOISE + i, and projection q CONNECT + q, WEIGHT + q and DELAY + q.
Codes and what is taken from or added to them are CODE to CODE + 3, spatial poolers CODE + 4 and 5,
distal segments CODE + 6, the noise of a glial working memory CODE + 7.
Replica r of a spin system is SPINS + r. Number k that a neuron of population p takes in a step is MODEL + 64 p + k, and
a synapse of projection q MODEL + 64 (SYNAPSES + q) + k. Row of tiles k of a crossbar is RESISTIVE + 2 k and + 2 k + 1.
"""

import numpy as np

from neuromem.kernels.jit import inner

NOISE, CONNECT, WEIGHT, DELAY = 1 << 28, 2 << 28, 3 << 28, 4 << 28
"""First object number of each kind of stream beside the populations'."""

CODE = 5 << 28
SPINS = 6 << 28
MODEL = 7 << 28
SYNAPSES = 1 << 22
RESISTIVE = 12 << 28

GROUPS = 32
"""Calls per block of words: call g gives words g, g + 32, g + 64 and g + 96."""
WORDS = 4 * GROUPS
"""Words of a block."""

_M0, _M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_W0, _W1 = np.uint32(0x9E3779B9), np.uint32(0xBB67AE85)
_LOW = np.uint64(0xFFFFFFFF)
_SHIFT = np.uint64(32)


@inner
def philox(c0, c1, c2, c3, k0, k1):
    """Return the four uint32 words of counter (c0..c3) under key (k0, k1), ten rounds; all arguments are uint32."""
    for _ in range(10):
        p0 = np.uint64(c0) * _M0
        p1 = np.uint64(c2) * _M1
        c0, c1, c2, c3 = (
            np.uint32(p1 >> _SHIFT) ^ c1 ^ k0,
            np.uint32(p1 & _LOW),
            np.uint32(p0 >> _SHIFT) ^ c3 ^ k1,
            np.uint32(p0 & _LOW),
        )
        k0 = np.uint32((np.uint64(k0) + np.uint64(_W0)) & _LOW)
        k1 = np.uint32((np.uint64(k1) + np.uint64(_W1)) & _LOW)
    return c0, c1, c2, c3


@inner
def fill_words(seed, obj, block, step, words):
    """Fill `words`, uint32 (WORDS,), with those of indices 128 * block to 128 * block + 127 of an object in a step."""
    step, seed = np.uint64(step), np.uint64(seed)
    low, high = np.uint32(step & _LOW), np.uint32(step >> _SHIFT)
    k0, k1 = np.uint32(seed & _LOW), np.uint32(seed >> _SHIFT)
    first, owner = np.uint32(block * GROUPS), np.uint32(obj)
    for g in range(GROUPS):
        w0, w1, w2, w3 = philox(low, high, np.uint32(first + np.uint32(g)), owner, k0, k1)
        words[g], words[g + GROUPS], words[g + 2 * GROUPS], words[g + 3 * GROUPS] = w0, w1, w2, w3


@inner
def one_word(seed, obj, index, step):
    """The word of one index, as `fill_words` gives it."""
    step, seed = np.uint64(step), np.uint64(seed)
    call = np.uint32(index // WORDS * GROUPS + index % GROUPS)
    low, high = np.uint32(step & _LOW), np.uint32(step >> _SHIFT)
    words = philox(low, high, call, np.uint32(obj), np.uint32(seed & _LOW), np.uint32(seed >> _SHIFT))
    quarter = index % WORDS // GROUPS
    return words[0] if quarter == 0 else words[1] if quarter == 1 else words[2] if quarter == 2 else words[3]
