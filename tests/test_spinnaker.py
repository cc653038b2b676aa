"""SpiNNaker: the emulator against a plain-Python core, CA3 with the engine's rasters, limits, losses, refusals."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import spinnaker_reference as reference
from networks import examples
from neuromem import simulate
from neuromem.cli import main
from neuromem.errors import FitError, StoreError, UsageError
from neuromem.hardware import target
from neuromem.hardware.spinnaker import emulate_if_curr_exp, fixed, shifts
from neuromem.hardware.spinnaker.emulate import Emulation, emulate
from neuromem.hardware.spinnaker.fit import fit_of
from neuromem.hardware.spinnaker.quantize import quantize
from neuromem.io import read_spikes
from neuromem.kernels import spinnaker_layout as at
from neuromem.models import CA3Memory
from neuromem.models.ca3_published import FAST, published_network
from neuromem.network import (
    FixedProbability,
    FromArrays,
    IF_curr_delta,
    IF_curr_exp,
    Network,
    Normal,
    OneShotHebb,
    SpikePairSTDP,
    SpikeSourceArray,
    SpikeSourcePoisson,
)
from neuromem.network.tree import from_tree, save_network, to_tree
from test_ca3 import EXPERIMENTS, inputs

SEEDS = st.integers(0, 2**32 - 1)
CHIP = target("spinnaker")
DEFAULT = {name: rule.default for name, rule in IF_curr_exp.parameters.items()}


def neuron_parameters(rng, n):
    """PyNN parameters, some the same for all neurons."""
    chosen = {
        "v_rest": rng.uniform(-70, -60, n),
        "v_reset": rng.uniform(-75, -61, n),
        "v_thresh": rng.uniform(-58, -45, n),
        "cm": rng.uniform(0.1, 1.5, n),
        "tau_m": rng.uniform(0.4, 30, n),
        "tau_syn_E": rng.uniform(0.2, 12, n),
        "tau_syn_I": rng.uniform(0.2, 12, n),
        "i_offset": rng.uniform(-0.5, 1.5, n),
        "tau_refrac": rng.integers(0, 5, n).astype(float),
    }
    return {key: value if rng.random() < 0.6 else float(value[0]) for key, value in chosen.items()}


# ---- static synapses


@pytest.mark.twin
@examples(60)
@given(SEEDS, st.integers(1, 12), st.integers(0, 4), st.integers(0, 60), st.sampled_from([1.0, 0.1, 0.5]))
def test_static_networks_are_the_plain_core_bit_for_bit(seed, n, inputs, synapses, dt):
    rng = np.random.default_rng(seed)
    if inputs == 0 and synapses == 0:
        synapses = 1
    parameters = neuron_parameters(rng, n)
    parameters["tau_refrac"] = np.asarray(parameters["tau_refrac"]) * dt
    rows = (
        rng.integers(0, inputs + n, synapses),
        rng.integers(0, n, synapses),
        rng.normal(0, 10.0 ** rng.uniform(-2, 2.5), synapses),
        rng.integers(1, 20, synapses),
    )
    trains = (rng.random((60, inputs)) < 0.25).astype(int)
    chosen = (int(rng.integers(0, 9)), int(rng.integers(0, 9)))
    spikes, v = emulate_if_curr_exp(rows, trains, parameters, n, dt=dt, ring_shifts=chosen)
    want = reference.run(list(zip(*rows)), trains.tolist(), DEFAULT | parameters, n, dt, chosen)
    np.testing.assert_array_equal(spikes, want[0])
    np.testing.assert_array_equal(v, want[1])


@pytest.mark.twin
@pytest.mark.parametrize(("shift", "weight"), [(0, 1.9), (3, 12.0), (16, 60000.0), (23, 4704.0)])
def test_full_ring_buffers_saturate_and_full_registers_wrap(shift, weight):
    """40 spikes at once: 65535 in the ring, and from shift 16 on more than s16.15 holds."""
    n, inputs = 3, 40
    rows = (
        np.tile(np.arange(inputs), n),
        np.repeat(np.arange(n), inputs),
        np.full(n * inputs, weight),
        np.ones(n * inputs),
    )
    rows[2][inputs:] *= -1
    trains = np.zeros((12, inputs), int)
    trains[[2, 3, 7]] = 1
    spikes, v = emulate_if_curr_exp(rows, trains, {}, n, ring_shifts=(shift, shift))
    want = reference.run(list(zip(*rows)), trains.tolist(), DEFAULT, n, 1.0, (shift, shift))
    np.testing.assert_array_equal(v, want[1])
    np.testing.assert_array_equal(spikes, want[0])


def test_the_cores_exponential_is_that_of_the_compiled_cores():
    """31170 for tau 20 and the u0.32 decays that the compiled cores show: 1.2e-6 off the true exponential at most."""
    dt = 1 << 15
    assert fixed.membrane(20 << 15, reference.to_accum(0.9), dt) == (728182, 31170)
    for tau in (0.3, 0.5, 2.0, 3.0, 5.0, 20.0, 100.0):
        bits = -fixed.divided(dt, reference.to_accum(tau))
        assert fixed.exponential(bits) == reference.core_exp(bits)
        assert fixed.exponential(bits) / 2**32 == pytest.approx(np.exp(bits / 2**15), rel=1.3e-6)
    assert fixed.exponential(-6553) / 2**32 / np.exp(-6553 / 2**15) - 1 == pytest.approx(1.17e-6, rel=0.01)


@examples(200)
@given(st.integers(-340000, 0))
def test_exponential_is_the_plain_one(bits):
    assert fixed.exponential(bits) == reference.core_exp(bits)


# ---- learning


def plastic_network(rng, dependence, pres=3, posts=4, delays=True, order="spinnaker"):
    """Sources that teach and drive a population through plastic synapses."""
    net = Network(dt=1.0, order=order)
    when = [np.flatnonzero(rng.random(120) < 0.15) for _ in range(pres + posts)]
    times = np.concatenate(when).astype(float)
    ids = np.repeat(np.arange(pres + posts), [len(item) for item in when])
    net.population("in", pres + posts, SpikeSourceArray(times, ids))
    net.population("out", posts, IF_curr_exp(tau_refrac=1.0, cm=0.3, tau_m=5.0, tau_syn_E=1.0))
    high = 1.0 if dependence == "additive" else 0.3
    rule = SpikePairSTDP(
        *rng.uniform(2, 30, 2),
        *rng.uniform(0.01, high, 2),
        w_min=0.25,
        w_max=4.0,
        update="deferred",
        dependence=dependence,
    )
    pre, post = np.repeat(np.arange(pres), posts), np.tile(np.arange(posts), pres)
    delay = rng.integers(1, 8, pre.size).astype(float) if delays else np.full(pre.size, 2.0)
    weight = rng.uniform(0.25, 4.0, pre.size)
    net.project("in", "out", FromArrays(pre, post), weight=weight, delay=delay, plasticity=rule, name="plastic")
    net.project("in", "out", FromArrays(pres + np.arange(posts), np.arange(posts)), weight=30.0, delay=9.0)
    net.probe("plastic", "weight", every=10.0)
    return net, rule


@pytest.mark.twin
@examples(40)
@given(SEEDS, st.sampled_from(["additive", "multiplicative"]))
def test_learning_is_the_plain_rule_bit_for_bit(seed, dependence):
    net, rule = plastic_network(np.random.default_rng(seed), dependence)
    chip = quantize(net)
    result, _ = emulate(chip, 130.0)
    want = replayed(net, chip, rule, result, 130)
    np.testing.assert_array_equal(result.traces["plastic.weight"].values, want[::10])


def replayed(net, chip, rule, result, steps):
    """Raw weights before every step, by the plain rule, from the spikes of both sides."""
    shift = chip.populations["out"].shifts[0]
    numbers = (rule.tau_plus, rule.tau_minus, rule.a_plus, rule.a_minus, rule.w_min, rule.w_max)
    plain = reference.Rule(net.dt, *numbers, rule.dependence == "multiplicative")
    projection = net.projections["plastic"]
    synapses = [
        (int(pre), int(post), reference.Synapse(round(float(weight) * 2 ** (15 - shift)), int(delay), shift, plain))
        for pre, post, weight, delay in zip(
            projection.connector.pre, projection.connector.post, projection.weight, projection.delay
        )
    ]
    posts = [reference.PostHistory(plain) for _ in range(net.populations["out"].size)]
    fired = {
        name: set(zip(spikes.times.astype(int).tolist(), spikes.ids.tolist())) for name, spikes in result.spikes.items()
    }
    weights = []
    for step in range(steps):
        weights.append([synapse.weight for _, _, synapse in synapses])
        for post, history in enumerate(posts):
            if (step, post) in fired["out"]:
                history.add(step)
        for pre, post, synapse in synapses:
            if (step, pre) in fired["in"]:
                synapse.pre_spike(step, posts[post])
    return weights


def test_only_the_last_fifteen_post_spikes_count():
    net = Network(dt=1.0, order="spinnaker")
    net.population("in", 2, SpikeSourceArray([1.0, 60.0, *np.arange(2.0, 44.0, 2.0)], [0, 0, *[1] * 21]))
    net.population("out", 1, IF_curr_exp(tau_refrac=0.0, cm=0.1, tau_m=1.0, tau_syn_E=0.2))
    rule = SpikePairSTDP(50.0, 50.0, 0.1, 0.0, w_max=8.0, update="deferred")
    net.project("in", "out", FromArrays([0], [0]), weight=1.0, plasticity=rule, name="plastic")
    net.project("in", "out", FromArrays([1], [0]), weight=30.0)
    result, faults = emulate(net, 62.0)
    assert len(result.spikes["out"]) == 21
    assert [fault.kind for fault in faults] == [at.FORGOTTEN]
    engine = simulate(net, 62.0)
    assert len(engine.spikes["out"]) == 21
    chip = quantize(net)
    run = Emulation(chip)
    run.run(62)
    raw = run.weights("plastic")[0] * fixed.quantum(chip.populations["out"].shifts[0])
    times = engine.spikes["out"].times[-15:]
    assert raw == pytest.approx(1.0 + 0.1 * np.exp(-times / 50.0).sum(), abs=0.01)


# ---- the published CA3


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_ca3_learns_recalls_and_overwrites_with_the_engines_rasters(name):
    """Nothing overflows on the way: the emulation is strict."""
    cues, content, operations, steps = EXPERIMENTS[name]
    spikes = inputs(operations, cues)
    network = with_input(published_network(cues, content), spikes)
    result = CHIP.emulate(network, float(steps), strict=True)
    for population, raster in CA3Memory(cues, content).replay(spikes, steps).items():
        got = result.spikes[population]
        np.testing.assert_array_equal(np.column_stack([got.times, got.ids]), raster)


def with_input(network, spikes):
    tree = to_tree(network)
    times, ids = np.array(sorted(spikes)).T
    tree["populations"]["In"]["neuron"].update(times=times.astype(float), ids=ids)
    return from_tree(tree)


def test_inhibition_of_784_bits_wraps_from_14_sources_on():
    """6 n = 4704 nA fits s16.15 thirteen times; the shift that 16 cues need lets it wrap instead of saturating."""
    for sources, wraps in ((13, False), (14, True)):
        net = Network(dt=1.0, order="spinnaker")
        net.population("in", sources, SpikeSourceArray(np.full(sources, 1.0), np.arange(sources)))
        net.population("out", 1, FAST)
        net.project("in", "out", weight=4704.0, receptor="inhibitory")
        chip = quantize(net, ring_shifts={"out": (0, 17)})
        _, faults = emulate(chip, 5.0)
        assert [fault.kind for fault in faults] == ([at.OVERFLOW] if wraps else [])
        if wraps:
            with pytest.raises(FitError, match=r"out: s16.15 registers wrapped, first neuron 0 in step 2 \(strict\)"):
                emulate(chip, 5.0, strict=True)


# ---- quantisation


@examples(60)
@given(SEEDS, st.integers(0, 12))
def test_weights_are_off_by_half_a_quantum_at_most(seed, shift):
    weight = np.random.default_rng(seed).uniform(0, 2.0**shift, 50)
    raw = fixed.weights(weight, shift)
    free = raw < 65535
    assert (np.abs(raw * fixed.quantum(shift) - weight)[free] <= fixed.quantum(shift) / 2).all()


def random_network(seed):
    rng = np.random.default_rng(seed)
    net = Network(dt=1.0, order="spinnaker")
    net.population("in", 30, SpikeSourcePoisson(40.0))
    net.population("a", 25, IF_curr_exp(cm=0.5))
    net.population("b", 9, IF_curr_exp(tau_refrac=2.0))
    scale = 10.0 ** rng.uniform(-1, 1)
    net.project("in", "a", FixedProbability(0.3), weight=Normal(scale, scale / 4), delay=Normal(3.0, 1.0, 1.0))
    net.project("a", "b", FixedProbability(0.5), weight=scale)
    net.project("b", "a", weight=scale / 3, receptor="inhibitory", delay=2.0)
    return net


@examples(15)
@given(SEEDS)
def test_networks_within_limits_never_overflow_silently(seed):
    """Where the report's bound says that nothing can overflow, nothing does; else every fault is counted."""
    net = random_network(seed)
    chip = quantize(net, seed=3)
    assert fit_of(chip).fits
    _, faults = emulate(chip, 200.0)
    if max(p.overflow_bound for p in chip.loss.projections) <= 1.0:
        assert faults == []
    for loss in chip.loss.projections:
        assert loss.saturated or loss.max_error <= loss.quantum / 2
        assert loss.rms_error <= loss.max_error


