"""Sparse distributed codes: batches of them as bits, combined, compared, searched and drawn at random.

A code is a set of active units among n. Chance is counter-based: row r of a random result is a pure function of the
seed and r, whatever the size of the batch.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from neuromem.errors import PatternError, UsageError
from neuromem.kernels import bits
from neuromem.kernels.philox import CODE
from neuromem.patterns import as_patterns

MEASURES = {"overlap": bits.SHARED, "hamming": bits.HAMMING, "jaccard": bits.JACCARD, "cosine": bits.COSINE}
"""What can be nearest: most common units; fewest different units; common over united units; common over root sizes."""

LARGEST = 1 << 20
"""Most units of a code, so that products of sizes fit 64 bits."""

_RANDOM, _KEPT, _LOST, _GAINED = (CODE + k for k in range(4))


class Codes:
    """A batch of codes of n units each, 64 units a word.

    Parameters
    ----------
    patterns : bool array, shape (B, n) or (n,)
        Or numbers that are 0 or 1; active units are True.

    Attributes
    ----------
    n : int
        Units.
    bits : uint64 ndarray, shape (B, ceil(n / 64))
        Unit u is bit u % 64 of word u // 64; bits beyond n are 0.

    Raises
    ------
    PatternError

    Notes
    -----
    `len`, indexing by number, slice, list or mask, `==`, and `|` and `&` between batches of equal length, or with a
    batch of one.
    """

    __hash__ = None

    def __init__(self, patterns):
        rows, _ = as_patterns(patterns, name="codes")
        self.n, self.bits = _width(rows.shape[1]), bits.packed(rows)

    @classmethod
    def random(cls, count, n, active, seed=0, first=0):
        """Draw `count` independent codes of exactly `active` of n units, every choice equally likely.

        Code r is a pure function of n, active, seed and first + r. Raises PatternError for numbers that do not fit.
        """
        n, count = _width(_whole("n", n, 1)), _whole("count", count)
        active = _whole("active", active, 1)
        if active > n:
            raise PatternError(f"active: at most n = {n} units can be active, got {active}")
        found, scratch = np.zeros((count, bits.words(n)), np.uint64), np.zeros(bits.WORDS, np.uint32)
        step, units = _whole("first", first), np.arange(n)
        bits.draw(_whole("seed", seed), _RANDOM, step, active, units, scratch, found)
        return cls._of(n, found)

    @classmethod
    def of_units(cls, units, n):
        """Make codes from lists of active units, each list one code; PatternError for a unit that does not exist."""
        rows = np.zeros((len(units), _width(_whole("n", n, 1))), bool)
        for row, active in zip(rows, units):
            active = np.asarray(active)
            if active.size and (active.dtype.kind not in "iu" or active.min() < 0 or active.max() >= n):
                raise PatternError(f"units: whole numbers from 0 to {n - 1} are expected, got {active.tolist()}")
            row[active.astype(np.int64)] = True
        return cls(rows)

    @classmethod
    def _of(cls, n, words):
        made = cls.__new__(cls)
        made.n, made.bits = n, words
        return made

    def __len__(self):
        return len(self.bits)

    def __getitem__(self, which):
        rows = self.bits[which]
        return self._of(self.n, rows[None] if rows.ndim == 1 else rows)

    def __eq__(self, other):
        return isinstance(other, Codes) and self.n == other.n and np.array_equal(self.bits, other.bits)

    def __or__(self, other):
        return self._of(self.n, self.bits | self._partner(other).bits)

    def __and__(self, other):
        return self._of(self.n, self.bits & self._partner(other).bits)

    def __repr__(self):
        return f"Codes({len(self)} of {self.n} units)"

    @property
    def patterns(self):
        """The codes as bool (B, n)."""
        return bits.unpacked(self.bits, self.n)

    @property
    def sizes(self):
        """Active units of each code, int64 (B,)."""
        out = np.zeros(len(self), np.int64)
        bits.sizes(self.bits, out)
        return out

    def overlap(self, other):
        """Count the units that each code shares with each of `other`: int64 (len(self), len(other))."""
        other = self._same_width(other)
        out = np.zeros((len(self), len(other)), np.int64)
        bits.shared(other.bits, self.bits, out)
        return out

    def similarity(self, other, measure="jaccard"):
        """Compare each code with each of `other`: float64 (len(self), len(other)), 1 for equal codes.

        With o common units of codes of sizes a and b: "overlap" o / min(a, b), "jaccard" o / (a + b - o), "cosine"
        o / sqrt(a b), "hamming" 1 - (a + b - 2 o) / n. Two empty codes are equal; an empty one shares nothing.
        """
        _measure(measure)
        both, a, b = self.overlap(other), self.sizes[:, None], other.sizes[None, :]
        below = {
            "overlap": np.minimum(a, b),
            "jaccard": a + b - both,
            "cosine": np.sqrt(a * b.astype(float)),
            "hamming": self.n,
        }
        above = self.n - (a + b - 2 * both) if measure == "hamming" else both
        return np.where(a + b == 0, 1.0, above / np.maximum(below[measure], 1))

    def union(self):
        """The units active in any of the codes, as a batch of one."""
        return self._of(self.n, np.bitwise_or.reduce(self.bits, axis=0, initial=0, keepdims=True, dtype=np.uint64))

    def subsample(self, count, seed=0):
        """Keep exactly `count` of each code's active units, at random; `count` is a number, or one for each code."""
        return self._members(_KEPT, self._counts("count", count, self.sizes, "active"), seed)

    def corrupt(self, lost, gained=None, seed=0):
        """Silence `lost` active units of each code and activate `gained` others, by default as many, at random."""
        lost = self._counts("lost", lost, self.sizes, "active")
        gained = self._counts("gained", lost if gained is None else gained, self.n - self.sizes, "silent")
        kept = self._members(_LOST, self.sizes - lost, seed)
        return self._members(_GAINED, gained, seed, value=0, out=kept.bits)

    def nearest(self, queries, measure="overlap", threads=1):
        """Find the code that is nearest to each query, the first of equal ones, in one pass over all codes.

        Parameters
        ----------
        queries : Codes
        measure : "overlap", "hamming", "jaccard" or "cosine"
            Ties are exact.
        threads : int
            That share the codes; the result does not depend on it.

        Returns
        -------
        index, overlap : int64 ndarray, shape (len(queries),)

        Raises
        ------
        PatternError
            If there are no codes, or a query is of another width or has no active unit.
        """
        queries, rule, threads = self._same_width(queries), _measure(measure), _whole("threads", threads, 1)
        asked, sizes = queries.sizes, self.sizes if measure != "overlap" else np.zeros(len(self), np.int64)
        if len(self) == 0:
            raise PatternError("nearest: there are no codes to search")
        if (asked == 0).any():
            raise PatternError(f"nearest: query {int(np.argmin(asked))} has no active unit and is near nothing")
        cuts = np.unique(np.linspace(0, len(self), threads + 1).astype(np.int64))
        shares = list(zip(cuts[:-1].tolist(), cuts[1:].tolist(), strict=True))
        index, best = np.zeros((2, len(shares), len(queries)), np.int64)

        def search(k):
            low, high = shares[k]
            bits.nearest(rule, self.bits[low:high], sizes[low:high], queries.bits, asked, index[k], best[k])

        if len(shares) == 1:
            search(0)
            return index[0], best[0]
        with ThreadPoolExecutor(len(shares)) as pool:
            list(pool.map(search, range(len(shares))))
        index += cuts[:-1, None]
        finalists = self[index.ravel()]
        for q in range(len(queries)):  # the shares' winners, in the order of the codes
            mine = finalists[q :: len(queries)]
            found, common = mine.nearest(queries[q], measure)
            index[0, q], best[0, q] = index[found[0], q], common[0]
        return index[0], best[0]

    def _members(self, stream, counts, seed, value=1, out=None):
        out = np.zeros_like(self.bits) if out is None else out
        scratch = np.zeros(self.n + 1, np.int64), np.zeros(bits.WORDS, np.uint32)
        bits.draw_members(_whole("seed", seed), stream, value, self.n, self.bits, counts, *scratch, out)
        return self._of(self.n, out)

    def _counts(self, name, value, most, kind):
        array = np.asarray(value)
        if array.dtype.kind not in "iu" or array.shape not in ((), (len(self),)):
            raise PatternError(f"{name}: a whole number, or one for each of the {len(self)} codes, is expected")
        array = np.ascontiguousarray(np.broadcast_to(array, len(self)), np.int64)
        wrong = (array < 0) | (array > most)
        if wrong.any():
            k = int(np.argmax(wrong))
            raise PatternError(f"{name}: code {k} has {most[k]} {kind} units, {array[k]} cannot be chosen")
        return array

    def _same_width(self, other):
        if not isinstance(other, Codes):
            raise PatternError(f"codes: Codes are expected, got {type(other).__name__}; make them with Codes(patterns)")
        if other.n != self.n:
            raise PatternError(f"codes: {self.n} units are expected, got {other.n}")
        return other

    def _partner(self, other):
        other = self._same_width(other)
        if len(other) != len(self) and 1 not in (len(other), len(self)):
            raise PatternError(f"codes: batches of equal length are expected, got {len(self)} and {len(other)}")
        return other


def _measure(name):
    if name not in MEASURES:
        raise UsageError(f"measure: one of {', '.join(MEASURES)} is expected, got {name!r}")
    return MEASURES[name]


def _width(n):
    if n > LARGEST:
        raise PatternError(f"n: at most {LARGEST} units are possible, got {n}")
    return int(n)


def _whole(name, value, least=0):
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise PatternError(f"{name}: a whole number of at least {least} is expected, got {value!r}")
    return int(value)
