"""Networks that the tests of the SpiNNaker target share."""

import numpy as np

from neuromem.network import (
    FixedProbability,
    FromArrays,
    IF_curr_exp,
    Network,
    Normal,
    SpikePairSTDP,
    SpikeSourceArray,
    SpikeSourcePoisson,
)
from neuromem.network.tree import from_tree, to_tree


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


def with_input(network, spikes):
    tree = to_tree(network)
    times, ids = np.array(sorted(spikes)).T
    tree["populations"]["In"]["neuron"].update(times=times.astype(float), ids=ids)
    return from_tree(tree)


def small():
    """A few plastic synapses, without probes."""
    net, _ = plastic_network(np.random.default_rng(8), "additive")
    net.probes.clear()
    return net
