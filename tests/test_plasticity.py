"""Learning rules: against the naive twin, and against numbers worked out by hand."""

import math

import numpy as np
import pytest
from numba import config

from naive import NaiveRun
from networks import ORDERS, RULES, add_ballast, random_network, raster
from neuromem.engine import Simulation
from neuromem.errors import DescriptionError
from neuromem.network import (
    FromArrays,
    IF_curr_delta,
    Network,
    OneShotHebb,
    SpikePairSTDP,
    SpikeSourceArray,
)

CASES = [
    pytest.param(order, n, seed, marks=pytest.mark.twin if n == 7 and seed == 1 else ())
    for order in ORDERS
    for n in (1, 2, 7, 64)
    for seed in range(4 if n < 64 else 1)
]


@pytest.mark.parametrize(("order", "size", "seed"), CASES)
def test_learning_is_its_naive_twin(order, size, seed, schedule):
    """All four rules in one network: rasters exactly, weights at several moments to float32."""
    rules = [RULES[(k + seed) % 4] for k in range(9)]
    net = random_network([7, seed, size], order, size, rules, steps=80)
    simulation, twin = Simulation(net, seed=seed), NaiveRun(net, seed=seed)
    for count in (1, 2, 12) if config.DISABLE_JIT else (1, 2, 20, 30, 27):
        simulation.run_steps(count)
        twin.run(count)
        for name in net.projections:
            if not getattr(net.projections[name].connector, "procedural", False):
                want = twin.weights(name)
                np.testing.assert_allclose(simulation.weights(name), want, rtol=2e-6, atol=2e-6, err_msg=name)
    result = simulation.result()
    assert {name: raster(result, name) for name in net.populations} == twin.spikes


@pytest.mark.parametrize("order", ORDERS)
def test_the_compared_networks_learn(order):
    net = random_network([7, 0, 64], order, 64, RULES * 2, steps=80)
    simulation = Simulation(net)
    before = {name: simulation.weights(name) for name, wires in net.projections.items() if wires.plasticity}
    simulation.run_steps(80)
    changed = [name for name in before if (simulation.weights(name) != before[name]).any()]
    assert len(changed) >= 6


def paired(pre, post, rule, *, weight=3.0, delay=1.0, order="spinnaker", dt=1.0, synapses=None):
    """A simulation in which `post` are the steps at which the post neurons spike, whatever the weights do.

    Each post neuron is driven by its own source over a delta synapse of one step, beside the learning synapse that is
    too weak to matter.
    """
    pre, post = (train if train and np.ndim(train[0]) else [train] for train in (pre, post))
    net = add_ballast(Network(dt, order))
    net.population("pre", len(pre), SpikeSourceArray.from_lists([np.array(t) * dt for t in pre]))
    net.population("drive", len(post), SpikeSourceArray.from_lists([(np.array(t) - 1.0) * dt for t in post]))
    net.population("post", len(post), IF_curr_delta(v_rest=0.0, v_reset=0.0, v_thresh=1e6, tau_m=5.0 * dt))
    net.project("drive", "post", FromArrays(range(len(post)), range(len(post))), weight=1e8, delay=dt)
    net.project("pre", "post", synapses, weight=weight, delay=delay * dt, plasticity=rule, name="learning")
    return net


def weights(net, steps):
    """Weights of the learning projection after each of the steps 0..steps - 1 alone, and after all."""
    simulation = Simulation(net)
    simulation.run_steps(steps)
    return simulation.weights("learning")


CA3 = SpikePairSTDP(3.0, 3.0, 6.0, 6.0, w_min=0.0, w_max=6.0, update="deferred")
GENTLE = SpikePairSTDP(10.0, 20.0, 0.5, 0.25, w_min=0.0, w_max=6.0, update="deferred")
NOW = SpikePairSTDP(10.0, 20.0, 0.5, 0.25, w_min=0.0, w_max=6.0)


@pytest.mark.parametrize(
    ("pre", "post", "change"),
    [
        ([5], [], 0.0),
        ([], [5], 0.0),
        ([5], [5], 0.5 * math.exp(-1 / 10)),  # acts one step later: after the pre spike
        ([5], [4], -0.25),  # acts in the step of the pre spike, and depresses in full
        ([5], [3], -0.25 * math.exp(-1 / 20)),
        ([5], [7], 0.5 * math.exp(-3 / 10)),
        ([5], [2, 3], -0.25 * math.exp(-1 / 20) * (1 + math.exp(-1 / 20))),  # once, with the trace of the last
        ([5, 6], [9], 0.5 * math.exp(-4 / 10) * (1 + math.exp(-1 / 10))),
        ([5, 9], [6], 0.5 * math.exp(-2 / 10) - 0.25 * math.exp(-2 / 20)),
        ([5, 7], [6], 0.5 * math.exp(-2 / 10) - 0.25),
        ([5, 9, 12], [6], 0.5 * math.exp(-2 / 10) - 0.25 * math.exp(-2 / 20) - 0.25 * math.exp(-5 / 20)),
    ],
)
def test_deferred_window(pre, post, change):
    assert weights(paired(pre, post, GENTLE), 20)[0] == pytest.approx(3.0 + change, rel=1e-6)


