"""One form for what any run recorded: of the engine, of an emulator, of Brian2, or of a checkpoint."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from neuromem.errors import UsageError

ACCEPTED = "a Result, an emulated run, a Simulation, a checkpoint's path, or Brian2's monitors or network"


@dataclass(frozen=True, eq=False)
class Run:
    """Spikes as (steps, ids) by population, traces by "population.variable", in the toolkit's units."""

    dt: float
    steps: int
    spikes: dict
    traces: dict
    only: dict = field(default_factory=dict)  # population -> ids recorded, where not all are
    state: dict = field(default_factory=dict)  # "population.variable" -> values at the end
    network: object = None
    seed: int = 0


def as_run(given, call):
    """Bring what a user gave into that form; raises UsageError if it is nothing of the kind."""
    from neuromem.engine import Simulation

    if isinstance(given, Run):
        return given
    if isinstance(given, (str, Path)):
        given = Simulation.load(given)
    if isinstance(given, Simulation):
        return _simulation(given)
    if hasattr(given, "spikes") and hasattr(given, "dt") and isinstance(given.spikes, dict):
        return _result(given)
    monitors = _monitors(given)
    if monitors is None:
        raise UsageError(f"{call}: {ACCEPTED} is expected, got {given!r}"[:300])
    return _brian2(monitors)


def _result(result, **more):
    dt = result.dt
    spikes = {name: (np.rint(s.times / dt).astype(np.int64), s.ids) for name, s in result.spikes.items()}
    seed = int(getattr(result, "seed", 0))
    return Run(dt, round(result.duration / dt), spikes, dict(getattr(result, "traces", {})), seed=seed, **more)


def _simulation(simulation):
    from neuromem.engine.parts import rows_of

    names = [name for name, population in simulation.network.populations.items() if not population.is_source]
    rows = [(name, variable) for name in names for variable in rows_of(simulation.network, name)]
    state = {f"{name}.{variable}": simulation.state(name, variable) for name, variable in rows}
    return _result(simulation.result(), state=state, network=simulation.network)


def _monitors(given):
    """Brian2's monitors among what was given, or None."""
    if hasattr(given, "objects") and hasattr(given, "sorted_objects"):
        given = list(given.objects)
    if isinstance(given, dict):
        given = list(given.values())
    if hasattr(given, "source") and hasattr(given, "record"):
        given = [given]
    if not isinstance(given, (list, tuple, set)):
        return None
    found = [item for item in given if type(item).__name__ in ("SpikeMonitor", "StateMonitor")]
    return found or None


def _brian2(monitors):
    """A Run of Brian2's monitors, each group under its own name, whatever subgroups were monitored."""
    from neuromem.bridges.brian2_read import milliseconds, whole
    from neuromem.bridges.units import in_toolkit
    from neuromem.engine import Trace

    spikes, traces, only = {}, {}, {}
    dt = min(milliseconds(monitor.source.clock.dt_) for monitor in monitors)
    steps = max(round(milliseconds(monitor.clock.variables["t"].get_value().item()) / dt) for monitor in monitors)
    for monitor in monitors:
        group, first = whole(monitor.source)
        times = np.asarray(monitor.t_, np.float64) * 1e3
        if type(monitor).__name__ == "SpikeMonitor":
            when, ids = np.rint(times / dt).astype(np.int64), np.asarray(monitor.i, np.int64) + first
            if group.name in spikes and group.name not in only:
                continue
            order = np.lexsort((ids, when))
            if len(monitor.source) < len(group):
                some = np.arange(first, first + len(monitor.source))
                if group.name in only:  # several monitors of parts
                    when, ids = np.append(spikes[group.name][0], when), np.append(spikes[group.name][1], ids)
                    some, order = np.union1d(only[group.name], some), np.lexsort((ids, when))
                only[group.name] = some
            else:
                only.pop(group.name, None)
            spikes[group.name] = when[order], ids[order]
            continue
        ids = np.asarray(monitor.record, np.int64) + first
        for variable in monitor.record_variables:
            item = monitor.variables[variable]
            values, unit = in_toolkit(np.asarray(item.get_value()), item.dim)
            traces[f"{group.name}.{variable}"] = Trace(times, values, ids, unit)
    return Run(dt, steps, spikes, traces, only)
