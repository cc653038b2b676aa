"""What memories check alike: numbers they are made with, and weights that are given back to them."""

import math

import numpy as np

from neuromem.errors import PatternError, UsageError
from neuromem.memory import WeightArray


def whole(name, value, least, most=None):
    """Return an int with least <= value <= most, or raise UsageError."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise UsageError(f"{name}: a whole number of at least {least} is expected, got {value!r}")
    if most is not None and value > most:
        raise UsageError(f"{name}: at most {most} is expected, got {value!r}")
    return int(value)


def number(name, value, least, most, what):
    """Return a float with least <= value <= most, or raise UsageError: `what` is expected."""
    plain = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    if not plain or not least <= value <= most or math.isinf(value):
        raise UsageError(f"{name}: {what} is expected, got {value!r}")
    return float(value)


def temperature(name, T):
    """Return a temperature as a float, or raise UsageError."""
    return number(name, T, 0.0, math.inf, "a finite number of at least 0")


def array_of(value, name, wanted):
    """Return `value` as an array of numbers, or raise PatternError saying that `wanted` is expected of `name`."""
    try:
        array = np.asarray(value)
    except ValueError:
        raise PatternError(f"{name}: {wanted} is expected, got rows of unequal length") from None
    if array.dtype.kind not in "biuf":
        raise PatternError(f"{name}: {wanted} is expected, got {value!r:.60}")
    return array


def described(memory):
    """Return how a memory was made and how much it holds, on one line."""
    plain = {name: value for name, value in memory._parameters().items() if not isinstance(value, np.ndarray)}
    named = ", ".join(f"{name}={value!r}" for name, value in plain.items())
    return f"{type(memory).__name__}({named}: {memory.keys.size} stored)"


def weight_arrays(memory, weights):
    """Return the given weights as arrays of the shapes of `memory.weights()`, by name, or raise PatternError.

    Weights that are not signed may not be negative.
    """
    given, found = dict(weights), {}
    for name, own in memory.weights().items():
        if name not in given:
            raise PatternError(f"with_weights: {name} is missing")
        values = given.pop(name)
        try:
            values = np.asarray(values.values if isinstance(values, WeightArray) else values)
        except ValueError:
            raise PatternError(f"with_weights: {name} of equal length is expected") from None
        if values.dtype.kind not in "biuf" or values.shape != own.values.shape:
            raise PatternError(
                f"with_weights: {name} of shape {own.values.shape} is expected, got {values.dtype} {values.shape}"
            )
        if not np.isfinite(values).all() or (not own.signed and (values < 0).any()):
            raise PatternError(f"with_weights: {name} must be finite{'' if own.signed else ' and not negative'}")
        found[name] = values
    if given:
        raise PatternError(f"with_weights: no weights called {next(iter(given))!r} in {type(memory).__name__}")
    return found
