"""SpiNNaker: quantisation, losses, refusals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from networks import examples
from neuromem.errors import FitError, UsageError
from neuromem.hardware import target
from neuromem.hardware.spinnaker import emulate_if_curr_exp, fixed, shifts
from neuromem.hardware.spinnaker.fit import fit_of
from neuromem.hardware.spinnaker.quantize import quantize
from neuromem.hardware.spinnaker.run import emulate
from neuromem.network import (
    FromArrays,
    IF_curr_delta,
    IF_curr_exp,
    Network,
    OneShotHebb,
    SpikePairSTDP,
    SpikeSourceArray,
)
from neuromem.network.tree import from_tree, to_tree
from spinnaker_networks import plastic_network, random_network

SEEDS = st.integers(0, 2**32 - 1)
CHIP = target("spinnaker")


# ---- quantisation


@examples(60)
@given(SEEDS, st.integers(0, 12))
def test_weights_are_off_by_half_a_quantum_at_most(seed, shift):
    weight = np.random.default_rng(seed).uniform(0, 2.0**shift, 50)
    raw = fixed.weights(weight, shift)
    free = raw < 65535
    assert (np.abs(raw * fixed.quantum(shift) - weight)[free] <= fixed.quantum(shift) / 2).all()


@examples(15)
@given(SEEDS)
def test_networks_within_limits_never_overflow_silently(seed):
    """Where the report's bound says that nothing can overflow, nothing does; else every fault is counted."""
    net = random_network(seed)
    chip = quantize(net, seed=3)
    assert fit_of(chip).fits
    faults = emulate(chip, 200.0).faults
    if max(p.overflow_bound for p in chip.loss.projections) <= 1.0 and not any("wrap" in n for n in chip.loss.notes):
        assert faults == ()
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
    moved, result = (emulate(quantize(network), 130.0) for network in (from_tree(tree), net))
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


def test_weights_that_differ_are_held_as_finely_as_their_sum_allows():
    """One strong synapse among 300: sPyNNaker expects 300 of them, 2400 nA; no neuron gets more than 8.3 nA."""
    net = Network(dt=1.0, order="spinnaker")
    net.population("in", 300, SpikeSourceArray(np.full(300, 1.0), np.arange(300)))
    net.population("out", 1, IF_curr_exp())
    net.project(
        "in", "out", FromArrays(np.arange(300), np.zeros(300)), weight=np.where(np.arange(300) == 7, 8.0, 0.001)
    )
    chip = quantize(net)
    (loss,) = chip.loss.projections
    assert chip.populations["out"].shifts[0] == 4
    assert loss.quantum == 2.0**-11
    assert loss.zeroed == 0
    assert any("256 times finer than sPyNNaker would by itself" in note for note in chip.loss.notes)
    assert emulate(chip, 5.0).faults == ()


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
