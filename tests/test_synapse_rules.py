"""Named synapse rules against closed forms: sums over spikes and pairs of spikes, without any trace."""

import pickle

import numpy as np
import pytest

import neuromem
from neuromem import DescriptionError, Network, SpikeSourceArray
from neuromem.network.rules import SYNAPSE_RULES
from synapse_steps import OneSynapse

DT = 0.1
RNG = np.random.default_rng(4)
PRE = sorted(RNG.choice(2000, 25, replace=False).tolist())
POST = sorted({*RNG.choice(2000, 24, replace=False).tolist(), PRE[5]})  # once both spike in one step
FREE = {"weight": 0.5, "w_min": -1e3, "w_max": 1e3}
"""Bounds that nothing reaches; steps of additive rules are a share of w_max."""


def synapse(rule, receptor="excitatory", post=neuromem.IF_curr_exp, **values):
    """The rule onto a neuron, as the engine takes it."""
    net = Network(dt=DT, order="brian2")
    net.population("in", 1, SpikeSourceArray())
    net.population("out", 1, post)
    return net.project("in", "out", model=rule(**values), receptor=receptor).model


def weights(rule, pre=PRE, post=POST, **values):
    """(step, side) -> weight after the spike."""
    found = OneSynapse(synapse(rule, **values), DT, {"i_e": 0.0}).run(2001, set(pre), set(post))
    return {(step, side): state["weight"] for step, side, state, _ in found}


def trace(times, now, tau, nearest, also_now=False):
    """Sum over, or the latest of, the spikes before a step."""
    before = [s for s in times if s < now or (also_now and s == now)]
    return sum(np.exp(-(now - s) * DT / tau) for s in (before[-1:] if nearest else before))


def expected(step_up, step_down, start=0.5):
    """(step, side) -> weight, if `step_up(weight, step)` and `step_down` say by how much a spike moves it."""
    weight, found = start, {}
    for step in sorted({*PRE, *POST}):
        if step in PRE:
            weight += step_down(weight, step)
            found[step, "on_pre"] = weight
        if step in POST:
            weight += step_up(weight, step)
            found[step, "on_post"] = weight
    return found


def agrees(found, wanted):
    """The same weights after the same spikes."""
    assert found.keys() == wanted.keys()
    np.testing.assert_allclose(list(found.values()), list(wanted.values()), rtol=1e-9)
    assert np.ptp(list(found.values())) > 1e-3


@pytest.mark.parametrize(("name", "nearest"), [("PairSTDP", False), ("NearestPairSTDP", True)])
def test_additive_pairs(name, nearest):
    values = {"A_plus": 1e-5, "A_minus": 2e-5, "tau_plus": 15.0, "tau_minus": 30.0, **FREE}
    agrees(
        weights(SYNAPSE_RULES[name], **values),
        expected(
            lambda w, k: 1e-5 * 1e3 * trace(PRE, k, 15.0, nearest, also_now=True),
            lambda w, k: -2e-5 * 1e3 * trace(POST, k, 30.0, nearest),
        ),
    )


@pytest.mark.parametrize(
    ("name", "nearest"), [("MultiplicativePairSTDP", False), ("NearestMultiplicativePairSTDP", True)]
)
def test_multiplicative_pairs(name, nearest):
    values = {"A_plus": 0.1, "A_minus": 0.15, "weight": 0.5, "w_min": 0.2, "w_max": 0.9}
    found = weights(SYNAPSE_RULES[name], **values)
    agrees(
        found,
        expected(
            lambda w, k: 0.1 * (0.9 - w) * trace(PRE, k, 20.0, nearest, also_now=True),
            lambda w, k: -0.15 * (w - 0.2) * trace(POST, k, 20.0, nearest),
        ),
    )
    assert 0.2 < min(found.values()) < max(found.values()) < 0.9


@pytest.mark.parametrize(("name", "nearest"), [("TripletSTDP", False), ("NearestTripletSTDP", True)])
def test_triplets(name, nearest):
    """Pfister and Gerstner's equations 3 and 4; slow traces are those before the spike itself."""
    a = {"A2_plus": 4e-6, "A3_plus": 6e-6, "A2_minus": 7e-6, "A3_minus": 2e-6}
    agrees(
        weights(SYNAPSE_RULES[name], **a, **FREE),
        expected(
            lambda w, k: (
                1e3
                * trace(PRE, k, 16.8, nearest, also_now=True)
                * (a["A2_plus"] + a["A3_plus"] * trace(POST, k, 125.0, nearest))
            ),
            lambda w, k: (
                -1e3 * trace(POST, k, 33.7, nearest) * (a["A2_minus"] + a["A3_minus"] * trace(PRE, k, 101.0, nearest))
            ),
        ),
    )


@pytest.mark.parametrize("name", ["PairSTDP", "TripletSTDP"])
def test_weights_stay_within_their_bounds(name):
    strong = {"A_plus": 0.5, "A_minus": 0.5} if name == "PairSTDP" else {"A2_plus": 0.5, "A2_minus": 0.5}
    found = weights(SYNAPSE_RULES[name], weight=0.5, w_min=0.3, w_max=0.8, **strong)
    assert {0.3, 0.8} <= set(found.values())
    assert all(0.3 <= weight <= 0.8 for weight in found.values())


