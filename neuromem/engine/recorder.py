"""What comes out of a run. Engine and emulators feed the same recorder: `write(step, ids)` and typed probes."""

import csv
import os
from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from urllib.parse import quote

import numpy as np

from neuromem.engine.stream import SpikeStream
from neuromem.errors import NotSupportedError, StoreError, UsageError


class Status(StrEnum):
    """How a run ended."""

    FINISHED = "finished"
    SILENT = "silent"
    """No neuron spiked."""
    SATURATED = "saturated"
    """A population spiked at more than half of the highest possible rate, 1 / (refractory period + dt)."""
    NOT_FINITE = "not finite"
    """A state variable is NaN or infinite."""
    INTERRUPTED = "interrupted"
    """Stopped between two steps; it can go on."""


@dataclass(frozen=True, eq=False)
class Spikes:
    """Spikes of one population: `times` float64 (k,) in ms, `ids` int64 (k,), sorted by time, then id."""

    times: np.ndarray
    ids: np.ndarray

    def __len__(self):
        return self.times.size

    def train(self, neuron):
        """Spike times (ms) of one neuron."""
        return self.times[self.ids == neuron]


@dataclass(frozen=True, eq=False)
class Trace:
    """Samples of a probe: `times` float64 (k,) in ms, `values` (k, neurons or synapses) in `unit`, `ids` int64."""

    times: np.ndarray
    values: np.ndarray
    ids: np.ndarray
    unit: str = ""


class Recorder:
    """Collects spikes as flat arrays, in memory or streamed to a file.

    Parameters
    ----------
    sizes : dict of str to int
        Recorded populations and their sizes.
    dt : float
        ms.
    path : path-like, optional
        Stream to this HDF5 file (SONATA layout) instead of keeping spikes in memory.
    attributes : dict, optional
        Written into that file.
    """

    def __init__(self, sizes, dt, path=None, attributes=None):
        self.sizes = dict(sizes)
        self.dt = dt
        self._steps = {name: [] for name in self.sizes}
        self._ids = {name: [] for name in self.sizes}
        self._writer = None if path is None else SpikeStream(path, self.sizes, dt, attributes or {})
        self._path, self._open = path, path is not None

    @property
    def path(self):
        """The file that spikes are streamed to, or None."""
        return self._path

    def write(self, step, ids, population):
        """Record that `ids` (int array) of `population` spiked in `step` (an int, or one int per id)."""
        ids = np.array(ids, dtype=np.int64)
        steps = np.broadcast_to(np.array(step, dtype=np.int64), ids.shape)
        if self._writer is not None:
            self._writer.append(population, steps * self.dt, ids)
        else:
            self._steps[population].append(steps)
            self._ids[population].append(ids)

    def clear(self):
        """Forget the spikes kept in memory."""
        for name in self.sizes:
            self._steps[name].clear()
            self._ids[name].clear()

    def steps_and_ids(self, population):
        """Return (steps, ids) int64 arrays of what is kept in memory."""
        empty = np.zeros(0, np.int64)
        return (
            np.concatenate([empty, *self._steps[population]]),
            np.concatenate([empty, *self._ids[population]]),
        )

    def spikes(self):
        """Return dict of population to Spikes; after streaming they are read back from the file."""
        if self._open:
            raise UsageError(f"{self._path}: spikes are still being streamed to it; close the recorder first")
        if self._writer is not None:
            from neuromem.io import read_spikes

            return {name: Spikes(*pair) for name, pair in read_spikes(self._path).items()}
        result = {}
        for name in self.sizes:
            steps, ids = self.steps_and_ids(name)
            result[name] = Spikes(steps * self.dt, ids)
        return result

    def close(self, error=None):
        """Finish a streamed file; with an error, remove it."""
        if self._open:
            self._open = False
            self._writer.close(error)

    def to_tree(self):
        """What is recorded so far, for a checkpoint: the spikes in memory, or the names of whole segments on disk."""
        if self._writer is not None:
            return {"path": os.path.abspath(self._path), "segments": self._writer.cut()}
        return {name: dict(zip(("steps", "ids"), self.steps_and_ids(name), strict=True)) for name in self.sizes}

    def restore(self, tree):
        """Go on from `to_tree`."""
        if self._writer is not None:
            self._writer.resume(tree["segments"])
            return
        for name, kept in tree.items():
            self._steps[name], self._ids[name] = [kept["steps"]], [kept["ids"]]