@examples(15)
@given(SEEDS)
def test_order_of_populations_does_not_matter(seed):
    """The chip has no order of its own: another placement of the same network gives the same spikes."""
    rng = np.random.default_rng(seed)
    net, _ = plastic_network(rng, "additive")
    tree = to_tree(net)
    for name, index in zip(tree["populations"], rng.permutation(2)):
        tree["populations"][name]["index"] = int(index)
    moved, _ = emulate(from_tree(tree), 130.0)
    result, _ = emulate(net, 130.0)
    for name, spikes in result.spikes.items():
        np.testing.assert_array_equal(moved.spikes[name].times, spikes.times)
        np.testing.assert_array_equal(moved.spikes[name].ids, spikes.ids)
    np.testing.assert_array_equal(moved.traces["plastic.weight"].values, result.traces["plastic.weight"].values)


def test_a_plastic_projection_coarsens_its_receptor_and_is_named():
    """300 sources that may learn 1.2 nA: 360 nA in a step, shift 9, quantum 1/64 nA."""
    net = Network(dt=1.0, order="spinnaker")
    net.population("in", 300, SpikeSourceArray())
    net.population("out", 1, IF_curr_exp())
    rule = SpikePairSTDP(w_max=1.2, update="deferred")
    net.project("in", "out", weight=0.1, plasticity=rule, name="learns")
    net.project("in", "out", FromArrays([0], [0]), weight=0.001, name="small")
    loss = {p.projection: p for p in quantize(net).loss.projections}
    assert loss["small"].quantum == 1 / 64
    assert loss["small"].zeroed == 1
    assert loss["small"].coarsened_by == "learns"
    assert loss["learns"].coarsened_by == ""


