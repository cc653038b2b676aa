"""`Trains`: batches of spike trains by time step, and images as such."""

from dataclasses import dataclass

import numpy as np

from neuromem.errors import PatternError


@dataclass(frozen=True, eq=False)
class Trains:
    """Which inputs spike in each step of each item.

    Attributes
    ----------
    begin : int64 (B, T + 1)
        Inputs that spike in step t of item b are source[begin[b, t] : begin[b, t + 1]].
    source : int32
    inputs : int
    """

    begin: np.ndarray
    source: np.ndarray
    inputs: int

    def __len__(self):
        return len(self.begin)

    @property
    def steps(self):
        """Steps of every item."""
        return self.begin.shape[1] - 1

    def dense(self):
        """Return bool (B, T, inputs)."""
        out = np.zeros((len(self), self.steps, self.inputs), bool)
        count = np.diff(self.begin, axis=1)
        row = np.repeat(np.arange(count.size), count.ravel())
        out.reshape(-1, self.inputs)[row, self.source] = True
        return out


def from_dense(spikes):
    """Return the Trains of bool (B, T, inputs)."""
    spikes = np.asarray(spikes)
    if spikes.dtype != bool or spikes.ndim != 3:
        raise PatternError(f"spikes: bool of shape (B, T, inputs) is expected, got {spikes.dtype} {spikes.shape}")
    flat = spikes.reshape(-1, spikes.shape[2])
    ends = np.concatenate([[0], np.cumsum(flat.sum(axis=1, dtype=np.int64))])
    place = np.arange(len(spikes))[:, None] * spikes.shape[1] + np.arange(spikes.shape[1] + 1)
    return Trains(ends[place], np.nonzero(flat)[1].astype(np.int32), spikes.shape[2])


def binned(items, inputs, steps, window_us):
    """Return the Trains of items, (times in us, inputs) each, in `steps` bins of a window; one spike per bin at most.

    Events at or after the window's end are left out. Raises PatternError for an input that does not exist.
    """
    spikes = np.zeros((len(items), steps, inputs), bool)
    for b, (times, sources) in enumerate(items):
        times, sources = np.asarray(times, float), np.asarray(sources).astype(np.int64)
        if sources.size and (sources.min() < 0 or sources.max() >= inputs):
            raise PatternError(f"events: item {b} has input {sources.max()}, there are 0 to {inputs - 1}")
        inside = (times >= 0) & (times < window_us)
        spikes[b, (times[inside] * (steps / window_us)).astype(np.int64), sources[inside]] = True
    return from_dense(spikes)


def regular(values, steps=100, rate=1.0):
    """Return the Trains of values from 0 to 1, (B, n): evenly spaced spikes, `rate` value of them per step."""
    values = _shares(values)
    counts = np.floor(rate * values[:, None] * np.arange(1, steps + 1)[None, :, None] + 0.5)
    return from_dense(np.diff(counts, axis=1, prepend=0) > 0)


def scanned(values, rows, steps=48, threshold=0.3):
    """Return the Trains of images (B, n) of so many rows, seen a column at a time, from left to right.

    In step t the rows spike that are above `threshold` in column t * columns // steps; inputs are rows.
    """
    images = _shares(values).reshape(len(values), rows, -1)
    columns = np.arange(steps) * images.shape[2] // steps
    return from_dense(np.ascontiguousarray((images > threshold).transpose(0, 2, 1)[:, columns]))


def shrunk(images, size=16, margin=4):
    """Return images uint8 (N, h, w) without their margin, as (N, size * size) means of areas, 0 to 1, float32."""
    inner = images[:, margin : images.shape[1] - margin, margin : images.shape[2] - margin]
    down, across = (_areas(n, size) for n in inner.shape[1:])
    out = np.einsum("ij,bjk,lk->bil", down, inner.astype(np.float32) / 255, across, optimize=True)
    return np.clip(out.reshape(len(images), -1), 0.0, 1.0).astype(np.float32)


def _areas(n, size):
    """How much of each of n pixels lies in each of `size` cells, over the size of a cell; (size, n)."""
    edge = np.arange(size + 1) * n / size
    low, high = np.maximum(edge[:-1, None], np.arange(n)), np.minimum(edge[1:, None], np.arange(n) + 1)
    return (np.maximum(high - low, 0.0) * size / n).astype(np.float32)


def _shares(values):
    values = np.asarray(values)
    if values.ndim != 2 or values.dtype.kind not in "biuf" or not ((values >= 0) & (values <= 1)).all():
        raise PatternError("values: numbers from 0 to 1 of shape (B, n) are expected")
    return values
