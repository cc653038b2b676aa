"""Codes as bits: twins in sets, the laws of chance they must follow, bad input."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import naive_codes
from networks import examples
from neuromem.codes import MEASURES, Codes
from neuromem.errors import NeuromemError
from neuromem.theory import sdr

SIZES = st.sampled_from([1, 2, 7, 63, 64, 65, 200])


def sets(codes):
    return [set(np.flatnonzero(row).tolist()) for row in codes.patterns]


@pytest.mark.twin
@examples(40)
@given(SIZES, st.sampled_from([0, 1, 2, 5]), st.integers(0, 2**40), st.data())
def test_algebra_is_that_of_sets(n, count, seed, data):
    rows = np.random.default_rng(seed).random((count + 3, n)) < data.draw(st.sampled_from([0.1, 0.5, 1.0]))
    first, other = Codes(rows[:count]), Codes(rows[count:])
    a, b = sets(first), sets(other)
    assert np.array_equal(first.patterns, rows[:count])
    assert first.sizes.tolist() == [len(x) for x in a]
    assert first.overlap(other).tolist() == [[len(x & y) for y in b] for x in a]
    assert sets(first.union()) == [set().union(*a)]
    assert sets(first | other[1]) == [x | b[1] for x in a]
    assert sets(first & other[0]) == [x & b[0] for x in a]
    assert sets(other[[2, 0]]) == [b[2], b[0]]
    close = [[len(x & y) / len(x | y) if x | y else 1.0 for y in b] for x in a]
    np.testing.assert_allclose(first.similarity(other), np.array(close).reshape(count, 3))


@pytest.mark.twin
@examples(40)
@given(SIZES, st.integers(1, 9), st.integers(0, 2**40), st.sampled_from(sorted(MEASURES)), st.integers(1, 3))
def test_nearest_is_that_of_the_twin(n, count, seed, measure, threads):
    """Few units, so that there are ties."""
    rows = np.random.default_rng(seed).random((count + 2, n)) < 0.3
    rows[-2:, 0] = True
    stored, queries = Codes(rows[:-2]), Codes(rows[-2:])
    index, both = stored.nearest(queries, measure, threads=threads)
    a, b = sets(stored), sets(queries)
    assert index.tolist() == [naive_codes.nearest(a, y, measure) for y in b]
    assert both.tolist() == [len(a[k] & y) for k, y in zip(index, b)]


@pytest.mark.twin
@examples(30)
@given(SIZES, st.integers(0, 4), st.integers(0, 2**40), st.data())
def test_chance_is_that_of_the_twin(n, count, seed, data):
    active = data.draw(st.integers(1, n))
    codes = Codes.random(count, n, active, seed)
    assert sets(codes) == naive_codes.random(count, n, active, seed)
    kept = data.draw(st.integers(0, active))
    assert sets(codes.subsample(kept, seed)) == naive_codes.subsample(sets(codes), kept, seed)
    lost, gained = data.draw(st.integers(0, active)), data.draw(st.integers(0, n - active))
    assert sets(codes.corrupt(lost, gained, seed)) == naive_codes.corrupt(sets(codes), n, lost, gained, seed)


def test_codes_do_not_depend_on_the_batch():
    assert Codes.random(9, 300, 200, seed=4)[5:] == Codes.random(4, 300, 200, seed=4, first=5)
    assert Codes.random(9, 300, 200, seed=4) != Codes.random(9, 300, 200, seed=5)


def test_chance_follows_the_theory():
    """Overlaps of random codes are hypergeometric; each unit is as likely as any other, drawn, kept or gained."""
    n, a, s, trials = 300, 24, 12, 20_000
    codes = Codes.random(trials, n, a, seed=1)
    assert (codes.sizes == a).all()
    for result, share in ((codes, a), (codes.subsample(s), s), (codes.corrupt(6), a)):
        counts = result.patterns.sum(axis=0)
        assert (result.sizes == share).all()
        scaled = (counts - counts.mean()) ** 2 / (counts.mean() * (1 - share / n))
        assert stats.chi2.sf(scaled.sum(), n - 1) > 1e-4
    segment = Codes.random(1, n, s, seed=2)
    hits = int((codes.overlap(segment) >= 4).sum())
    assert stats.binomtest(hits, trials, sdr.false_positive(n, a, s, 4)).pvalue > 1e-4
    kept = codes.subsample(s, seed=7)
    assert (kept.overlap(kept[:1])[:1] == s).all()
    assert ((kept & codes).sizes == s).all()
    assert ((codes.corrupt(6, 2) & codes).sizes == a - 6).all()


@pytest.mark.parametrize(
    ("message", "call"),
    [
        ("codes: .*nan", lambda: Codes([[0.0, float("nan")]])),
        ("codes: 8 units are expected, got 9", lambda: SOME.overlap(Codes(np.ones((1, 9), bool)))),
        ("codes: Codes are expected", lambda: SOME.overlap(np.ones((1, 8)))),
        ("batches of equal length", lambda: SOME | SOME[:2]),
        ("active: at most n = 8", lambda: Codes.random(1, 8, 9)),
        ("active: a whole number of at least 1", lambda: Codes.random(1, 8, 0)),
        ("seed: ", lambda: Codes.random(1, 8, 2, seed=-1)),
        ("n: at most", lambda: Codes.random(1, 1 << 21, 2)),
        ("count: code 0 has 3 active units, 4 cannot", lambda: SOME.subsample(4)),
        ("count: a whole number", lambda: SOME.subsample(0.5)),
        ("gained: code 0 has 5 silent units", lambda: SOME.corrupt(0, 6)),
        ("query 0 has no active unit", lambda: SOME.nearest(Codes(np.zeros((1, 8), bool)))),
        ("no codes to search", lambda: SOME[:0].nearest(SOME)),
        ("measure: one of", lambda: SOME.nearest(SOME, "near")),
        ("units: whole numbers from 0 to 7", lambda: Codes.of_units([[8]], 8)),
    ],
)
def test_bad_input(message, call):
    with pytest.raises(NeuromemError, match=message):
        call()


SOME = Codes.random(3, 8, 3)
