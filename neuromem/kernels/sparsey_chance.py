"""The random numbers of a macrocolumn: of a step when it learns, of its input when it recognises.

They are drawn apart from `kernels.sparsey`, which compiles much faster without them.
"""

import numpy as np

from neuromem.kernels.jit import entry, inner
from neuromem.kernels.philox import philox

_LOW, _SHIFT = np.uint64(0xFFFFFFFF), np.uint64(32)


@inner
def mixed(x, low, high):
    """Two words that depend on all bits of the words x, and on two words before them."""
    for w in range(x.size):
        low, high, _, _ = philox(
            np.uint32(x[w] & _LOW), np.uint32(x[w] >> _SHIFT), low, high, np.uint32(w), np.uint32(0)
        )
    return low, high


@entry
def digests(x, out):
    """Mix the words of each row of x, uint64 (B, words), into `out`, uint64 (B,), which says what came before."""
    for b in range(out.size):
        low, high = mixed(x[b], np.uint32(out[b] & _LOW), np.uint32(out[b] >> _SHIFT))
        out[b] = np.uint64(low) | np.uint64(high) << _SHIFT


@entry
def numbers(names, stream, seed, exact, out):
    """Numbers in (0, 1) for name names[b], uint64, and column q of `out`, float64 (B, columns).

    stream : uint64; exact : 52 random bits, else 32 of them
    """
    k0, k1 = np.uint32(seed & _LOW), np.uint32(seed >> _SHIFT)
    for b in range(out.shape[0]):
        low, high = np.uint32(names[b] & _LOW), np.uint32(names[b] >> _SHIFT)
        for q in range(out.shape[1]):
            w0, w1, _, _ = philox(low, high, np.uint32(q), np.uint32(stream), k0, k1)
            out[b, q] = ((np.int64(w0) << 20 | np.int64(w1) >> 12) + 0.5) * 2.0**-52 if exact else w0 * 2.0**-32
