"""Patterns, fragments and corruptions are what they say; wrong ones are refused in one sentence."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuromem import patterns
from neuromem.errors import PatternError, UsageError
from pattern_cases import rng, sentence

SIZES = [0, 1, 2, 7, 64, 1000]


@pytest.mark.parametrize("count", SIZES)
@pytest.mark.parametrize(("n", "active"), [(1, 0), (1, 1), (2, 1), (7, 7), (64, 5), (1000, 999)])
def test_random_patterns_have_exactly_active_ones(count, n, active):
    found = patterns.random_patterns(count, n, active, rng())
    assert found.shape == (count, n)
    assert found.dtype == bool
    assert (found.sum(axis=1) == active).all()


def test_random_patterns_use_all_units_alike():
    found = patterns.random_patterns(20_000, 10, 3, rng(1)).sum(axis=0)
    expected, sd = 20_000 * 0.3, np.sqrt(20_000 * 0.3 * 0.7)
    assert abs(found - expected).max() < 4 * sd
    pairs = patterns.random_patterns(20_000, 4, 2, rng(2)) @ [1, 2, 4, 8]
    counts = np.unique(pairs, return_counts=True)[1]
    assert len(counts) == 6
    assert ((counts - 20_000 / 6) ** 2 / (20_000 / 6)).sum() < 20.5  # chi square, 5 degrees of freedom, p = 0.001


def test_blocks_do_not_change_what_is_drawn(monkeypatch):
    stored = patterns.random_patterns(50, 20, 4, rng())
    kept = patterns.keep(stored, 0.5, rng(1))
    flipped = patterns.flip(stored, 0.2, rng(1))
    nearest = patterns.cosine_nearest(flipped, stored)
    monkeypatch.setattr(patterns, "_BLOCK", 60)
    assert (patterns.random_patterns(50, 20, 4, rng()) == stored).all()
    assert (patterns.keep(stored, 0.5, rng(1)) == kept).all()
    assert (patterns.flip(stored, 0.2, rng(1)) == flipped).all()
    assert (patterns.cosine_nearest(flipped, stored) == nearest).all()


@settings(deadline=None, derandomize=True, max_examples=60)
@given(st.data())
def test_neighbours_share_exactly(data):
    active = data.draw(st.integers(0, 20))
    shared = data.draw(st.integers(0, active))
    n = data.draw(st.integers(max(1, 2 * active - shared), 80))
    count = data.draw(st.sampled_from([0, 1, 2, 7]))
    found = patterns.overlapping_patterns(count, n, active, shared, rng(n))
    assert found.shape == (count, n)
    assert (found.sum(axis=1) == active).all()
    assert ((found[:-1] & found[1:]).sum(axis=1) == shared).all()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: patterns.random_patterns(-1, 5, 2, rng()), "count: at least 0"),
        (lambda: patterns.random_patterns(1, 0, 0, rng()), "n: at least 1"),
        (lambda: patterns.random_patterns(1, 5, 6, rng()), "active: at most n = 5"),
        (lambda: patterns.random_patterns(1, 5, 2.5, rng()), "active: an integer expected, got 2.5"),
        (lambda: patterns.overlapping_patterns(2, 9, 6, 2, rng()), "n: two such patterns need 10 units, got 9"),
        (lambda: patterns.overlapping_patterns(2, 9, 3, 4, rng()), "shared: at most active = 3"),
        (lambda: patterns.keep([1, 0], 1.5, rng()), "fraction: a number from 0 to 1 expected, got 1.5"),
        (lambda: patterns.keep([1, 0], float("nan"), rng()), "fraction: a number from 0 to 1"),
        (lambda: patterns.flip([1, 0], "x", rng()), "probability: a number from 0 to 1 expected, got 'x'"),
        (lambda: patterns.hide([1, 0], (2, 2), "top"), "shape: h * w = 2 expected, got 2 x 2"),
        (lambda: patterns.hide([1, 0], 2, "top"), "shape: two integers"),
        (lambda: patterns.binarize(np.zeros(3)), "images: an array (count, h, w) expected, got shape (3,)"),
        (lambda: patterns.binarize(np.full((1, 2, 2), 2.0)), "from 0 to 1"),
        (lambda: patterns.binarize(np.full((1, 2, 2), np.nan)), "from 0 to 1"),
        (lambda: patterns.binarize(np.zeros((1, 2, 2), int)), "got int64"),
        (lambda: patterns.binarize(np.zeros((1, 2, 2)), 2), "threshold: a number"),
        (lambda: patterns.cosine_nearest([1, 0], np.zeros((0, 2))), "stored: at least one pattern"),
        (
            lambda: patterns.cosine_nearest([1, 0, 0], np.zeros((1, 2))),
            "fragments: 2 values per pattern expected",
        ),
    ],
)
def test_refused_numbers(call, words):
    with pytest.raises(PatternError) as error:
        call()
    assert words in sentence(error)


def test_unknown_part_is_refused():
    with pytest.raises(UsageError, match="unknown part 'middle'; choose one of top, bottom, left, right"):
        patterns.hide([1, 0], (1, 2), "middle")


@pytest.mark.parametrize("fraction", [0, 0.1, 0.25, 0.5, 0.99, 1])
def test_keep_keeps_that_many_of_the_active(fraction):
    whole = rng(3).random((64, 50)) < 0.3
    whole[5] = False
    found = patterns.keep(whole, fraction, rng(4))
    assert not (found & ~whole).any()
    wanted = [max(round(fraction * active), 1) if active else 0 for active in whole.sum(axis=1).tolist()]
    assert found.sum(axis=1).tolist() == wanted


def test_keep_chooses_alike():
    found = sum(patterns.keep(np.ones((2000, 10), bool), 0.3, rng(seed)).sum(axis=0) for seed in range(10))
    assert abs(found - 6000).max() < 4 * np.sqrt(20_000 * 0.3 * 0.7)


def test_flip_flips_with_that_probability():
    whole = rng(5).random((200, 500)) < 0.5
    changed = (patterns.flip(whole, 0.05, rng(6)) ^ whole).mean()
    assert abs(changed - 0.05) < 4 * np.sqrt(0.05 * 0.95 / whole.size)
    assert (patterns.flip(whole, 0, rng()) == whole).all()
    assert (patterns.flip(whole, 1, rng()) == ~whole).all()


@pytest.mark.parametrize("shape", [(4, 6), (5, 3), (1, 1)])
def test_hide_blanks_one_half(shape):
    h, w = shape
    whole = np.ones((3, h * w), bool)
    blank = {
        part: ~patterns.hide(whole, shape, part).reshape(3, h, w)[1] for part in ("top", "bottom", "left", "right")
    }
    rows, columns = np.indices(shape)
    assert (blank["top"] == (rows < h // 2)).all()
    assert (blank["bottom"] == (rows >= h - h // 2)).all()
    assert (blank["left"] == (columns < w // 2)).all()
    assert (blank["right"] == (columns >= w - w // 2)).all()
    assert whole.all()


@pytest.mark.parametrize(
    "change",
    [
        lambda p: patterns.keep(p, 0.5, rng()),
        lambda p: patterns.flip(p, 0.5, rng()),
        lambda p: patterns.hide(p, (2, 5), "top"),
    ],
)
def test_one_pattern_or_none_or_many(change):
    whole = rng(7).random((4, 10)) < 0.5
    before = whole.copy()
    assert (change(whole[0]) == change(whole[:1])[0]).all()
    assert change(whole[0]).shape == (10,)
    assert change(whole[:0]).shape == (0, 10)
    assert change(whole.astype(float)).dtype == bool
    assert (whole == before).all()


def test_binarize():
    gray = np.array([[[0, 127], [128, 255]]], np.uint8)
    expected = [[False, False, True, True]]
    assert patterns.binarize(gray).tolist() == expected
    assert patterns.binarize(gray / 255).tolist() == expected
    assert patterns.binarize(gray.astype(np.uint16) * 257).tolist() == expected
    assert patterns.binarize(gray > 127).tolist() == expected
    assert patterns.binarize(gray.reshape(1, 4)).tolist() == expected
    assert patterns.binarize(gray, threshold=0).tolist() == [[False, True, True, True]]
    assert patterns.binarize(np.zeros((0, 3, 4), np.uint8)).shape == (0, 12)


@pytest.mark.parametrize("x", [[[1, 0], [0, 1]], np.eye(2), np.eye(2, dtype=bool), np.eye(2, dtype=np.int8)])
def test_as_patterns_takes_all_binary_forms(x):
    found, single = patterns.as_patterns(x)
    assert found.dtype == bool
    assert found.tolist() == [[True, False], [False, True]]
    assert single is False
    found, single = patterns.as_patterns(x[0], 2)
    assert found.tolist() == [[True, False]]
    assert single is True


def test_as_patterns_takes_empty_batches():
    assert patterns.as_patterns(np.zeros((0, 5)), 5)[0].shape == (0, 5)


@pytest.mark.parametrize(
    ("x", "words"),
    [
        (np.zeros((2, 100)), "fragments: 784 values per pattern expected, got 100; "),
        (np.zeros((0, 100)), "784 values per pattern expected, got 100"),
        (np.zeros(100), "784 values per pattern expected, got 100"),
        (np.zeros((1, 2, 784)), "an array (B, n) or (n,) expected, got shape (1, 2, 784)"),
        (1, "got shape ()"),
        (np.full((2, 784), 2), "0 or 1 expected, got 2 in pattern 0, unit 0"),
        (np.full((2, 784), -1), "0 or 1 expected, got -1"),
        (np.where(np.arange(784) == 5, np.nan, 0), "0 or 1 expected, got nan in pattern 0, unit 5"),
        (np.full(784, np.inf), "got inf"),
        (np.full(784, 0.5), "got 0.5"),
        (["1"] * 784, "bool or 0/1 numbers expected, got <U1"),
        ([None] * 784, "got object"),
        (np.zeros(784, complex), "got complex128"),
        (None, "got object"),
        ([[1, 0], [1]], "rows of one length expected"),
    ],
)
def test_as_patterns_refuses(x, words):
    with pytest.raises(PatternError) as error:
        patterns.as_patterns(x, 784, "fragments")
    assert words in sentence(error)
    assert sentence(error).startswith("fragments: ")


def test_as_patterns_without_length_refuses_nothing_at_all():
    with pytest.raises(PatternError, match=r"an empty batch is \(0, n\)"):
        patterns.as_patterns([])


def naive_nearest(fragment, stored):
    from fractions import Fraction

    best, place = Fraction(-1), 0
    for index, pattern in enumerate(stored):
        overlap, size = int((fragment & pattern).sum()), int(pattern.sum())
        score = Fraction(overlap**2, size) if size else Fraction(0)
        if score > best:
            best, place = score, index
    return place


@pytest.mark.parametrize("count", [1, 2, 7, 64])
@pytest.mark.parametrize("n", [1, 2, 7, 64])
def test_cosine_nearest_is_the_naive_one(count, n):
    generator = rng(count * 100 + n)
    stored = generator.random((count, n)) < generator.random((count, 1))
    fragments = generator.random((50, n)) < 0.4
    fragments[0] = False
    assert patterns.cosine_nearest(fragments, stored).tolist() == [naive_nearest(f, stored) for f in fragments]


def test_cosine_nearest_ties_and_forms():
    stored = np.zeros((3, 9), bool)
    stored[0, 7:] = True
    stored[1, :8] = True  # overlap 4 of 8, and
    stored[2, :2] = True  # overlap 2 of 2: the same, though 4 / sqrt(8) and 2 / sqrt(2) may round apart
    fragment = np.arange(9) < 4
    assert patterns.cosine_nearest(fragment, stored) == 1
    assert patterns.cosine_nearest(fragment, stored[[0, 2, 1]]) == 1
    assert np.ndim(patterns.cosine_nearest(fragment, stored)) == 0
    assert patterns.cosine_nearest(fragment[None][:0], stored).shape == (0,)
    assert patterns.cosine_nearest(fragment[None], stored).dtype == np.int64
