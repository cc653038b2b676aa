"""Memories, networks and layers on resistive devices: every memory that there is, and its float path."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import naive_analogue as naive
from contract.memories import FACTORIES, PLACES, assert_same_recall
from networks import examples
from neuromem import (
    AllButSelf,
    AllToAll,
    FixedProbability,
    FromArrays,
    IF_curr_exp,
    Network,
    Normal,
    OneShotHebb,
    SpikeSourceArray,
    simulate,
)
from neuromem.errors import NeuromemError, NotSupportedError, UsageError
from neuromem.hardware.resistive import Stuck, deploy, device
from neuromem.kernels import analogue
from neuromem.learning import SpikingNetwork
from neuromem.memory import AssociativeMemory
from neuromem.models import MEMORIES, Hopfield, Sparsey, load
from neuromem.models.analogue import ANALOGUE, Held
from neuromem.patterns import random_patterns

QUIET = device("pcm-like", programming_scale=0.1, reading_scale=0.1)
HOUR, YEAR = 3600.0, 365 * 86400.0


@pytest.fixture
def patterns():
    """Three patterns of four bits without one in common."""
    return np.random.default_rng(0).permutation(np.eye(PLACES, dtype=bool).repeat(4, axis=1))[:3]


@pytest.fixture(params=FACTORIES)
def memory(request, patterns):
    empty = FACTORIES[request.param]()
    empty.store(patterns, keys=[4, 0, 2])
    return empty


def test_every_memory_is_asked():
    assert {type(factory()).__name__ for factory in FACTORIES.values()} == set(MEMORIES)


@pytest.mark.parametrize("scheme", ["pair", "offset"])
def test_on_ideal_devices_every_memory_is_what_it_was(memory, patterns, scheme):
    deployed = deploy(memory, "ideal", scheme=scheme, time=YEAR)
    assert isinstance(deployed, type(memory))
    assert isinstance(deployed, AssociativeMemory)
    for name, weight in memory.weights().items():
        np.testing.assert_allclose(deployed.weights()[name].values, weight.values, atol=1e-6)
    assert np.array_equal(deployed.keys, memory.keys)
    assert np.array_equal(deployed.patterns, memory.patterns)
    fragments = patterns.copy()
    fragments[:, ::5] = False
    assert_same_recall(deployed.recall(patterns), memory.recall(patterns))
    assert_same_recall(deployed.recall(fragments), memory.recall(fragments))


def test_every_memory_recalls_on_good_devices(memory, patterns):
    """A tenth of the noise of phase change memory, after an hour of its drift, made up for."""
    deployed = deploy(memory, QUIET, seed=1, time=HOUR, compensation=True)
    recall = deployed.recall(patterns)
    assert [keys[:1].tolist() for keys in recall.keys] == [[4], [0], [2]]
    assert np.array_equal(recall.patterns, patterns)


def test_one_seed_is_one_set_of_devices(memory):
    a, b, other, later = (
        deploy(memory, "pcm-like", seed=seed, time=time).weights()
        for seed, time in ((1, 0.0), (1, 0), (2, 0), (1, HOUR))
    )
    assert all(np.array_equal(a[name].values, b[name].values) for name in a)
    analogue = [name for name in a if np.unique(a[name].values).size > 2]  # a directory may be read as bits
    assert analogue
    for name in analogue:
        assert not np.array_equal(a[name].values, other[name].values)
        at_work = np.abs(a[name].values) > 0.5 * np.abs(a[name].values).max()
        ratio = later[name].values[at_work] / a[name].values[at_work]
        assert 0.6 < np.median(ratio) < 0.95, "the same devices, drifted"


def test_memories_with_a_float_path_hold_what_was_read(memory, patterns):
    deployed = deploy(memory, "pcm-like", seed=1)
    assert isinstance(deployed, Held) == (type(memory).__name__ in ANALOGUE)
    if not isinstance(deployed, Held):
        return
    values = np.concatenate([weight.values.ravel() for weight in deployed.weights().values()])
    assert np.unique(values).size > 0.5 * values.size, "numbers, not bits"
    again = deploy(deployed, "ideal")
    assert type(again) is type(deployed)
    assert_same_recall(again.recall(patterns), deployed.recall(patterns))
    for call in (lambda: deployed.store(patterns), lambda: deployed.forget([0])):
        with pytest.raises(NotSupportedError, match="programmed once"):
            call()
    given_ = {name: weight.values for name, weight in deployed.weights().items()}
    name = next(iter(given_))
    with pytest.raises(NeuromemError, match=name):
        deployed.with_weights(given_ | {name: np.zeros(3)})
    with pytest.raises(NeuromemError, match=name):
        deployed.with_weights({other: array for other, array in given_.items() if other != name})


def test_deployed_memories_are_saved_and_loaded(memory, patterns, tmp_path):
    deployed = deploy(memory, "pcm-like", seed=1)
    deployed.save(tmp_path / "memory.h5")
    again = load(tmp_path / "memory.h5")
    assert type(again) is type(deployed)
    for name, weight in deployed.weights().items():
        assert np.array_equal(again.weights()[name].values, weight.values)
    assert_same_recall(again.recall(patterns), deployed.recall(patterns))


def test_faults_are_met_with_numbers_not_bits():
    """Half a synapse is worth half: 15 of 100 dead ones change sums, and a bit-packed copy would not know."""
    stored = np.random.default_rng(0).random((5, 200)) < 0.5
    memory = Hopfield(200, capacity=5)
    memory.store(stored)
    deployed = deploy(memory, device("ideal", stuck=Stuck(0.15, 0.0)), seed=3)
    dead = deployed.weights()["patterns"].values == 0
    assert dead.mean() == pytest.approx(0.15, abs=0.03)
    state = np.where(stored[0], 1, -1).astype(np.int8)
    x = deployed.weights()["patterns"].values
    fields = (x.T @ (x @ state) - (x * x).sum(axis=0) * state) / 200
    np.testing.assert_allclose(deployed.fields(state), fields, atol=1e-12)


@pytest.mark.twin
@examples(40)
@given(
    st.sampled_from([1, 2, 7, 20]), st.sampled_from([0, 1, 3]), st.sampled_from(["linear", "table", "exp"]),
    st.integers(0, 2**32),
)  # fmt: skip
def test_analogue_spins_and_their_twin(n, K, form, seed):
    rng = np.random.default_rng(seed)
    x, table = rng.normal(size=(n, K)), rng.normal(size=n)
    state = rng.choice(np.array([-1, 1], np.int8), n)
    kind = {"linear": analogue.LINEAR, "table": analogue.TABLE, "exp": analogue.EXPONENTIAL}[form]
    law, overlap = analogue.Law(x, x, kind, table), x.T @ state.astype(float)
    f = naive.interpolated(table.tolist()) if form == "table" else lambda S: S
    rows = x.T.tolist()
    if form != "exp":
        out = np.empty(n)
        analogue.fields(law, state, overlap, out)
        expected = [naive.field(rows, i, state.tolist(), f) for i in range(n)]
        np.testing.assert_allclose(out, expected, rtol=1e-9, atol=1e-9)
    expected = naive.downhill(rows, state.tolist(), f, form == "exp") if K else state.tolist()
    flips = analogue.sweep(law, state.copy(), overlap.copy(), np.inf, np.array([1, 2, 3]))
    before = state.copy()
    analogue.sweep(law, state, overlap, np.inf, np.array([1, 2, 3]))
    assert state.tolist() == expected
    assert flips == (state != before).sum()
    np.testing.assert_allclose(overlap, x.T @ state, atol=1e-9)


def test_glauber_on_devices_follows_the_same_law():
    """At a temperature the mean overlap on ideal devices is that of bits."""
    stored = np.random.default_rng(0).random((3, 400)) < 0.5
    memory = Hopfield(400, capacity=3, dynamics="glauber", T=0.5)
    memory.store(stored)
    overlaps = []
    for m in (memory, deploy(memory, "ideal")):
        state, seen = np.where(stored[0], 1, -1).astype(np.int8), []
        for k in range(60):
            seen.append(m.sweep(state, 0.5, 1, first=k)[0] / 400)
        overlaps.append(np.mean(seen[10:]))
    assert overlaps[0] == pytest.approx(overlaps[1], abs=0.02)
    with pytest.raises(NotSupportedError):
        deploy(memory, "ideal").follow(state, 0.5, 3)


@pytest.mark.parametrize("arguments", [{"rule": "pseudoinverse"}, {"P": 3}, {"P": 3, "interaction": "monomial"},
                                       {"interaction": "exponential"}, {"dynamics": "sync"}])  # fmt: skip
def test_every_interaction_has_its_float_path(arguments):
    stored = np.random.default_rng(0).random((4, 60)) < 0.5
    memory = Hopfield(60, capacity=4, **arguments)
    memory.store(stored)
    deployed, flipped = deploy(memory, "ideal"), stored.copy()
    flipped[:, :6] ^= True
    assert_same_recall(deployed.recall(flipped), memory.recall(flipped))
    assert (deploy(memory, "pcm-like", time=HOUR).recall(flipped).patterns == stored).all()


def test_a_sparsey_reads_what_winners_know():
    stored = random_patterns(6, 144, 12, np.random.default_rng(1))
    memory = Sparsey(144, 24, 16, 6)
    memory.store(stored)
    deployed = deploy(memory, QUIET)
    assert np.array_equal(deployed.codes, memory.codes)
    assert np.array_equal(deployed.read(memory.codes), memory.read(memory.codes))
    code, familiarity = deployed.recognise(stored[0])
    assert np.array_equal(code, memory.codes[0])
    assert 0.9 < familiarity <= 1.0


# ---- networks and layers


def network(connector, weight, delay=1.0):
    net = Network(dt=1.0)
    net.population("in", 20, SpikeSourceArray(np.arange(40.0), np.arange(40) % 20))
    net.population("out", 15, IF_curr_exp())
    net.project("in", "out", connector, weight=weight, delay=delay, name="p")
    return net


@pytest.mark.parametrize(
    ("connector", "weight"),
    [
        (AllToAll(), 2.0),
        (AllToAll(), np.random.default_rng(0).random((20, 15))),
        (AllButSelf(), 2.0),
        (FromArrays([3, 1, 2], [5, 5, 9]), [1.0, 2.0, 3.0]),
        (FixedProbability(0.4), 2.0),
        (FixedProbability(0.4, procedural=True), 2.0),
        (FixedProbability(0.4), Normal(2.0, 0.5)),
        (AllToAll(), Normal(2.0, 0.5)),
    ],
)
def test_a_network_on_ideal_devices_spikes_as_before(connector, weight):
    net = network(connector, weight)
    before, after = simulate(net, 50.0, seed=3), simulate(deploy(net, "ideal", seed=3), 50.0, seed=3)
    assert np.array_equal(before.spikes["out"].times, after.spikes["out"].times)
    assert np.array_equal(before.spikes["out"].ids, after.spikes["out"].ids)


def test_a_network_on_devices_has_a_weight_for_each_synapse():
    net = network(FixedProbability(0.4), 2.0, delay=Normal(3.0, 1.0))
    deployed = deploy(net, "pcm-like", seed=3, time=HOUR)
    projection = deployed.projections["p"]
    assert isinstance(projection.connector, FromArrays)
    assert projection.weight.shape == projection.delay.shape == projection.connector.pre.shape
    assert projection.weight.min() >= 0
    assert projection.weight.mean() == pytest.approx(2.0 * 0.776, rel=0.02), "drifted for an hour"
    assert net.projections["p"].weight == 2.0, "and the network that was given is what it was"


def test_plastic_networks_are_refused():
    net = Network(dt=1.0)
    net.population("in", 2, SpikeSourceArray([1.0], [0]))
    net.population("out", 2, IF_curr_exp())
    net.project("in", "out", AllToAll(), weight=0.0, plasticity=OneShotHebb(1.0), name="learns")
    with pytest.raises(NotSupportedError, match="learns"):
        deploy(net, "ideal")


def test_layers_on_devices():
    layers = SpikingNetwork([20, 10, 3])
    exact, noisy = deploy(layers, "ideal"), deploy(layers, "pcm-like", time=HOUR)
    x = np.random.default_rng(0).random((5, 20))
    np.testing.assert_allclose(exact.logits(x), layers.logits(x), rtol=1e-4, atol=1e-5)
    assert not np.allclose(noisy.weights[0], layers.weights[0], rtol=0.01)
    assert noisy.weights[0].dtype == layers.weights[0].dtype


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"device": "flash"}, "flash"),
        ({"device": 3}, "device"),
        ({"seed": -1}, "seed"),
        ({"seed": 1.5}, "seed"),
        ({"time": -1.0}, "seconds since programming"),
        ({"time": np.nan}, "seconds since programming"),
        ({"scheme": "three"}, "scheme"),
    ],
)
def test_bad_arguments_are_named(arguments, said):
    given_ = {"device": "ideal", **arguments}
    with pytest.raises(UsageError, match=said):
        deploy(Hopfield(10), **given_)
    with pytest.raises(NotSupportedError, match="weights"):
        deploy(object(), "ideal")
