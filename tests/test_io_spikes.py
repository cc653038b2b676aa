"""Spike files: ours in SONATA layout, and those of other programs."""

import h5py
import numpy as np
import pytest

from io_files import SPIKES, files, same, sentence, write_spikes
from neuromem import io
from neuromem.errors import StoreError


def test_spikes_come_back(tmp_path):
    write_spikes(tmp_path / "s.h5")
    found = io.read_spikes(tmp_path / "s.h5")
    assert list(found) == list(SPIKES)
    for population, (times, ids) in SPIKES.items():
        assert same(found[population][0], times)
        assert same(found[population][1], ids)
    tree = io.load(tmp_path / "s.h5", "spikes").tree
    assert tree["dt"] == 0.5
    assert tree["sizes"] == {"cue": 5, "$odd/name": 3, "silent": 0}
    assert same(tree["attributes"], {"seed": 3, "a": np.arange(2)})
    summary = io.describe(tmp_path / "s.h5")
    assert summary["kind"] == "spikes"
    assert summary["datasets"]["/spikes/cue/timestamps"]["shape"] == (3,)


def test_spike_layout_is_sonata(tmp_path):
    write_spikes(tmp_path / "s.h5")
    with h5py.File(tmp_path / "s.h5") as h5:
        group = h5["spikes/cue"]
        assert group["timestamps"].dtype == np.float64
        assert group["node_ids"].dtype == np.uint64
        assert group["timestamps"].attrs["units"] == "milliseconds"
        sorting = group.attrs.get_id("sorting")
        assert h5py.check_enum_dtype(sorting.dtype) == {"none": 0, "by_id": 1, "by_time": 2}
        assert group.attrs["sorting"] == 2
        assert group["timestamps"].compression is None


@pytest.mark.parametrize("count", [0, 1, 2047, 2048, 32_768, 100_001])
def test_long_streams_in_any_portions(tmp_path, count):
    rng = np.random.default_rng(count)
    times, ids = np.sort(rng.random(count)), rng.integers(0, 9, count)
    with io.SpikeWriter(tmp_path / "s.h5", {"a": 9}, 0.1) as out:
        buffer = np.empty(12_345)
        for start in range(0, count, 12_345):
            part = times[start : start + 12_345]
            buffer[: len(part)] = part
            out.append("a", buffer[: len(part)], ids[start : start + 12_345].tolist())  # the buffer is reused
            assert out._streams["a"].waiting < 1 << 16
    found = io.read_spikes(tmp_path / "s.h5")["a"]
    assert same(found[0], times)
    assert same(found[1], ids)


def test_unsorted_times_are_said_to_be_unsorted(tmp_path):
    with io.SpikeWriter(tmp_path / "s.h5", {"a": 9, "b": 9}, 0.1) as out:
        out.append("a", [2.0], [1])
        out.append("a", [1.0], [1])
        out.append("b", [1.0, 0.0], [1, 1])
    with h5py.File(tmp_path / "s.h5") as h5:
        assert h5["spikes/a"].attrs["sorting"] == 0
        assert h5["spikes/b"].attrs["sorting"] == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("b", [1.0], [1]), "unknown population 'b'; known: a"),
        (("a", [1.0], [9]), "ids must be integers from 0 to 8"),
        (("a", [1.0], [-1]), "ids must be"),
        (("a", [1.0], [0.5]), "ids must be"),
        (("a", [np.nan], [1]), "times must be finite"),
        (("a", ["x"], [1]), "times must be finite"),
        (("a", [1.0, 2.0], [1]), "1-D of one length"),
        (("a", 1.0, 1), "1-D of one length"),
    ],
)
def test_refused_spikes(tmp_path, arguments, words):
    with pytest.raises(StoreError) as error, io.SpikeWriter(tmp_path / "s.h5", {"a": 9}, 0.1) as out:
        out.append(*arguments)
    assert words in sentence(error)
    assert "s.h5" in sentence(error)
    assert files(tmp_path) == []


def test_refused_writers(tmp_path):
    for sizes, dt, attributes in [
        ({"a": 1.5}, 1, {}),
        ({3: 1}, 1, {}),
        (None, 1, {}),
        ({}, "x", {}),
        ({}, 1, {"a": {1}}),
    ]:
        with pytest.raises(StoreError) as error:
            io.SpikeWriter(tmp_path / "s.h5", sizes, dt, attributes)
        assert "s.h5" in sentence(error)
    with pytest.raises(StoreError, match="inside the with block"):
        io.SpikeWriter(tmp_path / "s.h5", {"a": 1}, 1).append("a", [1.0], [0])
    assert files(tmp_path) == []


def foreign_spikes(path, times=(0.5, 1.5), ids=(3, 1), **attributes):
    with h5py.File(path, "w") as h5:
        h5["spikes/v1/timestamps"] = times
        h5["spikes/v1/node_ids"] = ids
        h5["spikes/v1/timestamps"].attrs.update(attributes)


def test_spikes_of_other_programs(tmp_path):
    foreign_spikes(tmp_path / "s.h5", units="ms")
    times, ids = io.read_spikes(tmp_path / "s.h5")["v1"]
    assert same(times, np.array([0.5, 1.5]))
    assert same(ids, np.array([3, 1]))
    with pytest.raises(StoreError, match="is not a neuromem file"):
        io.load(tmp_path / "s.h5")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"units": "seconds"}, "are in seconds"),
        ({"ids": (1,)}, "one number per spike"),
        ({"ids": (0.5, 1.0)}, "no neuron numbers"),
        ({"ids": (-1, 1)}, "no neuron numbers"),
        ({"times": (np.nan, 1.0)}, "not finite"),
        ({"times": ("a", "b")}, "one number per spike"),
    ],
)
def test_senseless_spikes_of_other_programs(tmp_path, content, words):
    foreign_spikes(tmp_path / "s.h5", **content)
    with pytest.raises(StoreError) as error:
        io.read_spikes(tmp_path / "s.h5")
    assert words in sentence(error)
    assert "s.h5" in sentence(error)


def test_files_without_spikes(tmp_path):
    io.save(tmp_path / "a.h5", "memory", {})
    (tmp_path / "text.h5").write_text("x" * 2000)
    with h5py.File(tmp_path / "b.h5", "w") as h5:
        h5["x"] = 1
    with h5py.File(tmp_path / "c.h5", "w") as h5:
        h5["spikes/timestamps"] = [1.0]
    for name, words in {
        "a.h5": "holds memory, not spikes",
        "text.h5": "is not an HDF5 file",
        "b.h5": "holds no spikes",
        "c.h5": "lacks timestamps",
        "d.h5": "does not exist",
    }.items():
        with pytest.raises(StoreError) as error:
            io.read_spikes(tmp_path / name)
        assert words in sentence(error)
        assert name in sentence(error)


def test_our_spikes_with_a_broken_magic_are_not_taken_for_foreign(tmp_path):
    write_spikes(tmp_path / "s.h5")
    content = bytearray((tmp_path / "s.h5").read_bytes())
    content[0] ^= 1
    (tmp_path / "s.h5").write_bytes(content)
    with pytest.raises(StoreError, match="its header is gone"):
        io.read_spikes(tmp_path / "s.h5")
