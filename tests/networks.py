"""Networks for the tests, and how to compare what came out of them."""

import numpy as np
from hypothesis import settings
from numba import config

from neuromem.engine.neuron_source import Variant, constant_names
from neuromem.network import (
    AllButSelf,
    AllToAll,
    FixedInDegree,
    FixedProbability,
    FixedTotalNumber,
    FromArrays,
    IF_curr_delta,
    IF_curr_exp,
    Network,
    Normal,
    OneShotHebb,
    OneToOne,
    SpikePairSTDP,
    SpikeSourceArray,
    SpikeSourcePoisson,
)

ORDERS = ("pynn", "spinnaker", "brian2")
RULES = ("immediate", "deferred", "incoming", "outgoing")
FEATURES = "array poisson arrive drawn send deferred immediate hebb_incoming hebb_outgoing"
NOISY = ("excitatory", "inhibitory", "excitatory")


def examples(count):
    """Settings for so many hypothesis examples; a few without the compiler."""
    return settings(max_examples=max(4, count // 10) if config.DISABLE_JIT else count)


def kinds(order):
    """What the engine calls the neurons of the ballast."""
    own, both = tuple(constant_names(IF_curr_exp, order)), ("excitatory", "inhibitory")
    direct = order == "brian2"
    return (
        Variant(IF_curr_exp, order, (), False, both[:1] if direct else both, (), ()),
        Variant(IF_curr_exp, order, (), True, both, NOISY, ()),
        Variant(IF_curr_exp, order, own, False, both[1:] if direct else both, NOISY[1:2], ()),
        Variant(IF_curr_delta, order, (), False, () if direct else both, (), ()),
    )


def add_ballast(network):
    """Add one silent population of every kind, and an empty plastic projection; returns the network.

    The engine compiles one loop per set of kinds and features. With the ballast first the kinds are always these, and
    `share_loop` adds the features: so all tests of one order share a loop.
    """
    network.population("ballast array", 1, SpikeSourceArray())
    network.population("ballast poisson", 1, SpikeSourcePoisson(0.0))
    network.population("ballast exp", 1, IF_curr_exp())
    network.population("ballast driven", 1, IF_curr_exp())
    network.population("ballast mixed", 1, IF_curr_exp(tau_m=[20.0]))
    network.population("ballast delta", 1, IF_curr_delta())
    network.current("ballast driven", [], [])
    network.project("ballast array", "ballast exp", FromArrays([], []), plasticity=SpikePairSTDP())
    add_noise(network, "ballast driven")
    return add_noise(network, "ballast mixed", NOISY[1:2])


def add_noise(network, population, receptors=NOISY, means=(0.0,) * 3, weights=(1.0,) * 3):
    """Give a population Poisson inputs, of so many spikes per step, as the ballast's have; returns the network."""
    for receptor, mean, weight in zip(receptors, means, weights):
        network.poisson(population, rate=1000 * mean / network.dt, weight=weight, receptor=receptor)
    return network


def share_loop(load):
    """What the tests put in the place of the engine's `load_loop`; a loop may do more than its network needs.

    Not without the compiler: there a loop costs nothing, and those that the networks would really get are run.
    """

    def load_shared(variants, models, features, dt):
        ballast = variants and variants == kinds(variants[0].order) and not config.DISABLE_JIT
        instant = ("instant",) if "instant" in features else ()
        return load(variants, models, (*FEATURES.split(), *instant) if ballast else features, dt)

    return load_shared


def one_neuron(
    order="pynn", dt=0.1, train=(), weight=0.0, receptor="excitatory", model=IF_curr_exp, probed=True, **parameters
):
    net = add_ballast(Network(dt, order))
    net.population("in", 1, SpikeSourceArray(train))
    net.population("out", 1, model(**parameters))
    net.project("in", "out", weight=weight, receptor=receptor)
    if probed:
        net.probe("out", "v")
    return net


def raster(result, name):
    """Spikes of a Result as a list of (step, id)."""
    spikes = result.spikes[name]
    return list(zip(np.rint(spikes.times / result.dt).astype(int).tolist(), spikes.ids.tolist(), strict=True))


def same_bits(a, b):
    """True if two Results hold the same spikes and traces, bit for bit."""
    spikes = a.spikes.keys() == b.spikes.keys() and all(
        a.spikes[k].times.tobytes() == b.spikes[k].times.tobytes()
        and a.spikes[k].ids.tobytes() == b.spikes[k].ids.tobytes()
        for k in a.spikes
    )
    return spikes and all(
        a.traces[k].times.tobytes() == b.traces[k].times.tobytes()
        and a.traces[k].values.tobytes() == b.traces[k].values.tobytes()
        for k in a.traces.keys() & b.traces.keys()
    )


# ---- random descriptions


def random_rule(rng, kind, dt):
    """A learning rule of a kind: "deferred", "immediate", "incoming", "outgoing" or None."""
    if kind is None:
        return None
    if kind in ("incoming", "outgoing"):
        return OneShotHebb(total=rng.uniform(1, 5), exponent=rng.choice([0.0, 0.5, 1.0]), over=kind)
    tau, a = rng.uniform(1, 20, 2) * dt, rng.uniform(0.1, 2, 2)
    return SpikePairSTDP(*tau.tolist(), *a.tolist(), w_min=0.0, w_max=rng.uniform(2, 5), update=kind)


def random_connector(rng, n, plastic):
    """A connector from n to n neurons and, if it takes an array, its number of synapses."""
    some = int(rng.integers(9))
    if some < 3:
        return FixedProbability(rng.uniform(0.0, 3.0 / (n + 2)), procedural=some > 0 and not plastic), None
    if some == 3:
        k = int(rng.integers(0, min(n, 4) + 1))
        return FixedInDegree(k), k * n
    if some == 4:
        count = int(rng.integers(0, 3 * n + 1))
        return FixedTotalNumber(count), count
    if some == 5:
        count = int(rng.integers(0, 3 * n + 1))  # unsorted, and with several synapses between two neurons
        return FromArrays(rng.integers(0, n, count), rng.integers(0, n, count)), count
    if some == 6 or n > 7:
        return OneToOne(), n
    return (AllToAll(), n * n) if some == 7 else (AllButSelf(), n * n - n)


def random_synapses(rng, connector, count, dt, shortest=1):
    """Weight and delay: one for all, an array where the connector takes one, or drawn."""
    weight, delay = rng.uniform(0.5, 4), int(rng.integers(shortest, 9)) * dt
    if getattr(connector, "procedural", False):
        return weight, delay
    if rng.random() < 0.25:
        weight = Normal(weight, weight / 2, low=rng.uniform(0, 0.4))
    elif count is not None and rng.random() < 0.7:
        weight = rng.uniform(0, 4, count)
    if rng.random() < 0.25:
        delay = Normal(delay, rng.uniform(0, 3) * dt)
    elif count is not None and rng.random() < 0.6:
        delay = rng.integers(shortest, 9, count) * dt
    return weight, delay


PAIRS = (
    ("array", "exp"),
    ("poisson", "exp"),
    ("exp", "mixed"),
    ("poisson", "mixed"),
    ("array", "delta"),
    ("exp", "delta"),
    ("exp", "exp"),
    ("delta", "exp"),
    ("mixed", "mixed"),
    ("array", "exp"),
    ("delta", "mixed"),
)


def random_network(seed, order, n, rules=(), steps=80):
    """A busy network of populations of n with everything a description can hold; `rules` as in `random_rule`."""
    rng = np.random.default_rng(seed)
    dt = float(rng.choice([1.0, 0.5, 0.1]))
    net = Network(dt, order) if config.DISABLE_JIT else add_ballast(Network(dt, order))
    times = [(t, i) for t in range(steps) for i in range(n) if rng.random() < 0.1]
    rng.shuffle(times)
    net.population("array", n, SpikeSourceArray([t * dt for t, _ in times], [i for _, i in times]))
    window = {"start": 3 * dt, "duration": 40 * dt} if rng.random() < 0.5 else {}
    net.population("poisson", n, SpikeSourcePoisson(rng.uniform(0, 200, n) / dt, **window))
    tau_m = rng.uniform(2, 15) * dt
    tau_syn = {
        "tau_syn_E": tau_m if rng.random() < 0.3 else rng.uniform(0.3, 8) * dt,
        "tau_syn_I": rng.uniform(1, 9) * dt,
    }
    limits = {"v_rest": -65.0, "v_reset": -66.5, "v_thresh": -62.0, "tau_refrac": int(rng.integers(0, 4)) * dt}
    drive = {"cm": tau_m / 2, "i_offset": rng.uniform(-0.5, 0.5)}
    net.population("exp", n, IF_curr_exp(tau_m=tau_m, **tau_syn, **limits, **drive), {"v": rng.uniform(-66, -61, n)})
    several = {
        "tau_m": rng.uniform(2, 15, n) * dt,
        "tau_refrac": rng.integers(0, 4, n) * dt,
        "cm": rng.uniform(1, 9, n) * dt,
    }
    net.population("mixed", n, IF_curr_exp(**{**limits, **several}, i_offset=rng.uniform(0, 3, n)), {"i_e": 0.3})
    net.population("delta", n, IF_curr_delta(tau_m=tau_m, **limits, cm=tau_m), {"v": -64.0})
    net.current("exp", np.sort(rng.choice(steps, 5, replace=False)) * dt, rng.uniform(-1, 2, 5))
    net.current("exp", [0.0, 9 * dt], [0.5, -0.25], ids=[n - 1])
    means = rng.choice([0.0, 0.2, 1.0, 30.0], 4)
    weights = rng.uniform(0, 1, 4) / (1 + means)
    add_noise(net, "exp", means=means[:3], weights=weights[:3])
    add_noise(net, "mixed", NOISY[1:2], means[3:], weights[3:])
    for (pre, post), rule in zip(PAIRS, [*rules, *[None] * len(PAIRS)]):
        connector, count = random_connector(rng, n, rule is not None)
        weight, delay = random_synapses(rng, connector, count, dt, int(order != "brian2" or rule == "deferred"))
        receptor = "inhibitory" if rng.random() < 0.3 else "excitatory"
        plasticity = random_rule(rng, rule, dt)
        net.project(pre, post, connector, weight=weight, delay=delay, receptor=receptor, plasticity=plasticity)
    return net
