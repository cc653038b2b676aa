"""What Loihi's registers hold and lose, what fits, and what is refused."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loihi_networks import held_by_chip, random_network
from networks import examples, raster
from neuromem.errors import FitError
from neuromem.hardware.loihi import limits
from neuromem.hardware.loihi.target import Loihi
from neuromem.network import (
    CellType,
    FromArrays,
    IF_curr_delta,
    IF_curr_exp,
    Network,
    Normal,
    OneShotHebb,
    SpikePairSTDP,
    SpikeSourceArray,
)


@examples(60)
@given(
    seed=st.integers(0, 2**32),
    spread=st.sampled_from([0.0, 0.3, 2.0, 5.0]),
    strongest=st.sampled_from([1e-4, 1.0, 1e4]),
    order=st.sampled_from(["spinnaker", "pynn"]),
)
def test_a_weight_is_off_by_half_a_quantum_at_most(seed, spread, strongest, order):
    rng = np.random.default_rng(seed)
    net = Network(1.0, order)
    net.population("in", 7, SpikeSourceArray())
    net.population("out", 5, IF_curr_exp(tau_m=rng.uniform(1, 50), v_thresh=rng.uniform(-64, -40), tau_syn_E=3.0))
    weights = {receptor: strongest * np.exp(spread * rng.normal(size=35)) for receptor in ("excitatory", "inhibitory")}
    for receptor, weight in weights.items():
        net.project("in", "out", weight=weight.reshape(7, 5), receptor=receptor, name=receptor)
    held = held_by_chip(net)
    scale = held.groups["out"].scale
    for loss in held.loss.projections:
        connection = held.connections[loss.projection]
        exact = np.float32(weights[loss.projection]).astype(float)
        back = np.abs(connection.weight) * loss.quantum
        saturated = exact > (limits.WEIGHT_TOP + 0.5) * loss.quantum
        assert (np.abs(back - exact)[~saturated] <= 0.5 * loss.quantum * (1 + 1e-9)).all()
        assert loss.saturated == saturated.sum()
        assert loss.zeroed == (connection.weight == 0).sum()
        rounding = 1e-12 * exact.max()
        assert loss.max_error == pytest.approx(np.abs(back - exact).max(), abs=rounding)
        assert loss.rms_error == pytest.approx(np.sqrt(np.mean((back - exact) ** 2)), abs=rounding)
        assert np.abs(connection.weight).max() <= limits.WEIGHT_TOP
        assert 0 <= connection.weight_exp <= limits.WEIGHT_EXP_TOP
        assert scale == held.loss.scale["out: raw potential per mV"]


@examples(30)
@given(seed=st.integers(0, 2**32), order=st.sampled_from(["spinnaker", "pynn"]), weak=st.sampled_from([1e-3, 1.0, 1e3]))
def test_every_register_is_in_range(seed, order, weak):
    held = held_by_chip(random_network(seed, order, weak=weak))
    for g in held.groups.values():
        for values, low, high in (
            (g.du, 0, limits.DECAY_TOP),
            (g.dv, 0, limits.DECAY_TOP),
            (g.vth, 0, limits.THRESHOLD_TOP),
            (g.bias_mant, limits.BIAS_LOW, limits.BIAS_TOP),
            (g.bias_exp, 0, limits.BIAS_EXP_TOP),
            (g.refractory, 1, limits.PROGRAM_TOP),
            (np.abs(g.start), 0, limits.STATE_TOP),
        ):
            assert values.shape == (g.size,)
            assert values.min() >= low
            assert values.max() <= high
    for c in held.connections.values():
        assert np.abs(c.weight).max(initial=0) <= limits.WEIGHT_TOP
        assert c.delay.max(initial=0) <= limits.DELAY_TOP
        assert c.delay.min(initial=0) >= 0


def test_sums_of_equal_weights_meet_the_threshold_as_described():
    """Three jumps of 1 mV reach 3 mV: `at` the threshold in the description, `above` the register on the chip."""
    for order in ("spinnaker", "pynn"):
        net = Network(1.0, order)
        net.population("in", 3, SpikeSourceArray([5.0, 5.0, 9.0, 9.0, 9.0], [0, 1, 0, 1, 2]))
        net.population("out", 1, IF_curr_delta(tau_m=1e17, v_rest=0.0, v_reset=0.0, v_thresh=3.0), {"v": 1.0})
        net.project("in", "out", weight=1.0)
        assert raster(Loihi().emulate(net, 20.0), "out") == [(6, 0), (10, 0)]


def test_the_projection_that_coarsens_is_named():
    net = Network(1.0, "spinnaker")
    net.population("in", 400, SpikeSourceArray())
    net.population("out", 1, IF_curr_exp())
    net.project("in", "out", weight=2000.0, receptor="inhibitory", name="strong")
    net.project("in", "out", FromArrays([0], [0]), weight=1.0, name="weak")
    losses = {loss.projection: loss for loss in held_by_chip(net).loss.projections}
    assert losses["weak"].coarsened_by == "strong"
    assert losses["strong"].coarsened_by == ""
    assert losses["strong"].overflow_bound <= 1.0


# --- fit ---


def test_every_unsupported_feature_is_refused_at_once():
    net = Network(1.0)
    net.population("in", 2, SpikeSourceArray())
    odd = CellType(**{**IF_curr_exp.__dict__, "name": "odd"})
    net.population("odd one", 2, odd())
    net.population("out", 2, IF_curr_exp(tau_syn_E=3.0, tau_refrac=1e7), {"i_e": 0.1})
    net.project("in", "out", plasticity=SpikePairSTDP(), name="stdp")
    net.project("in", "out", plasticity=SpikePairSTDP(update="deferred"), name="deferred")
    net.project("in", "out", plasticity=OneShotHebb(), name="hebb", receptor="inhibitory")
    net.project("in", "out", delay=63.0, name="late")
    net.poisson("out", rate=5.0, weight=0.1)
    net.current("out", [0.0, 3.0], [0.1, 0.2])
    report = Loihi(1).check(net)
    assert not report.fits
    for name in (
        "odd one.neuron",
        "out.tau_syn_I",
        "out.tau_refrac",
        "out.initial['i_e']",
        "stdp.plasticity",
        "deferred.plasticity",
        "hebb.plasticity",
        "late.delay: 63 steps where 62 is the limit",
        "PoissonInput into out",
        "StepCurrent into out",
    ):
        assert any(sentence.startswith(name) for sentence in report.refused), name
    assert len(report.refused) == 10
    with pytest.raises(FitError) as caught:
        Loihi(1).quantize(net)
    assert all(sentence in str(caught.value) for sentence in report.refused)
    with pytest.raises(FitError, match="Loihi 1"):
        Loihi(1).require(net)
    assert len(Loihi(2).check(net).refused) == 9  # a program may have two currents


def test_drawn_delays_are_cut_and_counted():
    net = Network(1.0, "spinnaker")
    net.population("in", 20, SpikeSourceArray())
    net.population("out", 20, IF_curr_exp())
    net.project("in", "out", delay=Normal(60.0, 5.0))
    held = held_by_chip(net)
    (loss,) = held.loss.projections
    assert 0 < loss.delays_clipped < 400
    assert held.connections["in->out"].delay.max() == limits.DELAY_TOP


def test_resources_by_hand():
    net = Network(1.0, "spinnaker")
    net.population("in", 100, SpikeSourceArray())
    net.population("out", 2000, IF_curr_exp())
    net.project("in", "out", delay=3.0)
    report = Loihi(1).check(net)
    used = {use.resource: use for use in report.uses}
    assert report.fits
    assert used["cores"].used == 4
    assert used["compartments per core"].used == 500
    assert used["in-axons per core"].used == 100
    assert used["out-axons per core"].used == 0
    # 500 targets: 7 blocks of 64 and one of 52, of 8 + 9 bits each after a head of 10, in words of 64 bits
    assert used["synapse memory bits per core"].used == 100 * 64 * (7 * 18 + 14)
    assert used["delay slots"].used == 3
    assert used["delay slots"].where == "in->out"


def test_a_core_that_is_too_small_is_named():
    net = Network(1.0, "spinnaker")
    net.population("in", 5000, SpikeSourceArray())
    net.population("out", 1, IF_curr_exp())
    net.project("in", "out")
    report = Loihi().check(net)
    assert not report.fits
    assert "in-axons per core: 5,000 where 4,096 is the limit" in report.summary()
    with pytest.raises(FitError, match="in-axons per core"):
        Loihi().export(net, "never", duration=1.0)
    assert not Path("never").exists()
