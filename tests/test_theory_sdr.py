"""Sparse-code mathematics against exact rational arithmetic, published figures and Monte Carlo."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from neuromem.errors import UsageError
from neuromem.theory import sdr

ENOUGH = 1e-4


def falling(x, k):
    """x (x - 1) ... (x - k + 1), exactly."""
    return math.prod((x - i for i in range(k)), start=Fraction(1))


def tail(n, a, s, theta):
    """P(at least theta of s draws hit), exactly, for any real a."""
    if a == int(a):
        ways = sum(math.comb(s, b) * math.comb(n - s, int(a) - b) for b in range(theta, min(s, int(a)) + 1))
        return Fraction(ways, math.comb(n, int(a)))
    a = Fraction(a)
    weights = (math.comb(s, b) * falling(a, b) * falling(n - a, s - b) for b in range(theta, s + 1))
    return sum(weights, start=Fraction(0)) / falling(Fraction(n), s)


def close(got, want):
    """Relative error at most 1e-12, down to 1e-300."""
    want = float(want) if want > Fraction(1, 10**300) else 0.0
    return abs(got - want) <= 1e-12 * want if want else got < 1e-299


@settings(max_examples=300)
@given(st.data())
def test_false_positives_are_exact(data):
    n = data.draw(st.integers(1, 400))
    a, s = data.draw(st.integers(0, n)), data.draw(st.integers(0, n))
    theta = data.draw(st.integers(0, s + 1))
    assert close(sdr.false_positive(n, a, s, theta), tail(n, a, s, theta))


@settings(max_examples=40)
@given(st.data())
def test_false_positives_of_large_codes_are_exact(data):
    """Up to 1e-300 and beyond; also for a mean number of active units."""
    n = data.draw(st.integers(10_000, 200_000))
    s = data.draw(st.integers(1, 240))
    a = data.draw(st.one_of(st.integers(1, 4000), st.floats(s + 1.0, 4000.0, width=32)))
    theta = data.draw(st.integers(1, s))
    assert close(sdr.false_positive(n, a, s, theta), tail(n, a, s, theta))


@settings(max_examples=200)
@given(st.data())
def test_false_negatives_are_exact(data):
    """By counting which of the lost units the segment had sampled."""
    a = data.draw(st.integers(1, 300))
    s, lost = data.draw(st.integers(0, a)), data.draw(st.integers(0, a))
    theta = data.draw(st.integers(0, s))
    missed = range(s - theta + 1, s + 1)
    ways = sum(math.comb(s, b) * math.comb(a - s, lost - b) for b in missed if 0 <= lost - b <= a - s)
    assert close(sdr.false_negative(a, s, theta, lost), Fraction(ways, math.comb(a, lost)))


@pytest.mark.parametrize(
    ("arguments", "want"),
    [
        ((200_000, 2000, 20, 10), 1.6499e-15),
        ((10_000, 300, 24, 12), 8.3758e-13),
        ((10_000, 64, 24, 12), 4.0416e-21),
        ((4000, 128, 24, 12), 1.3432e-12),
        ((1024, 8, 4, 2), 3.1824e-4),
        ((4000, 400, 4, 2), 5.2215e-2),
        ((2000, 40, 20, 15), 2.4719e-23),
        ((100_000, 2000, 240, 20), 1.080e-7),
        ((1024, 4, 4, 2), 6.855e-5),
        ((1024, 7, 7, 4), 2.671e-8),
    ],
)
def test_published_false_positives(arguments, want):
    """Tables of arXiv:1503.07469 and arXiv:1601.00720, as printed."""
    assert sdr.false_positive(*arguments) == pytest.approx(want, rel=1e-3)


def test_published_unions_and_misses():
    unions = [sdr.union_false_positive(1000, 30, 20, 10, m) for m in (1, 2, 5, 10, 20)]
    np.testing.assert_allclose(unions, [1.750e-11, 2.827e-8, 1.225e-4, 1.857e-2, 0.4301], rtol=1e-3)
    stored = [sdr.union_false_positive(1000, 200, 25, 15, m, of="segment") for m in (1, 2, 3)]
    np.testing.assert_allclose(stored, [1.001e-5, 0.0474, 0.5017], rtol=1e-2)
    misses = sdr.false_negative(128, 30, np.array([8, 12, 16]), 64)
    np.testing.assert_allclose(misses, [7.354e-4, 0.07170, 0.58250], rtol=1e-3)
    whole = [sdr.union_match(1024, a, m) for a, m in ((2, 20), (20, 20), (20, 40))]
    np.testing.assert_allclose(whole, [1.470e-3, 1.835e-10, 5.482e-6], rtol=1e-3)
    jaccard = sdr.sequence_overlap(np.array([600, 700, 800, 900]), 64, 20, 10, 20_000 / 19, 20)
    np.testing.assert_allclose(jaccard, [0.8817, 0.9679, 0.9904, 0.9968], atol=2e-4)


def test_median_false_positive_falls_with_the_threshold():
    """The grid of the optimal-threshold figure: 5 sizes, 6 sparsities, 7 segment sizes."""
    n = np.array([1000, 5000, 9000, 13_000, 17_000])[:, None, None]
    a = np.round(n * np.arange(0.005, 0.031, 0.005)[None, :, None]).astype(int)
    s = np.arange(20, 51, 5)[None, None, :]
    medians = [float(np.median(sdr.false_positive(n, a, np.minimum(s, n), theta))) for theta in (3, 5, 8, 10)]
    np.testing.assert_allclose(medians, [1.733e-2, 1.710e-4, 3.33e-8, 4.80e-11], rtol=0.02)
    assert sdr.optimal_threshold(2000, 40, 20, 1e-9) == 9
    assert sdr.optimal_threshold(10, 9, 3, 1e-9) is None


def test_counts():
    """All codes are sorted by their overlap with a set."""
    assert sum(sdr.overlap_set_size(50, 7, 12, b) for b in range(8)) == sdr.capacity(50, 7) == math.comb(50, 7)
    assert sdr.overlap_set_size(50, 7, 12, 9) == 0
    assert 1 / sdr.capacity(1024, 20) == pytest.approx(1.825e-42, rel=1e-3)


# ---- Monte-Carlo twins


def codes(rng, count, n, a):
    """Random codes, bool (count, n)."""
    out = np.zeros((count, n), bool)
    np.put_along_axis(out, rng.random((count, n)).argpartition(a, axis=1)[:, :a], True, axis=1)
    return out


def agrees(hits, trials, p):
    """The number of hits could come of this probability."""
    return stats.binomtest(int(hits), trials, p).pvalue > ENOUGH


@pytest.mark.parametrize(("n", "a", "s", "theta"), [(100, 10, 10, 2), (300, 40, 24, 6), (60, 30, 20, 11)])
def test_monte_carlo_matches(n, a, s, theta):
    rng = np.random.default_rng(0)
    trials, lost = 20_000, a // 4
    inputs = codes(rng, trials, n, a)
    found = inputs[:, :s].sum(axis=1) >= theta
    assert agrees(found.sum(), trials, sdr.false_positive(n, a, s, theta))
    segments = codes(rng, 10, n, s).astype(np.float32)
    some = (inputs.astype(np.float32) @ segments.T >= theta).any(axis=1)
    expected = sdr.neuron_false_positive(n, a, s, theta, 10)
    assert some.mean() == pytest.approx(expected, rel=0.1, abs=0.01)  # ten given segments are not a random ten
    if s <= a:
        silent = codes(rng, trials, a, lost)[:, :s].sum(axis=1)
        assert agrees((s - silent < theta).sum(), trials, sdr.false_negative(a, s, theta, lost))


def test_monte_carlo_unions():
    """Against the size of a union itself, so that only the formula's use of its mean is left as an error."""
    rng = np.random.default_rng(1)
    n, a, m, trials = 400, 20, 5, 4000
    union = codes(rng, trials * m, n, a).reshape(trials, m, n).any(axis=1)
    assert union.sum(axis=1).mean() == pytest.approx(sdr.union_size(n, a, m), abs=4 * union.sum(axis=1).std() / 63)
    found = union[:, :20].sum(axis=1) >= 8
    assert found.mean() == pytest.approx(sdr.union_false_positive(n, a, 20, 8, m), rel=0.15)
    union = codes(rng, trials * 20, 60, 3).reshape(trials, 20, 60).any(axis=1)
    assert union[:, :3].all(axis=1).mean() == pytest.approx(sdr.union_match(60, 3, 20), rel=0.1)


