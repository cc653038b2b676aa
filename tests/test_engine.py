"""The engine does what the documented rules say: against the naive twin and against itself."""

from dataclasses import replace

import numpy as np
import pytest
from numba import config

import naive
from naive import NaiveRun
from networks import ORDERS, add_ballast, add_noise, one_neuron, random_network, raster
from neuromem.engine import Simulation, Status, simulate
from neuromem.errors import DescriptionError, UsageError
from neuromem.network import (
    FixedInDegree,
    FixedProbability,
    FromArrays,
    IF_curr_exp,
    Network,
    Normal,
    OneToOne,
    SpikePairSTDP,
    SpikeSourceArray,
    SpikeSourcePoisson,
)

CASES = [
    pytest.param(order, size, seed, marks=pytest.mark.twin if size == 7 and seed == 0 else ())
    for order in ORDERS
    for size in (1, 2, 7, 64, 260)
    for seed in range(4 if size < 64 else 1)
]


# ---- against the naive twin


@pytest.mark.parametrize(("order", "size", "seed"), CASES)
def test_engine_is_its_naive_twin(order, size, seed):
    """Every population's raster exactly, and every state variable before every step; the largest in two parts."""
    count = 15 if config.DISABLE_JIT or size == 260 else 80
    net = random_network([seed, size], order, size, steps=count)
    simulation, twin = Simulation(net, seed=seed, threads=2 if size == 260 else 1), NaiveRun(net, seed=seed)
    neurons = [(name, v) for name in ("exp", "mixed", "delta") for v in net.populations[name].neuron.model.state]
    for _ in range(count):
        for name, variable in neurons:
            want = twin.state(name, variable)
            np.testing.assert_allclose(simulation.state(name, variable), want, rtol=1e-12, atol=1e-12)
        simulation.run_steps(1)
        twin.run(1)
    result = simulation.result()
    assert {name: raster(result, name) for name in net.populations} == twin.spikes
    assert result.status in (Status.FINISHED, Status.SATURATED)


@pytest.mark.parametrize("order", ORDERS)
def test_the_compared_networks_are_busy(order):
    """All kinds of populations spike in the networks compared above, or the comparison would say little."""
    net = random_network([0, 64], order, 64)
    result = simulate(net, 80 * net.dt, seed=0)
    for name in ("array", "poisson", "exp", "mixed", "delta"):
        assert len(result.spikes[name]) > 20, name
        assert len(set(result.spikes[name].ids.tolist())) > 10, name


@pytest.mark.parametrize("threads", [1, 2])
def test_arrivals_are_added_in_one_order(threads):
    """What was sent, by step, projection and source; what is looked up, by projection and source; then the noise.

    In float32, where sums in another order, as if all had been sent, are others. The synapses of `out` forget
    everything within a step, so that its currents hold what arrives.
    """
    rng = np.random.default_rng(1)
    net = add_ballast(Network(1.0))
    net.population("in", 40, SpikeSourceArray(*np.unique(rng.integers(0, (20, 40), (350, 2)), axis=0).T))
    net.population("noise", 280, SpikeSourcePoisson(300.0))
    net.population("out", 280, IF_curr_exp(tau_syn_E=1e-3, v_thresh=1e9))
    net.current("out", [], [])
    add_noise(net, "out", means=(2.0, 0.0, 9.0), weights=(0.3, 0.0, 0.7))
    now, drawn, each = SpikePairSTDP(a_plus=0.0, a_minus=0.0, w_max=9.0), Normal(2.0, 0.7), FixedInDegree(5)
    net.project("in", "out", each, weight=drawn, delay=3.0)
    net.project("in", "out", each, weight=drawn, delay=Normal(4.0, 2.0))
    net.project("noise", "out", each, weight=0.7, plasticity=replace(now, update="deferred"))
    net.project("noise", "out", FixedProbability(0.05, procedural=True), weight=1.1, delay=4.0)
    net.project("in", "out", each, weight=drawn, delay=2.0, plasticity=now)
    net.project("in", "out", each, weight=0.9, delay=5.0)
    simulation = Simulation(net, seed=3, dtype="float32", threads=threads)
    twin, sent = (NaiveRun(net, 3, naive.float32) for _ in range(2))
    for wires in sent.wires:
        wires.at_arrival = False
    differ = 0
    for _ in range(15):
        simulation.run_steps(1)
        want, other = (run.run(1).state("out", "i_e") for run in (twin, sent))
        assert simulation.state("out", "i_e").tolist() == want
        differ += sum(a != b for a, b in zip(want, other, strict=True))
        np.testing.assert_allclose(want, other, rtol=1e-5)
    assert differ > 100


