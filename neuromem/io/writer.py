"""Writing HDF5 so that a full disk or Ctrl-C is an ordinary Python error.

The HDF5 library does not survive a failing write: it reports odd errors later or crashes the process when the file is
closed (segmentation fault with h5py 3.16 and a compressed dataset). So it is given a file that never fails: the first
disk error is noted, what comes after is kept in memory, and the error is raised between two calls of HDF5. A Ctrl-C
is held back for the length of one call for the same reason.
"""

import contextlib
import hashlib
import os
import signal
import threading

import numpy as np

from neuromem.io import seal

BIG = 1 << 16  # arrays of at least this many bytes are compressed


class Hdf5Writer:
    """Context manager around an HDF5 file under construction; use `step()` for every group of HDF5 calls.

    path: Path of an existing file, overwritten. OSError (the disk's own) comes out of `step()` or the end of the block.
    Sealed when the block ends well; use it inside `atomic_path`.
    """

    def __init__(self, path):
        self._path = path
        self._sink = _Sink(path)
        self._h5 = None

    def __enter__(self):
        import h5py

        try:
            with hold_interrupt():
                self._h5 = h5py.File(self._sink, "w", userblock_size=seal.SIZE, rdcc_nbytes=0)
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(self, kind, value, traceback):
        self._close()
        if kind is None:
            self._sink.check()
            seal.seal(self._path)

    @contextlib.contextmanager
    def step(self):
        """Yields the open h5py.File; raises the first disk error, if any, once the block is through."""
        with hold_interrupt():
            yield self._h5
        self._sink.check()

    def _close(self):
        try:
            with hold_interrupt():
                if self._h5 is not None:
                    self._h5.close()
        finally:
            self._sink.close()


def write_array(h5, path, array):
    """Writes one array as a dataset with its sha256 beside it; `path` is the full HDF5 path."""
    options = {"compression": "gzip", "compression_opts": 1, "shuffle": True} if array.nbytes >= BIG else {}
    dataset = h5.create_dataset(path, data=array, track_times=False, **options)
    dataset.attrs["sha256"] = digest(array)


def digest(array):
    """sha256 of an array as hexadecimal text: over its bytes in C order, then its dtype and shape."""
    array = np.asarray(array, order="C")
    return finish_digest(hashlib.sha256(array), array.dtype, array.shape)


def finish_digest(running, dtype, shape):
    """Ends a sha256 that has seen all bytes of an array (streamed, perhaps); returns it as hexadecimal text."""
    running.update(f"{np.dtype(dtype).str}{tuple(shape)}".encode())
    return running.hexdigest()


class _Sink:
    """The file object HDF5 writes to: positions like a file, but no call ever fails.

    `error` is the first OSError; from then on writes are kept in `lost` and reads see them.
    """

    def __init__(self, path):
        self._handle = os.open(path, os.O_RDWR | os.O_TRUNC)
        self._at = 0
        self._lost = []
        self.error = None

    def check(self):
        if self.error is not None:
            raise self.error

    def close(self):
        if self._handle is not None:
            handle, self._handle = self._handle, None
            os.close(handle)

    def seek(self, offset, whence=os.SEEK_SET):
        if whence == os.SEEK_CUR:
            offset += self._at
        elif whence == os.SEEK_END:
            offset += max([os.fstat(self._handle).st_size] + [at + len(data) for at, data in self._lost])
        self._at = offset
        return offset

    def tell(self):
        return self._at

    def write(self, buffer):
        data = bytes(buffer)
        done = 0
        try:
            while self.error is None and done < len(data):
                done += os.pwrite(self._handle, data[done:], self._at + done)
        except OSError as error:
            self.error = error
        if self.error is not None:
            self._lost.append((self._at, data))
        self._at += len(data)
        return len(data)

    def read(self, size):
        buffer = bytearray(size)
        self.readinto(buffer)
        return bytes(buffer)

    def readinto(self, buffer):
        view = memoryview(buffer).cast("B")
        try:
            found = os.pread(self._handle, len(view), self._at)
        except OSError as error:
            self.error, found = self.error or error, b""
        view[:] = found.ljust(len(view), b"\0")
        for at, data in self._lost:
            low, high = max(at, self._at), min(at + len(data), self._at + len(view))
            if low < high:
                view[low - self._at : high - self._at] = data[low - at : high - at]
        self._at += len(view)
        return len(view)

    def truncate(self, size=None):
        size = self._at if size is None else size
        try:
            if self.error is None:
                os.ftruncate(self._handle, size)
        except OSError as error:
            self.error = error
        return size

    def flush(self):
        pass


@contextlib.contextmanager
def hold_interrupt():
    """Delays Ctrl-C to the end of the block. Only the main thread gets it, so elsewhere there is nothing to do."""
    old = signal.getsignal(signal.SIGINT)
    if old is None or threading.current_thread() is not threading.main_thread():
        yield
        return
    held = []
    signal.signal(signal.SIGINT, lambda *arguments: held.append(arguments))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, old)
        if held:
            signal.raise_signal(signal.SIGINT)
