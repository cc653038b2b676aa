"""Averages of a spin at temperature T over a Gaussian field h = g + s z: exact to rounding for every T >= 0, s >= 0.

A spin at temperature T is a spin at zero temperature with logistic noise on its field, of density sech(t)^2 / 2:

    tanh(h/T) = int dt sech(t)^2/2 sign(h - T t),    T ln 2cosh(h/T) = int dt sech(t)^2/2 |h - T t|,

so every average is the closed form of T = 0, smoothed. All integrands are analytic in a strip and fall off at both
ends, where the trapezoidal rule converges exponentially. Over t this holds while s >= T; for s < T the average is
taken over z directly. T = 0 is not a special case.
"""

import math
from typing import NamedTuple

import numpy as np
from scipy.special import erf

_STEP = 1 / 4
_T = np.arange(-19.0, 19.0 + _STEP / 2, _STEP)  # sech(19)^2 is below the rounding of 1
_SECH2 = _STEP / np.cosh(_T) ** 2
_SECH2 *= 2 / _SECH2.sum()
_SECH4 = _STEP / np.cosh(_T) ** 4
_Z = np.arange(-9.0, 9.0 + _STEP / 2, _STEP)
_GAUSS = _STEP * np.exp(-(_Z**2) / 2) / math.sqrt(2 * math.pi)
_GAUSS /= _GAUSS.sum()
_ROOT2, _ROOT2PI = math.sqrt(2.0), math.sqrt(2 * math.pi)


class Response(NamedTuple):
    """Magnetisation m = E tanh(h/T) and susceptibility C = E sech(h/T)^2 / T = (1 - q)/T; q = E tanh^2 = 1 - T C."""

    m: float
    C: float


def _sech2(x):
    e = np.exp(-2 * np.abs(x))  # where cosh would overflow, and 1 - tanh^2 cancel
    return 4 * e / (1 + e) ** 2


def _within_one(m):
    """Return a sum of weights of 1 without what rounding adds."""
    return min(max(float(m), -1.0), 1.0)


def response(g, s, T):
    """Return the Response of a spin in the field g + s z.

    g : float
        Mean field.
    s : float
        Standard deviation of the field, at least 0.
    T : float
        Temperature, at least 0.
    """
    if s < T:
        x = (g + s * _Z) / T
        return Response(_within_one(_GAUSS @ np.tanh(x)), float(_GAUSS @ _sech2(x)) / T)
    if s == 0.0:
        return Response(float(np.sign(g)), 0.0)
    x = (g - T * _T) / (_ROOT2 * s)
    return Response(_within_one(0.5 * (_SECH2 @ erf(x))), float(_SECH2 @ np.exp(-x * x)) / (_ROOT2PI * s))


def edwards_anderson(g, s, T):
    """Return q = E tanh(h/T)^2, also where it is small and 1 - T C would cancel."""
    if s < T:
        return _within_one(_GAUSS @ np.tanh((g + s * _Z) / T) ** 2)
    return 1.0 - T * response(g, s, T).C


def sech4(g, s, T):
    """Return E sech(h/T)^4 / T, which stays finite at T = 0."""
    if s < T:
        return float(_GAUSS @ _sech2((g + s * _Z) / T) ** 2) / T
    if s == 0.0:
        return 0.0
    x = (g - T * _T) / (_ROOT2 * s)
    return float(_SECH4 @ np.exp(-x * x)) / (_ROOT2PI * s)


def log_cosh(g, s, T):
    """Return T E ln 2cosh(h/T); E |h| at T = 0."""
    if s < T:
        x = np.abs(g + s * _Z)
        return float(_GAUSS @ (x + T * np.log1p(np.exp(-2 * x / T))))
    if s == 0.0:
        return abs(g)
    a = g - T * _T
    x = a / (_ROOT2 * s)
    return 0.5 * float(_SECH2 @ (a * erf(x) + 2 * s / _ROOT2PI * np.exp(-x * x)))
