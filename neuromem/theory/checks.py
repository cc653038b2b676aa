"""What all theory functions share: checks of their arguments, the maximum of a curve and its zero."""

import math
import operator

from scipy.optimize import brentq, minimize_scalar

from neuromem.errors import UsageError

MOST_BODIES = 64
"""Largest P: factorials of it are still good as float64."""


def number(name, value, least=0.0, most=math.inf):
    """Return `value` as a finite float with least <= value <= most."""
    try:
        given = float(value)
    except (TypeError, ValueError):
        raise UsageError(f"{name}: a number is expected, got {value!r}") from None
    if isinstance(value, bool) or not math.isfinite(given):
        raise UsageError(f"{name}: a finite number is expected, got {value!r}")
    if given < least:
        raise UsageError(f"{name}: at least {least:g} is expected, got {value!r}")
    if given > most:
        raise UsageError(f"{name}: at most {most:g} is expected, got {value!r}")
    return given


def whole(name, value, least=0, most=None):
    """Return `value` as an int with least <= value <= most."""
    try:
        given = operator.index(value)
    except TypeError:
        raise UsageError(f"{name}: a whole number is expected, got {value!r}") from None
    if isinstance(value, bool) or given < least:
        raise UsageError(f"{name}: a whole number of at least {least} is expected, got {value!r}")
    if most is not None and given > most:
        raise UsageError(f"{name}: a whole number of at most {most} is expected, got {value!r}")
    return given


def bodies(P):
    """Return P, the number of spins that interact, as an int from 2 to MOST_BODIES."""
    return whole("P", P, 2, MOST_BODIES)


def maximum(function, low, high):
    """Return where a function with one maximum between low and high has it."""
    return float(minimize_scalar(lambda x: -function(x), bounds=(low, high), options={"xatol": 1e-10}).x)


def root(function, low, high):
    """Return where a function that changes sign between low and high is zero, to rounding, however small that is."""
    return brentq(function, low, high, xtol=1e-300, rtol=4 * math.ulp(1.0), maxiter=3000)
