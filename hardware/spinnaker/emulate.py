"""Runs a ChipNetwork on the kernels of `neuromem.kernels.spinnaker`, and feeds the recorder."""

from dataclasses import dataclass

import numpy as np

from neuromem.engine import Recorder
from neuromem.engine.recorder import recorded_populations
from neuromem.errors import FitError
from neuromem.hardware.spinnaker.arrays import cells_and_learning, wires
from neuromem.kernels import spinnaker as kernel
from neuromem.kernels import spinnaker_layout as at

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
        self.cells, self.learning = cells_and_learning(chip, self.first, sum(sizes))
        self.wires = wires(chip, self.first)
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
