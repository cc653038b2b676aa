"""Dumb twins: what the engine and its kernels compute, in loops over Python lists, written from the documented rules.

Nothing here is fast, and nothing is shared with `neuromem.engine` or `neuromem.kernels`. Learning rules look at the
whole spike history instead of at traces, membranes are integrated by quadrature instead of closed forms.
"""

import math
import struct

import numpy as np

from neuromem.network import (
    AllButSelf,
    AllToAll,
    FixedInDegree,
    FixedProbability,
    FromArrays,
    IF_curr_delta,
    IF_curr_exp,
    Network,
    OneShotHebb,
    OneToOne,
    SpikePairSTDP,
    SpikeSourceArray,
    SpikeSourcePoisson,
)

MASK = 2**32 - 1


def float32(x):
    """Round to the nearest float32."""
    return struct.unpack("f", struct.pack("f", x))[0]


# ---- random numbers


def philox(counter, key):
    """Philox 4x32-10 [Salmon et al. 2011, section 3.3]: four words from a counter of four and a key of two."""
    c, k = list(counter), list(key)
    for _ in range(10):
        left, right = c[0] * 0xD2511F53, c[2] * 0xCD9E8D57
        c = [(right >> 32) ^ c[1] ^ k[0], right & MASK, (left >> 32) ^ c[3] ^ k[1], left & MASK]
        k = [(k[0] + 0x9E3779B9) & MASK, (k[1] + 0xBB67AE85) & MASK]
    return c


def uniforms(seed, obj, index, step):
    """Four numbers in (0, 1) that depend on (seed, object, index, step) only."""
    words = philox([step & MASK, step >> 32, index, obj], [seed & MASK, seed >> 32])
    return [(word + 0.5) / 2**32 for word in words]


# ---- small kernels


def emit_array(times, ids, step):
    """Sources that spike in `step`, in the order of their index."""
    return sorted(i for t, i in zip(times, ids) if t == step)


def emit_poisson(seed, obj, probabilities, step):
    """Sources whose draw lies below their probability; source i uses word i % 4 of the call for its group of four."""
    return [i for i, p in enumerate(probabilities) if uniforms(seed, obj, i - i % 4, step)[i % 4] < p]


def deliver(ring, step, spiking, synapses):
    """Add the weight of each synapse (pre, place, weight, delay) of a spiking neuron where and when it arrives."""
    for i in spiking:
        for pre, place, weight, delay in synapses:
            if pre == i:
                ring[(step + delay) % len(ring)][place] += weight


def fading(spikes, until, tau):
    """All-to-all trace: the sum over `spikes` up to step `until` of exp(-age / tau); tau in steps."""
    return sum(math.exp(-(until - s) / tau) for s in spikes if s <= until)


def potentiated(weight, rule, tau, begin, upto, previous, posts, delay):
    """sPyNNaker's deferred potentiation: every post spike that acts after `begin` and up to `upto`, one by one.

    `previous` is the list of pre spikes so far, the last of which the post spikes are compared with.
    """
    for s in posts:
        if previous and begin < s + delay <= upto:
            trace = fading(previous, previous[-1], tau)
            change = rule.a_plus * trace * math.exp(-(s + delay - previous[-1]) / tau)
            weight = float32(min(rule.w_max, weight + change))
    return weight


def depressed(weight, rule, tau, step, posts, delay):
    """sPyNNaker's deferred depression: once, by the last post spike that acts at or before `step`."""
    acted = [s for s in posts if s + delay <= step]
    if not acted:
        return weight
    change = rule.a_minus * fading(acted, acted[-1], tau) * math.exp(-(step - acted[-1] - delay) / tau)
    return float32(max(rule.w_min, weight - change))


def hebb(weights, pairs, rule, pre_spiking, post_spiking):
    """New weights after one step of one-shot Hebb, synapse k joining pairs[k] = (pre, post)."""
    side, other = (1, 0) if rule.over == "incoming" else (0, 1)
    mine, partner = (post_spiking, pre_spiking) if rule.over == "incoming" else (pre_spiking, post_spiking)
    weights = list(weights)
    for neuron in mine:
        own = [k for k, pair in enumerate(pairs) if pair[side] == neuron]
        together = [k for k in own if pairs[k][other] in partner]
        for k in own if together else ():
            weights[k] = float32(rule.total / len(together) ** rule.exponent) if k in together else 0.0
    return weights


# ---- neurons


