"""A neuron of two compartments with NMDA in its dendrite, and the random input under which it is recorded."""

import numpy as np

from neuromem.engine import simulate
from neuromem.network import FromArrays, Network, NeuronModel, SpikeSourceArray

INPUTS = 40
"""10 excitatory onto the soma, 10 onto the dendrite, then 10 inhibitory onto each."""

two_compartments = NeuronModel(
    """
dv/dt = (g_soma*(rest - v) + g_between*(u - v) + e_soma*(0*mV - v) + i_soma*(e_i - v))/c_soma          : volt
du/dt = (g_dendrite*(rest - u) + g_between*(v - u) + (e_dendrite + nmda*opened)*(0*mV - u)
         + i_dendrite*(e_i - u))/c_dendrite                                                           : volt
opened = 1/(1 + exp(-(u + 45*mV)/(5*mV)))                                                             : 1
de_soma/dt = -e_soma/(3*ms)                                                                           : siemens
di_soma/dt = -i_soma/(8*ms)                                                                           : siemens
de_dendrite/dt = -e_dendrite/(3*ms)                                                                   : siemens
di_dendrite/dt = -i_dendrite/(8*ms)                                                                   : siemens
dnmda/dt = -nmda/(60*ms)                                                                              : siemens
""",
    threshold="v > -50*mV",
    reset="v = -62*mV",
    parameters={
        **{"rest": "-70*mV", "e_i": "-75*mV", "c_soma": "150*pF", "c_dendrite": "100*pF", "g_soma": "10*nS"},
        **{"g_dendrite": "5*nS", "g_between": "8*nS"},
    },
    initial={"v": "rest", "u": "rest"},
    method="rk4",
    name="two_compartments",
)
"""Soma v and dendrite u. NMDA opens as the dendrite is depolarised, so that near inputs help each other for long."""


def trains(rng, steps, rate):
    """Spikes of every input and ms, bool (steps, 40): rates of each group of ten wander by themselves over 200 ms."""
    keep = np.exp(-1 / 200.0)
    level, levels = rng.normal(size=4), np.empty((steps, 4))
    for t in range(steps):
        levels[t] = level = keep * level + np.sqrt(1 - keep**2) * rng.normal(size=4)
    chance = 1e-3 * rate * np.exp(0.7 * levels - 0.245)
    return rng.random((steps, INPUTS)) < np.repeat(chance, INPUTS // 4, axis=1)


def recorded(spikes, rng, scale=1.0):
    """Give the neuron these spikes, (steps, 40), at weights drawn once.

    Returns (v in mV (steps,), whether it spiked in each ms, bool (steps,)).
    """
    steps = len(spikes)
    weights = 1e-3 * scale * rng.lognormal(0.0, 0.4, INPUTS) * np.repeat([1.6, 1.6, 2.0, 2.0], INPUTS // 4)
    net = Network(dt=0.5)
    at, ids = np.nonzero(spikes)
    net.population("inputs", INPUTS, SpikeSourceArray(at.astype(float), ids))
    net.population("neuron", 1, two_compartments())
    groups = np.arange(INPUTS).reshape(4, -1)
    for receptor, rows, factor in (
        ("e_soma", groups[0], 1.0), ("e_dendrite", groups[1], 0.5), ("nmda", groups[1], 1.0),
        ("i_soma", groups[2], 1.0), ("i_dendrite", groups[3], 1.0),
    ):  # fmt: skip
        wires = FromArrays(rows, np.zeros(len(rows), int))
        net.project("inputs", "neuron", wires, weight=factor * weights[rows], receptor=receptor)
    net.probe("neuron", "v", every=1.0)
    found = simulate(net, float(steps))
    v = found.traces["neuron.v"].values.ravel()[:steps]
    fired = np.zeros(steps, bool)
    fired[np.minimum(found.spikes["neuron"].times.astype(int), steps - 1)] = True
    return v, fired
