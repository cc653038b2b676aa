"""Finished points on disk: sealed files in a folder of their own for each function and version, believed after a check.

    PATH/<module>.<function>-<version>-<digest of both and of the code>/<digest of the points in it>.h5

Each file holds one or more points with their results. Files are written whole or not at all and never changed, and the
same points have the same results, so any number of runs can use one folder at the same time.
"""

import contextlib
import hashlib
import os
import queue
import threading
import time
from pathlib import Path

import numpy as np

from neuromem import io
from neuromem.errors import StoreError
from neuromem.io import tree
from neuromem.sweep.compute import pace

KIND = "sweep"
ATTEMPTS = 5  # at a folder that another run, done with it, removes while we write


def holds_points(path):
    """Whether a sweep has left finished points below this folder."""
    return any(_files(folder) for folder in _folders(Path(path)))


class Store:
    """The points of one Task below `path`; StoreError when the folder cannot be made."""

    def __init__(self, path, task):
        name = f"{task.name.replace(':', '.')}-{task.version}-{task.digest[:12]}"
        self.path, self._task, self.folder = Path(path), task, Path(path) / name
        self._new = [folder for folder in (self.folder, self.path) if not folder.exists()]
        self._make()

    def load(self, keys, known=()):
        """({key: result} of the wanted points that are stored and sound, list of sentences about the rest).

        keys  set of str; known  folders that are no surprise here
        A damaged file is set aside as *.damaged; its points count as missing.
        """
        found, damaged, others = {}, 0, bool({*_folders(self.path)} - {*known, self.folder})
        for file in _files(self.folder):
            try:
                points = self._read(file)
            except StoreError:
                damaged += file.exists()  # another run may have removed it, being done
                with contextlib.suppress(OSError):
                    file.replace(file.with_suffix(".damaged"))
                continue
            others |= not keys.issuperset(points)
            found.update((key, result) for key, result in points.items() if key in keys)
        notes = [f"{len(found)} finished point{'s' * (len(found) > 1)} found in {self.path}"] if found else []
        if damaged:
            files = "1 stored file was" if damaged == 1 else f"{damaged} stored files were"
            notes.append(f"{files} damaged, set aside as *.damaged in {self.folder}; the points are computed again")
        if others:
            notes.append(f"points of another function, version or setting in {self.path} are left alone")
        return found, notes

    def save(self, points):
        """Write finished points, a list of (canonical text, result), into one file."""
        keys = [self._task.key(text) for text, _ in points]
        name = hashlib.sha256("\n".join(keys).encode()).hexdigest()[:24]
        content = {
            "function": self._task.name,
            "code": self._task.code,
            "points": [text for text, _ in points],
            **_pack([result for _, result in points]),
        }
        for attempt in range(ATTEMPTS):
            self._make()
            try:
                io.save(self.folder / f"{name}.h5", KIND, content)
                return
            except StoreError:
                if self.folder.is_dir() or attempt == ATTEMPTS - 1:
                    raise

    def remove(self, keys):
        """Remove the files that hold nothing but these points, and folders that are empty then."""
        for file in _files(self.folder):
            with contextlib.suppress(StoreError, OSError):
                if keys.issuperset(self._read(file)):
                    file.unlink()
        _remove_empty([self.folder, self.path])

    def tidy(self):
        """Remove the folders that were made for this store if they are still empty."""
        _remove_empty(self._new)

    def _read(self, file):
        """{key: result} of a file; StoreError unless it is sound and of this task."""
        loaded = io.load(file, KIND)
        content = loaded.tree
        made_by = content.get("function"), content.get("code"), loaded.library_version
        if made_by != (self._task.name, self._task.code, self._task.version):
            raise StoreError(f"{file} holds points of another function or version; remove it")
        return dict(zip(map(self._task.key, content["points"]), _unpack(content), strict=True))

    def _make(self):
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"cannot write to the folder {self.path}: {error.strerror or error}") from error


class Writer:
    """Context manager that stores points from a thread of its own, so that no point waits for the disk.

    store  a Store, or None to keep nothing
    Leaving the block, by an exception too, waits until everything is on disk. A StoreError of the thread comes out of
    the next `put` or of the end of the block.
    """

    def __init__(self, store):
        self._store = store
        self._queue = queue.SimpleQueue()
        self._closing = threading.Event()
        self._error = None
        self._thread = None if store is None else threading.Thread(target=self._work, daemon=True)

    def __enter__(self):
        if self._thread is not None:
            self._thread.start()
        return self

    def put(self, text, result):
        """Store a point, given by its canonical text, and its result soon."""
        if self._thread is not None:
            self._queue.put((text, result))
            if self._error is not None:
                raise self._error

    def __exit__(self, kind, value, traceback):
        if self._thread is None:
            return
        self._queue.put(None)
        self._closing.set()
        self._thread.join()
        self._store.tidy()
        if self._error is not None and kind is None:
            raise self._error

    def _work(self):
        going = True
        while going and self._error is None:
            points = [self._queue.get()]
            with contextlib.suppress(queue.Empty):
                while True:
                    points.append(self._queue.get_nowait())
            if None in points:
                going, points = False, points[: points.index(None)]
            began = time.thread_time()
            try:
                if points:
                    self._store.save(points)
            except BaseException as error:
                self._error = error
            self._closing.wait(pace(time.thread_time() - began))  # what is finished meanwhile will share a file


def _pack(results):
    """Results as one text and one array: an HDF5 dataset for every small array would take longer than most points."""
    skeleton, arrays = tree.encode(results, "")
    table = {place: [array.dtype.str, list(array.shape), array.nbytes] for place, array in arrays.items()}
    data = b"".join(array.tobytes() for array in arrays.values())
    return {"results": tree.dump(skeleton), "table": table, "data": np.frombuffer(data, np.uint8)}


def _unpack(content):
    """The results back, their arrays writable and in C order."""
    data, at, arrays = content["data"], 0, {}
    for place, (kind, shape, size) in content["table"].items():
        arrays[place] = np.frombuffer(data[at : at + size].tobytes(), np.dtype(kind)).reshape(shape).copy()
        at += size
    return tree.decode(content["results"], arrays.__getitem__)


def _remove_empty(folders):
    for folder in folders:
        with contextlib.suppress(OSError):
            folder.rmdir()


def _folders(path):
    """The folders of all functions and versions below `path`, sorted."""
    with contextlib.suppress(OSError):
        return sorted(Path(entry.path) for entry in os.scandir(path) if entry.is_dir())
    return []


def _files(folder):
    """The stored files of a folder, sorted; nothing that is still being written."""
    with contextlib.suppress(OSError):
        return sorted(file for file in folder.iterdir() if file.suffix == ".h5" and not file.name.startswith("."))
    return []