@pytest.mark.parametrize("delay", [1, 2, 5])
def test_deferred_delay_is_dendritic(delay):
    got = weights(paired([5], [8], GENTLE, delay=float(delay)), 20)[0]
    assert got == pytest.approx(3.0 + 0.5 * math.exp(-(3 + delay) / 10), rel=1e-6)
    got = weights(paired([9], [9 - delay], GENTLE, delay=float(delay)), 20)[0]
    assert got == pytest.approx(2.75, rel=1e-6)


@pytest.mark.usefixtures("schedule")
@pytest.mark.parametrize("order", ORDERS[:2])  # in Brian2's the jumps that drive the post neurons act a step later
@pytest.mark.parametrize(
    ("pre", "post", "change"),
    [
        ([5], [5], 0.5),  # pre before post in one step: no depression
        ([5], [4], -0.25 * math.exp(-1 / 20)),
        ([5], [7], 0.5 * math.exp(-2 / 10)),
        ([5, 6], [7], 0.5 * (math.exp(-1 / 10) + math.exp(-2 / 10))),
        ([5], [2, 4], -0.25 * (math.exp(-1 / 20) + math.exp(-3 / 20))),
        ([3, 7], [5], 0.5 * math.exp(-2 / 10) - 0.25 * math.exp(-2 / 20)),
    ],
)
def test_immediate_window(order, pre, post, change):
    for delay in (1.0, 4.0):
        got = weights(paired(pre, post, NOW, order=order, delay=delay), 20)[0]
        assert got == pytest.approx(3.0 + change, rel=1e-6)


@pytest.mark.usefixtures("schedule")
@pytest.mark.parametrize("rule", [GENTLE, NOW])
def test_time_constants_are_in_ms(rule):
    got = weights(paired([5], [25], rule, dt=0.1, delay=1.0), 40)[0]
    acts = 2.1 if rule is GENTLE else 2.0
    assert got == pytest.approx(3.0 + 0.5 * math.exp(-acts / 10), rel=1e-6)


@pytest.mark.usefixtures("schedule")
@pytest.mark.parametrize("update", ["deferred", "immediate"])
def test_weights_are_clamped_at_every_event(update):
    """Up to w_max, then down: not the clamped sum of both."""
    rule = SpikePairSTDP(1e6, 1e6, 100.0, 1.0, w_min=0.5, w_max=4.0, update=update)
    assert weights(paired([5, 12], [7], rule), 30)[0] == pytest.approx(3.0, rel=1e-4)
    rule = SpikePairSTDP(1e6, 1e6, 1.0, 100.0, w_min=0.5, w_max=4.0, update=update)
    assert weights(paired([12], [7, 14], rule), 30)[0] == pytest.approx(1.5, rel=1e-4)


def test_published_learning_writes_and_overwrites():
    """Three coincident steps bring a synapse to w_max; the first pre spike afterwards still depresses a lone one."""
    net = paired([[0, 1, 2], [0, 1, 2]], [[1, 3], []], CA3, weight=0.0)
    assert weights(net, 6).tolist() == [6.0, 0.0, 6.0, 0.0]


def test_the_weight_sent_is_the_settled_one():
    """On the second pre spike the synapse transmits what it has just learned, not what it had before."""
    net = paired([3, 8], [4], GENTLE, weight=0.0)
    net.probe("post", "v")
    simulation = Simulation(net)
    simulation.run_steps(12)
    jumps = simulation.result().traces["post.v"].values[:, 0]
    learned = 0.5 * math.exp(-2 / 10) - 0.25 * math.exp(-3 / 20)
    assert jumps[4] == 0.0
    assert max(jumps[9], jumps[10]) > 0
    assert simulation.weights("learning")[0] == pytest.approx(learned, rel=1e-6)


@pytest.mark.usefixtures("schedule")
@pytest.mark.parametrize("update", ["deferred", "immediate"])
@pytest.mark.parametrize("delay", [1.0, 20.0, 70.0])
def test_more_post_spikes_than_the_history_holds(update, delay):
    """170 post spikes between two pre spikes: nothing is lost, and looking in between changes nothing."""
    rule = SpikePairSTDP(150.0, 90.0, 0.02, 0.05, w_max=50.0, update=update)
    posts = [list(range(3, 173)), list(range(10, 173, 2))]
    net = paired([[1, 2, 250], [100, 251]], posts, rule, delay=delay)
    once, twin = Simulation(net), NaiveRun(net).run(260)
    once.run_steps(260)
    looked = Simulation(net)
    for _ in range(26):
        looked.run_steps(10)
        looked.weights("learning")
    np.testing.assert_allclose(once.weights("learning"), twin.weights("learning"), rtol=1e-5)
    assert once.weights("learning").tobytes() == looked.weights("learning").tobytes()
    assert abs(once.weights("learning")[0] - 3.0) > 0.1


