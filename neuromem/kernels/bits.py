"""Codes as bits: 64 units a word, combined and counted a word at a time.

Bit u of a row is bit u % 64 of its word u // 64; bits beyond the row's length are 0. `overlaps` and `weighted_columns`
read rows as spins, 1 and -1; everything else reads them as sets of active units.
"""

import numpy as np
from numba import config, types
from numba.extending import intrinsic

from neuromem.kernels.jit import entry, inner
from neuromem.kernels.philox import WORDS, fill_words

WORD = 64
NEARBY = 64
"""Codes that stay in the cache while all queries are compared with them."""

SHARED, HAMMING, JACCARD, COSINE = range(4)
"""Measures of nearness: common units, few different units, common per united units, common per root of the size."""

_0, _1, _2, _3, _4, _6, _63 = (np.uint64(k) for k in (0, 1, 2, 3, 4, 6, 63))
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


def unpacked(codes, n):
    """Return uint64 (B, words(n)) as bool (B, n)."""
    octets = np.ascontiguousarray(codes, "<u8").view(np.uint8)
    return np.unpackbits(octets, axis=1, count=n, bitorder="little").astype(bool)


@intrinsic
def _ctpop(typing, x):
    """LLVM's count of ones: one instruction where the machine has it, also for several words at once."""
    return types.uint64(types.uint64), lambda context, builder, signature, values: builder.ctpop(values[0])


def _summed(x):
    """The same by sums of neighbouring bits, for when kernels run as plain Python."""
    x = x - ((x >> _1) & _HALVES)
    x = (x & _QUARTERS) + ((x >> _2) & _QUARTERS)
    x = (x + (x >> _4)) & _BYTES
    x = x + (x >> _8)
    x = x + (x >> _16)
    return (x + (x >> _32)) & _LOW


_ones = _summed if config.DISABLE_JIT else _ctpop


@inner
def popcount(x):
    """Return the number of ones in a uint64."""
    return np.int64(_ones(x))


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


# ---- sets of active units


@entry
def sizes(codes, out):
    """Write how many units each code has active; codes : uint64 (B, words), out : int64 (B,)."""
    for b in range(codes.shape[0]):
        size = np.int64(0)
        for w in range(codes.shape[1]):
            size += popcount(codes[b, w])
        out[b] = size


@inner
def common(code, other):
    """Return how many units two codes share."""
    shared = np.int64(0)
    for w in range(code.size):
        shared += popcount(code[w] & other[w])
    return shared


@entry
def shared(codes, queries, out):
    """Write how many units each query shares with each code; out : int64 (queries, codes)."""
    for q in range(queries.shape[0]):
        for k in range(codes.shape[0]):
            out[q, k] = common(codes[k], queries[q])


@inner
def fraction(measure, both, size, query):
    """Return nearness as (above, below), whole numbers to be compared by products, so that ties are exact."""
    if measure == HAMMING:
        return 2 * both - size, np.int64(1)
    if measure == JACCARD:
        return both, max(size + query - both, 1)
    if measure == COSINE:
        return both * both, max(size, 1)
    return both, np.int64(1)


@inner
def four_common(codes, k, query):
    """Return how many units a query shares with each of four codes from k on.

    Four sums hide each other's latency, and indices without sign are not looked at for it: twice the speed of one sum.
    """
    s0 = s1 = s2 = s3 = np.uint64(0)
    k0 = np.uint64(k)
    k1, k2, k3 = k0 + _1, k0 + _2, k0 + _3
    for w in range(np.uint64(query.size)):
        word = query[w]
        s0 += np.uint64(popcount(codes[k0, w] & word))
        s1 += np.uint64(popcount(codes[k1, w] & word))
        s2 += np.uint64(popcount(codes[k2, w] & word))
        s3 += np.uint64(popcount(codes[k3, w] & word))
    return np.int64(s0), np.int64(s1), np.int64(s2), np.int64(s3)


@inner
def closer(measure, k, both, counts, size, index, best):
    """Return (place, common units) of the nearer of a code and the one that was nearest so far."""
    above, below = fraction(measure, best, counts[index], size)
    more, less = fraction(measure, both, counts[k], size)
    return (k, both) if more * below > above * less else (index, best)


@inner
def nearer(measure, codes, counts, low, high, query, size, index, best):
    """Return (place, common units) of the nearest of codes[low:high] and of the one given."""
    k = low
    while k + 4 <= high:
        s0, s1, s2, s3 = four_common(codes, k, query)
        if measure != SHARED or max(max(s0, s1), max(s2, s3)) > best:
            index, best = closer(measure, k, s0, counts, size, index, best)
            index, best = closer(measure, k + 1, s1, counts, size, index, best)
            index, best = closer(measure, k + 2, s2, counts, size, index, best)
            index, best = closer(measure, k + 3, s3, counts, size, index, best)
        k += 4
    while k < high:
        index, best = closer(measure, k, common(codes[k], query), counts, size, index, best)
        k += 1
    return index, best


@entry
def nearest(measure, codes, counts, queries, query_counts, index, best):
    """Find the nearest code of each query, the first of equal ones, in one pass over the codes.

    codes : uint64 (K, words), counts : their sizes; queries : uint64 (Q, words), query_counts : theirs
    index, best : int64 (Q), place and common units
    """
    for q in range(queries.shape[0]):
        index[q], best[q] = 0, common(codes[0], queries[q])
    for low in range(0, codes.shape[0], NEARBY):
        high = min(codes.shape[0], low + NEARBY)
        for q in range(queries.shape[0]):
            index[q], best[q] = nearer(
                measure, codes, counts, low, high, queries[q], query_counts[q], index[q], best[q]
            )


@inner
def has(row, unit):
    """Return whether a unit is active."""
    return ((row[unit >> 6] >> (np.uint64(unit) & _63)) & _1) != _0


@inner
def put(row, unit):
    """Make a unit active."""
    row[unit >> 6] |= _1 << (np.uint64(unit) & _63)


@inner
def choose(seed, obj, step, units, size, count, words, row):
    """Make `count` of units[:size] active, every choice equally likely (Floyd; Bentley and Floyd, CACM 30:754, 1987).

    Draw k is word k of the object in this step.
    """
    for k in range(count):
        if k % WORDS == 0:
            fill_words(seed, obj, k // WORDS, step, words)
        last = size - count + k
        unit = units[np.int64((np.uint64(words[k % WORDS]) * np.uint64(last + 1)) >> _32)]
        put(row, units[last] if has(row, unit) else unit)


@entry
def draw(seed, obj, first, active, units, words, out):
    """Fill `out` with codes of exactly `active` of `units`; row r draws from step first + r."""
    for r in range(out.shape[0]):
        choose(seed, obj, first + r, units, units.size, active, words, out[r])


@inner
def members(row, value, n, units):
    """List the units of n that are active (value 1) or silent (0); returns how many."""
    found = 0
    for unit in range(n):
        units[found] = unit
        found += has(row, unit) == (value == 1)
    return found


@entry
def draw_members(seed, obj, value, n, codes, counts, units, words, out):
    """Add to each row of `out` counts[r] units that are active in codes[r] (value 1) or silent there (0).

    units : int64 (n + 1,), scratch; no unit listed may be active in `out` before.
    """
    for r in range(codes.shape[0]):
        size = members(codes[r], value, n, units)
        choose(seed, obj, r, units, size, counts[r], words, out[r])
