"""`to_brian2` and back: the same network here, in Brian2, and translated again, spike for spike."""

import numpy as np
import pytest

import neuromem
from neuromem import (
    AllButSelf,
    AllToAll,
    DescriptionError,
    FixedInDegree,
    FixedProbability,
    FixedTotalNumber,
    FromArrays,
    IF_curr_delta,
    IF_curr_exp,
    Network,
    Normal,
    OneToOne,
    SpikePairSTDP,
    SpikeSourceArray,
    SpikeSourcePoisson,
    simulate,
)

N = 20
DURATION = 60.0


def trains(seed=0, size=N, per_source=12):
    """Spikes on a grid of 0.1 ms, within 50 ms."""
    rng = np.random.default_rng(seed)
    when = np.concatenate([rng.choice(500, per_source, replace=False) for _ in range(size)])
    return SpikeSourceArray(when * 0.1, np.repeat(np.arange(size), per_source))


def equations():
    from neuromem.network.equations.neuron import NeuronModel

    return NeuronModel(
        "dv/dt = (v_rest - v + r*g)/tau : volt (unless refractory)\ndg/dt = -g/(5*ms) : amp\nr : ohm\ntau : second",
        threshold="v > -50*mV",
        reset="v = v_rest",
        refractory="2*ms",
        parameters={"v_rest": "-65*mV", "r": 10.0, "tau": "20*ms"},
        initial={"v": "v_rest"},
    )(r=np.linspace(5.0, 15.0, N))


def network(neuron, connector, order="brian2", weight=2.0, delay=1.5, **more):
    net = Network(dt=0.1, order=order)
    net.population("in", N, trains())
    net.population("A", N, neuron)
    net.project("in", "A", connector, weight=weight, delay=delay, **more)
    return net


def in_brian2(brian2, net, duration=DURATION, **options):
    """Runs it there; returns the network of Brian2 after the run, and what compare takes."""
    made = neuromem.to_brian2(net, **options)
    made.run(duration * brian2.ms, namespace={})
    return made


def agree(brian2, net, **options):
    """Run both; the same spikes in every population."""
    ours, theirs = simulate(net, DURATION, **options), in_brian2(brian2, net, **options)
    spikes = [(net.populations[name].size, found) for name, found in ours.spikes.items()]
    names = ["".join(c if c.isalnum() else "_" for c in name) for name in ours.spikes]
    for (_, mine), name in zip(spikes, names, strict=True):
        monitor = theirs[f"spikes_of_{name}"]
        got = sorted(
            zip(np.rint(np.array(monitor.t / brian2.ms) / net.dt).astype(int).tolist(), np.array(monitor.i).tolist())
        )
        assert got == sorted(zip(np.rint(mine.times / net.dt).astype(int).tolist(), mine.ids.tolist())), name
    assert sum(len(mine) for _, mine in spikes[1:]) > 10
    return ours


CONNECTORS = [
    OneToOne(),
    AllToAll(),
    AllButSelf(),
    FixedProbability(0.3),
    FixedInDegree(4),
    FixedTotalNumber(90),
    FromArrays(np.arange(60) % N, (np.arange(60) * 7) % N),
]