def test_shifts_by_hand():
    same = shifts.Arriving("p", 10, 1.0, 0.0, 1.0, 0.0)
    assert shifts.largest_sum([same], 1.0) == 10.0
    assert [shifts.shift_of(x) for x in (0.0, 0.3, 1.0, 1.9, 2.0, 2.1, 10.0, 16.0)] == [0, 0, 1, 1, 2, 2, 4, 5]
    spread = shifts.Arriving("p", 1000, 1.0, 0.0, 1.0, 4.0)
    assert shifts.largest_sum([spread], 1.0) == pytest.approx(30.0 + 5.0 * np.sqrt(30.0))


# ---- refusals


def refused(change):
    net = Network(dt=1.0, order="spinnaker")
    net.population("in", 3, SpikeSourceArray())
    net.population("out", 2, IF_curr_exp())
    change(net)
    return net


CASES = {
    "neurons of model IF_curr_delta": lambda net: net.population("d", 1, IF_curr_delta()),
    "PoissonInput into out": lambda net: net.poisson("out", rate=10.0, weight=1.0),
    "in->out: the rule OneShotHebb": lambda net: net.project("in", "out", plasticity=OneShotHebb()),
    "in->out: the chip updates weights at pre spikes only": lambda net: net.project(
        "in", "out", plasticity=SpikePairSTDP()
    ),
    "d.v_rest: -70000 is outside s16.15": lambda net: net.population("d", 1, IF_curr_exp(v_rest=-7e4, v_reset=-7e4)),
    "d.cm: 1e-06 rounds to 0": lambda net: net.population("d", 1, IF_curr_exp(cm=1e-6)),
    "a plastic delay of 2 steps does not fit the 2 delay slots of out": lambda net: net.project(
        "in", "out", delay=2.0, plasticity=SpikePairSTDP(update="deferred")
    ),
}


