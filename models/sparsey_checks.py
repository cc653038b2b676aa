"""What is checked of the input of `Sparsey` and `SparseyHierarchy`; each error is one sentence and changes nothing."""

import numpy as np

from neuromem.errors import DescriptionError, PatternError, UsageError
from neuromem.memory import WeightArray
from neuromem.models.checks import array_of
from neuromem.network.check import count


def codes_of(value, shape, units, name):
    """Return codes as int64 of `shape`, ("B", cms) or (macs, cms): the winner of each module, all -1 while idle."""
    wanted = f"a whole-number array of shape ({', '.join(map(str, shape))})"
    array = array_of(value, name, wanted)
    fits = array.ndim == 2 and all(want in ("B", size) for want, size in zip(shape, array.shape))
    if not fits or array.dtype.kind not in "iu":
        raise PatternError(f"{name}: {wanted} is expected, got {array.dtype} {array.shape}")
    idle = (array == -1).all(axis=1)
    if ((array < 0) | (array >= units))[~idle].any():
        raise PatternError(
            f"{name}: winners 0 to {units - 1} are expected, or -1 in all modules of a code; got "
            f"{array.min()} to {array.max()}"
        )
    return array.astype(np.int64)


def seed_of(value, owner):
    """Return a seed as an int from 0 to 2^64 - 1, or raise DescriptionError."""
    if count(value, owner, "seed") >= 1 << 64:
        raise DescriptionError(f"{owner}.seed: a whole number below 2**64 is expected, got {value!r}")
    return int(value)


def sides(value, owner, name):
    """Return rows and columns as a tuple of 2 ints of at least 1, or raise UsageError or DescriptionError."""
    if not isinstance(value, (tuple, list, np.ndarray)) or len(value) != 2:
        raise UsageError(f"{owner}.{name}: two numbers, rows and columns, are expected, got {value!r}")
    return tuple(count(side, owner, name, least=1) for side in value)


def switch(value, owner, name):
    """Return True or False, or raise UsageError."""
    if not isinstance(value, (bool, np.bool_)):
        raise UsageError(f"{owner}.{name}: True or False is expected, got {value!r}")
    return bool(value)


def kind_of(value, kind, owner, name, optional=True):
    """Return an object of class `kind`, or None if that may be, or raise UsageError."""
    if not isinstance(value, kind) and not (value is None and optional):
        raise UsageError(f"{owner}.{name}: a {kind.__name__} is expected, got {value!r}")
    return value


def voting_of(value, levels):
    """Return which of so many levels vote, a tuple of different ints; the highest if none are given."""
    if value is None:
        return (levels - 1,)
    given = list(value) if isinstance(value, (tuple, list, range, np.ndarray)) else []
    whole = all(isinstance(i, (int, np.integer)) and not isinstance(i, bool) and 0 <= i < levels for i in given)
    if not given or not whole or len(set(given)) != len(given):
        raise UsageError(
            f"SparseyHierarchy.voting: a tuple of different levels, 0 to {levels - 1}, is expected, got {value!r}"
        )
    return tuple(int(i) for i in given)


def level_of(value, levels):
    """Return the index of one of so many levels, from the end if negative, or raise UsageError."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or not -levels <= value < levels:
        raise UsageError(f"codes.level: a whole number from {-levels} to {levels - 1} is expected, got {value!r}")
    return int(value)


def labels_of(value, batch, classes):
    """Return labels as int64 (batch,), -1 if there are none, or raise PatternError."""
    if value is None:
        return np.full(batch, -1)
    labels = array_of(value, "labels", f"an array of {batch} whole numbers")
    if labels.shape != (batch,) or labels.dtype.kind not in "iu":
        raise PatternError(f"labels: {batch} whole numbers are expected, got {labels.dtype} {labels.shape}")
    if labels.size and not 0 <= labels.min() <= labels.max() < classes:
        raise PatternError(f"labels: classes 0 to {classes - 1} are expected, got {labels.min()} to {labels.max()}")
    return labels.astype(np.int64)


def frames_of(episodes, shape, channels, name):
    """Checked episodes, (list of bool (T, pixels, channels), False), or images, (bool (B, pixels, channels), True)."""
    wanted = (*shape, channels) if channels > 1 else tuple(shape)
    if isinstance(episodes, np.ndarray) and episodes.ndim == len(wanted) + 1:
        return _frames(episodes, wanted, channels, name, "B"), True
    if isinstance(episodes, np.ndarray) and episodes.ndim == len(wanted) + 2:
        episodes = list(episodes)
    if not isinstance(episodes, (list, tuple)):
        inner = ", ".join(map(str, wanted))
        got = f"shape {episodes.shape}" if isinstance(episodes, np.ndarray) else repr(episodes)[:60]
        raise PatternError(
            f"{name}: a list of arrays of shape (T, {inner}), or images of shape (B, {inner}), are expected, got {got}"
        )
    return [_frames(frames, wanted, channels, f"{name}[{i}]", "T") for i, frames in enumerate(episodes)], False


def episode_of(frames, shape, channels, name):
    """One checked episode, bool (T, pixels, channels)."""
    wanted = (*shape, channels) if channels > 1 else tuple(shape)
    return _frames(frames, wanted, channels, name, "T")


def _frames(frames, wanted, channels, name, first):
    expected = f"an array of shape ({first}, {', '.join(map(str, wanted))})"
    frames = array_of(frames, name, expected)
    if frames.shape[1:] != wanted:
        raise PatternError(f"{name}: {expected} is expected, got shape {frames.shape}")
    if len(frames) == 0:
        raise PatternError(f"{name}: {expected} is expected with {first} of at least 1, got none")
    if not ((frames == 0) | (frames == 1)).all():
        raise PatternError(f"{name}: 0 or 1 expected, got other values; binarize them first")
    return frames.astype(bool).reshape(len(frames), -1, channels)


def weights_of(weights, shapes):
    """The arrays of `Sparsey.with_weights`, in the order of `shapes`."""
    if not isinstance(weights, dict):
        raise PatternError(f"with_weights: a dict of {' and '.join(shapes)} is expected, got {weights!r:.60}")
    given, arrays = dict(weights), []
    for name, shape in shapes.items():
        if name not in given:
            raise PatternError(f"with_weights: {name} is missing")
        values = given.pop(name)
        values = values.values if isinstance(values, WeightArray) else values
        values = array_of(values, f"with_weights: {name}", f"an array of shape {shape}")
        if values.shape != shape:
            raise PatternError(f"with_weights: {name} of shape {shape} is expected, got {values.dtype} {values.shape}")
        if not np.isfinite(values).all() or (values < 0).any():
            raise PatternError(f"with_weights: {name} must be finite and at least 0")
        arrays.append(values)
    if given:
        raise PatternError(f"with_weights: no weights called {next(iter(given))!r} in Sparsey")
    return arrays
