"""Random numbers: known answers, the naive twin, and honest statistics. Seeds are fixed, so no alarm is false."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba import njit
from scipy import stats

from naive import add_ballast
from naive import philox as naive_philox
from naive import uniforms as naive_uniforms
from neuromem.engine import simulate
from neuromem.kernels.philox import philox, uniforms
from neuromem.network import (
    AllButSelf,
    AllToAll,
    FixedInDegree,
    FixedProbability,
    Network,
    OneToOne,
    SpikeSourcePoisson,
)

ENOUGH = 1e-3  # smallest p-value of a single test
WORD = st.integers(0, 2**32 - 1)


@njit
def compiled(words, seed, obj, index, step):
    return philox(words[0], words[1], words[2], words[3], words[4], words[5]), uniforms(seed, obj, index, step)


def call(counter=(0, 0, 0, 0), key=(0, 0), seed=0, obj=0, index=0, step=0):
    """(words, uniforms) of the kernels."""
    with np.errstate(over="ignore"):
        words, numbers = compiled(np.array([*counter, *key], np.uint32), seed, obj, index, step)
    return [int(word) for word in words], [float(u) for u in numbers]


KNOWN = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


@pytest.mark.parametrize(("counter", "key", "words"), KNOWN)
def test_philox_known_answers(counter, key, words):
    assert tuple(call(counter, key)[0]) == words
    assert tuple(naive_philox(counter, key)) == words


@given(st.tuples(WORD, WORD, WORD, WORD), st.tuples(WORD, WORD))
def test_philox_is_its_naive_twin(counter, key):
    assert call(counter, key)[0] == naive_philox(counter, key)


@given(st.integers(0, 2**63 - 1), st.integers(0, 2**31), st.integers(0, 2**31), st.integers(0, 2**62))
def test_uniforms_are_their_naive_twin(seed, obj, index, step):
    numbers = call(seed=seed, obj=obj, index=index, step=step)[1]
    assert numbers == naive_uniforms(seed, obj, index, step)
    assert all(0 < u < 1 for u in numbers)


def test_uniforms_are_uniform_and_independent():
    draws = np.array([call(seed=3, obj=1, index=i, step=s)[1] for s in range(50) for i in range(40)])
    assert stats.kstest(draws.ravel(), "uniform").pvalue > ENOUGH
    for other in (draws[1:, 0], draws[:-1, 1]):
        assert stats.pearsonr(draws[:-1, 0], other).pvalue > ENOUGH


def test_each_coordinate_gives_another_stream():
    base = {"seed": 1, "obj": 2, "index": 4, "step": 8}
    draws = {tuple(call(**base)[1])} | {tuple(call(**base | {name: base[name] + 1})[1]) for name in base}
    draws |= {tuple(call(**base | {name: base[name] + 2**32})[1]) for name in ("seed", "step")}
    assert len(draws) == 7


# ---- Poisson sources


def poisson(rate, size, length, dt=0.1, seed=0, **window):
    net = add_ballast(Network(dt))
    net.population("p", size, SpikeSourcePoisson(rate, **window))
    return simulate(net, length, seed=seed, record=["p"]).spikes["p"]


def test_poisson_counts_and_intervals():
    """Counts per source are binomial, intervals geometric."""
    size, steps, p = 50, 20000, 40.0 * 0.1 / 1000
    spikes = poisson(40.0, size, 2000.0)
    total = stats.binomtest(len(spikes), size * steps, p)
    assert total.pvalue > ENOUGH
    counts = np.bincount(spikes.ids, minlength=size)
    dispersion = ((counts - steps * p) ** 2).sum() / (steps * p * (1 - p))
    assert ENOUGH < stats.chi2(size).cdf(dispersion) < 1 - ENOUGH
    gaps = np.concatenate([np.diff(np.rint(spikes.train(i) / 0.1)) for i in range(size)])
    spread = np.random.default_rng(0).uniform(0, 1, gaps.size)  # makes the geometric distribution continuous
    geometric = stats.geom(p)
    levels = geometric.cdf(gaps - 1) + spread * geometric.pmf(gaps)
    assert stats.kstest(levels, "uniform").pvalue > ENOUGH


def test_poisson_sources_have_their_own_rates_and_are_independent():
    rates = np.array([0.0, 10.0, 100.0, 1000.0, 5.0])
    spikes = poisson(rates, 5, 3000.0, dt=1.0, seed=1)
    counts = np.bincount(spikes.ids, minlength=5)
    assert counts[0] == 0
    assert counts[3] == 3000  # rate * dt = 1: a spike in each step
    for i in (1, 2, 4):
        assert stats.binomtest(int(counts[i]), 3000, rates[i] / 1000).pvalue > ENOUGH
    both = poisson(300.0, 2, 5000.0, dt=1.0)
    together = np.isin(both.train(0), both.train(1)).sum()
    assert stats.binomtest(int(together), 5000, 0.09).pvalue > ENOUGH


def test_poisson_window_is_half_open():
    spikes = poisson(1000.0, 3, 20.0, dt=1.0, start=4.0, duration=6.0)
    assert sorted(set(spikes.times.tolist())) == [4.0, 5.0, 6.0, 7.0, 8.0, 9.0]
    assert len(spikes) == 18
    assert len(poisson(1000.0, 1, 20.0, dt=1.0, start=18.0)) == 2
    assert len(poisson(1000.0, 1, 20.0, dt=1.0, duration=0.0)) == 0


def test_p_values_over_seeds_are_uniform():
    """The checks above do not pass by being blind: over seeds their p-values spread as they should."""
    counts = np.array([len(poisson(100.0, 20, 100.0, dt=1.0, seed=s)) for s in range(60)])
    levels = stats.binom(2000, 0.1).cdf(counts) - stats.binom(2000, 0.1).pmf(counts) / 2
    assert stats.kstest(levels, "uniform").pvalue > ENOUGH
    assert stats.kstest(stats.binom(2000, 0.11).cdf(counts), "uniform").pvalue < ENOUGH


# ---- connectors


def draw(connector, n_pre, n_post, seed=0):
    pre, post = connector.pairs(n_pre, n_post, np.random.default_rng(seed))
    assert pre.dtype == post.dtype == np.int32
    return pre, post


@pytest.mark.parametrize("sizes", [(1, 1), (1, 5), (5, 1), (7, 4), (40, 64)])
@pytest.mark.parametrize(
    "connector",
    [AllToAll(), AllButSelf(), *map(FixedProbability, (0.0, 1e-18, 1e-12, 0.3, 1.0)), *map(FixedInDegree, (0, 1))],
)
def test_pairs_exist_once_and_in_order(connector, sizes):
    pre, post = draw(connector, *sizes)
    keys = pre.astype(np.int64) * sizes[1] + post
    assert (np.diff(keys) > 0).all()  # by pre, then post, and none twice
    assert ((pre >= 0) & (pre < sizes[0]) & (post >= 0) & (post < sizes[1])).all()
    if getattr(connector, "p", 1.0) in (0.0, 1.0):
        assert keys.size == connector.expected(*sizes)


def test_connectors_without_chance():
    assert list(zip(*draw(OneToOne(), 3, 3), strict=True)) == [(0, 0), (1, 1), (2, 2)]
    assert list(zip(*draw(AllButSelf(), 2, 3), strict=True)) == [(0, 1), (0, 2), (1, 0), (1, 2)]
    assert list(zip(*draw(AllToAll(), 2, 2), strict=True)) == [(0, 0), (0, 1), (1, 0), (1, 1)]


def test_fixed_in_degree_is_fixed_and_fair():
    pre, post = draw(FixedInDegree(6), 30, 400)
    assert (np.bincount(post, minlength=400) == 6).all()
    out = np.bincount(pre, minlength=30)
    variance = 400 * (6 / 30) * (24 / 30)
    assert ENOUGH < stats.chi2(29).cdf(((out - 80) ** 2).sum() / variance * 29 / 30) < 1 - ENOUGH
    assert draw(FixedInDegree(30), 30, 2)[0].tolist() == np.repeat(range(30), 2).tolist()


@pytest.mark.parametrize("p", [0.003, 0.2, 0.9])
def test_fixed_probability_degrees(p):
    pre, post = draw(FixedProbability(p), 120, 150, seed=8)
    assert stats.binomtest(pre.size, 120 * 150, p).pvalue > ENOUGH
    for index, size, other in ((pre, 120, 150), (post, 150, 120)):
        degrees = np.bincount(index, minlength=size)
        statistic = ((degrees - other * p) ** 2).sum() / (other * p * (1 - p))
        assert ENOUGH < stats.chi2(size).cdf(statistic) < 1 - ENOUGH


def test_connectors_follow_the_seed_and_the_projection():
    def weights(seed, name=None):
        from neuromem.engine import Simulation

        net = add_ballast(Network(1.0))
        net.population("p", 30, SpikeSourcePoisson(0.0))
        net.project("p", "ballast exp", FixedProbability(0.5), name="first")
        net.project("p", "ballast exp", FixedProbability(0.5), name="second")
        simulation = Simulation(net, seed=seed)
        return [simulation._plan.synapses.row_start[-31:].tolist(), simulation.weights("first").size]

    assert weights(1) == weights(1)
    assert weights(1) != weights(2)