def test_float32_agrees_with_float64():
    def net():
        net = Network(0.1)
        net.population("in", 5, SpikeSourceArray([1.0, 2.0, 3.0, 4.0, 5.0], range(5)))
        net.population("out", 5, IF_curr_exp(i_offset=0.7, cm=0.5))
        net.project("in", "out", weight=0.2)
        net.probe("out", "v")
        return net

    wide, narrow = (simulate(net(), 100.0, dtype=dtype) for dtype in ("float64", "float32"))
    assert narrow.traces["out.v"].values.dtype == np.float32
    assert wide.traces["out.v"].values.dtype == np.float64
    assert len(narrow.spikes["out"]) == len(wide.spikes["out"]) > 5
    early = wide.traces["out.v"].times < wide.spikes["out"].times[0]
    values = (trace.traces["out.v"].values[early] for trace in (narrow, wide))
    np.testing.assert_allclose(*values, rtol=1e-5)
    assert not np.array_equal(wide.traces["out.v"].values, narrow.traces["out.v"].values)


# ---- edges


def test_until_stops_at_the_step_of_the_spike():
    net = add_ballast(Network(1.0))
    net.population("in", 1, SpikeSourceArray([4.0, 9.0]))
    simulation = Simulation(net)
    assert simulation.run(20.0, until="in") is True
    assert simulation.step == 5
    assert simulation.run(3.0, until="in") is False
    assert simulation.run(20.0, until="in") is True
    assert simulation.step == 10
    assert simulation.result().duration == 10.0


def test_networks_of_almost_nothing():
    assert simulate(Network(1.0), 5.0).spikes == {}
    net = Network(1.0)
    net.population("in", 3, SpikeSourceArray([0.0, 4.0, 5.0], [2, 0, 1]))
    net.population("empty", 2, SpikeSourceArray())
    result = simulate(net, 5.0)
    assert raster(result, "in") == [(0, 2), (4, 0)]
    assert raster(result, "empty") == []


def test_run_of_nothing():
    net = one_neuron(train=[0.0])
    result = simulate(net, 0.0)
    assert result.duration == 0.0
    assert len(result.spikes["in"]) == 0
    assert result.traces["out.v"].times.size == 0
    assert result.rates()["in"] == 0.0


def test_zero_synapses_and_long_delays():
    net = add_ballast(Network(1.0))
    net.population("in", 2, SpikeSourceArray([0.0, 1.0], [1, 1]))
    net.population("out", 2, IF_curr_exp(v_thresh=-64.9))
    net.project("in", "out", FromArrays([], []), weight=[], delay=[])
    net.project("in", "out", FromArrays([1, 1], [0, 0]), weight=10.0, delay=[3000.0, 1.0])
    assert raster(simulate(net, 3005.0), "out")[-1][0] in range(3001, 3005)
    assert raster(simulate(net, 3005.0), "out")[0] == (2, 0)


def test_a_source_may_not_spike_twice_in_a_step():
    """There is one place for it in the list of a step's spikes."""
    net = add_ballast(Network(0.1))
    with pytest.raises(DescriptionError, match="^in.*twice|^in.*once|^in.*same step"):
        net.population("in", 1, SpikeSourceArray([0.3, 0.1 * 3]))


def test_times_that_round_to_one_step_are_sorted_by_source():
    net = add_ballast(Network(0.1))
    net.population("in", 2, SpikeSourceArray([0.1 * 3, 0.3], [0, 1]))  # 0.30000000000000004 and 0.3
    assert raster(simulate(net, 1.0), "in") == [(3, 0), (3, 1)]