@dataclass(frozen=True, eq=False)
class Result:
    """What a run recorded.

    Attributes
    ----------
    spikes : dict of str to Spikes
    traces : dict of str to Trace
        Key "population.variable" or "projection.weight".
    duration, dt : float
        ms.
    status : Status
    seed : int
    """

    spikes: dict
    traces: dict
    duration: float
    dt: float
    status: Status
    seed: int
    sizes: dict = field(default_factory=dict)

    def rates(self):
        """Mean rate of each population in spikes per second."""
        seconds = self.duration / 1000.0
        return {name: len(s) / (self.sizes[name] * seconds) if seconds else 0.0 for name, s in self.spikes.items()}

    def to_hdf5(self, path):
        """Write spikes in SONATA layout to an HDF5 file."""
        from neuromem.io import SpikeWriter

        attributes = {"duration_ms": self.duration, "seed": self.seed, "status": str(self.status)}
        with SpikeWriter(path, self.sizes, self.dt, attributes) as writer:
            for name, spikes in self.spikes.items():
                writer.append(name, spikes.times, spikes.ids)

    def to_npz(self, path):
        """Write everything as one NumPy archive: `spikes/<population>/times` and so on."""
        from neuromem.io import atomic_path

        arrays = {"duration": self.duration, "dt": self.dt, "seed": self.seed}
        for name, spikes in self.spikes.items():
            arrays[f"spikes/{name}/times"], arrays[f"spikes/{name}/ids"] = spikes.times, spikes.ids
        for name, trace in self.traces.items():
            arrays[f"traces/{name}/times"], arrays[f"traces/{name}/values"] = trace.times, trace.values
            arrays[f"traces/{name}/ids"] = trace.ids
        with atomic_path(path) as temporary, open(temporary, "wb") as file:
            np.savez_compressed(file, **arrays)

    def to_csv(self, folder):
        """Write `spikes.csv` (population, time_ms, id) and one `<trace>.csv` per probe into a folder."""
        folder = Path(folder)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"{folder}: cannot be made a folder ({error.strerror}); choose another place") from None
        rows = (
            (name, repr(time), neuron)
            for name, spikes in self.spikes.items()
            for time, neuron in zip(spikes.times.tolist(), spikes.ids.tolist(), strict=True)
        )
        _write_csv(folder / "spikes.csv", ("population", "time_ms", "id"), rows)
        for name, trace in self.traces.items():
            rows = (
                [repr(t), *map(repr, row)] for t, row in zip(trace.times.tolist(), trace.values.tolist(), strict=True)
            )
            _write_csv(folder / f"{quote(name, safe='>() ')}.csv", ("time_ms", *trace.ids.tolist()), rows)

    def to_neo(self):
        """Return a neo.Block: a SpikeTrain per neuron that spiked, an AnalogSignal per probe (extra `analysis`)."""
        try:
            import neo
            import quantities as pq
        except ImportError:
            raise NotSupportedError("Result.to_neo: needs neo; install neuromem[analysis]") from None
        block = neo.Block(name="neuromem")
        segment = neo.Segment(name="run")
        block.segments.append(segment)
        for name, spikes in self.spikes.items():
            for neuron in np.unique(spikes.ids):
                train = neo.SpikeTrain(
                    spikes.train(neuron) * pq.ms, t_stop=self.duration * pq.ms, name=f"{name} {neuron}"
                )
                train.annotate(population=name, neuron=int(neuron))
                segment.spiketrains.append(train)
        for name, trace in self.traces.items():
            step = trace.times[1] - trace.times[0] if trace.times.size > 1 else self.dt
            signal = neo.AnalogSignal(
                trace.values, units=trace.unit or "dimensionless", sampling_period=step * pq.ms, name=name
            )
            segment.analogsignals.append(signal)
        return block


def recorded_populations(network, record):
    """Names of the populations whose spikes are kept: "all", None, or a collection of names."""
    if isinstance(record, str) and record == "all":
        return list(network.populations)
    if record is None:
        return []
    if not isinstance(record, Collection):
        raise UsageError(f'record: "all", None or names of populations are expected, got {record!r}')
    names = [record] if isinstance(record, str) else list(dict.fromkeys(record))
    for name in names:
        if name not in network.populations:
            known = ", ".join(network.populations) or "none"
            raise UsageError(f"record: unknown population {name!r}; the network has {known}")
    return names


def _write_csv(path, header, rows):
    from neuromem.io import atomic_path

    with atomic_path(path) as temporary, open(temporary, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
