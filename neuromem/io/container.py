"""The container: one nested dict in one HDF5 file, with its kind, versions and checksums.

Layout: root attributes format, kind, format_version, library_version; `/tree`, the dict as JSON; `/data/...`, its
arrays, each with a sha256 attribute; all of it behind a seal (see `seal`). No clock or name enters the file, so the
same content gives the same bytes.
"""

import contextlib
import functools
import os
from dataclasses import dataclass
from importlib import metadata

import numpy as np

from neuromem.errors import StoreError
from neuromem.io import seal, tree
from neuromem.io.paths import atomic_path, reason
from neuromem.io.writer import Hdf5Writer, digest, write_array

_ARRAY = object()  # stands for an array where only the plain values are wanted


@dataclass(frozen=True, eq=False)
class File:
    """What `load` returns: the kind of file, its content, its format version and the neuromem version that wrote it."""

    kind: str
    tree: dict
    version: int
    library_version: str


def save(path, kind, tree_):
    """Writes a nested dict to an HDF5 file, whole or not at all.

    path: str or Path; an existing file is replaced in one step
    kind: str, what the file holds, such as "memory" or "patterns"; `load` checks it
    tree_: dict[str, ...] of arrays (bool, integer, float or complex, any shape), str, int, float, bool, None, and
        lists and dicts of these; keys may be any text; tuples come back as lists
    Raises StoreError when something in the tree cannot be stored or the file cannot be written.
    """
    if not isinstance(kind, str) or not kind.isidentifier():
        raise StoreError(f"cannot write {path}: kind must be one word, such as memory, got {kind!r:.60}")
    if not isinstance(tree_, dict):
        raise StoreError(f"cannot write {path}: a dict expected, got a {type(tree_).__name__}")
    try:
        skeleton, arrays = tree.encode(tree_, "/data")
        text = tree.dump(skeleton)
    except ValueError as error:
        raise StoreError(f"cannot write {path}: {reason(error)}") from error
    with atomic_path(path) as temporary, Hdf5Writer(temporary) as out:
        for place, array in arrays.items():
            with out.step() as h5:
                write_array(h5, place, array)
        with out.step() as h5:
            write_header(h5, kind, text)


def load(path, kind=None):
    """Reads a file of `save` or `SpikeWriter` back, after checking every byte of it; returns a File.

    path: str or Path; kind: str the file must be of, or None for any
    Arrays come back with the same dtype, shape and bits.
    Raises StoreError when the file is missing, damaged, foreign, newer than this neuromem, or of another kind.
    """
    with open_sealed(path, kind) as (h5, version):
        found = _text(h5.attrs["kind"])
        if kind is not None and found != kind:
            raise StoreError(f"{path} holds {found}, not {kind}; give a {kind} file")
        content = tree.decode(h5["tree"][()], lambda place: _read_array(path, h5, place))
        return File(found, content, version, _text(h5.attrs["library_version"]))


def describe(path):
    """A plain summary of a file, for printing: nothing of it but the header and the shapes is unpacked.

    Returns a dict: path, kind, format_version, library_version, bytes (file size), checksum ("ok": a file with any
    other raises), datasets {HDF5 path: {shape, dtype, bytes}} and scalars {path of keys: value; lists as they are}.
    Raises StoreError as `load` does.
    """
    with open_sealed(path) as (h5, version):
        datasets = {}

        def note(place):
            data = h5[place]
            datasets[place] = {"shape": tuple(data.shape), "dtype": str(data.dtype), "bytes": int(data.nbytes)}
            return _ARRAY

        scalars = {}
        _flatten(tree.decode(h5["tree"][()], note), "", scalars)
        return {
            "path": str(path),
            "kind": _text(h5.attrs["kind"]),
            "format_version": version,
            "library_version": _text(h5.attrs["library_version"]),
            "bytes": os.path.getsize(path),
            "checksum": "ok",
            "datasets": datasets,
            "scalars": scalars,
        }


def write_header(h5, kind, text):
    """Writes the root attributes and the JSON `text` into an open file."""
    h5.attrs["format"] = "neuromem"
    h5.attrs["kind"] = kind
    h5.attrs["format_version"] = seal.FORMAT_VERSION
    h5.attrs["library_version"] = _library_version()
    h5.create_dataset("tree", data=np.bytes_(text), track_times=False)


@contextlib.contextmanager
def open_sealed(path, kind=None):
    """Yields (h5py.File, format version) once the seal has been verified; any trouble inside becomes a StoreError."""
    version = seal.verify(path, kind)
    import h5py

    try:
        with h5py.File(path, "r", locking=False) as h5:
            if _text(h5.attrs["format"]) != "neuromem":
                raise StoreError(f"{path} is not a neuromem file; give one that neuromem wrote")
            yield h5, version
    except StoreError:
        raise
    except Exception as error:
        raise StoreError(f"{path} cannot be read as a neuromem file: {reason(error)}; write it again") from error


@functools.cache
def _library_version():
    return metadata.version("neuromem")  # reads and parses a file: half of the time of a small `save`


def _read_array(path, h5, place):
    data = h5[place]
    array = np.asarray(data[()], dtype=data.dtype)  # a single number would lose its byte order
    if digest(array) != _text(data.attrs["sha256"]):
        raise StoreError(f"{path} is damaged: dataset {place} does not match its checksum; restore it from a copy")
    return array


def _flatten(value, place, scalars):
    """Collects everything that is not an array under its path of keys; lists of plain values stay lists."""
    if value is _ARRAY:
        return
    if isinstance(value, dict) and value:
        for key, item in value.items():
            _flatten(item, f"{place}/{tree.name(key)}" if place else tree.name(key), scalars)
    elif isinstance(value, list) and any(item is _ARRAY or isinstance(item, (dict, list)) for item in value):
        for index, item in enumerate(value):
            _flatten(item, f"{place}/{index}", scalars)
    elif place:
        scalars[place] = value


def _text(value):
    return value.decode() if isinstance(value, bytes) else str(value)
