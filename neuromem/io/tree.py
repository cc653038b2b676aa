"""A nested dict as one JSON text plus named arrays, and back.

Every array becomes {"$array": "/data/path/of/keys"} in the JSON; NaN and the infinities become {"$float": "nan"}; a
key that starts with "$" gets one more, so that no user's dict can be mistaken for these. Names in array paths are
escaped (`name`); the keys themselves stand in the JSON exactly as given.
"""

import json
import math
import re
from dataclasses import dataclass

import numpy as np

DEEPEST = 100  # levels of nesting; also what stops a dict that contains itself


@dataclass(frozen=True)
class Stored:
    """Stands in a value given to `encode` for an array that is written at `path` by other means."""

    path: str


def name(key):
    """`key` as one component of an HDF5 path, "%", "/", NUL and lone surrogates as %HEX; no two keys become one."""
    escaped = re.sub("[%/\0\ud800-\udfff]", lambda found: f"%{ord(found[0]):02X}", key)
    return escaped.replace(".", "%2E") if escaped in (".", "..") else escaped or "%"


def encode(value, path):
    """Splits `value` into (skeleton, dict of HDF5 path -> array); `dump` makes the skeleton JSON.

    value: None, bool, int, float, str, array, or lists and str-keyed dicts of these; path: HDF5 path of its arrays
    Tuples are written as lists, NumPy scalars as Python numbers. Raises ValueError, a clause that names the place.
    """
    arrays = {}
    skeleton = _encode(value, path, "", 0, arrays)
    return skeleton, arrays


def dump(skeleton):
    """An encoded skeleton as ASCII JSON text; ValueError for an integer of thousands of digits."""
    return json.dumps(skeleton, separators=(",", ":"), allow_nan=False)


def decode(text, fetch):
    """The value behind a JSON text of `dump`; `fetch(path)` supplies each array. ValueError when it is not one."""
    return _decode(json.loads(text), fetch)


def _encode(value, path, where, depth, arrays):
    if depth > DEEPEST:
        raise ValueError(f"{where[:60]}...: nested more than {DEEPEST} deep; flatten it")
    if isinstance(value, np.generic):
        value = _plain(value, where)
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else {"$float": str(float(value))}
    if isinstance(value, np.ndarray):
        arrays[path] = _checked(value, where)
        value = Stored(path)
    if isinstance(value, Stored):
        return {"$array": value.path}
    if isinstance(value, (list, tuple)):
        return [_encode(v, f"{path}/{i}", f"{where}[{i}]", depth + 1, arrays) for i, v in enumerate(value)]
    if isinstance(value, dict):
        out = {}
        for key, item in value.items():
            if not isinstance(key, str):
                raise ValueError(f"{where or 'the tree'}: key {key!r} is not text; use str keys")
            inner = f"{where}.{key}" if where else key
            out["$" + key if key.startswith("$") else key] = _encode(
                item, f"{path}/{name(key)}", inner, depth + 1, arrays
            )
        return out
    raise ValueError(f"{where or 'the tree'}: a {type(value).__name__} cannot be stored; use arrays and plain values")


def _plain(value, where):
    if isinstance(value, (np.bool_, np.integer, np.float16, np.float32, np.float64, np.str_)):
        return value.item()
    raise ValueError(f"{where}: a {type(value).__name__} scalar cannot be stored; make it an array or a plain number")


def _checked(array, where):
    if isinstance(array, np.ma.MaskedArray):
        raise ValueError(f"{where}: masked arrays cannot be stored; fill it and store the mask beside it")
    if array.dtype.kind in "SU":
        raise ValueError(f"{where}: arrays of text cannot be stored; pass a list of str, array.tolist()")
    if array.dtype.kind not in "biufc" or array.dtype.itemsize > (16 if array.dtype.kind == "c" else 8):
        raise ValueError(f"{where}: arrays of {array.dtype} cannot be stored; convert it to float64 or integers")
    return np.asarray(array)


def _decode(value, fetch):
    if isinstance(value, list):
        return [_decode(item, fetch) for item in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {"$array"}:
        return fetch(value["$array"])
    if value.keys() == {"$float"}:
        return float(value["$float"])
    return {key[1:] if key.startswith("$") else key: _decode(item, fetch) for key, item in value.items()}
