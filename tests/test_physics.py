"""Neuron updates against physics: closed forms, analytic rates, and published numbers."""

import numpy as np
import pytest

from networks import ORDERS, one_neuron, raster
from neuromem.engine import Simulation, simulate
from neuromem.network import IF_curr_delta, IF_curr_exp, Network


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
    """Interval = refractory period + charging time, rounded up to whole steps, exactly; in Brian2 the period ends a
    step earlier."""
    pause = max(0, refractory - (order == "brian2"))
    for current in (0.751, 0.9, 1.5, 4.0):
        net = one_neuron(order, i_offset=current, tau_refrac=refractory * 0.1, probed=False)
        spikes = np.rint(simulate(net, 400.0).spikes["out"].times / 0.1)
        charge = 20.0 * np.log(20.0 * current / (20.0 * current - 15.0))
        assert set(np.diff(spikes)) == {pause + np.ceil(charge / 0.1)}, current


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


def test_a_refractory_period_may_be_longer_than_a_small_counter():
    """Counters are int16 where every period fits and int64 elsewhere."""
    for steps, counter in ((32_767, np.int16), (32_768, np.int64)):
        net = Network(0.1)
        net.population("out", 1, IF_curr_delta(i_offset=100.0, tau_refrac=steps * 0.1))
        simulation = Simulation(net)
        assert simulation.plan.neurons.waiting.dtype == counter
    simulation.run_steps(32_768 + 400)
    spikes = [when for when, _ in raster(simulation.result(), "out")]
    assert len(spikes) == 2
    assert spikes[1] - spikes[0] == 32_768 + spikes[0] + 1
