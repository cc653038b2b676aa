"""Trees, folders and messages that the tests of `neuromem.io` share."""

import os

import numpy as np

from neuromem import io

TREE = {
    "weights": np.linspace(0, 1, 30, dtype=np.float32).reshape(5, 6),
    "group/with slash": {"": np.array(True), ".": np.zeros((0, 5), ">i2"), "..": [1, None, {"x": np.ones(3, bool)}]},
    "$array": "not a reference",
    "$float": float("-inf"),
    "nan": float("nan"),
    "values": [1, 2.5, "text", False, 10**30],
    "empty": {},
}


SOME = np.random.default_rng(1).random(40_000)  # large enough to be compressed and to need several writes


def same(a, b):
    """Equal in value, type, dtype, shape and bits."""
    if isinstance(a, np.ndarray):
        return isinstance(b, np.ndarray) and (a.dtype, a.shape, a.tobytes()) == (b.dtype, b.shape, b.tobytes())
    if isinstance(a, dict):
        return isinstance(b, dict) and list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list):
        return isinstance(b, list) and len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and repr(a) == repr(b)


def files(folder):
    return sorted(os.listdir(folder))


def sentence(error):
    """The message, after checking that it is one line that does not ramble."""
    text = str(error.value)
    assert "\n" not in text, text
    assert 20 < len(text) < 400, text
    return text


SPIKES = {
    "cue": (np.array([1.0, 2.0, 2.0]), np.array([0, 4, 1])),
    "$odd/name": (np.array([0.5]), np.array([2])),
    "silent": (np.zeros(0), np.zeros(0, np.int64)),
}


def write_spikes(path):
    with io.SpikeWriter(path, {"cue": 5, "$odd/name": 3, "silent": 0}, 0.5, {"seed": 3, "a": np.arange(2)}) as out:
        for population, (times, ids) in SPIKES.items():
            out.append(population, times, ids)
