"""Pattern files: ours, NumPy's, HDF5 and folders of PNGs, sound and broken."""

import io as stdio
import zipfile

import h5py
import numpy as np
import pytest
from PIL import Image

from neuromem import io, patterns
from neuromem.errors import DataError, NeuromemError, PatternError, StoreError
from pattern_cases import rng, sentence

PATTERNS = patterns.random_patterns(5, 12, 4, rng(8))


@pytest.mark.parametrize("name", ["p.npz", "p.npy", "p.h5", "p.hdf5"])
@pytest.mark.parametrize("shape", [None, (3, 4)])
@pytest.mark.parametrize("count", [0, 1, 5])
def test_saved_patterns_come_back(tmp_path, name, shape, count):
    keys = None if name == "p.npy" else np.arange(count) * 3
    patterns.save(tmp_path / name, PATTERNS[:count], shape, keys)
    found = patterns.load(tmp_path / name)
    assert found.patterns.dtype == bool
    assert found.patterns.shape == (count, 12)
    assert (found.patterns == PATTERNS[:count]).all()
    assert found.shape == shape
    assert (found.keys is None) if keys is None else (found.keys.tolist() == keys.tolist())
    assert [p.name for p in tmp_path.iterdir()] == [name]


def test_refused_saves(tmp_path):
    for name, arguments, words in [
        ("p.txt", (PATTERNS,), "suffix '.txt' is not known"),
        ("p.npy", (PATTERNS, None, [1, 2, 3, 4, 5]), "cannot hold keys"),
        ("p.npz", (PATTERNS, (5, 5)), "h * w = 12 expected"),
        ("p.npz", (PATTERNS, None, [1, 2]), "keys: 5 integers expected"),
        ("p.npz", (PATTERNS * 2,), "0 or 1 expected"),
        ("none/p.npz", (PATTERNS,), "cannot write"),
    ]:
        with pytest.raises(NeuromemError) as error:
            patterns.save(tmp_path / name, *arguments)
        assert words in sentence(error)
    assert list(tmp_path.iterdir()) == []


GRAY = rng(9).integers(0, 256, (6, 3, 4)).astype(np.uint8)


def test_npz_of_others(tmp_path):
    np.savez(tmp_path / "stack.npz", x_train=GRAY[:4], x_test=GRAY[4:], y_train=np.arange(4), y_test=np.arange(2))
    found = patterns.load(tmp_path / "stack.npz")
    assert (found.patterns == (GRAY[4:].reshape(2, 12) > 127)).all()
    assert found.shape == (3, 4)
    np.savez(tmp_path / "train.npz", x_train=GRAY, y_train=np.arange(6))
    assert len(patterns.load(tmp_path / "train.npz").patterns) == 6
    np.savez(tmp_path / "one.npz", whatever=PATTERNS.astype(float))
    assert (patterns.load(tmp_path / "one.npz").patterns == PATTERNS).all()
    assert patterns.load(tmp_path / "one.npz").shape is None


def test_npy_of_others(tmp_path):
    for images, expected in [
        (GRAY, GRAY > 127),
        (GRAY / 255, GRAY > 127),
        (GRAY > 127, GRAY > 127),
        ((GRAY > 127).astype(np.uint8), GRAY > 127),  # 0 and 1 in uint8 are no shades of black
    ]:
        np.save(tmp_path / "p.npy", images)
        assert (patterns.load(tmp_path / "p.npy").patterns == expected.reshape(6, 12)).all()
    np.save(tmp_path / "p.npy", PATTERNS[0])
    assert patterns.load(tmp_path / "p.npy").patterns.shape == (1, 12)


def test_hdf5_of_others(tmp_path):
    with h5py.File(tmp_path / "p.h5", "w") as h5:
        h5["deep/images"] = GRAY
        h5["labels"] = np.arange(6)
    found = patterns.load(tmp_path / "p.h5")
    assert (found.patterns == (GRAY.reshape(6, 12) > 127)).all()
    with h5py.File(tmp_path / "p.h5", "a") as h5:
        h5["more"] = GRAY
    with pytest.raises(DataError, match="got deep/images, more; rename one"):
        patterns.load(tmp_path / "p.h5")


def write_png(path, array):
    Image.fromarray(array).save(path)


def test_folder_of_pngs(tmp_path):
    for index in (2, 0, 1):
        write_png(tmp_path / f"image{index}.png", GRAY[index])
    (tmp_path / "notes.txt").write_text("not an image")
    found = patterns.load(tmp_path)
    assert (found.patterns == (GRAY[:3].reshape(3, 12) > 127)).all()
    assert found.shape == (3, 4)
    assert patterns.load(tmp_path / "image1.png").patterns.shape == (1, 12)


