"""Runs a ChipNetwork for a user: sources' trains, probes, status; the steps themselves are in `emulate`."""

from dataclasses import replace

import numpy as np

from neuromem.engine import Status, Trace
from neuromem.errors import UsageError
from neuromem.hardware.comparison import Emulated
from neuromem.hardware.spinnaker.emulate import VARIABLES, Emulation
from neuromem.hardware.stimulus import source_spikes
from neuromem.network.check import numbers, steps
from neuromem.network.inputs import SpikeSourcePoisson


def emulate(chip, duration, *, record="all", strict=False):
    """Run a ChipNetwork for `duration` ms; see `Target.emulate`. Returns an Emulated; its faults are `Fault`s."""
    network, count = chip.network, step_count(chip, duration)
    run = Emulation(with_trains(chip, count), record, _watched(network))
    traces = _run_probed(run, network, count, strict)
    spikes, sizes, status = run.recorder.spikes(), run.recorder.sizes, _status(run, network)
    return Emulated(spikes, traces, count * chip.dt, chip.dt, status, chip.seed, sizes, tuple(run.faults()))


def with_trains(chip, count):
    """The ChipNetwork with the spikes of its Poisson sources in the first `count` steps, as the engine draws them."""
    drawn = [name for name, p in chip.network.populations.items() if isinstance(p.neuron, SpikeSourcePoisson)]
    if not drawn:
        return chip
    trains, populations = source_spikes(chip.network, count, chip.seed), dict(chip.populations)
    for name in drawn:
        when, ids = trains[name]
        populations[name] = replace(populations[name], steps=when, ids=ids)
    return replace(chip, populations=populations)


def step_count(chip, duration):
    """Whole steps of `duration` ms, or UsageError."""
    try:
        return steps(numbers(duration, "emulate", "duration", unit="ms", scalar=True), chip.dt, "emulate", "duration")
    except ValueError as error:
        raise UsageError(str(error)) from None


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
