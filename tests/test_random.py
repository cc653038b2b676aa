"""Random numbers and random input: known answers, the naive twin, honest statistics of fixed seeds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import naive_draws
from compiled import doors
from networks import add_ballast, add_noise, examples
from neuromem.engine import Simulation, simulate
from neuromem.errors import DescriptionError
from neuromem.network import IF_curr_exp, Network, SpikeSourcePoisson

ENOUGH = 1e-3  # smallest p-value of a single test
WORD = st.integers(0, 2**32 - 1)
LONG = st.integers(0, 2**62)


def call(counter=(0, 0, 0, 0), key=(0, 0), seed=0, obj=0, block=0, step=0):
    """(the four words of a call, the 128 of a block) of the kernels."""
    out = np.zeros(128, np.uint32)
    words = doors.words(np.array(counter, np.uint32), np.array(key, np.uint32), seed, obj, block, step, out)
    return [int(word) for word in words], out.tolist()


KNOWN = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]
"""Of Random123's kat_vectors."""


@pytest.mark.twin
@pytest.mark.parametrize(("counter", "key", "words"), KNOWN)
def test_philox_known_answers(counter, key, words):
    assert tuple(call(counter, key)[0]) == words
    assert tuple(naive_draws.philox(counter, key)) == words


@pytest.mark.twin
def test_words_known_answers():
    """The same vectors, at their places in a block: seed = key, counter = (step, 32 * block + call, object)."""
    assert [call()[1][g] for g in (0, 32, 64, 96)] == list(KNOWN[0][2])
    (low, high, index, obj), (k0, k1), words = KNOWN[2]
    where = {"seed": k0 + (k1 << 32), "obj": obj, "step": np.uint64(low + (high << 32))}
    block, g = divmod(index, 32)
    assert [call(**where, block=block)[1][g + 32 * lane] for lane in range(4)] == list(words)


@pytest.mark.twin
@examples(50)
@given(st.tuples(WORD, WORD, WORD, WORD), st.tuples(WORD, WORD))
def test_philox_is_its_naive_twin(counter, key):
    assert call(counter, key)[0] == naive_draws.philox(counter, key)


@pytest.mark.twin
@examples(50)
@given(LONG, st.integers(0, 2**32 - 1), st.integers(0, 2**27 - 1), LONG)
def test_words_are_their_naive_twin(seed, obj, block, step):
    assert call(seed=seed, obj=obj, block=block, step=step)[1] == naive_draws.words(seed, obj, block, step)


def test_words_are_uniform_and_independent():
    draws = np.array([call(seed=3, obj=1, block=b, step=s)[1] for s in range(40) for b in range(5)]) / 2**32
    assert stats.kstest(draws.ravel(), "uniform").pvalue > ENOUGH
    for one, other in ((draws[1:], draws[:-1]), (draws[:, 1:], draws[:, :-1]), (draws[:, 32:], draws[:, :-32])):
        assert stats.pearsonr(one.ravel(), other.ravel()).pvalue > ENOUGH
    assert stats.chisquare(np.histogram2d(draws[:, ::2].ravel(), draws[:, 1::2].ravel(), 8)[0].ravel()).pvalue > ENOUGH


def test_each_coordinate_gives_another_stream():
    base = {"seed": 1, "obj": 2, "block": 4, "step": 8}
    draws = {tuple(call(**base)[1])} | {tuple(call(**base | {name: base[name] + 1})[1]) for name in base}
    draws |= {tuple(call(**base | {name: base[name] + 2**32})[1]) for name in ("seed", "step")}
    assert len(draws) == 7
    assert len({word for block in draws for word in block}) == 7 * 128  # among 2**32, twice the same is unlikely


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


# ---- Poisson input


def numbers(excitatory, inhibitory, *, size=300, steps=60, seed=4):
    """Spikes per step into each neuron of both kinds, (steps, size) each, with the given means per step.

    The synapses forget everything within a step, so that their currents count the spikes.
    """
    net = add_ballast(Network(1.0))
    quick = {"tau_syn_E": 1e-3, "tau_syn_I": 1e-3, "v_thresh": 1e9}
    net.population("out", size, IF_curr_exp(**quick))
    net.current("out", [], [])
    add_noise(net, "out", means=(excitatory, inhibitory, 0.0), weights=(0.5, 0.25, 1.0))
    simulation, rows = Simulation(net, seed=seed, record=None), []
    for _ in range(steps):
        simulation.run_steps(1)
        rows.append((simulation.state("out", "i_e") / 0.5, simulation.state("out", "i_i") / 0.25))
    return np.array(rows).swapaxes(0, 1)