def test_pngs_of_every_depth(tmp_path):
    black_and_white = np.where(GRAY[0] > 127, 255, 0).astype(np.uint8)
    write_png(tmp_path / "a.png", black_and_white)
    write_png(tmp_path / "b.png", black_and_white > 0)
    write_png(tmp_path / "c.png", black_and_white.astype(np.uint16) * 257)
    write_png(tmp_path / "d.png", np.repeat(black_and_white[..., None], 3, axis=2))
    found = patterns.load(tmp_path).patterns
    assert (found == (GRAY[0].ravel() > 127)).all()


def test_bad_pngs(tmp_path):
    with pytest.raises(DataError, match="holds no PNG files"):
        patterns.load(tmp_path)
    write_png(tmp_path / "a.png", GRAY[0])
    write_png(tmp_path / "b.png", GRAY[0].T.copy())
    with pytest.raises(DataError, match="b.png is 3 x 4 pixels but a.png is 4 x 3"):
        patterns.load(tmp_path)
    (tmp_path / "b.png").write_bytes((tmp_path / "a.png").read_bytes()[:50])
    with pytest.raises(DataError, match="cannot read .*b.png as PNG") as error:
        patterns.load(tmp_path)
    sentence(error)
    (tmp_path / "b.png").write_text("hello")
    with pytest.raises(DataError, match="it is not a PNG"):
        patterns.load(tmp_path)


def npz_bytes(**arrays):
    buffer = stdio.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def npy_bytes(array, **options):
    buffer = stdio.BytesIO()
    np.save(buffer, array, **options)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "kind", "words"),
    [
        (b"", DataError, "is empty"),
        (b"hello world", DataError, "neither npz, npy nor HDF5"),
        (npy_bytes(np.array([None]), allow_pickle=True), DataError, "Python objects"),
        (npz_bytes(a=PATTERNS, b=PATTERNS), DataError, "got a, b; rename one"),
        (npz_bytes(), DataError, "got nothing"),
        (npz_bytes(patterns=np.full((2, 4), 2)), PatternError, "0 or 1 expected, got 2"),
        (npz_bytes(patterns=np.full((2, 4), np.nan)), PatternError, "got nan"),
        (npz_bytes(patterns=np.array(["a"])), PatternError, "got <U1"),
        (npz_bytes(patterns=PATTERNS, keys=np.arange(3)), PatternError, "keys: 5 integers expected"),
        (npz_bytes(patterns=PATTERNS, shape=[5, 5]), PatternError, "shape: h * w = 12 expected"),
        (npy_bytes(np.zeros((2, 3, 4, 3))), PatternError, "got shape (2, 3, 4, 3)"),
        (npy_bytes(np.zeros((2, 0, 4))), PatternError, "got shape (2, 0, 4)"),
        (npy_bytes(np.full((2, 3, 4), 200.0)), PatternError, "from 0 to 1"),
        (b"\x93NUMPY\x01\x00" + b"{'descr': '<f8', 'fortran_order': False, 'shape': (99,)}", DataError, "as npy"),
    ],
)
def test_bad_files(tmp_path, content, kind, words):
    (tmp_path / "p.bin").write_bytes(content)
    with pytest.raises(kind) as error:
        patterns.load(tmp_path / "p.bin")
    assert words in sentence(error)
    assert "p.bin" in sentence(error)


@pytest.mark.parametrize("name", ["p.npz", "p.npy", "p.h5", "foreign.h5"])
def test_truncated_files(tmp_path, name):
    path = tmp_path / name
    if name == "foreign.h5":
        with h5py.File(path, "w") as h5:
            h5["images"] = GRAY
    else:
        patterns.save(path, PATTERNS)
    content = path.read_bytes()
    for length in np.linspace(0, len(content) - 1, 20).astype(int):
        path.write_bytes(content[:length])
        with pytest.raises((DataError, StoreError)) as error:
            patterns.load(path)
        assert name in sentence(error)


def test_an_npz_with_a_flipped_bit_is_refused(tmp_path):
    patterns.save(tmp_path / "p.npz", PATTERNS)
    with zipfile.ZipFile(tmp_path / "p.npz") as archive:
        entry = archive.infolist()[0]
        start = entry.header_offset + 30 + len(entry.filename) + 20 + entry.compress_size // 2
    content = bytearray((tmp_path / "p.npz").read_bytes())
    content[start] ^= 4
    (tmp_path / "p.npz").write_bytes(content)
    with pytest.raises(DataError, match="cannot read .*p.npz as npz"):
        patterns.load(tmp_path / "p.npz")


def test_other_files_of_ours_are_refused(tmp_path):
    io.save(tmp_path / "m.h5", "memory", {})
    with pytest.raises(StoreError, match="holds memory, not patterns"):
        patterns.load(tmp_path / "m.h5")
    io.save(tmp_path / "p.h5", "patterns", {"patterns": None})
    with pytest.raises(PatternError, match="an array expected"):
        patterns.load(tmp_path / "p.h5")
    with pytest.raises(StoreError, match="does not exist"):
        patterns.load(tmp_path / "none.npz")
