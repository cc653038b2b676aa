"""Runs a LoihiNetwork in integers, and says which registers ran over."""

import numpy as np

from neuromem.engine import Recorder, Status, Trace
from neuromem.engine.recorder import recorded_populations
from neuromem.errors import FitError
from neuromem.hardware.comparison import Emulated
from neuromem.hardware.loihi.lif import rest
from neuromem.hardware.loihi.limits import ALIGN_BITS, DECAY_TOP
from neuromem.hardware.stimulus import source_spikes
from neuromem.kernels import loihi as kernel
from neuromem.network.check import numbers, steps

ROOM = 1 << 16
"""Spikes that fit between two visits to the recorder."""
INTERVAL = 1 << 12
"""Most steps between two visits, so that Ctrl-C is heard."""
BUSY = 0.5
"""Share of the highest possible rate above which a run counts as saturated, as in the engine."""


class Emulator:
    """A LoihiNetwork that runs: registers, state and clock.

    Parameters
    ----------
    held : LoihiNetwork
    record : "all", None, or a collection of population names
    order : ndarray of int64, optional
        Where each compartment is placed, a permutation; results are the same for any. Compartments count in the order
        of `held.groups`.
    """

    def __init__(self, held, *, record="all", order=None):
        self.held, self.network, self.step = held, held.network, 0
        populations = self.network.populations
        recorded = recorded_populations(self.network, record)
        self.recorder = Recorder({name: populations[name].size for name in recorded}, self.network.dt)
        self.neurons = sum(group.size for group in held.groups.values())
        place = np.arange(self.neurons) if order is None else np.asarray(order)
        ends = np.cumsum([0, *(group.size for group in held.groups.values())])
        self.place = {name: place[a:b] for name, a, b in zip(held.groups, ends[:-1], ends[1:], strict=True)}
        self._second = {}
        count = self.neurons
        for name, group in held.groups.items():
            if group.du_second is not None:
                self._second[name] = count + np.arange(group.size)
                count += group.size
        self._currents = count
        self._inputs, self._total = {}, 0
        for name, population in populations.items():
            if population.is_source:
                self._inputs[name] = self._total
                self._total += population.size
        self.registers = self._compartments()
        self._start, self._synapses = self._rows()
        self.state = rest(self.neurons, self._currents, int(self._synapses[2].max(initial=0)))
        for name, group in held.groups.items():
            self.state.v[self.place[name]] = group.start
        self._samples = {probe.name: [] for probe in self.network.probes}
        self.counts = dict.fromkeys(held.groups, 0)

    def run(self, duration, strict=False):
        """Advance by `duration` ms from the start; strict: FitError at the first register that runs over."""
        span = numbers(duration, "emulate", "duration", unit="ms", low=0.0, scalar=True)
        stop = steps(span, self.network.dt, "emulate", "duration")
        wires = kernel.Wires(self._start, *self._synapses, *self._events(stop))
        owner = np.empty(self.neurons, np.int64)  # place -> compartment
        owner[np.concatenate([*self.place.values(), np.zeros(0, np.int64)])] = np.arange(self.neurons)
        out_step, out_id = (np.empty(max(ROOM, self.neurons), np.int64) for _ in range(2))
        every = [steps(probe.every, self.network.dt, probe.name, "every") for probe in self.network.probes]
        while self.step < stop:
            for probe, interval in zip(self.network.probes, every, strict=True):
                if self.step % interval == 0:
                    self._samples[probe.name].append(self._sample(probe))
            waits = [INTERVAL, stop - self.step, *(interval - self.step % interval for interval in every)]
            begin, until = self.step, self.step + min(waits)
            self.step, count = kernel.advance(begin, until, strict, self.registers, self.state, wires, out_step, out_id)
            self._record(out_step[:count], owner[out_id[:count]])
            if strict and self.state.first[0] != kernel.NOTHING:
                raise FitError(self._first_fault())

    def result(self):
        """The Emulated so far."""
        dt = self.network.dt
        traces = {}
        for probe in self.network.probes:
            rows, every = self._samples[probe.name], steps(probe.every, dt, probe.name, "every")
            size = self._sample(probe).size
            values = np.array(rows, np.int64).reshape(len(rows), size)
            ids = np.arange(size) if probe.ids is None else probe.ids
            traces[probe.name] = Trace(np.arange(len(rows)) * every * dt, values, ids, "raw")
        spikes, sizes = self.recorder.spikes(), self.recorder.sizes
        return Emulated(spikes, traces, self.step * dt, dt, self._status(), self.held.seed, sizes, self.faults())

    def faults(self):
        """Registers that ran over, one sentence for each population and register."""
        found = []
        for name, place in self.place.items():
            for what, counts in self._counters(name, place):
                if counts.any():
                    found.append(
                        f"{name}: {what} in {int(counts.sum()):,} steps, of {np.count_nonzero(counts):,} neurons"
                    )
        return tuple(found)

    def _counters(self, name, place):
        yield "u left its 24 bits", self.state.wraps[place]
        if name in self._second:
            yield "the second u left its 24 bits", self.state.wraps[self._second[name]]
        yield "v was cut at its lower end", self.state.cuts[place]

    def _first_fault(self):
        kind, step, index = self.state.first
        places = self.place if index < self.neurons else self._second
        name, neuron = next((n, int(np.argmax(p == index))) for n, p in places.items() if (p == index).any())
        what = "its current left 24 bits" if kind == kernel.WRAPPED else "its potential was cut at 24 bits"
        return (
            f"{name}: {what} in neuron {neuron} at {step * self.network.dt:g} ms (strict); "
            "make the weights onto it smaller, or run without strict to see what the chip does"
        )

    def _status(self):
        for name, spiked in self.counts.items():
            pause = self.held.groups[name].refractory.max()
            if spiked > BUSY * self.held.groups[name].size * self.step / pause:
                return Status.SATURATED
        if self.counts and self.step and not any(self.counts.values()):
            return Status.SILENT
        return Status.FINISHED

    def _compartments(self):
        n, unity = self.neurons, DECAY_TOP + 1
        keep_u, keep_v = np.zeros(self._currents, np.int64), np.zeros(n, np.int64)
        second, threshold = np.full(n, kernel.NONE), np.zeros(n, np.int64)
        bias, pause = np.zeros(n, np.int64), np.zeros(n, np.int64)
        for name, group in self.held.groups.items():
            place = self.place[name]
            keep_u[place], keep_v[place] = DECAY_TOP - group.du, unity - group.dv
            if name in self._second:
                keep_u[self._second[name]] = DECAY_TOP - group.du_second
                second[place] = self._second[name]
            threshold[place] = group.vth << ALIGN_BITS
            bias[place], pause[place] = group.bias_mant << group.bias_exp, group.refractory - 1
        return kernel.Compartments(keep_u, second, keep_v, threshold, bias, pause, np.zeros(1, np.int64))

    def _rows(self):
        """All synapses by source: (start, (target, weight, delay))."""
        sources, targets, weights, delays = ([np.zeros(0, np.int64)] for _ in range(4))
        for c in self.held.connections.values():
            inward = c.pre in self._inputs
            sources.append(self._inputs[c.pre] + c.source if inward else self._total + self.place[c.pre][c.source])
            targets.append((self._second if c.second else self.place)[c.post][c.target])
            weights.append(c.weight << c.weight_exp)
            delays.append(c.delay)
        source = np.concatenate(sources)
        by_source = np.argsort(source, kind="stable")
        start = np.searchsorted(source[by_source], np.arange(self._total + self.neurons + 1))
        columns = [(targets, np.int32), (weights, np.int32), (delays, np.uint8)]
        return start, tuple(np.concatenate(parts)[by_source].astype(dtype) for parts, dtype in columns)

    def _events(self, stop):
        """Spikes of all sources by step as the synapses see them, one step after they are fired; records them."""
        steps_, ids = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
        for name, (when, who) in source_spikes(self.network, stop, self.held.seed).items():
            if name in self.recorder.sizes:
                self.recorder.write(when, who, name)
            steps_.append(when + 1)
            ids.append(who + self._inputs[name])
        when, who = np.concatenate(steps_), np.concatenate(ids)
        order = np.argsort(when, kind="stable")
        return when[order], who[order]

    def _record(self, when, who):
        first = 0
        for name, group in self.held.groups.items():
            mine = (who >= first) & (who < first + group.size)
            self.counts[name] += int(mine.sum())
            if name in self.recorder.sizes and mine.any():
                ids, at = who[mine] - first, when[mine]
                order = np.lexsort((ids, at))
                self.recorder.write(at[order], ids[order], name)
            first += group.size

    def _sample(self, probe):
        if probe.variable == "weight":
            connection = self.held.connections[probe.target]
            values = np.empty_like(connection.weight)
            values[connection.order] = connection.weight
        elif probe.variable == "v":
            values = self.state.v[self.place[probe.target]]
        else:
            own = self._second if probe.variable == "i_i" and probe.target in self._second else self.place
            values = self.state.u[own[probe.target]]
        return values.copy() if probe.ids is None else values[probe.ids]
