"""Streams spikes to disk in segments, so that a checkpoint can name what is safely written."""

import os
from pathlib import Path

from neuromem.errors import StoreError


class SpikeStream:
    """Writes `path` through segment files beside it; each is whole and sealed once it is cut.

    Parameters
    ----------
    path : path-like
        The spike file to make; it appears when the stream is closed.
    sizes, dt, attributes
        As `neuromem.io.SpikeWriter` takes them.
    """

    def __init__(self, path, sizes, dt, attributes):
        self.path = Path(path)
        if self.path.is_dir():
            raise StoreError(f"cannot write {path}: it is a folder; give the name of a file")
        self._given = sizes, dt, attributes
        self.segments = []
        self._writer = None
        self._start()

    def append(self, population, times, ids):
        """Add spikes of one population; times in ms."""
        self._writer.append(population, times, ids)

    def cut(self):
        """Finish the present segment and begin the next; returns the names of all finished ones."""
        self._finish()
        self._start()
        return list(self.segments)

    def resume(self, segments):
        """Go on after these segments; later ones, of a run that was killed, are removed.

        Raises
        ------
        StoreError
            If one is missing.
        """
        self._abandon()
        for name in segments:
            if not (self.path.parent / name).is_file():
                raise StoreError(f"{self.path.parent / name} is missing; without it the run cannot be continued")
        for later in self.path.parent.glob(f"{self._prefix()}*"):
            if later.name not in segments:
                later.unlink()
        self.segments = list(segments)
        self._start()

    def close(self, error=None):
        """Put the file together from its segments and remove them; with an error, only whole segments stay."""
        if error is not None:
            self._abandon()
            return
        self._finish()
        parts = [self.path.parent / name for name in self.segments]
        if len(parts) == 1:
            os.replace(parts[0], os.path.realpath(self.path))
            return
        from neuromem.io import SpikeWriter, read_spikes

        with SpikeWriter(self.path, *self._given) as writer:
            for part in parts:
                for population, (times, ids) in read_spikes(part).items():
                    writer.append(population, times, ids)
        for part in parts:
            part.unlink()

    def _prefix(self):
        return f".{self.path.name}.part-"

    def _start(self):
        from neuromem.io import SpikeWriter

        name = f"{self._prefix()}{len(self.segments):06d}"
        self._writer = SpikeWriter(self.path.parent / name, *self._given)
        try:
            self._writer.__enter__()
        except StoreError as error:
            self._writer = None
            raise StoreError(str(error).replace(name, self.path.name)) from None
        self._name = name

    def _finish(self):
        writer, self._writer = self._writer, None
        writer.__exit__(None, None, None)
        self.segments.append(self._name)

    def _abandon(self):
        writer, self._writer = self._writer, None
        if writer is not None:
            error = RuntimeError("abandoned")
            writer.__exit__(type(error), error, None)
