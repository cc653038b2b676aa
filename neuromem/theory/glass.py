"""States without retrieval (m = 0): paramagnet and spin glass, their free energies and the temperature between them.

Pairwise, replica-symmetric (Amit, Gutfreund and Sompolinsky, Ann. Phys. 173:30, 1987, section 4): with noise s,
q = E tanh(s z/T)^2, alpha = s^2 (1 - C)^2/q; for every load below T_g = 1 + sqrt(alpha) exactly one s. The whole phase
is unstable against breaking.

P >= 3 without diagonals, 1RSB, which is exact down to Gardner's temperature: clusters of overlap q1 = q and nothing
between them, h = sigma y with the weight (2 cosh h/T)^(mu T), sigma^2 = v q^(P-1),

    f = -(1/2T) (zeta(1) - zeta'(q) + theta(q)) v + (mu/2) theta(q) v - (1/mu) ln Z,

stationary in q and mu (Gross and Mezard, Nucl. Phys. B 240:431, 1984; Gardner, Nucl. Phys. B 257:747, 1985). The
static temperature T_s is where mu T = 1. Only T/sqrt(v) matters.
"""

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq

from neuromem.theory.averages import edwards_anderson, log_cosh, response
from neuromem.theory.crosstalk import without_diagonals
from neuromem.theory.curves import maximum, root
from neuromem.theory.tilted import tilted

_TIGHT = 4 * np.finfo(float).eps


class GlassState(NamedTuple):
    """A state without retrieval.

    q is the overlap within a cluster of states, 0 in the paramagnet; mu the breaking parameter over T, 0 if unbroken.
    """

    q: float
    mu: float
    free_energy: float


def paramagnet(crosstalk, load, T):
    """Return the paramagnet's GlassState: f = load * crosstalk(q = 0) - T ln 2; T > 0 unless there is no load."""
    if load == 0.0:
        return GlassState(0.0, 0.0, -T * math.log(2))
    return GlassState(0.0, 0.0, load * crosstalk.energy(0.0, 1 / T, T) - T * math.log(2))


# Pairwise


def pairwise(crosstalk, load, T):
    """Return the replica-symmetric GlassState of a Pairwise crosstalk at this load."""
    most = 1 / crosstalk.spectrum[0][0]  # the susceptibility at which patterns order by themselves
    if T * most >= 1 and (load == 0.0 or (T * most > 1 and load * crosstalk.curvature(0.0, 1 / T) <= T * T)):
        return paramagnet(crosstalk, load, T)
    low = _touching(most, T)
    s = low
    if load > 0:

        def excess(s):
            q, C = edwards_anderson(0.0, s, T), response(0.0, s, T).C
            return s * s / crosstalk.variance(q, C) - load if most > C else -load  # there the variance has no bound

        high = low + 1.0
        while excess(high) < 0:
            high *= 2
        floor = low * (1 + 1e-9) if low else 1e-9 * min(1.0, math.sqrt(load))
        s = root(excess, floor, high) if excess(floor) < 0 else floor
    q, C = edwards_anderson(0.0, s, T), response(0.0, s, T).C
    noise = load * crosstalk.energy(q, C, T) if load > 0 and most > C else s * s * C / 2
    return GlassState(q, 0.0, noise - log_cosh(0.0, s, T))


def _touching(most, T):
    """Return the noise s at which C is this, where the load of the glass is zero; 0 where C is always less."""
    if T * most >= 1:
        return 0.0
    return root(lambda s: response(0.0, s, T).C - most, 1e-9, 2 / most)


# P >= 3 without diagonals, in units of sqrt(v)


def static_temperature(P):
    """Return T_s/sqrt(v), below which the paramagnet is a glass, for P >= 3.

    At mu T = 1, with x = sigma/T: q = E cosh(xy) tanh(xy)^2 / E cosh(xy), T = sqrt(v) q^((P-1)/2)/x, and df/dmu = 0 is
    (P-1)/(2P) x^2 q + ln 2 + x^2/2 = E cosh(xy) ln 2cosh(xy) / E cosh(xy).
    """
    return _at_one(P, _static_x(P))


@lru_cache(maxsize=128)
def dynamic_temperature(P):
    """Return T_d/sqrt(v), below which the paramagnet falls apart into many states, for P >= 3."""
    x = np.geomspace(0.1, 30, 400)
    best = int(np.argmax([_at_one(P, each) for each in x]))
    return _at_one(P, maximum(lambda each: _at_one(P, each), x[best - 1], x[best + 1]))


def _at_one(P, x):
    return float(tilted(np.zeros(1), x, 1.0, 1.0).tanh2[0]) ** ((P - 1) / 2) / x


@lru_cache(maxsize=128)
def _static_x(P):
    def slope(x):
        one = tilted(np.zeros(1), x, 1.0, 1.0)
        return (P - 1) / (2 * P) * x * x * one.tanh2[0] + one.log_z[0] - one.energy[0]

    low = high = 0.5  # slope = (P - 2)/4P x^4 near 0, and ln 2 - x^2/2P far out
    while slope(high) > 0:
        low, high = high, 1.1 * high
    return brentq(slope, low, high, rtol=1e-14)


def broken(P, load, T):
    """Return the 1RSB GlassState of P >= 3 bodies without diagonals at load v: the paramagnet above T_s."""
    if load == 0.0 or math.sqrt(load) * static_temperature(P) <= T:
        return paramagnet(without_diagonals(P), load, T)
    unit = math.sqrt(load)
    q, mu, free_energy = _broken_unit(P, T / unit)
    return GlassState(q, mu / unit, unit * free_energy)


@lru_cache(maxsize=1024)
def _broken_unit(P, T):
    crosstalk = without_diagonals(P)

    def overlap(mu):
        """Return the largest q that is <tanh^2> in the noise it makes, or 0 where there is none."""
        if T == 0.0:
            return 1.0

        def excess(q):
            return float(tilted(np.zeros(1), math.sqrt(crosstalk.variance(q)), mu, T).tanh2[0]) - q

        high, low = 1.0, 0.98
        while excess(low) < 0:
            high, low = low, 0.98 * low
            if low < 1e-3:
                return 0.0
        return brentq(excess, low, high, xtol=1e-16, rtol=_TIGHT)

    def slope(mu):
        """Return mu^2 df/dmu; with too little breaking there is no such q, and the slope is positive."""
        q = overlap(mu)
        if q == 0.0:
            return 1.0
        one = tilted(np.zeros(1), math.sqrt(crosstalk.variance(q)), mu, T)
        return mu * mu * crosstalk.theta(q) / 2 + float(one.log_z[0]) - mu * float(one.energy[0])

    high = 1 / T if T > 0 else 8.0 * math.sqrt(P)
    high = min(high, 8.0 * math.sqrt(P))
    mu = brentq(slope, 1e-3 * high, high, xtol=1e-15, rtol=1e-13)
    q = overlap(mu)
    one = tilted(np.zeros(1), math.sqrt(crosstalk.variance(q)), mu, T)
    noise = crosstalk.energy(q, (1 - q) / T, T) if T > 0 else 0.0
    return q, mu, noise + mu * crosstalk.theta(q) / 2 - float(one.log_z[0]) / mu
