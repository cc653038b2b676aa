"""Exponential, logarithm and powers without a branch or a call that hangs on the argument.

A loop over them is a loop over vectors, and takes the same time for any values.
"""

import numpy as np

from neuromem.kernels.jit import inlined, inner

_LOG2_E = 1.4426950408889634
_LN2_HIGH, _LN2_LOW = 0.693147180369123816490, 1.90821492927058770002e-10
"""ln 2 in two parts; a whole number of up to 11 bits times the first is exact."""

_TO_WHOLE, _TO_FLOAT = 1.5 * 2.0**52, 2.0**52
"""A number plus the first is a whole number, held in the sum's last bits; a count in the last bits of the second, the
same minus the second."""

_ONE = np.int64(0x3FF0 << 48)
_ROOT = np.int64(0x3FE6A09E667F3BCD)
_COUNT = np.int64(0x4330 << 48)
"""Bits of 1, of the square root of 1/2, and of 2^52."""

_EXPONENT, _MANTISSA = np.int64(52), np.int64((1 << 52) - 1)
_WHOLE_POWERS = 64


@inlined
def _power_and_rest(x):
    """(2^k, e^r - 1) with e^x = 2^k e^r, k the whole number next to x / ln 2, |r| <= ln 2 / 2; NaN stays NaN.

    e^r by its series, odd terms apart.
    """
    x = -708.0 if x < -708.0 else x
    x = 709.0 if x > 709.0 else x
    shifted = np.float64(x * _LOG2_E + _TO_WHOLE)
    k = shifted - _TO_WHOLE
    r = (x - k * _LN2_HIGH) - k * _LN2_LOW
    z = r * r
    even = 1 / 479001600.0
    even = even * z + 1 / 3628800.0
    even = even * z + 1 / 40320.0
    even = even * z + 1 / 720.0
    even = even * z + 1 / 24.0
    even = even * z + 1 / 2.0
    odd = 1 / 6227020800.0
    odd = odd * z + 1 / 39916800.0
    odd = odd * z + 1 / 362880.0
    odd = odd * z + 1 / 5040.0
    odd = odd * z + 1 / 120.0
    odd = odd * z + 1 / 6.0
    power_of_two = np.int64((shifted.view(np.int64) << _EXPONENT) + _ONE)
    return power_of_two.view(np.float64), r + z * (even + r * odd)


@inlined
def exp(x):
    """e^x, relative error below 4e-16, float64; x beyond -708 or 709 counts as that."""
    power, rest = _power_and_rest(np.float64(x))
    return (1.0 + rest) * power


@inlined
def expm1(x):
    """e^x - 1, relative error below 6e-16, float64; x beyond -708 or 709 counts as that."""
    power, rest = _power_and_rest(np.float64(x))
    return rest * power + (power - 1.0)


@inlined
def log(x):
    """Natural logarithm, relative error below 5e-16, float64, of a normal x > 0.

    ln x = k ln 2 + 2 artanh s with x = 2^k m, m next to 1 and s = (m - 1) / (m + 1); artanh by its series.
    """
    bits = np.float64(x).view(np.int64) + (_ONE - _ROOT)
    m = np.int64((bits & _MANTISSA) + _ROOT).view(np.float64)
    k = np.int64((bits >> _EXPONENT) | _COUNT).view(np.float64) - (_TO_FLOAT + 1023.0)
    s = (m - 1.0) / (m + 1.0)
    z = s * s
    w = z * z
    even = 1 / 23.0
    even = even * w + 1 / 19.0
    even = even * w + 1 / 15.0
    even = even * w + 1 / 11.0
    even = even * w + 1 / 7.0
    even = even * w + 1 / 3.0
    odd = 1 / 21.0
    odd = odd * w + 1 / 17.0
    odd = odd * w + 1 / 13.0
    odd = odd * w + 1 / 9.0
    odd = odd * w + 1 / 5.0
    return k * _LN2_HIGH + (2 * s + (2 * s * z * (even + z * odd) + k * _LN2_LOW))


@inner
def times_power(out, base, power):
    """Multiply out[i] by base[i]^power, for base >= 0, which is written over; both float64 (n,).

    Whole powers up to 64 are multiplied out, so that the first is exact.
    """
    if not (0 <= power <= _WHOLE_POWERS and power == np.floor(power)):
        for i in range(out.size):
            out[i] *= exp(power * log(base[i])) if base[i] > 0 else 0.0
        return
    left = np.int64(power)
    while left > 0:
        if left & 1:
            for i in range(out.size):
                out[i] *= base[i]
        left >>= 1
        if left > 0:
            for i in range(out.size):
                base[i] *= base[i]
