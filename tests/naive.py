"""Dumb twins: what the engine and its kernels compute, in loops over Python lists, written from the documented rules.

Nothing here is fast, and nothing is shared with `neuromem.engine` or `neuromem.kernels`. Learning rules look at the
whole spike history instead of at traces, membranes are integrated by quadrature instead of closed forms.
"""

import math
import struct

import numpy as np

from naive_draws import DELAY, NOISE, WEIGHT, emit_poisson, input_number, normals, rows, word
from neuromem.network import FromArrays, Normal, OneShotHebb, SpikePairSTDP, SpikeSourceArray, SpikeSourcePoisson


def float32(x):
    """Round to the nearest float32."""
    return struct.unpack("f", struct.pack("f", x))[0]


# ---- small kernels


def emit_array(times, ids, step):
    """Sources that spike in `step`, in the order of their index."""
    return sorted(i for t, i in zip(times, ids) if t == step)


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
            change *= rule.w_max - weight if rule.dependence == "multiplicative" else 1.0
            weight = float32(min(rule.w_max, weight + change))
    return weight


def depressed(weight, rule, tau, step, posts, delay):
    """sPyNNaker's deferred depression: once, by the last post spike that acts at or before `step`."""
    acted = [s for s in posts if s + delay <= step]
    if not acted:
        return weight
    change = rule.a_minus * fading(acted, acted[-1], tau) * math.exp(-(step - acted[-1] - delay) / tau)
    change *= weight - rule.w_min if rule.dependence == "multiplicative" else 1.0
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


# ---- one step of learning; `trains` are the spikes before it, of each pre and of each post neuron


def learn_before(rule, dt, synapses, trains, now, pre_spiking, post_spiking):
    """Change the synapses [pre, post, weight, delay] as far as that comes before the spikes are sent."""
    before, after = trains
    if isinstance(rule, OneShotHebb):
        pairs = [synapse[:2] for synapse in synapses]
        new = hebb([synapse[2] for synapse in synapses], pairs, rule, pre_spiking, post_spiking)
        for synapse, weight in zip(synapses, new, strict=True):
            synapse[2] = weight
    if not isinstance(rule, SpikePairSTDP):
        return
    for synapse in synapses:
        i, j, weight, delay = synapse
        if i not in pre_spiking:
            continue
        if rule.update == "deferred":
            weight = settled(rule, dt, synapse, trains, now)
            weight = depressed(weight, rule, rule.tau_minus / dt, now, after[j], delay)
        else:
            weight -= rule.a_minus * fading(after[j], now, rule.tau_minus / dt)
            weight = float32(max(rule.w_min, weight))
        synapse[2] = weight


def learn_after(rule, dt, synapses, trains, now, pre_spiking, post_spiking):
    """Change the synapses as far as that comes after the spikes are sent: the immediate rule's potentiation."""
    if not isinstance(rule, SpikePairSTDP) or rule.update == "deferred":
        return
    for synapse in synapses:
        i, j, weight, _ = synapse
        if j in post_spiking:
            trace = fading(trains[0][i] + [now] * (i in pre_spiking), now, rule.tau_plus / dt)
            synapse[2] = float32(min(rule.w_max, weight + rule.a_plus * trace))


def settled(rule, dt, synapse, trains, step):
    """A synapse's weight before `step`, with the post spikes that wait under the deferred rule."""
    i, j, weight, delay = synapse
    if not isinstance(rule, SpikePairSTDP) or rule.update != "deferred":
        return weight
    before, after = trains[0][i], trains[1][j]
    begin = before[-1] if before else None
    return potentiated(weight, rule, rule.tau_plus / dt, begin, step, before, after, delay)


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
        self.psp = ()
        if self.model == "IF_curr_exp" and order != "spinnaker":
            self.psp = [psp(dt, self.p["tau_m"], self.p[tau], self.p["cm"]) for tau in ("tau_syn_E", "tau_syn_I")]
            self.psp[1] *= -1 if order == "brian2" else 1

    def step(self, excitation, inhibition, current):
        """Advance by dt; True if it spikes."""
        if self.order == "brian2":
            return self._brian2(current)
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

    def _brian2(self, current):
        """State and threshold; `finish` does the rest of the step."""
        s, self.fired = self.state, False
        self.waiting = max(self.waiting - 1, 0)
        if self.waiting == 0:
            drive = self._leak(self.p["i_offset"] + current)
            s["v"] = drive + sum(k * s[i] for k, i in zip(self.psp, ("i_e", "i_i"), strict=True)) if self.psp else drive
            self.fired = s["v"] >= self.p["v_thresh"]
        for variable, tau in (("i_e", "tau_syn_E"), ("i_i", "tau_syn_I")) if self.psp else ():
            s[variable] *= math.exp(-self.dt / self.p[tau])
        return self.fired

    def finish(self, excitation, inhibition):
        """What arrives in the step, then the reset."""
        if self.psp:
            self.state["i_e"] += excitation
            self.state["i_i"] += inhibition
        elif self.waiting == 0 and not self.fired:
            self.state["v"] += excitation - inhibition
        if self.fired:
            self.state["v"], self.waiting = self.p["v_reset"], self.refractory_steps

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


def by_row(pairs, n_pre, draw):
    """Values of synapses that are drawn row by row, `draw(number of synapses, pre)`, in the order of pre, then post."""
    order = iter(sorted(range(len(pairs)), key=pairs.__getitem__))
    values = [None] * len(pairs)
    for i in range(n_pre):
        for value in draw(sum(pre == i for pre, _ in pairs), i):
            values[next(order)] = value
    return values


