"""Patterns as bits: 64 units a word, compared by exclusive or and counted.

Bit u of a row is bit u % 64 of its word u // 64; bits beyond the row's length are 0.
"""

import numpy as np

from neuromem.kernels.jit import entry, inner

WORD = 64
_1, _2, _4 = np.uint64(1), np.uint64(2), np.uint64(4)
_HALVES, _QUARTERS = np.uint64(0x5555555555555555), np.uint64(0x3333333333333333)
_BYTES, _LOW = np.uint64(0x0F0F0F0F0F0F0F0F), np.uint64(0x7F)
_8, _16, _32 = np.uint64(8), np.uint64(16), np.uint64(32)


def words(n):
    """Return how many words hold n bits."""
    return -(-n // WORD)


def packed(patterns):
    """Return bool (B, n) as uint64 (B, words(n))."""
    rows = np.zeros((len(patterns), words(patterns.shape[1]) * 8), np.uint8)
    folded = np.packbits(patterns, axis=1, bitorder="little")
    rows[:, : folded.shape[1]] = folded
    return rows.view("<u8").astype(np.uint64)


@inner
def popcount(x):
    """Return the number of ones in a uint64, by sums of neighbouring bits; compilers know it for one instruction."""
    x = x - ((x >> _1) & _HALVES)
    x = (x & _QUARTERS) + ((x >> _2) & _QUARTERS)
    x = (x + (x >> _4)) & _BYTES
    x = x + (x >> _8)
    x = x + (x >> _16)
    return np.int64((x + (x >> _32)) & _LOW)


@entry
def overlaps(patterns, states, n, out):
    """Write the overlaps sum_i xi_i s_i = n - 2 (unequal bits) of spins -1 and 1.

    patterns : uint64 (K, words); states : uint64 (B, words); n : bits of a row; out : int64 (B, K)
    """
    for b in range(states.shape[0]):
        for k in range(patterns.shape[0]):
            unequal = np.int64(0)
            for w in range(patterns.shape[1]):
                unequal += popcount(patterns[k, w] ^ states[b, w])
            out[b, k] = n - 2 * unequal


@entry
def weighted_columns(columns, planes, out):
    """Write sum_k 2^p over the ones that a row shares with bit plane p: sums of integers of few bits over set bits.

    columns : uint64 (n, words), one row per unit, one bit per pattern
    planes : uint64 (bits, words), bit p of every pattern's integer; out : int64 (n,)
    """
    for i in range(columns.shape[0]):
        total = np.int64(0)
        for p in range(planes.shape[0]):
            ones = np.int64(0)
            for w in range(columns.shape[1]):
                ones += popcount(columns[i, w] & planes[p, w])
            total += ones << p
        out[i] = total
