"""Binary patterns: made at random, out of images, out of files; fragments and corruptions of them.

Patterns are bool arrays `(count, n)`. Functions that change patterns also take one pattern `(n,)` and then return one.
Every random function draws from the `numpy.random.Generator` it is given and from nothing else.
"""

import operator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from neuromem import io
from neuromem.errors import DataError, PatternError, UsageError
from neuromem.io import foreign
from neuromem.io.seal import is_sealed

_BLOCK = 1 << 22  # values worked on at a time, which bounds the memory of temporary arrays


@dataclass(frozen=True, eq=False)
class PatternFile:
    """What `load` returns: patterns bool (B, n), shape (h, w) of the images or None, keys int64 (B,) or None."""

    patterns: np.ndarray
    shape: tuple | None = None
    keys: np.ndarray | None = None


def random_patterns(count, n, active, rng):
    """Independent patterns of exactly `active` ones each, every choice equally likely.

    count: patterns; n: units; active: ones per pattern, 0 to n
    Returns bool (count, n). Raises PatternError for numbers that do not fit together.
    """
    _check_rng(rng)
    count, n, active = _whole("count", count), _whole("n", n, 1), _whole("active", active)
    if active > n:
        raise PatternError(f"active: at most n = {n} units can be active, got {active}")
    out = np.zeros((count, n), bool)
    for rows in _blocks(count, n):
        order = rng.random((rows.stop - rows.start, n)).argpartition(min(active, n - 1), axis=1)
        np.put_along_axis(out[rows], order[:, :active], True, axis=1)
    return out


def overlapping_patterns(count, n, active, shared, rng):
    """A chain of patterns of `active` ones each, of which neighbours share exactly `shared`.

    count: patterns; n: units, at least 2 active - shared; active, shared: units, shared <= active
    Returns bool (count, n). Raises PatternError for numbers that do not fit together.
    """
    _check_rng(rng)
    count, n = _whole("count", count), _whole("n", n, 1)
    active, shared = _whole("active", active), _whole("shared", shared)
    if shared > active:
        raise PatternError(f"shared: at most active = {active} units can be shared, got {shared}")
    if count > 1 and 2 * active - shared > n:
        raise PatternError(f"n: two such patterns need {2 * active - shared} units, got {n}")
    out = np.zeros((count, n), bool)
    out[:1] = random_patterns(min(count, 1), n, active, rng)
    for previous, pattern in zip(out[:-1], out[1:], strict=True):
        pattern[rng.choice(np.flatnonzero(previous), shared, replace=False)] = True
        pattern[rng.choice(np.flatnonzero(~previous), active - shared, replace=False)] = True
    return out


def keep(patterns, fraction, rng):
    """Fragments that keep round(fraction * active) of the active units of each pattern, at least one, at random.

    patterns: bool (B, n) or (n,); fraction: 0 to 1
    Returns bool of the same shape; a pattern without active units stays empty.
    """
    _check_rng(rng)
    patterns, single = as_patterns(patterns)
    fraction = _between("fraction", fraction)
    out = np.zeros_like(patterns)
    for rows in _blocks(*patterns.shape):
        here = patterns[rows]
        active = here.sum(axis=1)
        wanted = np.maximum(np.rint(fraction * active), 1)
        order = np.where(here, rng.random(here.shape), 2).argsort(axis=1)
        rank = np.empty_like(order)
        np.put_along_axis(rank, order, np.arange(here.shape[1])[None, :], axis=1)
        out[rows] = here & (rank < wanted[:, None])
    return out[0] if single else out


