"""Spikes on disk in the SONATA layout: /spikes/<population>/{timestamps, node_ids}, one entry per spike.

The files are containers of kind "spikes" like any other (`load` and `describe` read them) and plain SONATA files for
other tools. They are written in a stream: memory stays bounded whatever the number of spikes.
"""

import contextlib
import hashlib
import operator

import numpy as np

from neuromem.errors import StoreError
from neuromem.io import tree
from neuromem.io.container import load, write_header
from neuromem.io.foreign import open_hdf5
from neuromem.io.paths import atomic_path, reason
from neuromem.io.seal import is_sealed
from neuromem.io.writer import Hdf5Writer, finish_digest, write_array

CHUNK = 1 << 15  # spikes per chunk of a dataset; so many of a population wait in memory before they are written
PARTS = 256  # arrays in which they may wait: a million arrays of one spike would be mostly overhead
SORTING = {"none": 0, "by_id": 1, "by_time": 2}  # the enumeration of the SONATA specification
COLUMNS = {"timestamps": "<f8", "node_ids": "<u8"}
MILLISECONDS = ("milliseconds", "millisecond", "ms")


class SpikeWriter:
    """Streams spikes to a file: `with SpikeWriter(path, {"cue": 5}, 1.0) as out: out.append("cue", times, ids)`.

    path: str or Path; sizes: dict population -> number of neurons; dt: time step in ms
    attributes: dict of anything `save` takes, stored beside the spikes (parameters, seeds)
    The file appears at `path`, whole, when the block ends; after an exception or Ctrl-C inside it nothing is left.
    Each population's `sorting` attribute says by_time if its times never decreased, none otherwise.
    As a tree the file holds spikes {population: {timestamps, node_ids}}, sizes, dt and attributes.
    Raises StoreError when the file cannot be written or a spike is not one of a known population.
    """

    def __init__(self, path, sizes, dt, attributes=None):
        self._path = path
        self._stack = None
        self._out = None
        self._streams = {}
        try:
            self._sizes = {population: operator.index(size) for population, size in sizes.items()}
            self._groups = {population: f"/spikes/{tree.name(population)}" for population in self._sizes}
            content = {
                "spikes": {p: {c: tree.Stored(f"{group}/{c}") for c in COLUMNS} for p, group in self._groups.items()},
                "sizes": self._sizes,
                "dt": float(dt),
                "attributes": dict(attributes or {}),
            }
            skeleton, self._arrays = tree.encode(content, "/data")
            self._text = tree.dump(skeleton)
        except (TypeError, ValueError, AttributeError) as error:
            raise self._refused(reason(error)) from error

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            temporary = stack.enter_context(atomic_path(self._path))
            self._out = stack.enter_context(Hdf5Writer(temporary))
            with self._out.step() as h5:
                h5.create_group("spikes")
                self._streams = {p: _Stream(h5, group) for p, group in self._groups.items()}
            self._stack = stack.pop_all()
        return self

    def __exit__(self, kind, value, traceback):
        stack, self._stack = self._stack, None
        if kind is not None:
            stack.__exit__(kind, value, traceback)
            return
        with stack:
            self._finish()

    def append(self, population, times, ids):
        """Adds spikes of one population; both arrays are copied.

        population: one of the names in `sizes`; times: float (k,), ms; ids: int (k,), 0 to size - 1
        """
        if self._stack is None:
            raise self._refused("it is not open; append inside the with block")
        if population not in self._streams:
            raise self._refused(f"unknown population {population!r}; known: {', '.join(self._streams) or 'none'}")
        stream = self._streams[population]
        stream.add(*self._checked(population, times, ids))
        if stream.waiting >= CHUNK:
            with self._out.step():
                stream.flush(stream.waiting // CHUNK * CHUNK)

    def _checked(self, population, times, ids):
        times, ids = np.asarray(times), np.asarray(ids)
        if times.ndim != 1 or times.shape != ids.shape:
            raise self._refused(f"{population}: times {times.shape} and ids {ids.shape} must be 1-D of one length")
        if times.size == 0:
            return np.empty(0), np.empty(0, np.uint64)
        if times.dtype.kind not in "iuf" or not np.isfinite(times).all():
            raise self._refused(f"{population}: times must be finite numbers in ms")
        if ids.dtype.kind not in "iu" or ids.min() < 0 or ids.max() >= self._sizes[population]:
            raise self._refused(f"{population}: ids must be integers from 0 to {self._sizes[population] - 1}")
        return times.astype(np.float64), ids.astype(np.uint64)

    def _finish(self):
        for stream in self._streams.values():
            with self._out.step():
                stream.finish()
        for place, array in self._arrays.items():
            with self._out.step() as h5:
                write_array(h5, place, array)
        with self._out.step() as h5:
            write_header(h5, "spikes", self._text)

    def _refused(self, why):
        return StoreError(f"cannot write {self._path}: {why}")


class _Stream:
    """One population: two growing datasets, and the spikes that are not in them yet.

    Not compressed: libsonata, as its makers publish it, reads no compressed data. Only whole chunks are written before
    the end, so that none is written twice; a population that never fills one gets datasets of just its size.
    """

    def __init__(self, h5, path):
        import h5py

        self.waiting = 0
        self._parts = []
        self._sorted, self._last = True, -np.inf
        self._group = h5.create_group(path)
        self._group.attrs.create("sorting", SORTING["none"], dtype=h5py.enum_dtype(SORTING, basetype="u1"))
        self._digests = {name: hashlib.sha256() for name in COLUMNS}

    def add(self, times, ids):
        if times.size:
            self._sorted = self._sorted and times[0] >= self._last and bool((np.diff(times) >= 0).all())
            self._last = times[-1]
            self._parts.append((times, ids))
            self.waiting += times.size
            if len(self._parts) == PARTS:
                self._parts = [self._gathered()]

    def flush(self, count):
        """Writes the first `count` waiting spikes; all but the last call give whole chunks."""
        columns = self._gathered()
        for name, values in zip(COLUMNS, columns, strict=True):
            if name in self._group:
                self._group[name].resize(self._group[name].shape[0] + count, axis=0)
                self._group[name][-count:] = values[:count]
            else:
                growth = {"maxshape": (None,), "chunks": (CHUNK,)} if count >= CHUNK else {}
                self._group.create_dataset(name, data=values[:count], track_times=False, **growth)
            self._digests[name].update(values[:count])
        self.waiting -= count
        self._parts = [tuple(values[count:].copy() for values in columns)]

    def finish(self):
        """Writes what waits, and the attributes that are known only at the end."""
        if self.waiting or not len(self._group):
            self.flush(self.waiting)
        if self._sorted:
            self._group.attrs.modify("sorting", SORTING["by_time"])
        self._group["timestamps"].attrs["units"] = MILLISECONDS[0]
        for name, running in self._digests.items():
            column = self._group[name]
            column.attrs["sha256"] = finish_digest(running, column.dtype, column.shape)

    def _gathered(self):
        none = [np.empty(0, dtype) for dtype in COLUMNS.values()]
        return tuple(np.concatenate(column) for column in zip(none, *self._parts, strict=True))


def read_spikes(path):
    """Reads the spikes of a `SpikeWriter` file or of any SONATA spike file with populations.

    path: str or Path
    Returns a dict population -> (times float64 (k,) in ms, ids int64 (k,)), in the order of the file.
    Raises StoreError when the file is missing, damaged, of another kind, or holds no spikes in this layout.
    """
    if is_sealed(path):
        groups = load(path, "spikes").tree["spikes"]
        return {p: (group["timestamps"], group["node_ids"].astype(np.int64)) for p, group in groups.items()}
    with open_hdf5(path) as h5:
        if "spikes" not in h5:
            raise StoreError(f"{path} holds no spikes; a group /spikes/<population> is expected")
        return {p: _read_foreign(path, p, group) for p, group in h5["spikes"].items()}


def _read_foreign(path, population, group):
    """(times, ids) of one population of a file that carries no checksums, so every property is looked at."""
    if not {"timestamps", "node_ids"} <= set(getattr(group, "keys", list)()):
        raise StoreError(f"{path}: /spikes/{population} lacks timestamps or node_ids; give a SONATA spike file")
    units = group["timestamps"].attrs.get("units", MILLISECONDS[0])
    units = units.decode() if isinstance(units, bytes) else str(units)
    times, ids = group["timestamps"][()], group["node_ids"][()]
    if units not in MILLISECONDS:
        raise StoreError(f"{path}: the times of {population} are in {units}; convert them to milliseconds")
    if np.ndim(times) != 1 or np.shape(times) != np.shape(ids) or times.dtype.kind not in "iuf":
        raise StoreError(f"{path}: the times of {population} are not one number per spike; give a SONATA spike file")
    if not np.isfinite(times).all():
        raise StoreError(f"{path}: {population} has a time that is not finite; give a SONATA spike file")
    if ids.dtype.kind not in "iu" or (ids.size and not 0 <= ids.min() <= ids.max() < 2**63):
        raise StoreError(f"{path}: {population} has ids that are no neuron numbers; give a SONATA spike file")
    return times.astype(np.float64), ids.astype(np.int64)