@pytest.mark.parametrize("text", CASES)
def test_what_the_chip_lacks_is_refused_by_name(text, tmp_path):
    net = refused(CASES[text])
    report = CHIP.check(net)
    assert not report.fits
    assert text in " ".join(report.refused)
    for call in (CHIP.quantize, lambda n: CHIP.emulate(n, 5.0), lambda n: CHIP.export(n, tmp_path / "x", force=True)):
        with pytest.raises(FitError) as caught:
            call(net)
        assert text in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_everything_refused_is_named_at_once():
    def change(net):
        net.population("d", 1, IF_curr_delta())
        net.project("in", "out", plasticity=SpikePairSTDP(update="deferred", a_plus=0.5), name="one")
        net.project("in", "out", plasticity=SpikePairSTDP(update="deferred", a_plus=0.6), name="two")
        net.poisson("out", rate=1.0, weight=1.0)

    report = CHIP.check(refused(change))
    assert len(report.refused) == 3
    assert "two: all plastic projections onto out share one rule, and one has another" in report.refused


def test_bad_arguments_are_named():
    with pytest.raises(UsageError, match="input_spikes"):
        emulate_if_curr_exp(([0], [0], [1.0], [1]), [[2]], {}, 1)
    with pytest.raises(UsageError, match="post ids from 0 to 0"):
        emulate_if_curr_exp(([0], [1], [1.0], [1]), [[1]], {}, 1)
    with pytest.raises(UsageError, match="multiple of the time step"):
        CHIP.emulate(refused(lambda net: None), 0.5)