def chi_square(counts, law):
    """p-value of counts under a law, in bins of at least ten expected."""
    low, high = int(law.ppf(1e-9)), int(law.isf(1e-9)) + 1
    expected = law.pmf(np.arange(low, high)) * counts.size
    seen = np.bincount(np.clip(counts.ravel().astype(int) - low, 0, high - low - 1), minlength=high - low)
    edges = [0]
    for k in range(1, expected.size):
        if expected[edges[-1] : k].sum() >= 10 <= expected[k:].sum():
            edges.append(k)
    seen, expected = np.add.reduceat(seen, edges), np.add.reduceat(expected, edges)
    return stats.chisquare(seen, expected * seen.sum() / expected.sum()).pvalue


def test_poisson_input_has_the_law_of_poisson():
    """Chi-square at means of 0, 0.01, 2 and 300 spikes per step; inputs, neurons and steps are independent."""
    both = numbers(0.01, 2.0)
    large, none = numbers(300.0, 0.0)
    assert not none.any()
    for drawn, mean in ((both[0], 0.01), (both[1], 2.0), (large, 300.0)):
        assert (drawn == np.rint(drawn)).all()
        assert chi_square(drawn, stats.poisson(mean)) > ENOUGH, mean
    assert chi_square(both[1], stats.poisson(2.1)) < ENOUGH
    assert chi_square(large, stats.poisson(303.0)) < ENOUGH
    for one, other in (
        (both[1], both[0]),
        (large[1:], large[:-1]),
        (large[:, 1:], large[:, :-1]),
        (large, both[1]),
    ):
        assert stats.pearsonr(one.ravel(), other.ravel()).pvalue > ENOUGH


def test_p_values_of_poisson_input_are_uniform():
    levels = [chi_square(numbers(0.0, 2.0, size=130, steps=10, seed=s)[1], stats.poisson(2.0)) for s in range(40)]
    assert stats.kstest(levels, "uniform").pvalue > ENOUGH


def test_poisson_input_arrives_in_its_step_and_adds_to_synapses():
    """Two inputs of one kind, of a weight each, and synapses: their sum, in the step that draws them."""

    def currents(one, other, source):
        net = add_ballast(Network(1.0))
        net.population("in", 1, SpikeSourcePoisson(1000.0 if source else 0.0))
        net.population("out", 9, IF_curr_exp(tau_syn_E=1e-3, v_thresh=1e9))
        net.project("in", "out", weight=100.0)
        net.current("out", [], [])
        add_noise(net, "out", means=(1.5, 0.0, 1.5), weights=(one, 1.0, other))
        simulation = Simulation(net, seed=2)
        simulation.run_steps(3)
        return simulation.state("out", "i_e")

    one, other = currents(1.0, 0.0, False), currents(0.0, 1.0, False)
    assert one.any()
    assert other.any()
    assert (one != other).any()
    np.testing.assert_array_equal(currents(1.0, 2.0, True), 100.0 + one + 2.0 * other)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"rate": -1.0}, "PoissonInput into out.rate"),
        ({"rate": 1.1e7}, "PoissonInput into out.rate.*10000"),
        ({"rate": [1.0, 2.0]}, "PoissonInput into out.rate"),
        ({"weight": -1.0}, "PoissonInput into out.weight"),
        ({"weight": float("nan")}, "PoissonInput into out.weight"),
        ({"receptor": "both"}, "PoissonInput into out.receptor"),
        ({"population": "in"}, "PoissonInput into in"),
        ({"population": "nobody"}, "nobody"),
    ],
)
def test_wrong_poisson_inputs_are_named(options, named):
    net = Network(1.0)
    net.population("in", 1, SpikeSourcePoisson(1.0))
    net.population("out", 2, IF_curr_exp())
    with pytest.raises(DescriptionError, match=named):
        net.poisson(**{"population": "out", "rate": 1.0, "weight": 1.0} | options)
    assert net.poisson_inputs == []
