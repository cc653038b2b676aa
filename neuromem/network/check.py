"""Small checks shared by every part of a description; each error starts with the object's name."""

import sys

import numpy as np

from neuromem.errors import DescriptionError, UsageError
from neuromem.network.equations import units

TIME_TOLERANCE = 1e-9
"""Largest distance from a whole number of steps, in steps, that counts as rounding of decimal input."""


MOST_STEPS = 1e12
"""Longest time in steps that a description may name."""


def without_unit(value, unit, owner, name):
    """Turn a Brian2 quantity, text such as "20*ms", or a list that holds some, into numbers in `unit`.

    Plain numbers pass through.

    Raises
    ------
    DescriptionError
        If the quantity has another dimension, or the attribute takes plain numbers only.
    """
    if isinstance(value, (list, tuple)) and "brian2" in sys.modules:  # NumPy would drop the units of its items
        return [without_unit(item, unit, owner, name) for item in value]
    text = isinstance(value, str)
    if not text and not hasattr(value, "get_best_unit"):
        return value
    found = (units.quantity(value) if text else units.inside(value)) if unit else None
    dimension, size = units.parse(unit) if unit else (None, 1.0)
    if text and found is None:
        return value  # no quantity: for the caller to refuse
    if found is None or found[1] != dimension:
        raise DescriptionError(f"{owner}.{name}: a value in {unit or 'plain numbers'} is expected, got {value}")
    return found[0] / size


def numbers(value, owner, name, *, unit=None, low=None, high=None, above=None, scalar=False):
    """Return `value` as a finite float or float64 array within bounds.

    Parameters
    ----------
    value : float or array_like
    owner, name : str
        What the error message calls the object and its attribute.
    unit : str, optional
        The toolkit's unit of the attribute, into which a Brian2 quantity is converted.
    low, high : float, optional
        Inclusive bounds.
    above : float, optional
        Exclusive lower bound.
    scalar : bool
        Refuse arrays.

    Raises
    ------
    DescriptionError
        If it is not numeric, not finite or out of bounds.
    """
    value = without_unit(value, unit, owner, name)
    try:
        array = np.asarray(value)
        if array.dtype.kind not in "biuf":
            raise TypeError
        array = array.astype(np.float64)
    except (TypeError, ValueError):
        what = "a number" if scalar else "a number or an array of numbers"
        raise DescriptionError(f"{owner}.{name}: {what} is expected, got {_short(value)}") from None
    if scalar and array.ndim:
        raise DescriptionError(f"{owner}.{name}: one number is expected, got an array of shape {array.shape}")
    if not np.isfinite(array).all():
        raise DescriptionError(f"{owner}.{name}: must be finite, but holds NaN or infinity")
    if low is not None and (array < low).any():
        raise DescriptionError(f"{owner}.{name}: must be at least {low:g}, got {array.min():g}")
    if above is not None and (array <= above).any():
        raise DescriptionError(f"{owner}.{name}: must be greater than {above:g}, got {array.min():g}")
    if high is not None and (array > high).any():
        raise DescriptionError(f"{owner}.{name}: must be at most {high:g}, got {array.max():g}")
    return array.item() if array.ndim == 0 else array


def indices(value, owner, name, size=None):
    """Return `value` as int64 (k,): whole numbers from 0 to size - 1.

    Raises
    ------
    DescriptionError
    """
    try:
        array = np.atleast_1d(np.asarray(value))
    except ValueError:
        raise DescriptionError(f"{owner}.{name}: a list of whole numbers is expected, got {_short(value)}") from None
    if array.dtype.kind in "iu" and array.ndim == 1 and not (array.size and array.max() > np.iinfo(np.int32).max):
        exact = array.astype(np.int64)
    else:
        given = np.atleast_1d(numbers(value, owner, name, high=float(np.iinfo(np.int32).max)))
        if given.ndim != 1 or (given != np.rint(given)).any():
            raise DescriptionError(f"{owner}.{name}: a list of whole numbers is expected, got {_short(value)}")
        exact = given.astype(np.int64)
    if exact.size and exact.min() < 0:
        raise DescriptionError(f"{owner}.{name}: must be at least 0, got {exact.min()}")
    if size is not None and exact.size and exact.max() >= size:
        raise DescriptionError(f"{owner}.{name}: {exact.max()} is outside a population of {size}")
    return exact


def _short(value):
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def steps(time, dt, owner, name, *, least=0):
    """Convert a time in ms to whole steps of `dt`; a time between two steps is an error, not a rounding.

    Returns
    -------
    int or ndarray of int64
    """
    time = numbers(time, owner, name, unit="ms")
    exact = np.asarray(time) / dt
    if (exact > MOST_STEPS).any():
        raise DescriptionError(f"{owner}.{name}: {np.max(time):g} ms is more than {MOST_STEPS:g} steps")
    whole = np.rint(exact)
    if (whole < least).any():
        bad = np.atleast_1d(time)[np.atleast_1d(whole < least)][0]
        bound = f"at least one step, dt = {dt:g} ms" if least else "zero or later"
        raise DescriptionError(f"{owner}.{name}: must be {bound}, got {bad:g} ms")
    off = np.abs(exact - whole) > TIME_TOLERANCE * np.maximum(1.0, np.abs(exact))
    if off.any():
        bad = np.atleast_1d(time)[np.atleast_1d(off)][0]
        raise DescriptionError(f"{owner}.{name}: {bad:g} ms is not a multiple of the time step dt = {dt:g} ms")
    whole = whole.astype(np.int64)
    return int(whole) if whole.ndim == 0 else whole


def count(value, owner, name, *, least=0):
    """Return `value` as an int of at least `least`, or raise DescriptionError."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise DescriptionError(f"{owner}.{name}: a whole number of at least {least} is expected, got {value!r}")
    return int(value)


def check_network(network, call):
    """Raise UsageError if what was given to a call is no Network."""
    from neuromem.network.network import Network

    if not isinstance(network, Network):
        raise UsageError(f"{call}: a Network is expected, got {network!r}")