# ---- export


def small():
    net, _ = plastic_network(np.random.default_rng(8), "additive")
    net.probes.clear()
    return net


def test_export_writes_what_the_emulator_says(tmp_path):
    net = small()
    done = CHIP.export(net, tmp_path / "out", duration=130.0, explain=True)
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {
        "run.py", "spynnaker.cfg", "network.npz", "expected_spikes.h5", "explanation.txt",
        "fit.json", "fit.txt", "loss.json", "loss.txt",
    }  # fmt: skip
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    result = CHIP.emulate(net, 130.0)
    times, ids = read_spikes(tmp_path / "out" / "expected_spikes.h5")["out"]
    np.testing.assert_array_equal(times, result.spikes["out"].times)
    np.testing.assert_array_equal(ids, result.spikes["out"].ids)
    loss = json.loads((tmp_path / "out" / "loss.json").read_text())
    assert 0.0 <= loss["spike_agreement"] <= 1.0
    assert loss["spike_agreement"] == done.loss.spike_agreement
    assert json.loads((tmp_path / "out" / "fit.json").read_text())["fits"]
    compile((tmp_path / "out" / "run.py").read_text(), "run.py", "exec")


def test_an_existing_place_stays_as_it_is(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").write_text("kept")
    (tmp_path / "file").write_text("kept")
    for name in ("out", "file"):
        with pytest.raises(StoreError, match=f"{name} exists already"):
            CHIP.export(small(), tmp_path / name, duration=5.0)
    with pytest.raises(StoreError, match="file exists already"):
        CHIP.export(small(), tmp_path / "file", duration=5.0, force=True)
    with pytest.raises(StoreError, match="cannot write"):
        CHIP.export(small(), tmp_path / "missing" / "out", duration=5.0)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "mine", "out"]
    CHIP.export(small(), tmp_path / "out", duration=5.0, force=True)
    assert not (tmp_path / "out" / "mine").exists()


