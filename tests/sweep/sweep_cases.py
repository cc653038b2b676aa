"""Points, and what the tests of sweeps compare."""

from pathlib import Path

import numpy as np

from neuromem.errors import CapacityError, DataError, SweepError
from sweep_points import Point


def points(count, **settings):
    return [Point(seed, **settings) for seed in range(count)]


def assert_same(got, want):
    """The same types, values and bits, all the way down."""
    assert type(got) is type(want)
    if isinstance(want, dict):
        assert list(got) == list(want)
        for key in want:
            assert_same(got[key], want[key])
    elif isinstance(want, list):
        assert len(got) == len(want)
        for one, other in zip(got, want):
            assert_same(one, other)
    elif isinstance(want, np.ndarray):
        assert (got.dtype, got.shape, got.tobytes()) == (want.dtype, want.shape, want.tobytes())
        assert got.flags.writeable
        assert got.flags.c_contiguous
    elif isinstance(want, float):
        assert np.float64(got).tobytes() == np.float64(want).tobytes()
    else:
        assert got == want


def calls(folder):
    """{seed: number of calls} of `draw` with this folder."""
    return {int(path.stem): path.stat().st_size for path in Path(folder).glob("*.calls")}


def stored_files(path):
    return sorted(file for file in Path(path).rglob("*.h5") if not file.name.startswith("."))


WAYS = {
    "bug": (SweepError, "KeyError: 'missing'"),
    "typed": (CapacityError, "no room"),
    "exit": (SweepError, "SystemExit: enough"),
    "object": (DataError, "the result cannot be stored: file: a"),
}