class _Wires:
    """Synapses of a projection, each [pre, post, weight, delay in steps], in the connector's order."""

    def __init__(self, network, projection, number, seed):
        n_pre, n_post = (network.populations[side].size for side in (projection.pre, projection.post))
        self.projection, connector, dt = projection, projection.connector, network.dt
        if isinstance(connector, FromArrays):
            pairs = list(zip(connector.pre.tolist(), connector.post.tolist(), strict=True))
        else:
            pairs = [(i, j) for i, row in enumerate(rows(connector, n_pre, n_post, seed, number)) for j in row]
        weight, delay = projection.weight, projection.delay
        if isinstance(weight, Normal):
            weight = by_row(pairs, n_pre, lambda k, i: normals(k, weight, seed, WEIGHT + number, i))
        if isinstance(delay, Normal):
            scaled = Normal(delay.mean / dt, delay.sd / dt, max(1, math.ceil(delay.low / dt - 1e-9)))
            drawn = by_row(pairs, n_pre, lambda k, i: normals(k, scaled, seed, DELAY + number, i, whole=True))
            delay = [steps * dt for steps in drawn]
        weights, delays = (np.broadcast_to(np.ravel(value), len(pairs)).tolist() for value in (weight, delay))
        self.synapses = [[*pair, float32(w), round(d / dt)] for pair, w, d in zip(pairs, weights, delays)]
        self.of = [[synapse for synapse in self.synapses if synapse[0] == i] for i in range(n_pre)]
        self.at_arrival = projection.plasticity is None and np.ndim(delay) == 0
        self.delay = round(delay / dt) if self.at_arrival else None


class NaiveRun:
    """Runs a description: `spikes[population]` is a list of (step, id), `step` the number of steps done.

    `real` rounds the sums of what arrives: `float`, or `float32` as the engine does with that dtype.
    """

    def __init__(self, network, seed=0, real=float):
        self.network, self.seed, self.step, self.real = network, seed, 0, real
        self.spikes = {name: [] for name in network.populations}
        self.trains = {name: [[] for _ in range(p.size)] for name, p in network.populations.items()}
        self.cells = {
            name: [_Cell(p, i, network.dt, network.order) for i in range(p.size)]
            for name, p in network.populations.items()
            if not p.is_source
        }
        self.wires = [_Wires(network, p, q, seed) for q, p in enumerate(network.projections.values())]
        self.history = []  # of each step: population -> ids
        self.arriving = {}  # (step, population, neuron, receptor) -> sum of weights

    def run(self, count):
        """Advance by `count` steps; returns self.

        A sum of arrivals begins with what was sent, in the order of steps, and ends with what is looked up now.
        """
        late = self.network.order == "brian2"
        for _ in range(count):
            if not late:
                self._arrive()
            now = {name: self._spiking(number, p) for number, (name, p) in enumerate(self.network.populations.items())}
            for name, ids in now.items():
                self.spikes[name] += [(self.step, i) for i in ids]
            self.history.append(now)
            for wires in self.wires:
                self._transmit(wires, now[wires.projection.pre], now[wires.projection.post])
            for name, ids in now.items():
                for i in ids:
                    self.trains[name][i].append(self.step)
            if late:
                self._arrive()
                for name, cells in self.cells.items():
                    for i, cell in enumerate(cells):
                        cell.finish(*self._arrived(name, i))
            self.step += 1
        return self

    def _arrive(self):
        """Look up what the spikes of one delay ago bring now."""
        for wires in self.wires:
            if wires.at_arrival and self.step >= wires.delay:
                sent = self.step - wires.delay
                self._deliver(wires, self.history[sent][wires.projection.pre], sent)

    def state(self, population, variable):
        """Values before the present step."""
        return [cell.state[variable] for cell in self.cells[population]]

    def weights(self, projection):
        """Weights before the present step, with all post spikes that act up to it."""
        wires = next(w for w in self.wires if w.projection.name == projection)
        rule, trains = wires.projection.plasticity, self._trains(wires)
        return [settled(rule, self.network.dt, synapse, trains, self.step) for synapse in wires.synapses]

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
            if cell.step(*self._reaching(population.name, i), self._current(population.name, i))
        ]

    def _reaching(self, name, i):
        return (0.0, 0.0) if self.network.order == "brian2" else self._arrived(name, i)

    def _arrived(self, name, i):
        """(excitation, inhibition): what the synapses brought, then the Poisson inputs in their order."""
        total = {r: self.arriving.pop((self.step, name, i, r), 0.0) for r in ("excitatory", "inhibitory")}
        for number, given in enumerate(self.network.poisson_inputs):
            if given.population == name:
                drawn = word(self.seed, NOISE + number, i, self.step)
                inside = given.start <= i and (given.stop is None or i < given.stop)
                spikes = input_number(drawn, given.rate * self.network.dt / 1000, given.sources) if inside else 0
                brought = self.real(self.real(given.weight) * spikes)
                total[given.receptor] = self.real(total[given.receptor] + brought)
        return total.values()

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
        rule, dt, trains = wires.projection.plasticity, self.network.dt, self._trains(wires)
        learn_before(rule, dt, wires.synapses, trains, self.step, pre_spiking, post_spiking)
        if not wires.at_arrival:
            self._deliver(wires, pre_spiking, self.step)
        learn_after(rule, dt, wires.synapses, trains, self.step, pre_spiking, post_spiking)

    def _deliver(self, wires, spiking, sent):
        """Add what the spikes of step `sent` bring, in the order of the sources."""
        for i in spiking:
            for _, j, weight, delay in wires.of[i]:
                place = (sent + delay, wires.projection.post, j, wires.projection.receptor)
                self.arriving[place] = self.real(self.arriving.get(place, 0.0) + weight)