def psp(dt, tau_m, tau_syn, cm):
    """mV after dt per nA of a current that decays with tau_syn: the convolution integral, by Gauss-Legendre."""
    nodes, factors = np.polynomial.legendre.leggauss(60)
    times = (nodes + 1) / 2 * dt
    return float(np.sum(factors / 2 * dt * np.exp(-times / tau_syn) * np.exp(-(dt - times) / tau_m)) / cm)


class _Cell:
    """One neuron of a population; `state` maps variable to value."""

    def __init__(self, population, index, dt, order):
        def pick(value):
            return float(np.broadcast_to(np.asarray(value, float), population.size)[index])

        neuron = population.neuron
        self.p = {name: pick(value) for name, value in neuron.parameters.items()}
        self.model, self.dt, self.order = neuron.model.name, dt, order
        self.state = dict.fromkeys(neuron.model.state, 0.0) | {"v": self.p["v_rest"]}
        self.state |= {variable: pick(value) for variable, value in population.initial.items()}
        self.refractory_steps = round(self.p["tau_refrac"] / dt)
        self.waiting = 0
        if self.model == "IF_curr_exp" and order == "pynn":
            self.psp = [psp(dt, self.p["tau_m"], self.p[tau], self.p["cm"]) for tau in ("tau_syn_E", "tau_syn_I")]

    def step(self, excitation, inhibition, current):
        """Advance by dt; True if it spikes."""
        was_waiting = self.waiting > 0
        if was_waiting:
            self.waiting -= 1
        if self.model == "IF_curr_delta":
            fires = self._delta(excitation - inhibition, current, was_waiting)
        elif self.order == "pynn":
            fires = self._exp_pynn(excitation, inhibition, current, was_waiting)
        else:
            fires = self._exp_spinnaker(excitation, inhibition, current, was_waiting)
        if fires:
            self.state["v"] = self.p["v_reset"]
            self.waiting = self.refractory_steps
        return fires

    def _leak(self, drive):
        """Membrane after dt under the constant current `drive`."""
        end = self.p["v_rest"] + self.p["tau_m"] / self.p["cm"] * drive
        return end + (self.state["v"] - end) * math.exp(-self.dt / self.p["tau_m"])

    def _delta(self, jump, current, was_waiting):
        if was_waiting:
            return False
        if self.order == "pynn":  # integrate, then what arrives at the end of the step
            self.state["v"] = self._leak(self.p["i_offset"] + current) + jump
        else:  # what arrives, then integrate
            self.state["v"] += jump
            self.state["v"] = self._leak(self.p["i_offset"] + current)
        return self.state["v"] >= self.p["v_thresh"]

    def _exp_pynn(self, excitation, inhibition, current, was_waiting):
        s = self.state
        if not was_waiting:
            s["v"] = self._leak(self.p["i_offset"] + current) + self.psp[0] * s["i_e"] - self.psp[1] * s["i_i"]
        s["i_e"] = s["i_e"] * math.exp(-self.dt / self.p["tau_syn_E"]) + excitation
        s["i_i"] = s["i_i"] * math.exp(-self.dt / self.p["tau_syn_I"]) + inhibition
        return not was_waiting and s["v"] >= self.p["v_thresh"]

    def _exp_spinnaker(self, excitation, inhibition, current, was_waiting):
        s, fires = self.state, False
        for variable, tau, arrived in (("i_e", "tau_syn_E", excitation), ("i_i", "tau_syn_I", inhibition)):
            steps = self.p[tau] / self.dt
            s[variable] += arrived * steps * (1 - math.exp(-1 / steps))
        if not was_waiting:
            s["v"] = self._leak(s["i_e"] - s["i_i"] + self.p["i_offset"] + current)
            fires = s["v"] >= self.p["v_thresh"]
        s["i_e"] *= math.exp(-self.dt / self.p["tau_syn_E"])
        s["i_i"] *= math.exp(-self.dt / self.p["tau_syn_I"])
        return fires


# ---- networks


class _Wires:
    """Synapses of a projection, each [pre, post, weight, delay in steps], in the connector's order."""

    def __init__(self, network, projection, number, seed):
        sizes = [network.populations[side].size for side in (projection.pre, projection.post)]
        pre, post = pairs(projection.connector, *sizes, seed, number)
        weight = np.broadcast_to(np.ravel(projection.weight), len(pre))
        delay = np.broadcast_to(np.ravel(projection.delay), len(pre))
        self.projection = projection
        self.synapses = [
            [i, j, float32(w), round(d / network.dt)] for i, j, w, d in zip(pre, post, weight, delay, strict=True)
        ]
        self.flushed = -1


