"""Kernels of random connectivity against their naive twins, row by row, and the cutting of rows into parts."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import naive_draws
from compiled import doors
from networks import examples
from neuromem.engine.wiring import cut
from neuromem.kernels import connect
from neuromem.network import FixedInDegree, FixedProbability, FixedTotalNumber, Normal, draws
from neuromem.network.wires import Wires

pytestmark = pytest.mark.twin

SEEDS = st.integers(0, 2**63 - 1)
WORD = st.integers(0, 2**32 - 1)
SIZES = st.sampled_from([1, 2, 7, 64, 1000])
SHARES = st.sampled_from([1e-12, 0.003, 0.3, 0.97, 1.0])
FIRST = naive_draws.CONNECT


def lists(start, post):
    """Rows as a list of lists."""
    return [post[low:high].tolist() for low, high in zip(start[:-1], start[1:], strict=True)]


def room():
    return np.zeros(connect.WORDS, np.uint32), np.zeros(connect.WORDS, np.int64)


def test_logarithm():
    """To a few units in the last place over all words, also next to 1, where the logarithm vanishes."""
    edges = [int(2.0**e * math.sqrt(0.5)) + d for e in range(2, 33) for d in (-1, 0, 1)]
    edges += [min(2**e + d, 2**32 - 1) for e in range(2, 33) for d in (-2, -1, 0, 1)]
    given_ = np.array([0, 1, 2, *edges, *np.random.default_rng(0).integers(0, 2**32, 500)], np.uint32)
    out = np.zeros(given_.size)
    doors.logarithms(given_, out)
    np.testing.assert_allclose(out, [math.log(naive_draws.unit(word)) for word in given_.tolist()], rtol=1e-15, atol=0)


@examples(100)
@given(st.lists(st.tuples(WORD, WORD), min_size=1), st.integers(1, 2**31 - 1))
def test_below(pairs, bound):
    """A uniform number of 64 bits, scaled, rounded down."""
    high, low = (np.array(side, np.uint32) for side in zip(*pairs, strict=True))
    out = np.zeros(high.size, np.int64)
    doors.below(high, low, bound, out)
    assert out.tolist() == [((h << 32) + w) * bound >> 64 for h, w in pairs]


@examples(50)
@given(SEEDS, st.integers(0, 2**31), SIZES, SHARES, st.integers(0, 2**16), st.integers(0, 2**16))
def test_bernoulli_row(seed, row, n, p, one, other):
    """Whole, and as a part that wants targets low to high - 1 sees it."""
    low, high = sorted((one % (n + 1), other % (n + 1)))
    out = np.full(n, -1)
    law = connect.Law(seed, FIRST, *draws.bernoulli_constants(p, n), n, *room())
    count = doors.row(law, row, low, high, out)
    want = naive_draws.bernoulli_row(p, n, seed, FIRST, row)
    assert [j for j in out[:count].tolist() if low <= j < high] == [j for j in want if low <= j < high]
    count = doors.row(law, row, 0, n, out)
    assert out[:count].tolist() == want


@examples(20)
@given(SEEDS, SIZES, st.sampled_from([1, 3]), SHARES, st.integers(0, 40))
def test_bernoulli_rows(seed, n, n_pre, p, more):
    """Drawing stops while there is room for a whole row, and goes on from there."""
    want = naive_draws.rows(FixedProbability(p), n_pre, n, seed, 5)
    start, out, done, calls = np.zeros(n_pre + 1, np.int64), np.zeros(n + more, np.uint16), 0, 0
    law = connect.Law(seed, FIRST + 5, *draws.bernoulli_constants(p, n), n, *room())
    while done < n_pre:
        done = connect.bernoulli_rows(law, n_pre, done, start, out)
        out, calls = np.concatenate([out, np.zeros(n + more, np.uint16)]), calls + 1
        assert calls <= n_pre
    assert lists(start, out) == want


@examples(20)
@given(SEEDS, st.sampled_from([(0, 1), (1, 1), (1, 7), (7, 7), (3, 300), (130, 150)]), st.sampled_from([1, 2, 30]))
def test_in_degree(seed, sizes, n_post):
    k, n_pre = sizes
    start, post = FixedInDegree(k).rows(n_pre, n_post, seed, 9)
    assert lists(start, post) == naive_draws.rows(FixedInDegree(k), n_pre, n_post, seed, 9)


@examples(20)
@given(SEEDS, st.sampled_from([0, 1, 2, 7, 64, 400]), st.sampled_from([1, 2, 30]), st.sampled_from([1, 7, 70000]))
def test_total_number(seed, n, n_pre, n_post):
    start, post = FixedTotalNumber(n).rows(n_pre, n_post, seed, 2)
    assert lists(start, post) == naive_draws.rows(FixedTotalNumber(n), n_pre, n_post, seed, 2)


@examples(20)
@given(SEEDS, st.lists(st.sampled_from([0, 1, 2, 7, 200]), max_size=4), st.sampled_from([-2.0, 0.0, 1.0, 40.0]))
def test_normals(seed, sizes, mean):
    """Weights and, in whole steps, delays; with means at which most draws, or as good as all, are repeated."""
    law, start = Normal(mean, 0.6, low=0.25), np.cumsum([0, *sizes])
    got = draws.normal(law, start, seed, 5, low=law.low, unit=0.0, dtype=np.float64)
    want = [value for i, size in enumerate(sizes) for value in naive_draws.normals(size, law, seed, 5, i)]
    np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-12)
    law = Normal(mean, 0.6, low=1.0)
    got = draws.normal(law, start, seed, 5, low=law.low, unit=1.0, dtype=np.uint16)
    want = [value for i, size in enumerate(sizes) for value in naive_draws.normals(size, law, seed, 5, i, whole=True)]
    assert got.tolist() == want


@examples(30)
@given(st.integers(0, 2**32), st.sampled_from([1, 2, 7, 64]), st.integers(0, 100), st.booleans())
def test_cutting(seed, n_post, count, each):
    """A part gets its targets, counted from its first, and is told which they were if each has a weight."""
    rng = np.random.default_rng(seed)
    sizes = rng.multinomial(count, [0.25] * 4)
    start = np.concatenate([[0], np.cumsum(sizes)])
    post = np.concatenate([np.sort(rng.integers(0, n_post, size)) for size in sizes]).astype(np.uint16)
    whole = Wires(start, post, rng.random(count) if each else 0.5, 1, None)
    low, high = sorted(rng.integers(0, n_post + 1, 2).tolist())
    begin, target, chosen = cut(whole, low, high, n_post)
    assert lists(begin, target) == [[j - low for j in row if low <= j < high] for row in lists(start, post)]
    assert target.dtype == np.uint16
    if each:
        assert (post[chosen] - low).tolist() == target.tolist()
        assert whole.weight[chosen].size == target.size
