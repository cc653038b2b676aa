"""Kernels alone against their naive twins, on hand-made arrays; neuron updates against physics."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from naive import deliver as naive_deliver
from naive import depressed, emit_array, emit_poisson, fading, float32, hebb, one_neuron, potentiated, raster
from neuromem.engine import simulate
from neuromem.kernels import deliver, sources, stdp
from neuromem.kernels import hebb as hebbian
from neuromem.kernels import layout as at
from neuromem.network import IF_curr_delta, IF_curr_exp, OneShotHebb, SpikePairSTDP

ORDERS = ("pynn", "spinnaker")
SEEDS = st.integers(0, 2**32 - 1)
SIZES = st.sampled_from([0, 1, 2, 7, 64])


@njit
def compiled_deliver(kind, q, step, spiking, neurons, synapses):
    if kind == 0:
        deliver.deliver_together(q, step, spiking, neurons, synapses)
    elif kind == 1:
        deliver.deliver_spread(q, step, spiking, neurons, synapses)
    else:
        deliver.deliver(q, step, spiking, neurons, synapses)


@njit
def compiled_emit(step, seed, table, constants, events, ids):
    n = sources.emit_array(0, step, events, ids, 0)
    return n, sources.emit_poisson(1, step, seed, table, constants, ids, n)


@njit
def compiled_pair(weight, begin, last, trace, delay, upto, numbers, plastic):
    up = stdp.potentiate(weight, begin, last, trace, delay, upto, numbers, 0, plastic)
    return up, stdp.depress(weight, upto, delay, numbers, 0, plastic)


@njit
def compiled_hebb(incoming, spiking, neurons, synapses, plastic):
    if incoming:
        hebbian.hebb_incoming(0, spiking, neurons, synapses, plastic)
    else:
        hebbian.hebb_outgoing(0, spiking, neurons, synapses)


def wiring(rng, n, k, slots=9, one_weight=False, one_delay=False):
    """Two populations of n + 1 and n neurons joined by k synapses, as (pairs, weight, delay, Neurons, Synapses)."""
    pre = np.sort(rng.integers(0, n + 1, k))
    post = rng.integers(0, max(n, 1), k)
    weight, delay = rng.uniform(0, 4, k).astype(np.float32), rng.integers(1, slots, k).astype(np.int32)
    weight[:] = weight[:1] if one_weight else weight
    delay[:] = delay[:1] if one_delay else delay
    neurons = np.zeros((2, 11), np.int64)
    neurons[:, at.FIRST], neurons[:, at.SIZE], neurons[:, at.INPUT] = (0, n + 1), (n + 1, n), (0, 2)
    table, numbers = np.zeros((1, 12), np.int64), np.zeros((1, 9))
    table[0, at.POST], table[0, at.TARGET] = 1, 2  # two places of the ring belong to nobody here
    if one_weight:
        table[0, at.WEIGHT], numbers[0, at.SCALAR] = at.NONE, weight[0] if k else 0.0
    if one_delay:
        table[0, at.DELAY], table[0, at.STEPS] = at.NONE, delay[0] if k else 1
    synapses = at.Synapses(
        table,
        numbers,
        np.searchsorted(pre, np.arange(n + 2)).astype(np.int64),
        post.astype(np.uint16),
        weight,
        delay,
    )
    filled = at.Neurons(neurons, np.zeros(0), np.zeros(0), np.zeros((slots, n + 3)))
    return list(zip(pre.tolist(), post.tolist(), strict=True)), filled, synapses


def spiking_now(rng, n):
    """Which pre and post neurons spike, and the arrays that say so."""
    pre, post = np.flatnonzero(rng.random(n + 1) < 0.5), np.flatnonzero(rng.random(n) < 0.5)
    ids = np.zeros(2 * n + 1, np.int32)
    listed = np.concatenate([pre, post + n + 1])
    ids[: listed.size] = listed
    now = np.zeros(2 * n + 1, np.uint8)
    now[listed] = 1
    first = np.array([0, pre.size, listed.size])
    return pre.tolist(), post.tolist(), at.Spiking(ids, first, now)


@settings(max_examples=60)
@given(SEEDS, SIZES, st.booleans(), st.booleans(), st.integers(0, 30))
def test_deliver(seed, n, one_weight, one_delay, step):
    rng = np.random.default_rng(seed)
    pairs, neurons, synapses = wiring(rng, n, 3 * n, one_weight=one_weight, one_delay=one_delay)
    pre, _, spiking = spiking_now(rng, n)
    want = np.zeros_like(neurons.ring).tolist()
    listed = [(i, j + 2, float(w), int(d)) for (i, j), w, d in zip(pairs, synapses.weight, synapses.delay, strict=True)]
    naive_deliver(want, step, pre, listed)
    for kind in (0 if one_delay else 1, 2):
        neurons.ring[:] = 0.0
        compiled_deliver(kind, 0, step, spiking, neurons, synapses)
        assert neurons.ring.tolist() == want


@settings(max_examples=60)
@given(SEEDS, st.sampled_from([1, 2, 4, 5, 7, 64]))
def test_emit(seed, n):
    rng = np.random.default_rng(seed)
    pairs = sorted({(int(rng.integers(12)), int(rng.integers(n))) for _ in range(3 * n)})
    steps, ids = (np.array(side, np.int64) for side in zip(*pairs, strict=True))
    events = at.Events(steps, ids, np.zeros(1, np.int64), np.array([len(pairs)]))
    table, p = np.zeros((2, 11), np.int64), rng.uniform(0, 1, n)
    table[1, [at.FIRST, at.SIZE, at.START, at.STOP, at.OBJECT]] = 1000, n, 3, 9, 5
    for step in range(12):
        out = np.full(2 * n, -1, np.int32)
        with np.errstate(over="ignore"):
            count, total = compiled_emit(step, seed, table, p, events, out)
        assert out[:count].tolist() == emit_array(steps.tolist(), ids.tolist(), step)
        noise = emit_poisson(seed, 5, p.tolist(), step) if 3 <= step < 9 else []
        assert (out[count:total] - 1000).tolist() == noise
        assert (out[total:] == -1).all()


def histories(rng, posts, tau):
    """Plastic with the given post spikes of one neuron."""
    plastic = at.Plastic(
        np.zeros(1, np.int64),
        np.zeros(1),
        np.full(1, at.NONE, np.int64),
        np.zeros(1),
        np.array([len(posts)]),
        np.zeros((1, 40), np.int64),
        np.zeros((1, 40)),
        np.zeros(2, np.int64),
        np.zeros(0, np.int64),
        np.zeros(0, np.int32),
    )
    plastic.history_step[0, : len(posts)] = posts
    plastic.history_trace[0, : len(posts)] = [fading(posts, s, tau) for s in posts]
    return plastic


@settings(max_examples=80)
@given(SEEDS, st.integers(0, 30), st.integers(1, 12))
def test_deferred_pair_rule(seed, count, delay):
    rng = np.random.default_rng(seed)
    posts = np.sort(rng.choice(60, count, replace=False)).tolist()
    previous = np.sort(rng.choice(40, 4, replace=False)).tolist()
    upto = int(rng.integers(previous[-1] + 1, 80))
    rule = SpikePairSTDP(7.0, 11.0, 0.5, 0.9, w_min=0.5, w_max=5.0)
    numbers = np.zeros(9)
    numbers[[at.TAU_PLUS, at.TAU_MINUS, at.A_PLUS, at.A_MINUS, at.W_MIN, at.W_MAX]] = 7, 11, 0.5, 0.9, 0.5, 5
    weight, trace = np.float32(rng.uniform(1, 5)), fading(previous, previous[-1], 7.0)
    plastic = histories(rng, posts, 11.0)
    begin = int(rng.integers(previous[-1], upto + 1))
    up, down = compiled_pair(weight, begin, previous[-1], trace, delay, upto, numbers, plastic)
    want = potentiated(float(weight), rule, 7.0, begin, upto, previous, posts, delay)
    assert float32(up) == pytest.approx(want, rel=3e-7)
    want = depressed(float(weight), rule, 11.0, upto, posts, delay)
    assert float32(down) == pytest.approx(want, rel=3e-7)


@settings(max_examples=60)
@given(SEEDS, SIZES, st.sampled_from(["incoming", "outgoing"]), st.sampled_from([0.0, 0.5, 1.0]))
def test_one_shot_hebb(seed, n, over, exponent):
    rng = np.random.default_rng(seed)
    pairs, neurons, synapses = wiring(rng, n, 2 * n)
    synapses.numbers[0, [at.TOTAL, at.EXPONENT]] = 3.0, exponent
    pre, post, spiking = spiking_now(rng, n)
    order = sorted(range(len(pairs)), key=lambda k: pairs[k][1])
    starts = np.searchsorted([pairs[k][1] for k in order], np.arange(n + 1))
    plastic = histories(rng, [], 1.0)._replace(
        column_start=starts.astype(np.int64),
        column_synapse=np.array(order, np.int64),
        column_row=np.array([pairs[k][0] for k in order], np.int32),
    )
    want = hebb(synapses.weight.tolist(), pairs, OneShotHebb(3.0, exponent, over), pre, post)
    compiled_hebb(over == "incoming", spiking, neurons, synapses, plastic)
    assert synapses.weight.tolist() == want


# ---- physics


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("model", [IF_curr_exp, IF_curr_delta])
def test_constant_current_charges_the_membrane_exactly(order, model):
    net = one_neuron(order, model=model, i_offset=0.4, tau_m=12.0, cm=0.8, v_rest=-70.0)
    trace = simulate(net, 60.0).traces["out.v"]
    want = -70.0 + 0.4 * 12.0 / 0.8 * -np.expm1(-trace.times / 12.0)
    np.testing.assert_allclose(trace.values[:, 0], want, rtol=1e-12)
    assert trace.unit == "mV"


@pytest.mark.parametrize("order", ORDERS)
def test_a_step_current_acts_from_its_step_on(order):
    """Sampled before the step: the current of step k shows in the sample after it."""
    net = one_neuron(order)
    net.current("ballast driven", [0.0, 2.0, 5.0], [1.0, -0.5, 0.0])
    net.probe("ballast driven", "v")
    trace = simulate(net, 8.0).traces["ballast driven.v"]
    v = -65.0
    for time, value in zip(trace.times, trace.values[:, 0], strict=True):
        assert value == pytest.approx(v, abs=1e-12)
        level = 1.0 if time < 2.0 - 1e-9 else -0.5 if time < 5.0 - 1e-9 else 0.0
        v = -65.0 + 20.0 * level + (v + 65.0 - 20.0 * level) * np.exp(-0.1 / 20.0)


@pytest.mark.parametrize("receptor", ["excitatory", "inhibitory"])
@pytest.mark.parametrize("tau_syn", [0.3, 5.0, 12.0, 12.0 + 1e-9, 12.0 + 1e-5, 40.0])
def test_postsynaptic_potential_has_its_closed_form(receptor, tau_syn):
    """Also at tau_syn = tau_m, and so near to it that the two exponentials cancel."""
    taus = {"tau_syn_E": tau_syn, "tau_syn_I": tau_syn, "tau_m": 12.0, "cm": 0.8}
    net = one_neuron("pynn", train=[2.0], weight=0.5, receptor=receptor, **taus)
    trace = simulate(net, 80.0).traces["out.v"]
    s = np.maximum(0.0, trace.times - 2.2)  # leaves in step 20, arrives at the end of step 21
    a = 1 / tau_syn - 1 / 12.0
    psp = np.exp(-s / 12.0) * (s if a == 0 else -np.expm1(-a * s) / a) * 0.5 / 0.8
    want = -65.0 + (psp if receptor == "excitatory" else -psp)
    np.testing.assert_allclose(trace.values[:, 0], want, rtol=1e-12)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("refractory", [0, 1, 25])
def test_firing_rate_is_the_analytic_one(order, refractory):
    """Interval = refractory period + charging time, rounded up to whole steps, exactly."""
    for current in (0.751, 0.9, 1.5, 4.0):
        net = one_neuron(order, i_offset=current, tau_refrac=refractory * 0.1, probed=False)
        spikes = np.rint(simulate(net, 400.0).spikes["out"].times / 0.1)
        charge = 20.0 * np.log(20.0 * current / (20.0 * current - 15.0))
        assert set(np.diff(spikes)) == {refractory + np.ceil(charge / 0.1)}, current


@pytest.mark.parametrize(("order", "first"), [("pynn", 3), ("spinnaker", 3)])
def test_a_delta_synapse_fires_in_its_arrival_step(order, first):
    net = one_neuron(order, 1.0, [1.0, 2.0], 0.0, model=IF_curr_delta, tau_refrac=1.0)
    net.project("in", "out", weight=100.0, delay=2.0)
    result = simulate(net, 20.0)
    assert raster(result, "out") == [(first, 0)]  # the second arrives in the refractory period and is lost


def test_mean_current_of_the_chip():
    """One EPSP of the published slow neuron: 0.91119 mV per nA of weight, seen in the arrival step."""
    slow = {"tau_syn_E": 0.3, "v_rest": -60.0, "v_reset": -60.0, "v_thresh": -50.0, "cm": 0.27, "tau_m": 3.0}
    trace = simulate(one_neuron("spinnaker", 1.0, [2.0], 1.0, **slow), 9.0).traces["out.v"].values[:, 0]
    np.testing.assert_array_equal(trace[:4], -60.0)
    assert trace[4] + 60.0 == pytest.approx(0.911187, abs=1e-6)
    for weight, spikes in ((3.2923, 0), (3.2925, 1)):
        net = one_neuron("spinnaker", 1.0, [2.0], weight, **slow | {"v_thresh": -57.0})
        assert len(simulate(net, 9.0).spikes["out"]) == spikes
    raster_ = raster(
        simulate(
            one_neuron("spinnaker", 1.0, [2.0, 3.0, 4.0], 6.0, **slow | {"v_thresh": -57.0, "tau_refrac": 1.0}), 9.0
        ),
        "out",
    )
    assert raster_ == [(3, 0), (5, 0)]