class NaiveRun:
    """Runs a description: `spikes[population]` is a list of (step, id), `step` the number of steps done."""

    def __init__(self, network, seed=0):
        self.network, self.seed, self.step = network, seed, 0
        self.spikes = {name: [] for name in network.populations}
        self.trains = {name: [[] for _ in range(p.size)] for name, p in network.populations.items()}
        self.cells = {
            name: [_Cell(p, i, network.dt, network.order) for i in range(p.size)]
            for name, p in network.populations.items()
            if not p.is_source
        }
        self.wires = [_Wires(network, p, q, seed) for q, p in enumerate(network.projections.values())]
        self.arriving = {}  # (step, population, neuron, receptor) -> sum of weights

    def run(self, count):
        """Advance by `count` steps; returns self."""
        for _ in range(count):
            now = {name: self._spiking(number, p) for number, (name, p) in enumerate(self.network.populations.items())}
            for name, ids in now.items():
                self.spikes[name] += [(self.step, i) for i in ids]
            for wires in self.wires:
                self._transmit(wires, now[wires.projection.pre], now[wires.projection.post])
            for name, ids in now.items():
                for i in ids:
                    self.trains[name][i].append(self.step)
            self.step += 1
        return self

    def state(self, population, variable):
        """Values before the present step."""
        return [cell.state[variable] for cell in self.cells[population]]

    def weights(self, projection):
        """Weights before the present step, with all post spikes that act up to it."""
        wires = next(w for w in self.wires if w.projection.name == projection)
        rule, values = wires.projection.plasticity, []
        for i, j, weight, delay in wires.synapses:
            if isinstance(rule, SpikePairSTDP) and rule.update == "deferred":
                weight = self._waiting(wires, rule, i, j, weight, delay)
            values.append(weight)
        return values

    def _waiting(self, wires, rule, i, j, weight, delay):
        """The weight after the post spikes since the last pre spike."""
        before, after = self._trains(wires)
        begin = before[i][-1] if before[i] else None
        tau = rule.tau_plus / self.network.dt
        return potentiated(weight, rule, tau, begin, self.step, before[i], after[j], delay)

    def _trains(self, wires):
        return self.trains[wires.projection.pre], self.trains[wires.projection.post]

    def _spiking(self, number, population):
        source, dt = population.neuron, self.network.dt
        if isinstance(source, SpikeSourceArray):
            return emit_array([round(t / dt) for t in source.times], source.ids.tolist(), self.step)
        if isinstance(source, SpikeSourcePoisson):
            start = round(source.start / dt)
            if self.step < start or (source.duration is not None and self.step >= start + round(source.duration / dt)):
                return []
            rates = np.broadcast_to(source.rate, population.size).tolist()
            return emit_poisson(self.seed, number, [rate * dt / 1000 for rate in rates], self.step)
        return [
            i
            for i, cell in enumerate(self.cells[population.name])
            if cell.step(*self._arrived(population.name, i), self._current(population.name, i))
        ]

    def _arrived(self, name, i):
        return [self.arriving.pop((self.step, name, i, r), 0.0) for r in ("excitatory", "inhibitory")]

    def _current(self, name, i):
        """Sum of the step currents into a neuron: of each, the amplitude of the latest time."""
        total = 0.0
        for current in self.network.currents:
            if current.population == name and (current.ids is None or i in current.ids):
                levels = [
                    a for t, a in zip(current.times, current.amplitudes) if round(t / self.network.dt) <= self.step
                ]
                total += levels[-1] if levels else 0.0
        return total

    def _transmit(self, wires, pre_spiking, post_spiking):
        """Learn and send one step's spikes: Hebb before sending, STDP's depression before, potentiation after."""
        rule, now, dt = wires.projection.plasticity, self.step, self.network.dt
        before, after = self._trains(wires)
        if isinstance(rule, OneShotHebb):
            pairs = [synapse[:2] for synapse in wires.synapses]
            new = hebb([synapse[2] for synapse in wires.synapses], pairs, rule, pre_spiking, post_spiking)
            for synapse, weight in zip(wires.synapses, new, strict=True):
                synapse[2] = weight
        for synapse in wires.synapses:
            i, j, weight, delay = synapse
            if i not in pre_spiking:
                continue
            if isinstance(rule, SpikePairSTDP) and rule.update == "deferred":
                begin = before[i][-1] if before[i] else None
                weight = potentiated(weight, rule, rule.tau_plus / dt, begin, now, before[i], after[j], delay)
                weight = depressed(weight, rule, rule.tau_minus / dt, now, after[j], delay)
            elif isinstance(rule, SpikePairSTDP):
                weight -= rule.a_minus * fading(after[j], now, rule.tau_minus / dt)
                weight = float32(max(rule.w_min, weight))
            synapse[2] = weight
        for i in pre_spiking:  # in the order of the spikes, so that sums are taken as the engine takes them
            for pre, j, weight, delay in wires.synapses:
                if pre == i:
                    place = (now + delay, wires.projection.post, j, wires.projection.receptor)
                    self.arriving[place] = self.arriving.get(place, 0.0) + weight
        if isinstance(rule, SpikePairSTDP) and rule.update == "immediate":
            for synapse in wires.synapses:
                if synapse[1] in post_spiking:
                    trace = fading(before[synapse[0]] + [now] * (synapse[0] in pre_spiking), now, rule.tau_plus / dt)
                    synapse[2] = float32(min(rule.w_max, synapse[2] + rule.a_plus * trace))


