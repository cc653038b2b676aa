"""Sparse distributed codes and dendritic segments: how often they match by chance, and how often they miss.

A code has `a` of `n` units active. A segment samples `s` units and matches a code that has at least `theta` of them.

Sources: S. Ahmad and J. Hawkins, "Properties of sparse distributed representations and their application to
hierarchical temporal memory" (arXiv:1503.07469, 2015); "How do neurons operate on sparse distributed representations?"
(arXiv:1601.00720, 2016). Probabilities are products of exact ratios and sums of positive terms, so their relative error
stays near that of a single multiplication, from 1e-300 to 1; differences of log-gamma lose up to all digits.
"""

import math
from functools import wraps

import numpy as np

from neuromem.errors import UsageError

SMALLEST_TERM = 2.0**-60
"""Terms that are this much smaller than the sum so far, and falling, cannot change it."""


def capacity(n, a):
    """Number of codes with a of n units active, C(n, a); an exact int."""
    n, a = _whole("n", n), _whole("a", a, high=n)
    return math.comb(n, a)


def overlap_set_size(n, a, s, b):
    """Number of codes, of a active among n units, that share exactly b units with a given set of s; an exact int.

    C(s, b) C(n - s, a - b), equation 4 of Ahmad and Hawkins 2015.
    """
    n = _whole("n", n)
    a, s, b = _whole("a", a, high=n), _whole("s", s, high=n), _whole("b", b)
    return math.comb(s, b) * math.comb(n - s, a - b) if b <= a else 0


def _vectorised(function):
    """Broadcast over array arguments; float for numbers, float64 array otherwise."""

    @wraps(function)
    def over_arrays(*arguments, **options):
        names = function.__code__.co_varnames[: function.__code__.co_argcount]
        given = dict(zip(names, arguments, strict=False)) | options
        arrays = [np.asarray(value) for value in given.values()]
        if all(array.ndim == 0 for array in arrays):
            return function(**given)
        shape = np.broadcast_shapes(*(array.shape for array in arrays))
        cells = zip(*(np.broadcast_to(array, shape).ravel().tolist() for array in arrays), strict=True)
        return np.array([function(**dict(zip(given, cell, strict=True))) for cell in cells], np.float64).reshape(shape)

    return over_arrays


@_vectorised
def false_positive(n, a, s, theta):
    """Probability that a random code matches a segment, the sum over b >= theta of C(s, b) C(n - s, a - b) / C(n, a).

    Equation 6 of Ahmad and Hawkins 2015. Arguments may be arrays.

    Parameters
    ----------
    n : int
        Units.
    a : int or float
        Active units, at most n; a union of codes has a mean number of them, which need not be whole.
    s : int
        Synapses of the segment, at most n.
    theta : int
        Matching needs so many.

    Returns
    -------
    float or ndarray of float64

    Raises
    ------
    UsageError
    """
    n, theta = _whole("n", n), _whole("theta", theta)
    s, a = _whole("s", s, high=n), _real("a", a, high=n)
    return _tail(n, a, s, theta)


@_vectorised
def false_negative(a, s, theta, lost):
    """Probability that a segment misses its own code of a active units after `lost` of them fell silent.

    The segment sampled s of the a; it misses when more than s - theta of those are lost: the sum over b > s - theta of
    C(s, b) C(a - s, lost - b) / C(a, lost). The number of units does not matter. Arguments may be arrays.
    """
    a, theta = _whole("a", a), _whole("theta", theta)
    s, lost = _whole("s", s, high=a), _real("lost", lost, high=a)
    return _tail(a, lost, s, s - theta + 1)


@_vectorised
def neuron_false_positive(n, a, s, theta, segments):
    """Probability that a random code matches one or more of a neuron's independent segments, 1 - (1 - FP)**segments."""
    return _any(false_positive(n, a, s, theta), _real("segments", segments))


@_vectorised
def union_size(n, a, patterns):
    """Mean number of units in the union of so many random codes, n (1 - (1 - a / n)**patterns)."""
    n = _whole("n", n, low=1)
    return n * _any(_real("a", a, high=n) / n, _real("patterns", patterns))


def union_sizes(n, a, patterns):
    """How large the union of so many random codes is: (sizes int64, probabilities float64), those above 1e-18 only.

    Each code adds a minus its overlap with the union so far, which is hypergeometric.
    """
    from scipy.stats import hypergeom

    n = _whole("n", n, low=1)
    a, patterns = _whole("a", a, high=n), _whole("patterns", patterns, low=1)
    sizes, chances = np.array([a]), np.ones(1)
    for _ in range(patterns - 1):
        new = np.arange(a + 1)[:, None]
        more = chances * hypergeom.pmf(a - new, n, sizes, a)
        after = np.bincount((sizes + new).ravel(), more.ravel())
        sizes = np.flatnonzero(after > 1e-18)
        chances = after[sizes] / after[sizes].sum()
    return sizes, chances


