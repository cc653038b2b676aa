"""Runs a ChipNetwork on the kernels of `neuromem.kernels.spinnaker`, and feeds the recorder."""

from dataclasses import dataclass, replace

import numpy as np

from neuromem.engine import Recorder, Result, Status, Trace, check_seed, simulate
from neuromem.engine.recorder import recorded_populations
from neuromem.errors import FitError, UsageError
from neuromem.hardware.spinnaker.chip import ChipNetwork
from neuromem.hardware.spinnaker.quantize import quantize
from neuromem.kernels import spinnaker as kernel
from neuromem.kernels import spinnaker_layout as at
from neuromem.network.check import numbers, steps
from neuromem.network.inputs import SpikeSourceArray

OUTPUT_ROOM = 1 << 16
"""Spikes that fit between two visits to the recorder."""
SAMPLES = 1 << 22
"""Samples of probes that fit."""
VARIABLES = {"v": 0, "i_e": 1, "i_i": 2}
FAULT_NAMES = {
    at.SATURATED: "ring buffer entries were cut at 65535",
    at.OVERFLOW: "s16.15 registers wrapped",
    at.FORGOTTEN: "plastic updates missed post spikes beyond the 15 that are remembered",
}


@dataclass(frozen=True)
class Fault:
    """A deviation of the chip's arithmetic from exact arithmetic: how often, and where it came first."""

    kind: int
    count: int
    step: int
    population: str
    neuron: int

    def __str__(self):
        where = f"{self.population} neuron {self.neuron}, step {self.step}"
        return f"{self.count:,} {FAULT_NAMES[self.kind]}, first in {where}"


