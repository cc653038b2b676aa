"""Files that are not what they should be: missing, foreign, newer, truncated, with a bit flipped."""

import hashlib

import h5py
import numpy as np
import pytest

from io_files import SPIKES, TREE, same, sentence, write_spikes
from neuromem import io
from neuromem.errors import StoreError
from neuromem.io import seal


def test_missing_folder_foreign_empty(tmp_path):
    (tmp_path / "text.h5").write_text("neuromem is nice")
    (tmp_path / "empty.h5").write_bytes(b"")
    with h5py.File(tmp_path / "foreign.h5", "w") as h5:
        h5["x"] = 1
    for name, words in {
        "none.h5": "does not exist",
        "": "is a folder",
        "text.h5": "is not a neuromem file",
        "foreign.h5": "is not a neuromem file",
        "empty.h5": "is empty",
    }.items():
        for read in (io.load, io.describe):
            with pytest.raises(StoreError) as error:
                read(tmp_path / name)
            assert words in sentence(error)
            assert name in sentence(error)
    with pytest.raises(StoreError, match="not an ordinary file"):
        io.load("/dev/null")


def test_other_kind(tmp_path):
    io.save(tmp_path / "a.h5", "patterns", {})
    with pytest.raises(StoreError, match="holds patterns, not memory"):
        io.load(tmp_path / "a.h5", "memory")


def test_newer_version(tmp_path):
    io.save(tmp_path / "a.h5", "memory", TREE)
    seal.seal(tmp_path / "a.h5", version=2)
    with pytest.raises(StoreError, match="format version 2, newer than version 1.*update neuromem"):
        io.load(tmp_path / "a.h5")


def test_a_damaged_version_is_not_called_newer(tmp_path):
    io.save(tmp_path / "a.h5", "memory", TREE)
    content = (tmp_path / "a.h5").read_bytes()
    (tmp_path / "a.h5").write_bytes(content.replace(b"version 1\n", b"version 3\n", 1))
    with pytest.raises(StoreError, match="is damaged: its header is incomplete"):
        io.load(tmp_path / "a.h5")


def test_damaged_dataset_is_named(tmp_path):
    io.save(tmp_path / "a.h5", "memory", TREE)
    with h5py.File(tmp_path / "a.h5", "r+") as h5:
        h5["data/weights"][2, 3] = 9
    with pytest.raises(StoreError, match="checksum is wrong"):
        io.load(tmp_path / "a.h5")
    seal.seal(tmp_path / "a.h5")
    with pytest.raises(StoreError, match="dataset /data/weights does not match"):
        io.load(tmp_path / "a.h5")


@pytest.mark.parametrize(
    "change", ["del h5.attrs['kind']", "del h5['tree']", "del h5['data/weights']", "h5.attrs['format'] = 'x'"]
)
def test_sealed_but_senseless(tmp_path, change):
    io.save(tmp_path / "a.h5", "memory", TREE)
    with h5py.File(tmp_path / "a.h5", "r+") as h5:
        exec(change, {"h5": h5})
    seal.seal(tmp_path / "a.h5")
    with pytest.raises(StoreError) as error:
        io.load(tmp_path / "a.h5")
    assert "a.h5" in sentence(error)


def test_header_padding_is_checked(tmp_path):
    io.save(tmp_path / "a.h5", "memory", TREE)
    content = bytearray((tmp_path / "a.h5").read_bytes())
    content[400] = 1
    text = bytes(content[:448])
    content[448:512] = hashlib.sha256(text).hexdigest().encode()
    (tmp_path / "a.h5").write_bytes(content)
    with pytest.raises(StoreError, match="header makes no sense"):
        io.load(tmp_path / "a.h5")


def small_files(folder):
    """(path, reader, true content) of one container and one spike file of a few kilobytes."""
    io.save(folder / "a.h5", "memory", TREE)
    write_spikes(folder / "s.h5")
    return [
        (folder / "a.h5", lambda p: io.load(p, "memory").tree, TREE),
        (
            folder / "s.h5",
            lambda p: {k: list(v) for k, v in io.read_spikes(p).items()},
            {k: list(v) for k, v in SPIKES.items()},
        ),
    ]


@pytest.mark.parametrize("which", [0, 1])
def test_truncations_are_noticed(tmp_path, which):
    path, read, _ = small_files(tmp_path)[which]
    content = path.read_bytes()
    lengths = sorted({*np.linspace(0, len(content) - 1, 60).astype(int).tolist(), 1, 14, 511, 512, 513})
    assert len(lengths) >= 64
    for length in lengths:
        path.write_bytes(content[:length])
        with pytest.raises(StoreError) as error:
            read(path)
        assert path.name in sentence(error)
    path.write_bytes(content + b"\0")
    with pytest.raises(StoreError):
        read(path)


@pytest.mark.parametrize("which", [0, 1])
def test_bit_flips_never_give_wrong_data(tmp_path, which):
    path, read, truth = small_files(tmp_path)[which]
    content = bytearray(path.read_bytes())
    rng = np.random.default_rng(which)
    bits = [*rng.integers(0, 8 * len(content), 240).tolist(), *rng.integers(0, 8 * seal.SIZE, 60).tolist()]
    refused = 0
    for bit in bits:
        content[bit // 8] ^= 1 << bit % 8
        path.write_bytes(content)
        try:
            assert same(read(path), truth)
        except StoreError:
            refused += 1
        content[bit // 8] ^= 1 << bit % 8
    assert refused == len(bits)
    path.write_bytes(content)
    assert same(read(path), truth)
