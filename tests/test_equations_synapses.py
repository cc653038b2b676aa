"""Synapse models from equations against Brian2, in one network of several kinds; their pieces and their errors."""

import numpy as np
import pytest

from neuromem import simulate
from neuromem.errors import DescriptionError
from neuromem.network import FromArrays, IF_curr_exp, Network, NeuronModel, SpikeSourceArray, SynapseModel

DT, STEPS, INPUTS, SIZE = 0.1, 600, 8, 3
NEAR = 1e-9

CELL = """
dv/dt = (g*(0*mV - v)*ms**-1*0.2 + drive - (v - El)/tau) : volt (unless refractory)
drive = 1.2*mV/ms : volt/second
dg/dt = -g/(5*ms) : 1
s : 1
y = 2*s : 1
"""
CELL_OPTIONS = {"threshold": "v > -50*mV", "reset": "v = -65*mV", "refractory": "2*ms"}
CELL_PARAMETERS = {"El": "-65*mV", "tau": "20*ms"}
START = {"v": "-60*mV"}

STDP = """
w : 1
dApre/dt = -Apre/(20*ms) : 1 (event-driven)
dApost/dt = -Apost/(15*ms) : 1 (event-driven)
"""
SHORT_TERM = """
w : 1
dx/dt = (1 - x)/tau_x : 1 (event-driven)
du/dt = -u/tau_u : 1 (event-driven)
"""
NMDA = """
w : 1
dr/dt = -r/(30*ms) + alpha*z*(1 - r) : 1 (clock-driven)
dz/dt = -z/(2*ms) : 1 (clock-driven)
s_post = w*r/(1 + exp(-0.062*v_post/mV)/3.57) : 1 (summed)
"""
COUPLED = """
da/dt = -a/(3*ms) : 1 (event-driven)
db/dt = (a - b)/(8*ms) : 1 (event-driven)
"""
KINDS = {
    "STDP": (STDP, "g += w; Apre += 0.05; w = clip(w + Apost, 0, 1)", "Apost -= 0.04; w = clip(w + Apre, 0, 1)", {}),
    "short-term plasticity": (
        SHORT_TERM,
        "u += 0.3*(1 - u); g += w*u*x; x *= 1 - u",
        "",
        {"tau_x": "50*ms", "tau_u": "30*ms"},
    ),
    "NMDA": (NMDA, "z += 1; g += 0.1*(1 + y_post - int(i % 2 == j))", "", {"alpha": "0.5/ms"}),
    "coupled": (COUPLED, "g += b/2; a += 1", "b += exp(-(t - lastupdate)/ms)", {}),
}


def wires(rng):
    """Synapses from INPUTS to SIZE, in the order in which both sides list them."""
    return [ids.astype(int) for ids in np.nonzero(rng.random((INPUTS, SIZE)) < 0.7)]


def described(trains, weights):
    """Our network: a population for every kind of synapse."""
    cell = NeuronModel(CELL, parameters=CELL_PARAMETERS, initial=START, variables=("s",), **CELL_OPTIONS)
    network = Network(dt=DT, order="brian2")
    network.population("in", INPUTS, SpikeSourceArray(trains[0] * DT, trains[1]))
    for name, (equations, on_pre, on_post, parameters) in KINDS.items():
        i, j = wires(np.random.default_rng(1))
        model = SynapseModel(equations, on_pre=on_pre, on_post=on_post, parameters=parameters, method="euler", name=name)
        values = {"w": weights[: i.size]} if "w :" in equations else {}
        network.population(name, SIZE, cell)
        network.project("in", name, FromArrays(i, j), model=model(**values), delay=0.3)
        for variable in ("v", "g", "s"):
            network.probe(name, variable)
    return network


def in_brian2(brian2, trains, weights):
    """The same: name -> variable -> array (STEPS, SIZE)."""
    brian2.defaultclock.dt = DT * brian2.ms
    options = CELL_OPTIONS | {"refractory": 2 * brian2.ms}
    source = brian2.SpikeGeneratorGroup(INPUTS, trains[1], trains[0] * DT * brian2.ms)
    parts, monitors = [source], {}
    scope = vars(brian2)
    for name, (equations, on_pre, on_post, parameters) in KINDS.items():
        constants = {k: eval(v, {}, scope) for k, v in (CELL_PARAMETERS | parameters).items()}
        group = brian2.NeuronGroup(SIZE, CELL, method="euler", namespace=constants, **options)
        group.v = -60 * brian2.mV
        synapses = brian2.Synapses(
            source, group, equations, on_pre=on_pre, on_post=on_post or None, method="euler", namespace=constants
        )
        i, j = wires(np.random.default_rng(1))
        synapses.connect(i=i, j=j)
        synapses.pre.delay = 0.3 * brian2.ms
        if "w :" in equations:
            synapses.w = weights[: i.size]
        monitors[name] = brian2.StateMonitor(group, ["v", "g", "s"], record=True)
        parts += [group, synapses, monitors[name]]
    brian2.Network(*parts).run(STEPS * DT * brian2.ms)
    return {
        name: {"v": np.asarray(m.v).T * 1e3, "g": np.asarray(m.g).T, "s": np.asarray(m.s).T}
        for name, m in monitors.items()
    }


@pytest.mark.brian2
def test_synapses_do_what_they_do_in_brian2(brian2):
    rng = np.random.default_rng(0)
    trains = np.nonzero(rng.random((STEPS, INPUTS)) < 0.01)
    weights = rng.uniform(0.2, 0.6, INPUTS * SIZE)
    traces = simulate(described(trains, weights), STEPS * DT).traces
    theirs = in_brian2(brian2, trains, weights)
    for name in KINDS:
        for variable in ("v", "g", "s"):
            ours, expected = traces[f"{name}.{variable}"].values, theirs[name][variable]
            assert np.abs(ours - expected).max() <= NEAR * np.abs(expected).max(), (name, variable)
        assert np.ptp(theirs[name]["v"]) > 10, "a case that tests something"