class Emulation:
    """A ChipNetwork that runs, step for step and bit for bit.

    Parameters
    ----------
    chip : ChipNetwork
    record : "all", None, or a collection of population names
    watch : sequence of (population, variable, neuron ids)
        States that `run` samples after every step.
    """

    def __init__(self, chip, record="all", watch=()):
        self.chip, self.step = chip, 0
        names = list(chip.populations)
        sizes = [chip.populations[name].size for name in names]
        self.first = dict(zip(names, np.concatenate([[0], np.cumsum(sizes)])[:-1].tolist(), strict=True))
        self.cells, self.learning = _cells(chip, self.first, sum(sizes))
        self.wires = _wires(chip, self.first, self.learning)
        recorded = recorded_populations(chip.network, record)
        self._recorded = np.array([name in recorded for name in names], np.uint8)
        self.recorder = Recorder({name: chip.populations[name].size for name in recorded}, chip.dt)
        places = [np.zeros(0, np.int64), *(np.asarray(ids) + self.first[name] for name, _, ids in watch)]
        kinds = [np.full(len(ids), VARIABLES[variable], np.int32) for _, variable, ids in watch]
        neuron = np.concatenate(places).astype(np.int32)
        self.watch = at.Watch(
            np.zeros((at.FAULTS, len(names)), np.int64),
            np.zeros((at.FAULTS, 3), np.int64),
            np.concatenate([np.zeros(0, np.int32), *kinds]),
            neuron,
            np.zeros((max(1, min(1 << 12, SAMPLES // max(1, neuron.size))), neuron.size), np.int32),
        )
        self._out = np.empty(OUTPUT_ROOM + sum(sizes), np.int64), np.empty(OUTPUT_ROOM + sum(sizes), np.int32)
        self._changes = list(chip.currents)
        self.feed({name: (p.steps, p.ids) for name, p in chip.populations.items() if p.is_source})

    def feed(self, trains):
        """Replace the spikes of all sources: population -> (steps, ids)."""
        names, parts = list(self.chip.populations), [(np.zeros(0, np.int64),) * 3]
        for name, (when, ids) in trains.items():
            when = np.asarray(when, np.int64)
            parts.append((when, np.asarray(ids, np.int64) + self.first[name], np.full(when.size, names.index(name))))
        when, ids, owner = (np.concatenate(column) for column in zip(*parts, strict=True))
        order = np.lexsort((ids, owner, when))
        order = order[np.searchsorted(when[order], self.step) :]
        total = self.cells.v.size
        self.spiking = at.Spiking(
            np.zeros(total, np.int32),
            np.zeros(len(names), np.int64),
            when[order],
            ids[order].astype(np.int32),
            owner[order].astype(np.int32),
            np.zeros(1, np.int64),
        )

    def run(self, count, strict=False):
        """Advance by `count` steps; returns the samples, int32 (count, watched).

        Raises
        ------
        FitError
            With `strict`, at the first ring buffer entry or register that overflows.
        """
        stop, sampled = self.step + count, [np.zeros((0, self.watch.neuron.size), np.int32)]
        while self.step < stop:
            self._change_currents()
            until = min([stop, self.step + len(self.watch.samples), *(step for step, *_ in self._changes[:1])])
            span = np.array([self.step, until, strict, self.step], np.int64)
            arguments = (self.cells, self.wires, self.learning, self.spiking, self.watch)
            used = kernel.run(span, self._recorded, *arguments, *self._out)
            self._record(self._out[0][:used], self._out[1][:used])
            sampled.append(self.watch.samples[: span[0] - self.step].copy())
            self.step = int(span[0])
            if strict:
                self._raise_faults()
        return np.concatenate(sampled)

    def faults(self):
        """Every kind of fault that happened, a list of Fault."""
        found = []
        names = np.array(list(self.first))
        for kind in range(at.FAULTS):
            if self.watch.first[kind, at.KIND]:
                when, who = self.watch.first[kind, [at.WHEN, at.WHO]].tolist()
                name = str(names[np.searchsorted(list(self.first.values()), who, side="right") - 1])
                count = int(self.watch.faults[kind].sum())
                found.append(Fault(kind, count, when, name, who - self.first[name]))
        return found

    def state(self, population, variable):
        """Raw s16.15 state of a population, int32 (size,); a copy."""
        array = (self.cells.v, self.cells.excitatory, self.cells.inhibitory)[VARIABLES[variable]]
        first = self.first[population]
        return array[first : first + self.chip.populations[population].size].copy()

    def weights(self, projection):
        """Raw weights of a projection in the connector's order, int64 (synapses,); a copy."""
        place = list(self.chip.projections).index(projection)
        row, listed = self.wires.table[place], self.chip.projections[projection]
        begin = row[at.WEIGHT]
        if begin == at.NONE:
            return np.full(listed.post.size, row[at.SCALAR])
        stored = self.wires.weight[begin : begin + listed.post.size].astype(np.int64)
        return stored if listed.order is None else stored[listed.order]

    def _record(self, out_step, out_id):
        for name, first in self.first.items():
            if name in self.recorder.sizes and out_id.size:
                mine = (out_id >= first) & (out_id < first + self.recorder.sizes[name])
                if mine.any():
                    self.recorder.write(out_step[mine], out_id[mine] - first, name)

    def _change_currents(self):
        while self._changes and self._changes[0][0] <= self.step:
            _, name, level = self._changes.pop(0)
            self.cells.external[self.first[name] : self.first[name] + level.size] = level

    def _raise_faults(self):
        for fault in self.faults():
            if fault.kind != at.FORGOTTEN:
                raise FitError(
                    f"SpiNNaker: {fault.population}: {FAULT_NAMES[fault.kind]}, first neuron {fault.neuron} in step "
                    f"{fault.step} (strict); use smaller weights or fewer simultaneous spikes"
                )


def _cells(chip, first, total):
    """Cells and Learning of all populations."""
    populations = list(chip.populations.values())
    table = np.zeros((len(populations), 7), np.int64)
    state = {name: np.zeros(total, np.int32) for name in ("v", "i_e", "i_i")}
    constants, rules, decays, posts, places = [np.zeros((0, at.CONSTANTS), np.int64)], [], [np.zeros(0, np.int64)], 0, 0
    for row, population in zip(table, populations, strict=True):
        begin = first[population.name]
        row[[at.FIRST, at.SIZE, at.NEURONS]] = begin, population.size, not population.is_source
        row[[at.LEARNS, at.RULE]] = at.NONE, 0
        for name, value in population.initial.items():
            state[name][begin : begin + population.size] = value
        row[[at.CONSTANT, at.STRIDE]] = sum(map(len, constants)), len(population.constants) > 1
        constants.append(population.constants)
        rule = population.rule
        if rule is not None:
            row[[at.LEARNS, at.RULE]] = posts, len(rules)
            posts += population.size
            bounds = (rule.w_min, rule.w_max, rule.a_plus, rule.a_minus, rule.multiplicative)
            tables = (places, rule.plus.size, places + rule.plus.size, rule.minus.size)
            rules += [(*bounds, *tables, shift) for shift in population.shifts]
            decays += [rule.plus, rule.minus]
            places += rule.plus.size + rule.minus.size
    longest = max((int(np.max(p.delay, initial=1)) for p in chip.projections.values()), default=1)
    cells = at.Cells(
        table,
        *state.values(),
        np.zeros(total, np.int32),
        np.zeros(total, np.int64),
        np.concatenate(constants),
        np.zeros((longest + 1, 2, total), np.uint16),
    )
    rows = sum(p.start.size - 1 for p in chip.projections.values() if p.plastic)
    learning = at.Learning(
        np.array(rules, np.int64).reshape(-1, 10),
        np.concatenate(decays),
        np.zeros((posts, at.HISTORY), np.int32),
        np.zeros((posts, at.HISTORY), np.int32),
        np.zeros(posts, np.int32),
        np.full(posts, -1, np.int32),
        np.zeros(rows, np.int64),
        np.zeros(rows, np.int32),
    )
    return cells, learning


def _wires(chip, first, learning):
    """Wires of all projections."""
    names = list(chip.populations)
    table = np.full((len(chip.projections), at.WIRE_COLUMNS), at.NONE, np.int64)
    starts, targets, weights, delays = ([np.zeros(0, kind)] for kind in (np.int64, np.int32, np.uint16, np.uint16))
    rows = synapses = weighted = delayed = plastic = 0
    for row, p in zip(table, chip.projections.values(), strict=True):
        row[[at.PRE, at.POST, at.RECEPTOR]] = names.index(p.pre), names.index(p.post_population), p.receptor
        row[[at.ROW, at.ROWS, at.SYNAPSE]] = rows, p.start.size - 1, synapses
        row[at.SCALAR] = 0
        starts.append(p.start + synapses)
        targets.append(p.post + np.int32(first[p.post_population]))
        rows, synapses = rows + p.start.size, synapses + p.post.size
        if np.ndim(p.weight):
            row[at.WEIGHT] = weighted
            weights.append(p.weight)
            weighted += p.post.size
        else:
            row[at.SCALAR] = p.weight
        if np.ndim(p.delay):
            row[at.OWN_DELAY] = delayed
            delays.append(p.delay)
            delayed += p.post.size
        else:
            row[at.DELAY] = p.delay
        if p.plastic:
            row[at.PLASTIC] = plastic
            plastic += p.start.size - 1
    return at.Wires(table, *(np.concatenate(arrays) for arrays in (starts, targets, weights, delays)))


def with_trains(chip, count):
    """The ChipNetwork with the spikes of its Poisson sources in the first `count` steps, as the engine draws them."""
    described = chip.network.populations
    drawn = [
        name
        for name, population in chip.populations.items()
        if population.is_source
        and not isinstance(described[name].neuron, SpikeSourceArray)
        and population.steps.size == 0
    ]
    if not drawn:
        return chip
    bare = chip.network.copy()
    bare.projections, bare.currents, bare.probes, bare.poisson_inputs = {}, [], [], []
    spikes = simulate(bare, count * chip.dt, seed=chip.seed, record=drawn).spikes
    populations = dict(chip.populations)
    for name in drawn:
        when = np.rint(spikes[name].times / chip.dt).astype(np.int64)
        populations[name] = replace(populations[name], steps=when, ids=spikes[name].ids)
    return replace(chip, populations=populations)


def step_count(chip, duration):
    """Whole steps of `duration` ms, or UsageError."""
    try:
        return steps(numbers(duration, "emulate", "duration", unit="ms", scalar=True), chip.dt, "emulate", "duration")
    except ValueError as error:
        raise UsageError(str(error)) from None


def emulate(network, duration, *, seed=0, record="all", strict=False):
    """Run a network, or a ChipNetwork, for `duration` ms; see `Target.emulate`. Returns (Result, list of Fault)."""
    chip = network if isinstance(network, ChipNetwork) else quantize(network, check_seed(seed))
    network, count = chip.network, step_count(chip, duration)
    chip = with_trains(chip, count)
    run = Emulation(chip, record, _watched(network))
    traces = _run_probed(run, network, count, strict)
    status = _status(run, network)
    sizes = run.recorder.sizes
    return Result(run.recorder.spikes(), traces, count * chip.dt, chip.dt, status, chip.seed, sizes), run.faults()


def _watched(network):
    """(population, variable, ids) of every probe of a state."""
    return [(p.target, p.variable, _ids(network, p)) for p in network.probes if p.variable in VARIABLES]


def _ids(network, probe):
    return np.arange(network.populations[probe.target].size) if probe.ids is None else probe.ids


def _run_probed(run, network, count, strict):
    """Run, and return the traces: a sample at time t is the state before that step, raw."""
    every = {p.name: steps(p.every, network.dt, p.name, "every") for p in network.probes}
    weights = {p.name: [] for p in network.probes if p.variable == "weight"}
    states = [p for p in network.probes if p.name not in weights]
    initial = [run.state(p.target, p.variable)[_ids(network, p)] for p in states]
    sampled = [np.concatenate([np.zeros(0, np.int32), *initial])[None]]
    while run.step < count:
        for probe in network.probes:
            if probe.name in weights and run.step % every[probe.name] == 0:
                values = run.weights(probe.target)
                weights[probe.name].append(values if probe.ids is None else values[probe.ids])
        waits = [every[name] - run.step % every[name] for name in weights]
        sampled.append(run.run(min([count - run.step, *waits]), strict))
    sampled = np.concatenate(sampled)
    traces, column = {}, 0
    for probe in network.probes:
        times = np.arange(0, count, every[probe.name]) * network.dt
        if probe.name in weights:
            values = np.array(weights[probe.name]).reshape(times.size, -1)
            ids = np.arange(values.shape[1]) if probe.ids is None else probe.ids
        else:
            ids = _ids(network, probe)
            values = sampled[:count, column : column + len(ids)][:: every[probe.name]]
            column += len(ids)
        traces[probe.name] = Trace(times, values, ids, "raw")
    return traces


def _status(run, network):
    neurons = [name for name, p in network.populations.items() if not p.is_source and name in run.recorder.sizes]
    silent = run.step and neurons and not any(run.recorder.steps_and_ids(name)[0].size for name in neurons)
    return Status.SILENT if silent else Status.FINISHED
