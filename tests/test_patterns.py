"""Patterns have the sizes and overlaps asked for; files of every kind come back or are refused in one sentence."""

import io as stdio
import zipfile

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from neuromem import io, patterns
from neuromem.errors import DataError, NeuromemError, PatternError, StoreError, UsageError

SIZES = [0, 1, 2, 7, 64, 1000]


def rng(seed=0):
    return np.random.default_rng(seed)


def sentence(error):
    text = str(error.value)
    assert "\n" not in text, text
    assert 20 < len(text) < 400, text
    return text


# ---- made at random


@pytest.mark.parametrize("count", SIZES)
@pytest.mark.parametrize(("n", "active"), [(1, 0), (1, 1), (2, 1), (7, 7), (64, 5), (1000, 999)])
def test_random_patterns_have_exactly_active_ones(count, n, active):
    found = patterns.random_patterns(count, n, active, rng())
    assert found.shape == (count, n)
    assert found.dtype == bool
    assert (found.sum(axis=1) == active).all()


def test_random_patterns_use_all_units_alike():
    found = patterns.random_patterns(20_000, 10, 3, rng(1)).sum(axis=0)
    expected, sd = 20_000 * 0.3, np.sqrt(20_000 * 0.3 * 0.7)
    assert abs(found - expected).max() < 4 * sd
    pairs = patterns.random_patterns(20_000, 4, 2, rng(2)) @ [1, 2, 4, 8]
    counts = np.unique(pairs, return_counts=True)[1]
    assert len(counts) == 6
    assert ((counts - 20_000 / 6) ** 2 / (20_000 / 6)).sum() < 20.5  # chi square, 5 degrees of freedom, p = 0.001


def test_blocks_do_not_change_what_is_drawn(monkeypatch):
    stored = patterns.random_patterns(50, 20, 4, rng())
    kept = patterns.keep(stored, 0.5, rng(1))
    flipped = patterns.flip(stored, 0.2, rng(1))
    nearest = patterns.cosine_nearest(flipped, stored)
    monkeypatch.setattr(patterns, "_BLOCK", 60)
    assert (patterns.random_patterns(50, 20, 4, rng()) == stored).all()
    assert (patterns.keep(stored, 0.5, rng(1)) == kept).all()
    assert (patterns.flip(stored, 0.2, rng(1)) == flipped).all()
    assert (patterns.cosine_nearest(flipped, stored) == nearest).all()


@settings(deadline=None, derandomize=True, max_examples=60)
@given(st.data())
def test_neighbours_share_exactly(data):
    active = data.draw(st.integers(0, 20))
    shared = data.draw(st.integers(0, active))
    n = data.draw(st.integers(max(1, 2 * active - shared), 80))
    count = data.draw(st.sampled_from([0, 1, 2, 7]))
    found = patterns.overlapping_patterns(count, n, active, shared, rng(n))
    assert found.shape == (count, n)
    assert (found.sum(axis=1) == active).all()
    assert ((found[:-1] & found[1:]).sum(axis=1) == shared).all()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: patterns.random_patterns(-1, 5, 2, rng()), "count: at least 0"),
        (lambda: patterns.random_patterns(1, 0, 0, rng()), "n: at least 1"),
        (lambda: patterns.random_patterns(1, 5, 6, rng()), "active: at most n = 5"),
        (lambda: patterns.random_patterns(1, 5, 2.5, rng()), "active: an integer expected, got 2.5"),
        (lambda: patterns.overlapping_patterns(2, 9, 6, 2, rng()), "n: two such patterns need 10 units, got 9"),
        (lambda: patterns.overlapping_patterns(2, 9, 3, 4, rng()), "shared: at most active = 3"),
        (lambda: patterns.keep([1, 0], 1.5, rng()), "fraction: a number from 0 to 1 expected, got 1.5"),
        (lambda: patterns.keep([1, 0], float("nan"), rng()), "fraction: a number from 0 to 1"),
        (lambda: patterns.flip([1, 0], "x", rng()), "probability: a number from 0 to 1 expected, got 'x'"),
        (lambda: patterns.hide([1, 0], (2, 2), "top"), "shape: h * w = 2 expected, got 2 x 2"),
        (lambda: patterns.hide([1, 0], 2, "top"), "shape: two integers"),
        (lambda: patterns.binarize(np.zeros(3)), "images: an array (count, h, w) expected, got shape (3,)"),
        (lambda: patterns.binarize(np.full((1, 2, 2), 2.0)), "from 0 to 1"),
        (lambda: patterns.binarize(np.full((1, 2, 2), np.nan)), "from 0 to 1"),
        (lambda: patterns.binarize(np.zeros((1, 2, 2), int)), "got int64"),
        (lambda: patterns.binarize(np.zeros((1, 2, 2)), 2), "threshold: a number"),
        (lambda: patterns.cosine_nearest([1, 0], np.zeros((0, 2))), "stored: at least one pattern"),
        (
            lambda: patterns.cosine_nearest([1, 0, 0], np.zeros((1, 2))),
            "fragments: 2 values per pattern expected",
        ),
    ],
)
def test_refused_numbers(call, words):
    with pytest.raises(PatternError) as error:
        call()
    assert words in sentence(error)


