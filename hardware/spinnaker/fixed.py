"""How sPyNNaker's host and cores turn parameters into integers. Pure functions on numbers.

The host rounds to s16.15; the cores derive decays from those integers, with a table-driven exponential of their own.
"""

import math
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

import numpy as np

from neuromem.errors import FitError
from neuromem.hardware.spinnaker.limits import ACCUM_FRACTION, ACCUM_LIMIT, LARGEST_WEIGHT, TRACE_BITS

ONE = 1 << ACCUM_FRACTION
_UNIT = 1 << 32
_WHOLE = [round(_UNIT * math.exp(k)) for k in range(-13, 13)]
"""exp(k) in units of 2**-32."""
_SIXTEENTHS = [round(-_UNIT * math.expm1(-k / 16)) for k in range(16)]
"""1 - exp(-k / 16) in units of 2**-32."""
_SERIES = (5294, 4293434720, 2081624032)
"""1 - exp(-x) for x below 1/16 as a quadratic, in units of 2**-32: what the cores hold. It is 1.2e-6 off at most."""
_LOWEST, _HIGHEST = -340695, 363408
"""Range of the exponential's argument, s16.15."""


def accum(value, owner, name):
    """Round to s16.15, halves away from zero: int, or int64 array for arrays.

    Raises
    ------
    FitError
        If it lies outside the format.
    """
    if np.ndim(value):
        return np.array([accum(item, owner, name) for item in np.asarray(value).tolist()], np.int64)
    value = float(value)
    if not -ACCUM_LIMIT <= value <= ACCUM_LIMIT - 1.0 / ONE:
        raise FitError(
            f"{owner}.{name}: {value:g} is outside s16.15, which holds -{ACCUM_LIMIT} to just below {ACCUM_LIMIT}"
        )
    return int((Decimal(repr(value)) * ONE).to_integral_value(ROUND_HALF_UP))


def divided(a, b):
    """Quotient of two positive s16.15 numbers, rounded down, as the cores divide."""
    return (a << ACCUM_FRACTION) // b


@lru_cache(1 << 16)
def exponential(x):
    """exp(x) in units of 2**-32 as the cores compute it; `x` is s16.15, 0 below their range."""
    if x < _LOWEST:
        return 0
    if x > _HIGHEST:
        return 0x7FFFFFFF
    whole, part = x >> ACCUM_FRACTION, x & (ONE - 1)
    if part == 0:
        return _WHOLE[13 + whole]
    rest = ONE - part
    value = _WHOLE[14 + whole]
    value -= _scaled(value, _SIXTEENTHS[rest >> 11])
    small = (rest & 0x7FF) << 17
    series = _SERIES[1] - ((_SERIES[2] * small) >> 32)
    series = ((series * small) >> 32) + _SERIES[0]
    return value - _scaled(value, series)


def _scaled(value, factor):
    """`value` times `factor` / 2**32: high and low words apart, the low one rounded as the cores do."""
    high, low = value >> 32, value & (_UNIT - 1)
    product = low * factor
    return high * factor + (product >> 32) + ((product & (_UNIT - 1)) >= 0x7FFFFFFF)


def membrane(tau_m, cm, dt):
    """(resistance, decay per step), s16.15, from s16.15 time constant, capacitance and time step."""
    return divided(tau_m, cm), exponential(-divided(dt, tau_m)) >> 17


def synapse(tau, dt):
    """(decay per step, share of a weight that is its mean over a step), in units of 2**-32, from s16.15 numbers."""
    decay = exponential(-divided(dt, tau)) & (_UNIT - 1)
    return decay, ((divided(tau, dt) * (_UNIT - 1 - decay)) >> ACCUM_FRACTION) & (_UNIT - 1)


def refractory_steps(tau, dt):
    """Steps of a refractory period, rounded up, from s16.15 numbers."""
    return -(-divided(tau, dt) >> ACCUM_FRACTION)


def weights(values, shift):
    """16-bit weights (int64 array): nearest integers in units of 2**(shift - 15) nA, cut at 65535."""
    raw = np.rint(np.asarray(values, np.float64) * 2.0 ** (ACCUM_FRACTION - shift))
    return np.minimum(raw, LARGEST_WEIGHT).astype(np.int64)


def quantum(shift):
    """Smallest difference of two weights in nA."""
    return 2.0 ** (shift - ACCUM_FRACTION)


def decay_table(tau, dt):
    """exp(-k dt / tau) for k = 0, 1, ... in units of 2**-11, rounded down, until it is below one: int64 array.

    Its length is even, as the host makes it. `tau` and `dt` are ms.
    """
    rate = dt / tau
    pairs, rest = divmod(math.log(1 << TRACE_BITS) / rate, 2)
    size = (int(pairs) + (rest > 0)) * 2
    return np.floor(np.exp(np.arange(size) * -rate) * (1 << TRACE_BITS)).astype(np.int64)
