"""Arrays in files that others wrote: npz, npy, HDF5 and PNG. Nothing in them is trusted, no pickle is ever opened."""

import contextlib
from pathlib import Path

import numpy as np

from neuromem.errors import DataError, StoreError
from neuromem.io.paths import existing_file, reason


def array_names(path):
    """The names under which `read_array` finds arrays in the file at `path`, sorted.

    npz: all entries; npy: one entry named ""; HDF5: the full paths, without the leading slash, of all numeric 2-D and
    3-D datasets. Raises StoreError when there is no file, DataError when it is of no such format or damaged.
    """
    path = existing_file(path)
    kind = _format(path)
    if kind == "npy":
        return [""]
    if kind == "npz":
        with _reading(path, kind), open(path, "rb") as file, np.load(file, allow_pickle=False) as entries:
            return sorted(entries.files)
    with open_hdf5(path) as h5:
        return sorted(_numeric(h5))


def read_array(path, name):
    """The array called `name` (one of `array_names`) in the file at `path`; errors as there."""
    path = existing_file(path)
    kind = _format(path)
    if kind == "hdf5":
        with open_hdf5(path) as h5:
            return h5[name][()]
    with _reading(path, kind), open(path, "rb") as file:  # ours to close: NumPy leaves a damaged file open
        found = np.load(file, allow_pickle=False)
        return found[name] if kind == "npz" else found


def read_pngs(paths):
    """Gray images of one size, in the order given.

    paths: list of Path, not empty
    Returns uint8 (N, h, w), black 0 to white 255; colours become luminance, 16-bit images are scaled.
    Raises DataError that names the image which cannot be read or has another size.
    """
    images = []
    for path in paths:
        image = _read_png(path)
        if images and image.shape != images[0].shape:
            (h, w), (h0, w0) = image.shape, images[0].shape
            raise DataError(f"{path} is {w} x {h} pixels but {Path(paths[0]).name} is {w0} x {h0}; give one size")
        images.append(image)
    return np.stack(images)


@contextlib.contextmanager
def open_hdf5(path):
    """Yields an h5py.File of others, read-only; StoreError when it is none, or one of ours whose seal is broken."""
    path = existing_file(path)
    import h5py

    try:
        if not h5py.is_hdf5(path):
            raise StoreError(f"{path} is not an HDF5 file, or is cut short; give a whole one")
        with h5py.File(path, "r", locking=False) as h5:
            if h5.attrs.get("format") == "neuromem":
                raise StoreError(f"{path} is damaged: its header is gone; restore it from a copy or write it again")
            yield h5
    except StoreError:
        raise
    except Exception as error:
        raise StoreError(f"cannot read {path}: {reason(error)}; it may be damaged") from error


def _numeric(h5):
    import h5py

    names = []

    def note(name, item):
        if isinstance(item, h5py.Dataset) and item.dtype.kind in "biuf" and item.ndim in (2, 3):
            names.append(name)

    h5.visititems(note)
    return names


def _format(path):
    """npz, npy or hdf5, by the first bytes of the file; DataError for anything else."""
    with _reading(path, "file"), open(path, "rb") as file:
        start = file.read(8)
    if not start:
        raise DataError(f"{path} is empty; give an npz, npy or HDF5 file")
    for kind, magic in (("npz", b"PK"), ("npy", b"\x93NUMPY"), ("hdf5", b"\x89HDF\r\n\x1a\n")):
        if start.startswith(magic):
            return kind
    import h5py

    if h5py.is_hdf5(path):  # the signature may also stand further in
        return "hdf5"
    raise DataError(f"{path} is neither npz, npy nor HDF5; give one of these or a folder of PNGs")


@contextlib.contextmanager
def _reading(path, kind):
    """Turns whatever a damaged or foreign file makes NumPy and zipfile raise into a DataError."""
    try:
        yield
    except Exception as error:
        why = reason(error)
        if "allow_pickle" in why or "pickled" in why:
            why = "it holds Python objects, not numbers"
        raise DataError(f"cannot read {path} as {kind}: {why}; it may be damaged") from error


def _read_png(path):
    from PIL import Image

    try:
        with Image.open(path, formats=["PNG"]) as image:
            if image.mode.startswith("I"):  # 16 bits, which convert("L") would clip
                return (np.asarray(image, dtype=np.float64) / 257).round().astype(np.uint8)
            return np.asarray(image.convert("L"))
    except Exception as error:
        why = "it is not a PNG" if type(error).__name__ == "UnidentifiedImageError" else reason(error)
        raise DataError(f"cannot read {path} as PNG: {why}; replace or remove it") from error