def test_a_step_current_is_exact_after_a_large_one():
    """The new value replaces the old; it is not the sum of all changes so far, which would keep their rounding."""
    net = add_ballast(Network(1.0))
    net.current("ballast driven", [0.0, 1.0, 2.0], [-1e9, 0.3, 0.0])
    net.probe("ballast driven", "v")
    simulation = Simulation(net)
    simulation.run(1000.0)
    assert simulation.result().traces["ballast driven.v"].values[-1, 0] == pytest.approx(-65.0, abs=1e-11)


def test_a_network_changed_later_does_not_change_its_simulation():
    net = one_neuron(train=[1.0], i_offset=1.0)
    simulation = Simulation(net)
    net.probe("ballast exp", "v")
    net.population("more", 1, SpikeSourcePoisson(100.0))
    net.project("more", "out", OneToOne())
    simulation.run(5.0)
    assert list(simulation.result().traces) == ["out.v"]
    assert "more" not in simulation.result().spikes


def test_a_state_that_is_not_finite_is_reported():
    net = one_neuron()
    net.current("ballast driven", [0.0], [-1.7e308])
    with np.errstate(all="ignore"):
        assert simulate(net, 5.0).status is Status.NOT_FINITE


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"seed": -1}, "seed"),
        ({"seed": 1.5}, "seed"),
        ({"seed": True}, "seed"),
        ({"seed": 2**63}, "seed"),
        ({"threads": 0}, "threads"),
        ({"threads": 1.0}, "threads"),
        ({"dtype": "float16"}, "dtype"),
        ({"record": ["nobody"]}, "nobody"),
        ({"record": "nobody"}, "nobody"),
    ],
)
def test_wrong_options_are_named(options, named):
    with pytest.raises(UsageError, match=named):
        Simulation(one_neuron(), **options)


@pytest.mark.parametrize("duration", [-1.0, 0.05, float("nan"), float("inf"), "long", None])
def test_wrong_durations_are_named(duration):
    with pytest.raises(ValueError, match="duration"):
        Simulation(one_neuron()).run(duration)


def test_unknown_names_in_calls_are_named():
    simulation = Simulation(one_neuron())
    calls = [
        lambda: simulation.run(1.0, until="nobody"),
        lambda: simulation.state("nobody", "v"),
        lambda: simulation.state("out", "nobody"),
        lambda: simulation.weights("nobody"),
        lambda: simulation.set_weights("nobody", 1.0),
        lambda: simulation.feed("nobody", [1], [0]),
        lambda: simulation.feed("out", [1], [0]),
    ]
    for call in calls:
        with pytest.raises(UsageError, match="nobody|out"):
            call()


def test_feeding_one_source_leaves_the_others_alone():
    net = add_ballast(Network(1.0))
    net.population("a", 2, SpikeSourceArray([1.0, 30.0]))
    net.population("b", 1, SpikeSourceArray([1.0, 10.0]))
    simulation = Simulation(net)
    simulation.run(5.0)
    simulation.feed("a", [2, 0, 2], [1, 1, 0])
    simulation.run(20.0)
    assert raster(simulation.result(), "a") == [(1, 0), (5, 1), (7, 0), (7, 1)]
    assert raster(simulation.result(), "b") == [(1, 0), (10, 0)]
    for when, ids in (([-1], [0]), ([1], [2]), ([1], [-1]), ([3, 3], [0, 0])):
        with pytest.raises(UsageError, match="a"):
            simulation.feed("a", when, ids)


@pytest.mark.parametrize("order", ORDERS)
def test_restore_goes_back(order):
    """Everything but weights: states, input to come, currents and samples; static networks repeat to the bit."""
    net = random_network(4, order, 7)
    net.probe("exp", "v")
    straight = simulate(net, 60 * net.dt, seed=2)
    simulation = Simulation(net, seed=2)
    simulation.run_steps(25)
    snapshot = simulation.snapshot()
    simulation.run_steps(20)
    simulation.restore(snapshot)
    simulation.run_steps(35)
    for name in net.populations:
        late = [spike for spike in raster(straight, name) if spike[0] >= 25]
        assert raster(simulation.result(), name) == late, name
    np.testing.assert_array_equal(simulation.state("exp", "v"), _after(net, 60))


def _after(net, count):
    simulation = Simulation(net, seed=2)
    simulation.run_steps(count)
    return simulation.state("exp", "v")