def test_sizes_of_unions():
    """Exactly, for codes so small that all pairs can be listed; and their mean is that of the formula."""
    codes = list(itertools.combinations(range(6), 2))
    counted = np.bincount([len({*x, *y, *z}) for x in codes for y in codes for z in codes], minlength=7)
    sizes, chances = sdr.union_sizes(6, 2, 3)
    np.testing.assert_allclose(chances, (counted / len(codes) ** 3)[sizes], rtol=1e-12)
    assert counted[sizes].sum() == len(codes) ** 3
    sizes, chances = sdr.union_sizes(500, 20, 12)
    assert sizes @ chances == pytest.approx(sdr.union_size(500, 20, 12), rel=1e-10)


# ---- bad input


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: sdr.false_positive(10, 11, 3, 1), "a: .*between 0 and 10"),
        (lambda: sdr.false_positive(10, 3, 11, 1), "s: .*between 0 and 10"),
        (lambda: sdr.false_positive(10, 3, 2.5, 1), "s: a whole number"),
        (lambda: sdr.false_positive(10, float("nan"), 3, 1), "a: "),
        (lambda: sdr.false_positive(10, "many", 3, 1), "a: a number is expected, got 'many'"),
        (lambda: sdr.false_positive(-1, 0, 0, 1), "n: "),
        (lambda: sdr.false_negative(10, 11, 3, 1), "s: "),
        (lambda: sdr.union_false_positive(10, 3, 2, 1, 4, of="both"), "of must be"),
        (lambda: sdr.overlap_set_size(10, 11, 2, 1), "a: "),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(UsageError, match=message):
        call()


def test_arrays_and_numbers():
    assert isinstance(sdr.false_positive(100, 10, 10, 2), float)
    grid = sdr.false_positive(np.array([[100], [200]]), 10, np.array([5, 6, 7]), 2)
    assert grid.shape == (2, 3)
    assert grid[1, 2] == sdr.false_positive(200, 10, 7, 2)
    assert sdr.false_positive(100, 10, 10, np.zeros(0)).shape == (0,)