@_vectorised
def union_false_positive(n, a, s, theta, patterns, of="input"):
    """False positives where a union of `patterns` codes is the input, or is stored on the segment.

    of="input": `a` becomes the union's mean size; of="segment": `s` becomes it, rounded. Section 4 of Ahmad and Hawkins
    2016. Both put the mean in the place of the union's size, which varies a little.
    """
    if of not in ("input", "segment"):
        raise UsageError(f'union_false_positive: of must be "input" or "segment", not {of!r}')
    if of == "input":
        return false_positive(n, union_size(n, a, patterns), s, theta)
    return false_positive(n, a, round(union_size(n, s, patterns)), theta)


@_vectorised
def union_match(n, a, patterns):
    """Probability that a random code lies wholly inside the union of `patterns` others, (1 - (1 - a / n)**patterns)**a.

    Equation 12 of Ahmad and Hawkins 2015, for exact matching of independent units.
    """
    n = _whole("n", n, low=1)
    a = _whole("a", a, high=n)
    return _any(a / n, _real("patterns", patterns)) ** a


@_vectorised
def sequence_overlap(n, a, s, theta, sequences, length):
    """Jaccard index of what a first-order sequence memory predicts and what comes, a / (a + P (n - a)).

    Each unit has on average (length - 1) sequences a / n segments, one for each transition into it; P is the
    probability that one of them matches by chance.
    """
    n = _whole("n", n, low=1)
    segments = (_real("length", length, low=1) - 1.0) * _real("sequences", sequences) * _real("a", a, high=n) / n
    return a / (a + _any(false_positive(n, a, s, theta), segments) * (n - a)) if a else 1.0


def optimal_threshold(n, a, s, error=1e-9):
    """Smallest threshold of a segment at which false positives are rarer than `error`; None if none is, up to s."""
    error = _real("error", error, high=1.0)
    return next((theta for theta in range(1, _whole("s", s) + 1) if false_positive(n, a, s, theta) < error), None)


def _tail(n, a, s, theta):
    """P(at least theta of s draws without replacement are among the a active of n)."""
    low, high = max(theta, 0, math.ceil(s - (n - a))), min(s, math.floor(a))
    if theta <= max(0, math.ceil(s - (n - a))):
        return 1.0
    if low > high:
        return 0.0
    mean = s * a / n
    if theta <= mean - 1.0 and a == int(a):  # the other side is the shorter one, and no smaller than the rest
        return _sum(n, a, s, low, high)
    return min(1.0, _sum(n, a, s, low, high))


def _sum(n, a, s, low, high):
    """The terms b = low to high, each from the one before it."""
    mantissa, exponent = _term(n, a, s, low)
    total, term = 1.0, 1.0
    for b in range(low, high):
        ratio = (s - b) * (a - b) / ((b + 1) * (n - s - a + b + 1))
        term *= ratio
        total += term
        if ratio < 1.0 and term < total * SMALLEST_TERM:
            break
        if total > 1e250:
            mantissa, exponent = _scaled(mantissa * total, exponent)
            term, total = term / total, 1.0
    return _unscaled(mantissa * total, exponent)


def _term(n, a, s, b):
    """P(b of s): C(s, b) times the falling products of a and n - a over that of n, as (mantissa, power of two)."""
    hits = [((s - k) * (a - k), (k + 1) * (n - k)) for k in range(b)]
    misses = [(n - a - k, n - b - k) for k in range(s - b)]
    mantissa, exponent = 1.0, 0
    for above, below in hits + misses:
        mantissa, exponent = _scaled(mantissa * (above / below), exponent)
    return mantissa, exponent


def _scaled(mantissa, exponent):
    mantissa, shift = math.frexp(mantissa)
    return mantissa, exponent + shift


def _unscaled(mantissa, exponent):
    return math.ldexp(mantissa, max(exponent, -1100))


def _any(p, count):
    """1 - (1 - p)**count, exact for small p."""
    return 1.0 if p >= 1.0 and count > 0 else -math.expm1(count * math.log1p(-min(p, 1.0 - 1e-16)))


def _whole(name, value, *, low=0, high=None):
    if isinstance(value, float) and not value.is_integer():
        raise UsageError(f"{name}: a whole number is expected, got {value!r}")
    return int(_real(name, value, low=low, high=high))


def _real(name, value, *, low=0, high=None):
    try:
        number = value if isinstance(value, int) and not isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        raise UsageError(f"{name}: a number is expected, got {value!r}") from None
    if not low <= number <= (math.inf if high is None else high) or number == math.inf:
        limit = f"{low} or more" if high is None else f"between {low} and {high}"
        raise UsageError(f"{name}: a number {limit} is expected, got {value!r}")
    return number
