"""Exponential, logarithm and powers that do not branch on their arguments, against those of `math`."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiled import doors
from networks import examples

pytestmark = pytest.mark.twin

SIZES = st.sampled_from([0, 1, 2, 7, 64, 1000])


def outcome(kernel, given_):
    given_ = np.asarray(given_, float)
    out = np.full(given_.size, np.nan)
    kernel(given_, out)
    return out


@examples(50)
@given(SIZES, st.integers(0, 2**32), st.sampled_from([1e-3, 1.0, 30.0, 700.0]))
def test_exponential(n, seed, reach):
    x = np.random.default_rng(seed).uniform(-reach, reach, n)
    np.testing.assert_allclose(outcome(doors.smooth_exp, x), [math.exp(v) for v in x], rtol=4e-16, atol=0)


def test_exponential_at_its_edges():
    """Halves of ln 2, where the whole number of twos changes; beyond what a float can hold it stays at the edge."""
    halves = [d * (k + 0.5) * math.log(2) for k in range(1000) for d in (-1, 1)]
    np.testing.assert_allclose(outcome(doors.smooth_exp, halves), np.exp(halves), rtol=4e-16, atol=0)
    assert outcome(doors.smooth_exp, [0.0, -0.0]).tolist() == [1.0, 1.0]
    low, high = outcome(doors.smooth_exp, [-1e300, 1e300])
    assert 0 < low < 1e-307
    assert 1e307 < high < math.inf


@examples(50)
@given(SIZES, st.integers(0, 2**32), st.sampled_from([1e-12, 1e-3, 0.5, 2.0, 30.0, 700.0]))
def test_exponential_minus_one(n, seed, reach):
    """Next to 0 too, where it vanishes."""
    x = np.random.default_rng(seed).uniform(-reach, reach, n)
    np.testing.assert_allclose(outcome(doors.smooth_expm1, x), [math.expm1(v) for v in x], rtol=8e-16, atol=0)


def test_exponential_minus_one_at_its_edges():
    halves = [d * (k + 0.5) * math.log(2) for k in range(1000) for d in (-1, 1)]
    np.testing.assert_allclose(outcome(doors.smooth_expm1, halves), np.expm1(halves), rtol=8e-16, atol=0)
    assert outcome(doors.smooth_expm1, [0.0]).tolist() == [0.0]


def test_what_is_not_a_number_stays_so():
    assert np.isnan(outcome(doors.smooth_exp, [math.nan])).all()
    assert np.isnan(outcome(doors.smooth_expm1, [math.nan])).all()


@examples(50)
@given(SIZES, st.integers(0, 2**32), st.sampled_from([1e-9, 0.1, 1.0, 700.0]))
def test_logarithm(n, seed, reach):
    """Next to 1 too, where it vanishes."""
    x = np.exp(np.random.default_rng(seed).uniform(-reach, reach, n))
    np.testing.assert_allclose(outcome(doors.smooth_log, x), [math.log(v) for v in x], rtol=6e-16, atol=0)


def test_logarithm_at_its_edges():
    x = [2.0**e * f for e in range(-1021, 1023) for f in (1.0, math.sqrt(0.5), math.nextafter(math.sqrt(0.5), 1.0))]
    np.testing.assert_allclose(outcome(doors.smooth_log, x), np.log(x), rtol=6e-16, atol=0)
    assert outcome(doors.smooth_log, [1.0])[0] == 0.0


@examples(50)
@given(SIZES, st.integers(0, 2**32), st.sampled_from([0.0, 1.0, 2.0, 7.0, 8.0, 64.0, 65.0, 0.5, 2.5, -1.0, -0.3]))
def test_powers(n, seed, power):
    rng = np.random.default_rng(seed)
    base, factor = rng.uniform(0.5, 1.0, n), rng.uniform(1.0, 2.0, n)
    out = factor.copy()
    doors.times_power(out, base.copy(), power)
    np.testing.assert_allclose(out, [f * v**power for f, v in zip(factor, base)], rtol=2e-14, atol=0)


@pytest.mark.parametrize(("power", "expected"), [(0.0, [1, 1]), (1.0, [0, 1]), (0.5, [0, 1]), (8.0, [0, 1])])
def test_powers_of_nothing_and_of_all(power, expected):
    out = np.ones(2)
    doors.times_power(out, np.array([0.0, 1.0]), power)
    assert out.tolist() == expected


def test_the_first_power_is_exact():
    x = np.random.default_rng(0).random(100)
    out = np.ones(100)
    doors.times_power(out, x.copy(), 1.0)
    assert out.tobytes() == x.tobytes()