def test_unknown_part_is_refused():
    with pytest.raises(UsageError, match="unknown part 'middle'; choose one of top, bottom, left, right"):
        patterns.hide([1, 0], (1, 2), "middle")


# ---- fragments and corruptions


@pytest.mark.parametrize("fraction", [0, 0.1, 0.25, 0.5, 0.99, 1])
def test_keep_keeps_that_many_of_the_active(fraction):
    whole = rng(3).random((64, 50)) < 0.3
    whole[5] = False
    found = patterns.keep(whole, fraction, rng(4))
    assert not (found & ~whole).any()
    wanted = [max(round(fraction * active), 1) if active else 0 for active in whole.sum(axis=1).tolist()]
    assert found.sum(axis=1).tolist() == wanted


def test_keep_chooses_alike():
    found = sum(patterns.keep(np.ones((2000, 10), bool), 0.3, rng(seed)).sum(axis=0) for seed in range(10))
    assert abs(found - 6000).max() < 4 * np.sqrt(20_000 * 0.3 * 0.7)


def test_flip_flips_with_that_probability():
    whole = rng(5).random((200, 500)) < 0.5
    changed = (patterns.flip(whole, 0.05, rng(6)) ^ whole).mean()
    assert abs(changed - 0.05) < 4 * np.sqrt(0.05 * 0.95 / whole.size)
    assert (patterns.flip(whole, 0, rng()) == whole).all()
    assert (patterns.flip(whole, 1, rng()) == ~whole).all()