def hide(patterns, shape, part):
    """Fragments of images of which one half is blank.

    patterns: bool (B, h * w) or (h * w,); shape: (h, w) of the images
    part: "top", "bottom", "left" or "right", the half that is hidden; of an odd size the middle line stays
    Returns bool of the same shape.
    """
    patterns, single = as_patterns(patterns)
    h, w = _image_shape(shape, patterns.shape[1])
    halves = {
        "top": np.s_[:, : h // 2],
        "bottom": np.s_[:, h - h // 2 :],
        "left": np.s_[:, :, : w // 2],
        "right": np.s_[:, :, w - w // 2 :],
    }
    if part not in halves:
        raise UsageError(f"unknown part {part!r}; choose one of {', '.join(halves)}")
    out = patterns.reshape(-1, h, w).copy()
    out[halves[part]] = False
    return out.reshape(patterns.shape)[0] if single else out.reshape(patterns.shape)


def flip(patterns, probability, rng):
    """Patterns of which every unit has been inverted with this probability, independently.

    patterns: bool (B, n) or (n,); probability: 0 to 1
    Returns bool of the same shape.
    """
    _check_rng(rng)
    patterns, single = as_patterns(patterns)
    probability = _between("probability", probability)
    out = patterns.copy()
    for rows in _blocks(*patterns.shape):
        out[rows] ^= rng.random(out[rows].shape) < probability
    return out[0] if single else out


def binarize(images, threshold=0.5):
    """Images to patterns: a unit is active where its pixel is brighter than `threshold` of full scale.

    images: (count, h, w) or (count, pixels); bool, an unsigned integer type (full scale is its largest value, 255 for
        uint8) or float from 0 to 1
    threshold: fraction of full scale, 0 to 1
    Returns bool (count, h * w).
    """
    try:
        images = np.asarray(images)
    except ValueError:
        raise PatternError("images: rows of one length expected, got something uneven; pass an array") from None
    threshold = _between("threshold", threshold)
    if images.ndim not in (2, 3) or 0 in images.shape[1:]:
        raise PatternError(f"images: an array (count, h, w) expected, got shape {images.shape}")
    flat = images.reshape(len(images), int(np.prod(images.shape[1:])))
    if flat.dtype.kind == "b":
        return flat.copy()
    if flat.dtype.kind == "u":
        return flat > threshold * np.iinfo(flat.dtype).max
    if flat.dtype.kind != "f":
        raise PatternError(f"images: uint8 or float from 0 to 1 expected, got {flat.dtype}; convert them")
    if not ((flat >= 0) & (flat <= 1)).all():
        raise PatternError("images: float values from 0 to 1 expected, got others; divide by the full scale")
    return flat > threshold


def as_patterns(x, n=None, name="patterns"):
    """The one check of everything a user passes as patterns or fragments.

    x: bool, or numbers that are 0 or 1; (B, n), B may be 0, or (n,) for a single one
    n: units each must have, or None; name: what to call it in an error
    Returns (bool (B, n), single); bool arrays are returned as they are, not copied.
    Raises PatternError for any other type, shape or value.
    """
    try:
        array = np.asarray(x)
    except Exception as error:
        raise PatternError(f"{name}: rows of one length expected, got something uneven; pass an array") from error
    if array.dtype.kind not in "biuf":
        raise PatternError(f"{name}: bool or 0/1 numbers expected, got {array.dtype} values; convert them")
    if array.ndim not in (1, 2):
        raise PatternError(f"{name}: an array (B, n) or (n,) expected, got shape {array.shape}; flatten each pattern")
    width = array.shape[-1]
    if n is not None and width != n:
        raise PatternError(f"{name}: {n} values per pattern expected, got {width}; give patterns of the stored length")
    if width == 0:
        raise PatternError(f"{name}: at least one value per pattern expected, got none; an empty batch is (0, n)")
    single = array.ndim == 1
    array = array[None] if single else array
    if array.dtype.kind != "b":
        wrong = (array != 0) & (array != 1)
        if wrong.any():
            row, unit = np.argwhere(wrong)[0]
            value = array[row, unit]
            raise PatternError(f"{name}: 0 or 1 expected, got {value} in pattern {row}, unit {unit}; binarize it first")
        array = array.astype(bool)
    return array, single


def cosine_nearest(fragments, stored):
    """The stored pattern nearest to each fragment: argmax of overlap / sqrt(stored size); the first wins a tie.

    fragments: bool (B, n) or (n,); stored: bool (count, n), count >= 1
    Returns int64 (B,), or one integer for a single fragment; 0 where no stored pattern overlaps.
    Squares are compared, overlap^2 / size, which makes ties exact.
    """
    stored, _ = as_patterns(stored, name="stored")
    fragments, single = as_patterns(fragments, stored.shape[1], "fragments")
    if len(stored) == 0:
        raise PatternError("stored: at least one pattern expected, got none")
    size = np.maximum(stored.sum(axis=1), 1).astype(np.float64)
    columns = stored.T.astype(np.float32)  # float32 counts exactly up to 2^24
    out = np.empty(len(fragments), np.int64)
    for rows in _blocks(len(fragments), max(stored.shape)):
        overlap = (fragments[rows].astype(np.float32) @ columns).astype(np.float64)
        out[rows] = (overlap * overlap / size).argmax(axis=1)
    return out[0] if single else out


def load(path):
    """Reads patterns from a file or folder; the content decides what it is, not the name.

    path: str or Path of
        an npz with an entry "patterns" (and perhaps "shape" and "keys"), or image stacks "x_test" or "x_train" (the
        first of these that is there), or a single entry; an npy; an HDF5 file of `save`, or of others with datasets
        named so or a single 2-D or 3-D one; a PNG; or a folder of PNGs, taken in the order of their names
    2-D arrays are patterns, 0 or 1; 3-D arrays and PNGs are images, active where brighter than half of full scale,
    or where 1 if they hold nothing but 0 and 1.
    Returns a PatternFile. Raises StoreError or DataError for a file that cannot be read or holds no patterns,
    PatternError for values that are not 0 or 1.
    """
    path = Path(path)
    if path.is_dir():
        return _from_pngs(path, sorted(p for p in path.iterdir() if p.suffix.lower() == ".png"))
    if path.suffix.lower() == ".png":
        return _from_pngs(path, [path])
    if is_sealed(path):
        tree = io.load(path, "patterns").tree
    else:
        names = foreign.array_names(path)
        main = _main_array(path, names)
        tree = {"patterns": foreign.read_array(path, main)}
        tree |= {extra: foreign.read_array(path, extra) for extra in ("shape", "keys") if extra in names}
    return _pattern_file(path, tree.get("patterns"), tree.get("shape"), tree.get("keys"))


def save(path, patterns, shape=None, keys=None):
    """Writes patterns to an .npz, .npy, .h5 or .hdf5 file, whole or not at all; `load` reads it back.

    path: str or Path, the suffix decides; patterns: bool (B, n) or (n,)
    shape: (h, w) when they are images; in an .npy file they then become (B, h, w)
    keys: int (B,) or None; an .npy file has no room for them
    """
    patterns, _ = as_patterns(patterns)
    shape = None if shape is None else _image_shape(shape, patterns.shape[1])
    keys = None if keys is None else _keys("keys", keys, len(patterns))
    suffix = Path(path).suffix.lower()
    if suffix in (".h5", ".hdf5"):
        io.save(path, "patterns", {"patterns": patterns, "shape": shape, "keys": keys})
    elif suffix == ".npz":
        extra = {name: np.asarray(x) for name, x in (("shape", shape), ("keys", keys)) if x is not None}
        with io.atomic_path(path) as temporary, open(temporary, "wb") as file:
            np.savez_compressed(file, patterns=patterns, **extra)
    elif suffix == ".npy" and keys is None:
        with io.atomic_path(path) as temporary, open(temporary, "wb") as file:
            np.save(file, patterns if shape is None else patterns.reshape(-1, *shape))
    elif suffix == ".npy":
        raise UsageError(f"{path}: an npy file cannot hold keys; give it the suffix .npz or .h5")
    else:
        raise UsageError(f"{path}: suffix {suffix!r} is not known; use .npz, .npy, .h5 or .hdf5")


def _from_pngs(path, files):
    if not files:
        raise DataError(f"{path}: the folder holds no PNG files; put images named *.png into it")
    images = foreign.read_pngs(files)
    return PatternFile(binarize(images), images.shape[1:])


def _main_array(path, names):
    for name in ("patterns", "x_test", "x_train"):
        if name in names:
            return name
    if len(names) != 1:
        found = ", ".join(names[:8]) or "nothing"
        raise DataError(f"{path}: an array named patterns, x_test or x_train expected, got {found}; rename one")
    return names[0]


def _pattern_file(path, array, shape, keys):
    """Checks what was read: the file may have been written by anyone."""
    try:
        if not isinstance(array, np.ndarray):
            raise PatternError("patterns: an array expected, got none")
        if array.ndim == 3 and 0 not in array.shape[1:]:
            shape = array.shape[1:]
            plain = array.dtype.kind in "biuf" and bool(((array == 0) | (array == 1)).all())
            array = array.reshape(len(array), shape[0] * shape[1]) if plain else binarize(array)
        patterns, _ = as_patterns(array)
        shape = None if shape is None else _image_shape(shape, patterns.shape[1])
        keys = None if keys is None else _keys("keys", keys, len(patterns))
    except PatternError as error:
        raise PatternError(f"{path}: {error}") from error
    return PatternFile(patterns, shape, keys)


def _image_shape(shape, n):
    try:
        h, w = (operator.index(side) for side in shape)
    except (TypeError, ValueError):
        raise PatternError(f"shape: two integers (h, w) expected, got {shape!r}") from None
    if h < 1 or w < 1 or h * w != n:
        raise PatternError(f"shape: h * w = {n} expected, got {h} x {w}")
    return h, w


def _keys(name, keys, count):
    keys = np.asarray(keys)
    if keys.shape != (count,) or (keys.dtype.kind not in "iu" and count):
        raise PatternError(
            f"{name}: {count} integers expected, one per pattern, got {keys.dtype} of shape {keys.shape}"
        )
    return keys.astype(np.int64)


def _whole(name, value, least=0):
    try:
        value = operator.index(value)
    except TypeError:
        raise PatternError(f"{name}: an integer expected, got {value!r}") from None
    if value < least:
        raise PatternError(f"{name}: at least {least} expected, got {value}")
    return value


def _check_rng(rng):
    if not isinstance(rng, np.random.Generator):
        raise PatternError(f"rng: a numpy.random.Generator expected, got {rng!r}; use numpy.random.default_rng(seed)")


def _between(name, value):
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise PatternError(f"{name}: a number from 0 to 1 expected, got {value!r}") from None
    if not 0 <= number <= 1:
        raise PatternError(f"{name}: a number from 0 to 1 expected, got {value}")
    return number


def _blocks(count, width):
    step = max(1, _BLOCK // max(1, width))
    return [slice(start, min(start + step, count)) for start in range(0, count, step)]
