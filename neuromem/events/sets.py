"""Data sets of events by the path they lie in: N-MNIST, SHD and SSC, N-TIDIGITS. None is shipped or downloaded."""

from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

from neuromem.errors import DataError
from neuromem.events.address import read_nmnist
from neuromem.events.trains import binned

TIDIGITS = ("o", *"123456789", "z")
"""Words of N-TIDIGITS, in the order of their classes."""


@dataclass(frozen=True, eq=False)
class Labelled:
    """items: list of (times in us, inputs); y int64 (N,); inputs: how many there are."""

    items: list
    y: np.ndarray
    inputs: int

    def trains(self, steps, window_us):
        """Return `Trains` of so many bins of a window."""
        return binned(self.items, self.inputs, steps, window_us)


def nmnist(folder, count=None, size=16, on=True):
    """N-MNIST: folder/<digit>/NNNNN.bin, events of one polarity in the middle `size` x `size` of the 34 x 34 pixels.

    count : int, optional
        Files of each digit, the first ones by name.

    Raises
    ------
    DataError
        Names the folder, or file and byte.
    """
    folder, items, y = Path(folder), [], []
    low = (34 - size) // 2
    for digit in range(10):
        files = sorted((folder / str(digit)).glob("*.bin"))[:count]
        if not files:
            raise DataError(f"{folder}: has no {digit}/*.bin; give the folder Train or Test of N-MNIST")
        for file in files:
            events = read_nmnist(file)
            x, row = events.x - low, events.y - low
            inside = (events.on == on) & (x >= 0) & (x < size) & (row >= 0) & (row < size)
            items.append((events.times[inside], (row * size + x)[inside]))
            y.append(digit)
    return Labelled(items, np.array(y, np.int64), size * size)


def shd(path, count=None):
    """Spiking Heidelberg Digits or Speech Commands: HDF5 with spikes/times (s), spikes/units and labels.

    Raises DataError that names file and field.
    """
    with _opened(path) as h5:
        times, units, y = (_field(path, h5, name) for name in ("spikes/times", "spikes/units", "labels"))
        if not len(times) == len(units) == len(y):
            raise DataError(f"{path}: labels has {len(y)} items, spikes/times {len(times)}, spikes/units {len(units)}")
        items = [_item(path, f"item {k}", times[k], units[k], 700) for k in range(len(y))[:count]]
        return Labelled(items, np.asarray(y[: len(items)], np.int64), 700)


def ntidigits(path, part="train", count=None):
    """N-TIDIGITS: the single digits of HDF5 with <part>_labels, <part>_addresses/<id>, <part>_timestamps/<id> (s).

    Raises DataError that names file and field.
    """
    if part not in ("train", "test"):
        raise DataError(f"ntidigits.part: train or test is expected, got {part!r}")
    with _opened(path) as h5:
        names = [bytes(name).decode("ascii", "replace") for name in _field(path, h5, f"{part}_labels")]
        single = [name for name in names if len(name.split("-")[-1]) == 1][:count]
        items, y = [], []
        for name in single:
            digit = name[-1]
            if digit not in TIDIGITS:
                raise DataError(f"{path}: {part}_labels has {name!r}, which ends in no digit of {' '.join(TIDIGITS)}")
            times = _field(path, h5, f"{part}_timestamps/{name}")
            items.append(_item(path, name, times, _field(path, h5, f"{part}_addresses/{name}"), 64))
            y.append(TIDIGITS.index(digit))
        return Labelled(items, np.array(y, np.int64), 64)


def _opened(path):
    if not Path(path).is_file():
        raise DataError(f"{path}: there is no such file")
    try:
        return h5py.File(path, "r", locking=False)
    except OSError as error:
        raise DataError(f"{path}: is no HDF5 file, or cut short or damaged ({error})") from None


def _field(path, h5, name):
    try:
        found = h5[name]
        if not isinstance(found, h5py.Dataset):
            raise DataError(f"{path}: {name} is no data set")
        return found[()]
    except KeyError:
        raise DataError(f"{path}: has no {name}") from None
    except (OSError, RuntimeError) as error:
        raise DataError(f"{path}: {name} cannot be read ({error})") from None


def _item(path, name, times, inputs, limit):
    times, inputs = np.asarray(times, np.float64), np.asarray(inputs).astype(np.int64)
    if times.shape != inputs.shape or times.ndim != 1:
        raise DataError(f"{path}: {name} has {times.size} times for {inputs.size} inputs")
    if not np.isfinite(times).all() or (times < 0).any():
        raise DataError(f"{path}: {name} has a time that is negative or not finite")
    if inputs.size and (inputs.min() < 0 or inputs.max() >= limit):
        raise DataError(f"{path}: {name} has input {inputs.max()}, there are 0 to {limit - 1}")
    return np.rint(times * 1e6).astype(np.int64), inputs
