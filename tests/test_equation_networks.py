"""Networks of neurons and synapses made of equations: against Brian2, and under the engine's promise."""

import numpy as np
import pytest

from networks import raster, same_bits
from neuromem import (
    FromArrays,
    Network,
    NeuronModel,
    Simulation,
    SpikeSourceArray,
    SynapseModel,
    TimedArray,
    load_network,
    save_network,
    simulate,
)
from neuromem.errors import DescriptionError
from neuromem.hardware import target

LEAKY = """
dv/dt = (ge + drive(t) + push - v)/(10*ms) : 1 (unless refractory)
dge/dt = -ge/(5*ms) : 1
push : 1
n : 1
"""
STDP = """
w : 1
dApre/dt = -Apre/(20*ms) : 1 (event-driven)
dApost/dt = -Apost/(15*ms) : 1 (event-driven)
"""
ON_PRE = "ge += w\nApre += 0.05\nw = clip(w + Apost, 0, 0.8)"
ON_POST = "Apost -= 0.06\nw = clip(w + Apre, 0, 0.8)"
REGULARLY = "push = 0.1*sin(i) - 0.02*n"
STEPS = 1500


def plastic_network(size=300, noise=False):
    """A recurrent network with STDP, delays of every synapse from 0 on, a drive over time and what runs regularly."""
    rng = np.random.default_rng(3)
    leaky = LEAKY.replace("v)/(10*ms)", "v)/(10*ms) + 0.02*xi*ms**-0.5") if noise else LEAKY
    drive = TimedArray(rng.uniform(0.6, 1.5, 60), dt=2.5)
    neuron = NeuronModel(
        leaky,
        threshold="v > 1",
        reset="v = 0; n += 1",
        refractory="1*ms",
        parameters={"drive": drive},
        regularly=[(REGULARLY, 5.0)],
        method="euler",
    )
    synapse = SynapseModel(STDP, on_pre=ON_PRE, on_post=ON_POST)
    pre, post = rng.integers(0, size, 4000), rng.integers(0, size, 4000)
    net = Network(0.1, "brian2")
    net.population("in", 20, SpikeSourceArray(np.arange(1, 100) * 1.5, np.arange(1, 100) % 20))
    net.population("cells", size, neuron, {"v": rng.uniform(0, 1, size)})
    once = np.unique(rng.integers(0, 20 * size, 800))
    net.project("in", "cells", FromArrays(once // size, once % size), weight=0.3, receptor="ge")
    delays = rng.integers(0, 12, 4000) * 0.1
    net.project(
        "cells", "cells", FromArrays(pre, post), model=synapse(w=rng.uniform(0, 0.1, 4000)), delay=delays, name="syn"
    )
    net.probe("syn", "w", every=50.0, ids=[5, 0, 77])
    return net


def brian2_run(net, steps):
    """The same network in Brian2: {population: raster}, and the final v, n and w."""
    b = pytest.importorskip("brian2")
    b.prefs.codegen.target = "numpy"
    cells, syn = net.populations["cells"], net.projections["syn"]
    drive = cells.neuron.parameters["drive"]
    space = {"drive": b.TimedArray(drive.values, drive.dt * b.ms)}
    clock = b.Clock(dt=0.1 * b.ms)
    group = b.NeuronGroup(
        cells.size,
        LEAKY,
        threshold="v > 1",
        reset="v = 0; n += 1",
        refractory=1 * b.ms,
        method="euler",
        namespace=space,
        clock=clock,
    )
    group.v = cells.initial["v"]
    regular = group.run_regularly(REGULARLY, dt=5 * b.ms)
    given = net.populations["in"]
    source = b.SpikeGeneratorGroup(given.size, given.neuron.ids, given.neuron.times * b.ms, clock=clock)
    inward = b.Synapses(source, group, on_pre="ge += 0.3", clock=clock, name="a_inward")
    inward.connect(i=net.projections["in->cells"].connector.pre, j=net.projections["in->cells"].connector.post)
    plastic = b.Synapses(group, group, STDP, on_pre=ON_PRE, on_post=ON_POST, clock=clock, name="b_plastic")
    plastic.connect(i=syn.connector.pre, j=syn.connector.post)
    plastic.w, plastic.pre.delay = syn.model.parameters["w"], syn.delay * b.ms
    spikes = b.SpikeMonitor(group)
    b.Network(group, regular, source, inward, plastic, spikes).run(steps * 0.1 * b.ms, namespace={})
    found = sorted(
        zip(np.rint(np.asarray(spikes.t) / 1e-4).astype(int).tolist(), np.asarray(spikes.i).tolist(), strict=True)
    )
    return found, np.array(group.v), np.array(group.n), np.array(plastic.w)


@pytest.mark.filterwarnings("ignore")  # what Brian2 uses of its own libraries
def test_a_plastic_network_spikes_as_in_brian2():
    net = plastic_network()
    simulation = Simulation(net)
    simulation.run_steps(STEPS)
    spikes, v, n, w = brian2_run(net, STEPS)
    assert len(spikes) > 2000
    assert raster(simulation.result(), "cells") == spikes
    np.testing.assert_allclose(simulation.state("cells", "v"), v, rtol=0, atol=1e-10)
    np.testing.assert_array_equal(simulation.state("cells", "n"), n)
    np.testing.assert_allclose(simulation.state("syn", "w"), w, rtol=0, atol=1e-10)
    assert np.std(w) > 0.05


@pytest.fixture(scope="module")
def reference():
    simulation = Simulation(plastic_network(noise=True), seed=4, dtype="float32")
    simulation.run_steps(STEPS)
    return simulation


@pytest.mark.parametrize("threads", [2, 4])
def test_any_number_of_threads_gives_the_same_bits(reference, threads):
    simulation = Simulation(plastic_network(noise=True), seed=4, dtype="float32", threads=threads)
    for _ in range(10):
        simulation.run_steps(STEPS // 10)
    assert_same(simulation, reference)


@pytest.mark.parametrize("step", [0, 1, 499, 999])
def test_a_checkpoint_goes_on_to_the_same_bits(reference, step, tmp_path):
    simulation = Simulation(plastic_network(noise=True), seed=4, dtype="float32")
    simulation.run_steps(step)
    simulation.save(tmp_path / "half.h5")
    simulation = Simulation.load(tmp_path / "half.h5", threads=2)
    simulation.run_steps(STEPS - step)
    assert_same(simulation, reference)


def assert_same(simulation, reference):
    assert same_bits(simulation.result(), reference.result())
    for name, variable in (("cells", "v"), ("cells", "ge"), ("cells", "n"), ("syn", "w"), ("syn", "Apre")):
        assert simulation.state(name, variable).tobytes() == reference.state(name, variable).tobytes()


def test_the_noise_is_felt(reference):
    quiet = simulate(plastic_network(), STEPS * 0.1, seed=4, dtype="float32")
    assert not same_bits(quiet, reference.result())


def test_a_network_of_equations_comes_back_from_its_file(tmp_path):
    net = plastic_network(noise=True)
    save_network(net, tmp_path / "net.h5")
    again = load_network(tmp_path / "net.h5")
    save_network(again, tmp_path / "again.h5")
    assert str(again) == str(net)
    assert same_bits(simulate(again, 50.0, seed=1), simulate(net, 50.0, seed=1))


def test_synapses_between_the_same_two_neurons_draw_numbers_of_their_own():
    """Whatever the threads and the order in which the synapses are listed."""
    pre, post = np.array([0, 1, 0, 0, 1]), np.array([5, 300, 5, 5, 2])
    order = np.array([3, 0, 4, 2, 1])

    def drawn(listed, threads):
        net = Network(0.1, "brian2")
        net.population("in", 2, SpikeSourceArray([1.0, 1.0], [0, 1]))
        net.population("cells", 400, NeuronModel("dg/dt = -g/ms : 1", threshold="g > 9"))
        model = SynapseModel("x : 1", on_pre="x = rand(); g += x")
        net.project("in", "cells", FromArrays(pre[listed], post[listed]), model=model, delay=0.0, name="syn")
        simulation = Simulation(net, seed=2, threads=threads)
        simulation.run(2.0)
        return simulation.state("syn", "x")

    found = drawn(np.arange(5), 1)
    assert np.unique(found[found > 0.0]).size == 5
    assert drawn(np.arange(5), 2).tobytes() == found.tobytes()
    moved = drawn(order, 1)
    assert sorted(moved) == sorted(found)
    assert moved[[2, 4]].tolist() == found[[4, 1]].tolist()


def test_chips_refuse_synapses_with_equations_by_name():
    for chip in ("spinnaker", "loihi"):
        report = target(chip).check(plastic_network())
        assert any("syn" in sentence and "SynapseModel" in sentence for sentence in report.refused)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"weight": 2.0}, "syn: a synapse model takes the place of weight"),
        ({"model": 3}, "syn.model: a SynapseModel is expected, got 3"),
        ({"model": SynapseModel("w : 1", on_pre="ge += w")(w=[1.0, 2.0])}, "syn.model: .*2 values for 4 synapses"),
    ],
)
def test_a_mistake_with_a_synapse_model_is_one_sentence(change, named):
    net = Network(0.1, "brian2")
    cells = NeuronModel("dv/dt = -v/(5*ms) : 1\nge : 1", threshold="v > 1", variables=("ge",))
    net.population("cells", 2, cells)
    options = {"model": SynapseModel(on_pre="ge += 1"), "name": "syn"} | change
    with pytest.raises(DescriptionError, match=f"^{named}"):
        net.project("cells", "cells", **options)