@pytest.mark.parametrize("tau_facil", [0.0, 200.0])
def test_short_term_plasticity_is_the_recursion_of_its_paper(tau_facil):
    """From spike to spike: u and R of Tsodyks, Pawelzik and Markram (1998)."""
    big_u, tau_rec = 0.3, 80.0
    model = synapse(neuromem.TsodyksMarkramSynapse, weight=2.0, U=big_u, tau_rec=tau_rec, tau_facil=tau_facil)
    run = OneSynapse(model, DT, {"i_e": 0.0}).run(2001, {0, *PRE}, set())
    sizes = np.diff([0.0, *(post["i_e"] for _, _, _, post in run)])
    u, resources, last, wanted = big_u, 1.0, 0, []
    for step in sorted({0, *PRE}):
        gone = (step - last) * DT
        if step:
            resources = 1 - (1 - resources * (1 - u)) * np.exp(-gone / tau_rec)
            u = u * np.exp(-gone / tau_facil) * (1 - big_u) + big_u if tau_facil else big_u
        wanted.append(2.0 * u * resources)
        last = step
    np.testing.assert_allclose(sizes, wanted, rtol=1e-12)
    assert sizes[0] == pytest.approx(2.0 * big_u)
    assert np.ptp(sizes) > 0.1


def test_a_reward_makes_of_eligibility_what_its_integral_says():
    """A pair, then a constant concentration: the weight moves by the integral of c, exp(-t/tau_c)."""
    values = {"A_plus": 0.1, "tau_c": 100.0, "weight": 0.5, "w_max": 2.0}
    model = synapse(neuromem.RewardSTDP, post=neuromem.with_dopamine(neuromem.IF_curr_exp), **values)
    one = OneSynapse(model, DT, {"i_e": 0.0, "dopamine": 3.0})
    one.run(401, {0}, {100})  # 10 ms apart, then 30 ms in the concentration
    eligible = 0.1 * np.exp(-10.0 / 20.0)
    assert one.state["c"] == pytest.approx(eligible * np.exp(-30.0 / 100.0), rel=1e-6)
    moved = 2.0 * eligible * 3.0 * 0.1 * (1 - np.exp(-30.0 / 100.0))  # per second, times tau_c
    assert one.state["weight"] - 0.5 == pytest.approx(moved, rel=1e-6)
    still = OneSynapse(model, DT, {"i_e": 0.0, "dopamine": 0.0})
    still.run(401, {0}, {100})
    assert still.state["weight"] == 0.5
    assert still.state["c"] == one.state["c"]


def test_dopamine_is_released_by_spikes_and_decays():
    model = neuromem.with_dopamine(neuromem.IF_curr_exp, tau=50.0)
    assert model.receptors == ("excitatory", "inhibitory", "dopamine")
    assert model.adds["dopamine"] == ("dopamine", 1)
    assert model.parameters["tau_dopamine"].default == 50.0
    assert neuromem.with_dopamine(neuromem.Izhikevich).adds["inhibitory"] == ("v", -1)
    with pytest.raises(DescriptionError, match="IF_curr_exp_dopamine: has a dopamine of its own"):
        neuromem.with_dopamine(model)
    with pytest.raises(DescriptionError, match="NMDA_segment: is not made of equations"):
        neuromem.with_dopamine(neuromem.NMDA_segment)


@pytest.mark.parametrize("rule", SYNAPSE_RULES.values(), ids=repr)
def test_a_rule_takes_the_unit_and_the_sign_of_its_receptor(rule):
    dopamine = neuromem.with_dopamine if rule is neuromem.RewardSTDP else (lambda model: model)
    for post, receptor, arrives, unit in (
        (neuromem.IF_curr_exp, "inhibitory", "i_i_post + ", "nA"),
        (neuromem.IF_curr_delta, "inhibitory", "v_post - ", "mV"),
        (neuromem.IF_cond_exp_nmda, "nmda", "x_n_post + ", "uS"),
    ):
        kind = synapse(rule, receptor=receptor, post=dopamine(post)).model
        assert arrives in kind.on_pre
        assert kind.parameters["weight"].unit == unit
    assert "weight_unit" in rule.equations
    assert pickle.loads(pickle.dumps(rule)) is rule


def test_what_does_not_fit_a_rule_is_refused_by_name():
    with pytest.raises(DescriptionError, match=r"PairSTDP.weight: is a magnitude"):
        synapse(neuromem.PairSTDP, weight=-0.5)
    with pytest.raises(DescriptionError, match="PairSTDP: one of excitatory, inhibitory is expected as receptor"):
        synapse(neuromem.PairSTDP, receptor="nmda")
    with pytest.raises(DescriptionError, match="'dopamine_post'"):
        synapse(neuromem.RewardSTDP)
    with pytest.raises(DescriptionError, match="PairSTDP: no parameter called 'tau'"):
        synapse(neuromem.PairSTDP, tau=3.0)


def test_a_network_of_rules_is_the_same_after_saving(tmp_path):
    net = Network(dt=DT, order="brian2")
    net.population("in", 2, SpikeSourceArray([1.0]))
    net.population("out", 2, neuromem.with_dopamine(neuromem.IF_cond_exp))
    for rule in SYNAPSE_RULES.values():
        net.project("in", "out", model=rule(weight=np.array([0.1, 0.2, 0.3, 0.4])), receptor="inhibitory")
    neuromem.save_network(net, tmp_path / "net.h5")
    assert neuromem.load_network(tmp_path / "net.h5") == net