def test_every_connector(brian2):
    """One population for each."""
    net = Network(dt=0.1, order="brian2")
    net.population("in", N, trains())
    for connector in CONNECTORS:
        name = type(connector).__name__
        net.population(name, N, IF_curr_delta(tau_refrac=2.0))
        net.project("in", name, connector, weight=20.0 / max(1, connector.expected(N, N) // N), delay=1.5)
    ours = agree(brian2, net, seed=5)
    assert all(len(spikes) > 20 for spikes in ours.spikes.values())


@pytest.mark.parametrize("order", ["brian2", "pynn"])
def test_built_in_neurons_and_receptors_in_both_orders(brian2, order):
    net = Network(dt=0.1, order=order)
    net.population("in", N, trains())
    for model, weight in ((IF_curr_exp, 12.0), (IF_curr_delta, 6.0)):
        for receptor, i_offset, part in (("excitatory", 0.0, 1.0), ("inhibitory", 3.0, 0.02)):
            name = f"{model.name} {receptor}"
            net.population(name, N, model(tau_refrac=2.0, i_offset=i_offset))
            net.project("in", name, FixedInDegree(5), weight=part * weight, delay=1.5, receptor=receptor)
    ours = agree(brian2, net, seed=2)
    assert all(len(spikes) > 0 for spikes in ours.spikes.values())


def test_a_model_made_of_equations_with_values_per_neuron(brian2):
    agree(
        brian2,
        network(equations(), FixedInDegree(5), weight=Normal(1.0, 0.2), delay=Normal(1.5, 0.5), receptor="g"),
        seed=1,
    )


def test_step_currents_poisson_sources_of_a_window_and_probes(brian2):
    net = network(IF_curr_exp(tau_refrac=2.0), OneToOne(), weight=5.0)
    net.current("A", [5.0, 40.0], [1.0, 0.0], ids=range(5))
    net.current("A", [10.0], [0.7])
    net.probe("A", "v", every=0.5, ids=[1, 2])
    ours, made = simulate(net, DURATION), in_brian2(brian2, net)
    assert neuromem.compare(ours, made).same
    np.testing.assert_allclose(made["probe_A_v"].v / brian2.mV, ours.traces["A.v"].values.T, rtol=1e-9)


def test_a_poisson_input_has_the_same_mean(brian2):
    net = Network(dt=0.1, order="brian2")
    net.population("A", 200, IF_curr_exp(v_thresh=1e3))
    net.poisson("A", rate=3000.0, weight=0.1)
    net.poisson("A", rate=30.0, weight=0.2, receptor="inhibitory", sources=50, stop=100)
    net.probe("A", "v", every=10.0)
    brian2.seed(1)
    theirs = in_brian2(brian2, net)["probe_A_v"].v[:, -1] / brian2.mV
    ours = simulate(net, DURATION).traces["A.v"].values[-1]
    for part in (slice(100), slice(100, 200)):
        error = np.hypot(ours[part].std(), theirs[part].std()) / 10.0
        assert abs(ours[part].mean() - theirs[part].mean()) < 5.0 * error
        assert ours[part].std() == pytest.approx(theirs[part].std(), rel=0.35)


def test_poisson_sources_fire_in_their_window_and_drive_neurons(brian2):
    net = Network(dt=0.1, order="brian2")
    net.population("in", 400, SpikeSourcePoisson(rate=100.0, start=10.0, duration=30.0))
    net.population("out", 400, IF_curr_delta(tau_refrac=0.1))
    net.project("in", "out", OneToOne(), weight=20.0, delay=0.5)
    brian2.seed(1)
    there = in_brian2(brian2, net)
    when = np.asarray(there["spikes_of_in"].t / brian2.ms)
    assert 10.0 - 1e-9 <= when.min() < when.max() < 40.0
    assert when.size == pytest.approx(400 * 3, abs=5 * np.sqrt(400 * 3))
    later = np.asarray(there["spikes_of_out"].t / brian2.ms)
    assert later.size == pytest.approx(when.size, rel=0.05)  # each, but for two within the refractory period
    assert later.min() == pytest.approx(when.min() + 0.6)


def test_there_and_back(brian2):
    from neuromem.network.equations.synapse import SynapseModel

    net = network(equations(), FixedInDegree(5), weight=1.5, receptor="g")
    tired = SynapseModel(
        "w : amp\nds/dt = (1 - s)/(50*ms) : 1 (event-driven)",
        on_pre="g_post += w*s; s *= 0.5",
        initial={"s": 1.0},
    )
    net.project("in", "A", FixedInDegree(3), model=tired(w=np.linspace(0.5, 1.5, 3 * N)), delay=0.3, name="tired")
    ours = agree(brian2, net)
    back = neuromem.from_brian2(neuromem.to_brian2(net), {})
    again = simulate(back, DURATION)
    found = neuromem.compare(ours, again)
    assert found.first is None, found


def test_what_has_no_counterpart_is_refused_at_once(brian2):
    slow = SpikePairSTDP(update="deferred")
    net = network(IF_curr_exp(), OneToOne(), plasticity=slow)  # inputs that may fire again within a few steps
    for name in ("slow", "slower"):
        net.project("in", "A", delay=30.0, plasticity=slow, name=name)
    with pytest.raises(DescriptionError) as refused:
        neuromem.to_brian2(net)
    assert "2 things" in str(refused.value)
    assert "slow: up to 301 weights are on their way at a synapse within 30 ms" in str(refused.value)
    with pytest.raises(DescriptionError, match="order of operations 'spinnaker'"):
        neuromem.to_brian2(Network(order="spinnaker"))