def test_synapse_models_need_the_order_of_brian2():
    net = Network(0.1)
    net.population("cells", 2, NeuronModel("dv/dt = -v/(5*ms) : 1", threshold="v > 1"))
    with pytest.raises(DescriptionError, match='order="brian2"'):
        net.project("cells", "cells", model=SynapseModel(on_pre="v += 1"))


@pytest.mark.parametrize("order", ["pynn", "brian2"])
def test_a_neuron_stays_refractory_while_its_condition_holds(order):
    """Driven up and down, it spikes once in each period, when it crosses its threshold from below."""
    wave = "dv/dt = (1.5*sin(t/(5*ms)) - v)/(2*ms) : 1"
    net = Network(0.1, order)
    net.population("cell", 1, NeuronModel(wave, threshold="v > 0.3", refractory="v > 0.1", method="euler"))
    assert simulate(net, 100.0).spikes["cell"].times.tolist() == pytest.approx([2.4, 34.4, 65.8, 97.2])


@pytest.mark.parametrize("order", ["pynn", "brian2"])
def test_a_reset_may_look_up_each_neurons_own_values_over_time(order):
    table = TimedArray(np.arange(20.0).reshape(10, 2), dt=1.0)
    ramp = NeuronModel(
        "dv/dt = 1/(10*ms) : 1\nr : 1", threshold="v > 0.1", reset="v = 0; r = g(t, i)", parameters={"g": table}
    )
    net = Network(0.1, order)
    net.population("cells", 2, ramp)
    simulation = Simulation(net)
    simulation.run(5.0)
    assert simulation.result().spikes["cells"].times[-1] == pytest.approx(4.9)
    assert simulation.state("cells", "r").tolist() == [8.0, 9.0]  # the fifth row
