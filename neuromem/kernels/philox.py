"""Philox 4x32-10, the counter-based random generator of Salmon et al. 2011 (Random123)."""

import numpy as np

from neuromem.kernels.jit import inner

_M0, _M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_W0, _W1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
_LOW = np.uint64(0xFFFFFFFF)
_SHIFT = np.uint64(32)
_TO_UNIT = 2.0**-32


@inner
def philox(c0, c1, c2, c3, k0, k1):
    """Return the four uint32 words of counter (c0..c3) under key (k0, k1), ten rounds."""
    c0, c1, c2, c3 = np.uint32(c0), np.uint32(c1), np.uint32(c2), np.uint32(c3)
    k0, k1 = np.uint32(k0), np.uint32(k1)
    for _ in range(10):
        p0 = np.uint64(c0) * _M0
        p1 = np.uint64(c2) * _M1
        c0, c1, c2, c3 = (
            np.uint32(p1 >> _SHIFT) ^ c1 ^ k0,
            np.uint32(p1 & _LOW),
            np.uint32(p0 >> _SHIFT) ^ c3 ^ k1,
            np.uint32(p0 & _LOW),
        )
        k0 = np.uint32((np.uint64(k0) + _W0) & _LOW)
        k1 = np.uint32((np.uint64(k1) + _W1) & _LOW)
    return c0, c1, c2, c3


@inner
def uniforms(seed, obj, index, step):
    """Four independent numbers in (0, 1), a pure function of (seed, object, index, step)."""
    low = np.uint64(step) & _LOW
    high = np.uint64(step) >> _SHIFT
    words = philox(low, high, index, obj, np.uint64(seed) & _LOW, np.uint64(seed) >> _SHIFT)
    return (
        (words[0] + 0.5) * _TO_UNIT,
        (words[1] + 0.5) * _TO_UNIT,
        (words[2] + 0.5) * _TO_UNIT,
        (words[3] + 0.5) * _TO_UNIT,
    )