def near_threshold(order="spinnaker", weight=1.0, cm=0.9):
    """One input that nearly lifts its target to the threshold."""
    net = Network(dt=1.0, order=order)
    net.population("in", 1, SpikeSourceArray([1.0]))
    net.population("out", 1, IF_curr_exp(cm=cm, tau_syn_E=2.0))
    net.project("in", "out", weight=weight)
    return net


def edge(run):
    """The smallest weight at which `out` spikes."""
    low, high = 1.0, 300.0
    for _ in range(32):
        middle = (low + high) / 2.0
        low, high = (low, middle) if len(run(near_threshold(weight=middle), 30.0).spikes["out"]) else (middle, high)
    return high


def test_explanation_names_the_spike_its_cause_and_a_remedy(tmp_path):
    """Between the two edges only one of them spikes."""
    engine, chip = edge(simulate), edge(CHIP.emulate)
    done = CHIP.export(near_threshold(weight=(engine + chip) / 2.0), tmp_path / "out", duration=60.0, explain=True)
    lone = "chip" if chip < engine else "engine"
    assert f"First difference: out neuron 0 spikes on the {lone} in step" in done.explanation
    assert "Why: " in done.explanation
    assert "v_thresh of out by" in done.explanation
    assert "removes it: engine and chip then agree to the end" in done.explanation
    assert done.loss.spike_agreement == 0.0


def test_explanation_names_the_order_of_operations(tmp_path):
    done = CHIP.export(near_threshold("pynn", weight=60.0), tmp_path / "out", duration=60.0, explain=True)
    assert "Why: the order of operations; the network's is pynn" in done.explanation


def test_command_exports_a_memory_and_refuses_a_network(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    memory = CA3Memory(4, 12)
    memory.store(np.eye(4, 12, dtype=bool) | np.eye(4, 12, 3, dtype=bool))
    memory.save("memory.h5")
    assert main(["export", "memory.h5", "--to", "spinnaker", "--out", "chip"]) == 0
    said = capsys.readouterr().out
    assert "fits spinnaker" in said
    assert "spike agreement of float engine and chip over 240 ms: 1.000000" in said
    assert len(read_spikes("chip/expected_spikes.h5")["Out"][0]) > 0
    save_network(refused(CASES["PoissonInput into out"]), "net.h5")
    assert main(["export", "net.h5", "--to", "spinnaker", "--out", "no", "--force"]) == 1
    assert "PoissonInput into out" in capsys.readouterr().err
    assert main(["export", "memory.h5", "--to", "spinnaker", "--out", "chip"]) == 1
    assert main(["export", "memory.h5", "--to", "nothing", "--out", "chip2"]) == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["chip", "memory.h5", "net.h5"]