@pytest.mark.usefixtures("schedule")
@pytest.mark.parametrize("update", ["deferred", "immediate"])
def test_synapses_with_their_own_delays_and_several_between_two_neurons(update):
    rule = SpikePairSTDP(10.0, 20.0, 0.5, 0.25, w_max=6.0, update=update)
    pairs = FromArrays([1, 0, 1, 0, 0], [1, 0, 0, 0, 1])
    delay = np.array([7.0, 1.0, 3.0, 9.0, 2.0])
    net = paired([[2, 9, 15, 40], [1, 12]], [[3, 4, 10, 18], [6, 14]], rule, synapses=pairs, delay=delay)
    simulation, twin = Simulation(net), NaiveRun(net)
    for _ in range(50):
        np.testing.assert_allclose(simulation.weights("learning"), twin.weights("learning"), rtol=1e-6)
        simulation.run_steps(1)
        twin.run(1)


def test_initial_weights_outside_the_bounds():
    """Refused, or brought inside by the first event; never left outside by a depression."""
    rule = SpikePairSTDP(10.0, 20.0, 0.5, 0.25, w_min=1.0, w_max=6.0, update="deferred")
    try:
        net = paired([5], [3], rule, weight=0.0)
    except ValueError as error:
        refused = str(error)
        assert "learning" in refused
        return
    assert weights(net, 10)[0] == 1.0


# ---- one-shot Hebb


def coincident(rule, steps=20):
    """Three pre and three post neurons; 0 and 1 of both sides spike together in step 5, 2 of both alone."""
    net = paired([[5, 9], [5], [7]], [[5], [5, 12], [8]], rule, weight=0.25, delay=3.0)
    return weights(net, steps).reshape(3, 3)


@pytest.mark.parametrize("exponent", [0.0, 0.5, 1.0])
def test_hebb_incoming(exponent):
    value = 4.0 / 2**exponent
    want = [[value, value, 0.25], [value, value, 0.25], [0.0, 0.0, 0.25]]
    np.testing.assert_allclose(coincident(OneShotHebb(4.0, exponent)), want, rtol=1e-6)


@pytest.mark.parametrize("exponent", [0.0, 0.5, 1.0])
def test_hebb_outgoing(exponent):
    value = 4.0 / 2**exponent
    want = [[value, value, 0.0], [value, value, 0.0], [0.25, 0.25, 0.25]]
    np.testing.assert_allclose(coincident(OneShotHebb(4.0, exponent, "outgoing")), want, rtol=1e-6)


@pytest.mark.parametrize("over", ["incoming", "outgoing"])
def test_hebb_keeps_the_sum_of_squares(over):
    """Also with more partners than a byte counts."""
    many, one = [[5]] * 300, [[5]]
    net = paired(*((many, one) if over == "incoming" else (one, many)), OneShotHebb(4.0, 0.5, over), weight=0.0)
    got = weights(net, 10).astype(float)
    assert (got > 0).all()
    assert (got**2).sum() == pytest.approx(16.0, rel=1e-5)


@pytest.mark.usefixtures("schedule")
def test_learning_can_be_switched_off():
    for rule in (GENTLE, NOW, OneShotHebb(), OneShotHebb(over="outgoing")):
        simulation = Simulation(paired([5, 9], [5, 7], rule))
        simulation.learning = False
        simulation.run_steps(20)
        assert simulation.weights("learning").tolist() == [3.0]
        assert len(simulation.result().spikes["post"]) == 2


@pytest.mark.usefixtures("schedule")
def test_new_weights_keep_to_the_bounds_of_the_rule():
    """What was read can be set again, also where float32 rounds a bound up or down; what is outside is refused."""
    rule = SpikePairSTDP(10.0, 20.0, 5.0, 5.0, w_min=0.3, w_max=0.7, update="immediate")
    simulation = Simulation(paired([[3], [6]], [[5], [5]], rule, weight=0.5))
    simulation.run_steps(9)
    reached = simulation.weights("learning")
    assert set(reached.tolist()) == {np.float32(0.3), np.float32(0.7)}
    simulation.set_weights("learning", reached)
    for wrong in (0.29, 0.71):
        with pytest.raises(DescriptionError, match="learning.weight: must be at"):
            simulation.set_weights("learning", wrong)
    assert simulation.weights("learning").tobytes() == reached.tobytes()


@pytest.mark.usefixtures("schedule")
@pytest.mark.parametrize("rule", [None, GENTLE, NOW, OneShotHebb()])
def test_set_weights_keeps_the_connectors_order(rule):
    pairs = FromArrays([2, 0, 1, 0], [0, 1, 0, 0])
    net = paired([[5], [5], [5]], [[20], [20]], rule, synapses=pairs, weight=[1.0, 2.0, 3.0, 4.0])
    simulation = Simulation(net)
    assert simulation.weights("learning").tolist() == [1.0, 2.0, 3.0, 4.0]
    simulation.set_weights("learning", [4.0, 3.0, 2.0, 1.0])
    assert simulation.weights("learning").tolist() == [4.0, 3.0, 2.0, 1.0]
    for wrong in ([1.0, 2.0], [1.0, 2.0, np.nan, 4.0], [1.0, 2.0, -1.0, 4.0], ["a"] * 4):
        with pytest.raises(ValueError, match="learning"):
            simulation.set_weights("learning", wrong)
