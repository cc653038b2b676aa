"""What is checked before anything is learned."""

import numpy as np

from neuromem.errors import PatternError, UsageError


def whole(name, value, least):
    """Return an int of at least `least`, or raise UsageError."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise UsageError(f"{name}: a whole number of at least {least} is expected, got {value!r}")
    return int(value)


def number(name, value, fits, wanted):
    """Return a float that `fits`, or raise UsageError: `wanted` is expected."""
    plain = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    if not plain or not fits(value):
        raise UsageError(f"{name}: {wanted} is expected, got {value!r}")
    return float(value)


def activity(name, x, n, dtype):
    """Return x as a finite array (B, n) of this dtype, or raise PatternError."""
    try:
        x = np.asarray(x)
    except ValueError:
        raise PatternError(f"{name}: an array of shape (B, {n}) is expected, got rows of unequal length") from None
    if x.dtype.kind not in "biuf" or x.ndim != 2 or x.shape[1] != n:
        raise PatternError(f"{name}: numbers of shape (B, {n}) are expected, got {x.dtype} {x.shape}")
    x = np.ascontiguousarray(x, dtype)
    if not np.isfinite(x).all():
        raise PatternError(f"{name}: finite numbers are expected")
    return x


def labels(name, y, count, classes, allowed=None):
    """Return y as int64 (count,), classes that are there and allowed, or raise PatternError."""
    y = np.asarray(y)
    if y.dtype.kind not in "iu" or y.shape != (count,) or count == 0:
        raise PatternError(
            f"{name}: one whole number for each of at least one item is expected, got {y.dtype} {y.shape}"
        )
    if (y < 0).any() or (y >= classes).any():
        raise PatternError(f"{name}: classes from 0 to {classes - 1} are expected, got {y.min()} to {y.max()}")
    if allowed is not None and not np.asarray(allowed)[y].all():
        raise PatternError(f"{name}: classes that the task allows are expected")
    return y.astype(np.int64)
