"""Everything built in, here and through `to_brian2` in Brian2: every neuron, receptor and rule, spike for spike.

Connectors are in test_to_brian2.py. Inputs are spikes given as data, so nothing feeds back and rounding cannot grow.
"""

import numpy as np
import pytest

import neuromem
from neuromem import FixedInDegree, Network, Normal, OneShotHebb, SpikePairSTDP, SpikeSourceArray, simulate
from neuromem.network import neurons
from neuromem.network.rules import SYNAPSE_RULES

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning")]

N, DURATION = 12, 60.0
FEW = {"tau_refrac": 2.0}
PULL = {
    **{"IF_curr_exp": 12.0, "IF_curr_delta": 6.0, "IF_curr_alpha": 20.0, "IF_curr_exp_nmda": 12.0},
    **{"IF_cond_exp": 0.25, "IF_cond_beta": 0.5, "IF_cond_exp_nmda": 0.25, "EIF_cond_exp_isfa_ista": 0.125},
    **{"Izhikevich": 12.0, "HH_cond_exp": 0.25, "NMDA_segment": 6.0},
}
"""A weight that makes the neuron spike, and that float32 holds exactly."""
WEAK = {"nmda": 0.125, "inhibitory": 0.125, "dendritic": 0.25}
RULES = {
    "immediate": SpikePairSTDP(a_plus=0.05, a_minus=0.05, w_max=8.0),
    "deferred": SpikePairSTDP(a_plus=0.05, a_minus=0.05, w_max=8.0, update="deferred"),
    "multiplicative": SpikePairSTDP(
        a_plus=0.05, a_minus=0.05, w_max=8.0, update="deferred", dependence="multiplicative"
    ),
    "incoming": OneShotHebb(total=6.0),
    "outgoing": OneShotHebb(total=8.0, over="outgoing", exponent=1.0),
}


def driven(order):
    """A network with trains that end 20 ms before the run does."""
    rng = np.random.default_rng(0)
    when = np.concatenate([rng.choice(400, 12, replace=False) for _ in range(N)])
    net = Network(dt=0.1, order=order)
    net.population("in", N, SpikeSourceArray(when * 0.1, np.repeat(np.arange(N), 12)))
    return net


def agree(brian2, net, seed=3, same=1e-5):
    """Run both: the same spikes everywhere, and traces within `same` of their range. Returns our result."""
    ours, theirs = simulate(net, DURATION, seed=seed), neuromem.to_brian2(net, seed=seed)
    theirs.run(DURATION * brian2.ms, namespace={})
    found = neuromem.compare(ours, theirs)
    assert found.same, found
    for name, spikes in ours.spikes.items():
        assert len(spikes) > 10, f"{name}: a case that tests something"
    for target, variable in (name.split(".") for name in ours.traces):
        monitor = theirs[f"probe_{target}_{variable}"]
        values, expected = ours.traces[f"{target}.{variable}"].values, monitor.variables[monitor.record_variables[0]]
        expected = np.asarray(expected.get_value())
        ratio = np.abs(values).max() / np.abs(expected).max()  # of the units
        ratio = 10.0 ** np.rint(np.log10(ratio))
        error = np.abs(values - ratio * expected).max()
        assert error <= same * np.abs(values).max(), (target, variable, error)
    return ours


@pytest.mark.parametrize("order", ["brian2", "pynn"])
def test_every_neuron_and_receptor(brian2, order):
    net = driven(order)
    for model in map(neurons.built_in, (*neurons.MODELS, *neurons.CELLS)):
        if order not in model.integrate:
            continue
        net.population(model.name, N, model(**{name: value for name, value in FEW.items() if name in model.parameters}))
        for receptor in model.receptors:
            weight = PULL[model.name] * WEAK.get(receptor, 1.0)
            net.project("in", model.name, FixedInDegree(5), weight=weight, delay=1.5, receptor=receptor)
        if model.name != "EIF_cond_exp_isfa_ista":  # whose exponential runs away within the step of a spike
            for variable in {next(iter(model.state)), "i_d", "x_n", "u"} & {*model.state}:
                net.probe(model.name, variable)
    assert len(net.populations) == 12 - 2 * (order == "brian2")
    agree(brian2, net)


@pytest.mark.parametrize(("order", "model"), [("brian2", "IF_curr_exp"), ("pynn", "IF_curr_delta")])
def test_every_rule_of_the_engine(brian2, order, model):
    """Weights are compared at the end, when no change waits for its delay any more."""
    net = driven(order)
    for name, rule in RULES.items():
        net.population(name, N, neurons.built_in(model)(**FEW))
        delay = 0.3 if name == "incoming" else Normal(1.5, 0.5)
        net.project("in", name, FixedInDegree(6), weight=4.0, delay=delay, plasticity=rule, name=f"to_{name}")
        if isinstance(rule, OneShotHebb):  # which needs somebody who spikes
            net.project("in", name, FixedInDegree(4), weight=2.5, delay=0.1)
        net.probe(f"to_{name}", "weight", every=DURATION - 0.1)
    ours = agree(brian2, net)
    for name, trace in ours.traces.items():
        assert np.ptp(trace.values[-1]) > 0.5, f"{name}: a case that tests something"


def test_every_named_rule(brian2):
    net = driven("brian2")
    cell = neuromem.with_dopamine(neuromem.IF_curr_exp)
    net.population("out", N, cell(**FEW))
    net.project("in", "out", FixedInDegree(4), weight=8.0, delay=0.3, receptor="excitatory")
    net.project("in", "out", FixedInDegree(2), weight=1.0, delay=0.3, receptor="dopamine")
    strong = {"A_plus": 0.2, "A_minus": 0.2, "A2_plus": 0.1, "A2_minus": 0.1}
    for number, rule in enumerate(SYNAPSE_RULES.values()):
        values = {name: value for name, value in strong.items() if name in rule.parameters}
        model = rule(weight=np.linspace(0.2, 0.8, 3 * N), **values)
        receptor = "inhibitory" if number % 2 else "excitatory"
        net.project("in", "out", FixedInDegree(3), model=model, delay=0.5, receptor=receptor, name=rule.name)
        for variable in set(net.projections[rule.name].model.model.variables):
            net.probe(rule.name, variable, every=1.0)
    agree(brian2, net, same=1e-9)