@pytest.mark.parametrize("shape", [(4, 6), (5, 3), (1, 1)])
def test_hide_blanks_one_half(shape):
    h, w = shape
    whole = np.ones((3, h * w), bool)
    blank = {
        part: ~patterns.hide(whole, shape, part).reshape(3, h, w)[1] for part in ("top", "bottom", "left", "right")
    }
    rows, columns = np.indices(shape)
    assert (blank["top"] == (rows < h // 2)).all()
    assert (blank["bottom"] == (rows >= h - h // 2)).all()
    assert (blank["left"] == (columns < w // 2)).all()
    assert (blank["right"] == (columns >= w - w // 2)).all()
    assert whole.all()


@pytest.mark.parametrize(
    "change",
    [
        lambda p: patterns.keep(p, 0.5, rng()),
        lambda p: patterns.flip(p, 0.5, rng()),
        lambda p: patterns.hide(p, (2, 5), "top"),
    ],
)
def test_one_pattern_or_none_or_many(change):
    whole = rng(7).random((4, 10)) < 0.5
    before = whole.copy()
    assert (change(whole[0]) == change(whole[:1])[0]).all()
    assert change(whole[0]).shape == (10,)
    assert change(whole[:0]).shape == (0, 10)
    assert change(whole.astype(float)).dtype == bool
    assert (whole == before).all()


def test_binarize():
    gray = np.array([[[0, 127], [128, 255]]], np.uint8)
    expected = [[False, False, True, True]]
    assert patterns.binarize(gray).tolist() == expected
    assert patterns.binarize(gray / 255).tolist() == expected
    assert patterns.binarize(gray.astype(np.uint16) * 257).tolist() == expected
    assert patterns.binarize(gray > 127).tolist() == expected
    assert patterns.binarize(gray.reshape(1, 4)).tolist() == expected
    assert patterns.binarize(gray, threshold=0).tolist() == [[False, True, True, True]]
    assert patterns.binarize(np.zeros((0, 3, 4), np.uint8)).shape == (0, 12)


# ---- the one check


@pytest.mark.parametrize("x", [[[1, 0], [0, 1]], np.eye(2), np.eye(2, dtype=bool), np.eye(2, dtype=np.int8)])
def test_as_patterns_takes_all_binary_forms(x):
    found, single = patterns.as_patterns(x)
    assert found.dtype == bool
    assert found.tolist() == [[True, False], [False, True]]
    assert single is False
    found, single = patterns.as_patterns(x[0], 2)
    assert found.tolist() == [[True, False]]
    assert single is True


def test_as_patterns_takes_empty_batches():
    assert patterns.as_patterns(np.zeros((0, 5)), 5)[0].shape == (0, 5)


@pytest.mark.parametrize(
    ("x", "words"),
    [
        (np.zeros((2, 100)), "fragments: 784 values per pattern expected, got 100; "),
        (np.zeros((0, 100)), "784 values per pattern expected, got 100"),
        (np.zeros(100), "784 values per pattern expected, got 100"),
        (np.zeros((1, 2, 784)), "an array (B, n) or (n,) expected, got shape (1, 2, 784)"),
        (1, "got shape ()"),
        (np.full((2, 784), 2), "0 or 1 expected, got 2 in pattern 0, unit 0"),
        (np.full((2, 784), -1), "0 or 1 expected, got -1"),
        (np.where(np.arange(784) == 5, np.nan, 0), "0 or 1 expected, got nan in pattern 0, unit 5"),
        (np.full(784, np.inf), "got inf"),
        (np.full(784, 0.5), "got 0.5"),
        (["1"] * 784, "bool or 0/1 numbers expected, got <U1"),
        ([None] * 784, "got object"),
        (np.zeros(784, complex), "got complex128"),
        (None, "got object"),
        ([[1, 0], [1]], "rows of one length expected"),
    ],
)
def test_as_patterns_refuses(x, words):
    with pytest.raises(PatternError) as error:
        patterns.as_patterns(x, 784, "fragments")
    assert words in sentence(error)
    assert sentence(error).startswith("fragments: ")


def test_as_patterns_without_length_refuses_nothing_at_all():
    with pytest.raises(PatternError, match=r"an empty batch is \(0, n\)"):
        patterns.as_patterns([])


# ---- nearest


def naive_nearest(fragment, stored):
    from fractions import Fraction

    best, place = Fraction(-1), 0
    for index, pattern in enumerate(stored):
        overlap, size = int((fragment & pattern).sum()), int(pattern.sum())
        score = Fraction(overlap**2, size) if size else Fraction(0)
        if score > best:
            best, place = score, index
    return place


@pytest.mark.parametrize("count", [1, 2, 7, 64])
@pytest.mark.parametrize("n", [1, 2, 7, 64])
def test_cosine_nearest_is_the_naive_one(count, n):
    generator = rng(count * 100 + n)
    stored = generator.random((count, n)) < generator.random((count, 1))
    fragments = generator.random((50, n)) < 0.4
    fragments[0] = False
    assert patterns.cosine_nearest(fragments, stored).tolist() == [naive_nearest(f, stored) for f in fragments]


def test_cosine_nearest_ties_and_forms():
    stored = np.zeros((3, 9), bool)
    stored[0, 7:] = True
    stored[1, :8] = True  # overlap 4 of 8, and
    stored[2, :2] = True  # overlap 2 of 2: the same, though 4 / sqrt(8) and 2 / sqrt(2) may round apart
    fragment = np.arange(9) < 4
    assert patterns.cosine_nearest(fragment, stored) == 1
    assert patterns.cosine_nearest(fragment, stored[[0, 2, 1]]) == 1
    assert np.ndim(patterns.cosine_nearest(fragment, stored)) == 0
    assert patterns.cosine_nearest(fragment[None][:0], stored).shape == (0,)
    assert patterns.cosine_nearest(fragment[None], stored).dtype == np.int64


# ---- files

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
