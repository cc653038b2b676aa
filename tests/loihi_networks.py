"""Networks that the tests of the Loihi target share."""

import numpy as np

from neuromem.hardware.loihi.quantize import quantized
from neuromem.network import (
    AllToAll,
    FromArrays,
    IF_curr_delta,
    IF_curr_exp,
    Network,
    SpikeSourceArray,
    SpikeSourcePoisson,
)

STEPS = 60


def held_by_chip(network):
    """What `quantize` returns, without running the engine for a spike agreement."""
    return quantized(network, 0, 2)


def random_network(seed, order="spinnaker", n=9, weak=1.0):
    """Sources, and two populations of different kinds, with biases, delays and refractory periods."""
    rng = np.random.default_rng(seed)
    net = Network(1.0, order)
    times = np.argwhere(rng.random((STEPS, n)) < 0.2)
    net.population("in", n, SpikeSourceArray(times[:, 0], times[:, 1]))
    net.population("noise", n, SpikeSourcePoisson(rng.uniform(0, 100, n)))
    shared = {"tau_m": rng.uniform(1, 20), "cm": rng.uniform(0.1, 1), "v_reset": -68.0, "tau_refrac": 2.0}
    tau = rng.uniform(0.5, 8)
    net.population("exp", n, IF_curr_exp(tau_syn_E=tau, tau_syn_I=tau * rng.choice([1, 2]), **shared))
    mixed = {"tau_m": rng.uniform(2, 15, n), "v_thresh": rng.uniform(-55, -45, n), "i_offset": rng.uniform(0, 0.3, n)}
    net.population("delta", n, IF_curr_delta(**mixed, tau_refrac=rng.integers(0, 4, n)), {"v": -60.0})
    for pre, post, receptor in (
        ("in", "exp", "excitatory"),
        ("noise", "delta", "excitatory"),
        ("exp", "delta", "inhibitory"),
        ("delta", "exp", "inhibitory"),
        ("exp", "exp", "excitatory"),
    ):
        count = int(rng.integers(0, 4 * n))
        pairs = FromArrays(rng.integers(0, n, count), rng.integers(0, n, count))
        weight, delay = weak * rng.gamma(2.0, 2.0, count), rng.integers(1, 64 if order == "spinnaker" else 63, count)
        net.project(pre, post, pairs, weight=weight, delay=delay, receptor=receptor)
    return net


def chain(model=IF_curr_exp, sizes=(5, 4, 3), **parameters):
    """One source and a sequence of populations."""
    rng = np.random.default_rng(3)
    net = Network(1.0, "spinnaker")
    times = np.argwhere(rng.random((STEPS, sizes[0])) < 0.3)
    net.population("p0", sizes[0], SpikeSourceArray(times[:, 0], times[:, 1]))
    for k in range(1, len(sizes)):
        net.population(f"p{k}", sizes[k], model(**parameters))
        weight = rng.uniform(2, 20, (sizes[k - 1], sizes[k]))
        net.project(f"p{k - 1}", f"p{k}", AllToAll(), weight=weight, delay=rng.integers(1, 6, weight.shape))
    return net
