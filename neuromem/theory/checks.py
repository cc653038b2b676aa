"""How all theory functions check their arguments."""

import math
import operator

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
