"""Averages of one step of replica symmetry breaking: over h = a + sigma y with the weight (2 cosh h/T)^(mu T).

mu is the breaking parameter over T: x of Parisi = mu T. At T = 0 the weight is exp(mu |h|) and everything is closed in
error functions; at T > 0 what is left over lives at |h| of a few T and is integrated there. For sigma below a few T
the whole average is taken over y.
"""

import math
from typing import NamedTuple

import numpy as np
from scipy.special import log_ndtr

_X, _GL = np.polynomial.legendre.leggauss(72)
_TAU = 10 * (_X + 1)  # 0 to 20: exp(-2 tau) falls below rounding
_GL = 10 * _GL
_TANH, _SOFT = np.tanh(_TAU), np.log1p(np.exp(-2 * _TAU))
_ROOT2PI = math.sqrt(2 * math.pi)


class Tilted(NamedTuple):
    """log Z = ln E weight, and the weighted averages of tanh, tanh^2, T ln 2cosh, sech^2/T; arrays like a."""

    log_z: np.ndarray
    tanh: np.ndarray
    tanh2: np.ndarray
    energy: np.ndarray
    sech2: np.ndarray


def tilted(a, sigma, mu, T):
    """Return the Tilted averages at the fields a, float (n,), for sigma > 0, mu > 0, T >= 0."""
    size, sign = np.abs(a), np.sign(a)
    averages = _over_y(size, sigma, mu, T) if sigma < 3 * T else _over_h(size, sigma, mu, T)
    return averages._replace(tanh=sign * averages.tanh)


def _over_y(a, sigma, mu, T):
    step = min(0.5, 0.29 * T / sigma)  # the integrand's strip is pi T / 2 sigma wide
    y = np.arange(-8.5 - mu * sigma, 8.5 + mu * sigma, step)
    x = (a[:, None] + sigma * y) / T
    soft = np.abs(x) + np.log1p(np.exp(-2 * np.abs(x)))
    log_weight = mu * T * soft - y * y / 2 + math.log(step / _ROOT2PI)
    top = log_weight.max(axis=1)
    weight = np.exp(log_weight - top[:, None])
    z, t = weight.sum(axis=1), np.tanh(x)
    mean = [(weight * f).sum(axis=1) / z for f in (t, t * t, T * soft)]
    return Tilted(top + np.log(z), *mean, (1 - mean[1]) / T)


def _over_h(a, sigma, mu, T):
    # All integrals are in units of exp(mu a + mu^2 sigma^2/2), the weight's own scale.
    shift = mu * sigma * sigma
    up = np.exp(log_ndtr(a / sigma + mu * sigma))
    down = np.exp(log_ndtr(-a / sigma + mu * sigma) - 2 * mu * a)
    touch = np.exp(-((a / sigma + mu * sigma) ** 2) / 2) / (_ROOT2PI * sigma)  # the weighted density at h = 0
    z, t1 = up + down, up - down
    energy = (a + shift) * up + (shift - a) * down + 2 * sigma * sigma * touch
    if T == 0.0:
        return Tilted(mu * a + mu * shift / 2 + np.log(z), t1 / z, np.ones_like(a), energy / z, 2 * touch / z)
    h = T * _TAU
    above = np.exp(-(((h - a[:, None] - shift) / sigma) ** 2) / 2)
    below = np.exp(-(((-h - a[:, None] + shift) / sigma) ** 2) / 2 - 2 * mu * a[:, None])
    measure = T * _GL / (_ROOT2PI * sigma)
    even, odd = (above + below) * measure, (above - below) * measure
    swell = mu * T * _SOFT
    factor = np.exp(swell)
    z = z + even @ np.expm1(swell)
    t1 = t1 + odd @ (factor * _TANH - 1)
    sech2 = even @ (factor * (1 - _TANH**2)) / T
    energy = energy + even @ (h * np.expm1(swell) + factor * T * _SOFT)
    return Tilted(mu * a + mu * shift / 2 + np.log(z), t1 / z, 1 - T * sech2 / z, energy / z, sech2 / z)
