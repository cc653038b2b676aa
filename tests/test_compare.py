"""`neuromem.compare`: the first spike that differs, and a cause that is found from evidence."""

from dataclasses import replace

import numpy as np
import pytest

import neuromem
from neuromem import IF_curr_exp, Network, Simulation, SpikeSourceArray, SpikeSourcePoisson, UsageError, simulate
from neuromem.network import FromArrays


def driven(order="pynn", tau_refrac=2.0, i_offset=0.9, scale=1.0, n=20, dt=0.1):
    """Neurons that fire by themselves, each at its own rate, with a little Poisson input."""
    net = Network(dt=dt, order=order)
    net.population("in", n, SpikeSourcePoisson(rate=200.0))
    bias = i_offset * scale * np.linspace(1.0, 1.6, n)
    net.population("A", n, IF_curr_exp(tau_refrac=tau_refrac, i_offset=bias, tau_m=20.0, v_reset=-62.0))
    net.project("in", "A", neuromem.OneToOne(), weight=0.5 * scale)
    net.probe("A", "v")
    return net


def test_runs_of_the_same_network_are_the_same():
    a, b = (simulate(driven(), 100.0, seed=3) for _ in range(2))
    found = neuromem.compare(a, b)
    assert found.same
    assert found.first is None
    assert found.share == 1.0
    assert found.both == sum(len(spikes) for spikes in a.spikes.values())
    assert str(found).startswith("The same")


def test_the_first_difference_is_named_with_its_state():
    a = simulate(driven(), 100.0, seed=3)
    spikes = a.spikes["A"]
    k = 17
    fewer = neuromem.Spikes(np.delete(spikes.times, k), np.delete(spikes.ids, k))
    b = replace(a, spikes={**a.spikes, "A": fewer})
    found = neuromem.compare(a, b)
    assert (found.first.population, found.first.neuron) == ("A", spikes.ids[k])
    assert found.first.step == round(spikes.times[k] / 0.1)
    assert found.first.in_a
    assert (found.only_a, found.only_b) == (1, 0)
    x, y = found.states["A.v"]
    row = np.flatnonzero(np.isclose(a.traces["A.v"].times, spikes.times[k]))[0]
    assert x == y == a.traces["A.v"].values[row, spikes.ids[k]]
    assert f"A neuron {spikes.ids[k]} spikes in step {found.first.step}" in str(found)
    back = neuromem.compare(b, a)
    assert back.first == replace(found.first, in_a=False)


def test_without_evidence_no_cause_is_named():
    a = simulate(driven(), 100.0, seed=3)
    spikes = a.spikes["A"]
    b = replace(a, spikes={**a.spikes, "A": neuromem.Spikes(spikes.times[1:], spikes.ids[1:])}, traces={})
    found = neuromem.compare(a, b)
    assert found.cause == ""
    assert "probe the state" in found.evidence


@pytest.mark.parametrize("known", [True, False])
def test_another_refractory_period(known):
    a = simulate(driven(), 150.0, seed=3)
    b = simulate(driven(tau_refrac=2.1), 150.0, seed=3)
    found = neuromem.compare(a, b, network=driven() if known else None)
    assert found.cause == "refractoriness"
    assert ("one step longer" in found.evidence) == known
    if not known:
        assert "rests for" in found.evidence


def test_another_refractory_period_is_seen_from_spikes_alone():
    a = simulate(driven(i_offset=30.0), 100.0, seed=3)
    b = simulate(driven(i_offset=30.0, tau_refrac=2.5), 100.0, seed=3)
    found = neuromem.compare(replace(a, traces={}), replace(b, traces={}))
    assert found.cause == "refractoriness"
    assert "shortest of" in found.evidence


def test_another_order_of_operations_is_found_by_trial():
    a = simulate(driven(), 100.0, seed=3)
    b = simulate(driven("spinnaker"), 100.0, seed=3)
    found = neuromem.compare(a, b, network=driven())
    assert found.cause == "order"
    assert "'spinnaker'" in found.evidence