# ---- building and comparing


def add_ballast(network):
    """Add one silent population of every kind and one empty projection of every rule; returns the network.

    The engine compiles one loop per set of kinds: with the ballast first, all tests of one order share a loop.
    """
    network.population("ballast array", 1, SpikeSourceArray())
    network.population("ballast poisson", 1, SpikeSourcePoisson(0.0))
    network.population("ballast exp", 1, IF_curr_exp())
    network.population("ballast driven", 1, IF_curr_exp())
    network.population("ballast mixed", 1, IF_curr_exp(tau_m=[20.0]))
    network.population("ballast delta", 1, IF_curr_delta())
    network.current("ballast driven", [], [])
    rules = [SpikePairSTDP(), SpikePairSTDP(update="deferred"), OneShotHebb(), OneShotHebb(over="outgoing")]
    for delay in (network.dt, np.empty(0)):
        network.project("ballast array", "ballast exp", FromArrays([], []), delay=delay)
    for rule in rules:
        network.project("ballast array", "ballast exp", FromArrays([], []), plasticity=rule)
    return network


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


def random_rule(rng, kind, dt):
    """A learning rule of a kind: "deferred", "immediate", "incoming", "outgoing" or None."""
    if kind is None:
        return None
    if kind in ("incoming", "outgoing"):
        return OneShotHebb(total=rng.uniform(1, 5), exponent=rng.choice([0.0, 0.5, 1.0]), over=kind)
    tau, a = rng.uniform(1, 20, 2) * dt, rng.uniform(0.1, 2, 2)
    return SpikePairSTDP(*tau.tolist(), *a.tolist(), w_min=0.0, w_max=rng.uniform(2, 5), update=kind)


def random_connector(rng, n, some):
    """A connector from n to n neurons and, if it takes an array, its number of synapses."""
    if some == 0:
        return FixedProbability(rng.uniform(0.0, 3.0 / (n + 2))), None
    if some == 1:
        k = int(rng.integers(0, min(n, 4) + 1))
        return FixedInDegree(k), k * n
    if some == 2:
        count = int(rng.integers(0, 3 * n + 1))  # unsorted, and with several synapses between two neurons
        return FromArrays(rng.integers(0, n, count), rng.integers(0, n, count)), count
    if some == 3 or n > 7:
        return OneToOne(), n
    return (AllToAll(), n * n) if some == 4 else (AllButSelf(), n * n - n)


def random_network(seed, order, n, rules=(), steps=80):
    """A busy network of populations of n with everything a description can hold; `rules` as in `random_rule`."""
    rng = np.random.default_rng(seed)
    dt = float(rng.choice([1.0, 0.5, 0.1]))
    net = add_ballast(Network(dt, order))
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
    pairs = [("array", "exp"), ("poisson", "exp"), ("exp", "mixed"), ("poisson", "mixed"), ("array", "delta")]
    pairs += [
        ("exp", "delta"),
        ("exp", "exp"),
        ("delta", "exp"),
        ("mixed", "mixed"),
        ("array", "exp"),
        ("delta", "mixed"),
    ]
    rules = list(rules) + [None] * len(pairs)
    for number, (pre, post) in enumerate(pairs):
        connector, count = random_connector(rng, n, int(rng.integers(6)))
        weight, delay = rng.uniform(0.5, 4), int(rng.integers(1, 9)) * dt
        if count is not None and rng.random() < 0.7:
            weight = rng.uniform(0, 4, count)
        if count is not None and rng.random() < 0.7:
            delay = rng.integers(1, 9, count) * dt
        receptor = "inhibitory" if rng.random() < 0.3 else "excitatory"
        plasticity = random_rule(rng, rules[number], dt)
        net.project(pre, post, connector, weight=weight, delay=delay, receptor=receptor, plasticity=plasticity)
    return net