def test_spikes_that_come_a_step_later():
    a = simulate(driven(), 100.0, seed=3)
    late = {name: neuromem.Spikes(spikes.times + 0.1, spikes.ids) for name, spikes in a.spikes.items()}
    found = neuromem.compare(replace(a, traces={}), replace(a, spikes=late, traces={}))
    assert found.cause == "order"
    assert "1 step later" in found.evidence


def test_rounding_is_told_by_traces_that_agree_almost():
    net = Network(dt=0.1)  # the potential creeps up to a threshold just below its resting value
    net.population("A", 5, IF_curr_exp(i_offset=0.75 + 1e-6 * np.arange(1.0, 6.0), tau_m=20.0, v_reset=-62.0))
    net.probe("A", "v")
    a, b = simulate(net, 300.0), simulate(net, 300.0, dtype="float32")
    found = neuromem.compare(a, b)
    assert found.cause == "rounding"
    assert "of their range" in found.evidence
    x, y = found.states["A.v"]
    assert 0.0 < abs(x - y) < 1e-3


def test_rounding_is_told_by_trial():
    net, other = (_at_the_threshold(start) for start in (-49.9 - 1e-11, -49.9 + 1e-11))
    found = neuromem.compare(simulate(net, 10.0), simulate(other, 10.0), network=net)
    assert found.cause == "rounding"
    assert "initial state" in found.evidence


def _at_the_threshold(start):
    """One neuron whose potential decays to the threshold, -50 mV, within the first step."""
    net = Network(dt=0.1)
    net.population("A", 1, IF_curr_exp(tau_m=0.1 / np.log(15.1 / 15.0), tau_refrac=2.0), {"v": start})
    return net


def test_an_input_of_another_size_is_normalisation():
    net, other = driven(), driven(scale=1.05)
    a, b = simulate(net, 100.0, seed=3), simulate(other, 100.0, seed=3)
    found = neuromem.compare(a, b)
    assert found.cause == "normalisation"
    assert "1.05 times" in found.evidence


def test_checkpoints_and_simulations(tmp_path):
    runs = [Simulation(driven(), seed=3) for _ in range(2)]
    for run in runs:
        run.run(50.0)
    runs[0].save(tmp_path / "a.h5")
    assert neuromem.compare(tmp_path / "a.h5", runs[1]).same
    state = runs[1].plan.neurons.state
    state[np.flatnonzero(state == runs[1].state("A", "v")[0])[0]] += 3.0
    found = neuromem.compare(tmp_path / "a.h5", runs[1])
    assert not found.same
    assert found.cause == "state"
    assert "A.v of neuron 0" in found.evidence
    runs[1].run(50.0)
    longer = Simulation.load(tmp_path / "a.h5")
    longer.run(50.0)
    assert neuromem.compare(longer, runs[1]).first.neuron == 0


def test_an_emulated_run():
    from neuromem import hardware

    net = Network(dt=1.0, order="spinnaker")
    net.population("in", 10, SpikeSourceArray(np.arange(1.0, 41.0), np.arange(40) % 10))
    net.population("A", 10, IF_curr_exp(tau_refrac=2.0))
    net.project("in", "A", FromArrays(np.arange(10), (np.arange(10) + 1) % 10), weight=20.0 / 3.0)
    chip = hardware.target("spinnaker").emulate(hardware.target("spinnaker").quantize(net), 100.0)
    found = neuromem.compare(simulate(net, 100.0), chip)
    assert found.first is None or found.first.population == "A"


def test_what_cannot_be_compared_is_said():
    a = simulate(driven(), 10.0)
    with pytest.raises(UsageError, match="compare: no population is recorded in both"):
        neuromem.compare(a, replace(a, spikes={}))
    with pytest.raises(UsageError, match="time steps differ"):
        neuromem.compare(a, simulate(driven(dt=0.5), 10.0))
    with pytest.raises(UsageError, match="is expected, got 3"):
        neuromem.compare(a, 3)
