"""Sparse patterns of zeros and ones: the covariance rule of Tsodyks and Feigelman, and Willshaw's clipped Hebb."""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq, minimize
from scipy.special import ndtr, ndtri

from neuromem.errors import UsageError
from neuromem.theory.checks import number, whole
from neuromem.theory.curves import maximum
from neuromem.theory.information import transinformation


@dataclass(frozen=True)
class SparseCapacity:
    """What a network of the covariance rule can hold, K = alpha N, with the best threshold.

    Attributes
    ----------
    f : float
        Fraction of active units.
    alpha_c : float
        Largest load at which patterns are retrieved.
    m : float
        Overlap P(on | stored 1) - P(on | stored 0) there.
    bits_at_critical : float
        Information per directed synapse there.
    bits_max : float
        Largest information per directed synapse at any load.
    alpha_at_bits_max : float
        The load of bits_max.
    """

    f: float
    alpha_c: float
    m: float
    bits_at_critical: float
    bits_max: float
    alpha_at_bits_max: float


class _Point(NamedTuple):
    alpha: float
    m: float
    bits: float


def tsodyks_feigelman(f):
    """Return the SparseCapacity of J_ij = sum (xi_i - f)(xi_j - f)/(N f (1 - f)), inputs sum_j J_ij (V_j - f), T = 0.

    With the thresholds x1, x0 of stored ones and zeros in units of the noise, p1 = Phi(x1), p0 = Phi(x0):

        m = p1 - p0,  s = m/(x1 - x0),  C = (f phi(x1) + (1 - f) phi(x0))/s,  Q = (f p1 + (1 - f) p0)(1 - 2f) + f^2,
        alpha = s^2 (1 - C)^2/Q,

    maximised over x1 and x0: closed form but for that. f = 1/2 is the Hopfield network.

    Parameters
    ----------
    f : float
        Activity, 1e-6 to 1/2.

    Raises
    ------
    UsageError

    References
    ----------
    Tsodyks and Feigelman, Europhys. Lett. 6:101 (1988); Perez-Vicente and Amit, J. Phys. A 22:559 (1989).
    """
    return _tsodyks_feigelman(number("f", f, 1e-6, 0.5))


@lru_cache(maxsize=256)
def _tsodyks_feigelman(f):
    critical, best = _best(f, "alpha"), _best(f, "bits")
    return SparseCapacity(f, critical.alpha, critical.m, critical.bits, best.bits, best.alpha)


def _at_thresholds(f, x1, x0):
    """Return the _Point of thresholds x1 > x0; its load is zero where spins would order by themselves."""
    p1, p0 = float(ndtr(x1)), float(ndtr(x0))
    m = p1 - p0
    s = m / (x1 - x0)
    density = (f * math.exp(-x1 * x1 / 2) + (1 - f) * math.exp(-x0 * x0 / 2)) / math.sqrt(2 * math.pi)
    if density >= s:
        return _Point(0.0, m, 0.0)
    Q = (f * p1 + (1 - f) * p0) * (1 - 2 * f) + f * f
    alpha = (s - density) ** 2 / Q
    return _Point(alpha, m, alpha * transinformation(f, p0, 1 - p1))


def _best(f, what):
    """Return the _Point with the largest load or information: a scan, then a search from its best point."""

    def value(x):
        return getattr(_at_thresholds(f, x[0], x[1]), what) if x[0] > x[1] + 1e-9 else 0.0

    x1, x0 = np.meshgrid(np.linspace(-0.5, 4, 28), np.linspace(-6.5, -0.2, 40))
    start = max(zip(x1.ravel(), x0.ravel()), key=value)
    found = start
    for _ in range(2):
        found = minimize(lambda x: -value(x), found, method="Nelder-Mead", options={"xatol": 1e-10, "fatol": 1e-15}).x
    return _at_thresholds(f, *found.tolist())


class WinnersState(NamedTuple):
    """The retrieval state of f N winners: overlap m, NaN beyond alpha_c, the largest load at which there is one."""

    m: float
    alpha_c: float


def winners(alpha, f):
    """Return the WinnersState of the covariance rule when exactly f N units with the largest inputs are active, T = 0.

    The threshold follows from f p1 + (1 - f) p0 = f, which leaves one number, x1, and the load as a function of it:
    alpha(x1, x0(x1)) of `tsodyks_feigelman`. Retrieval is its part from x1 = inf down to the first maximum.

    Raises
    ------
    UsageError
    """
    alpha, f = number("alpha", alpha), number("f", f, 1e-6, 0.5)
    top, alpha_c = _winners_spinodal(f)
    if alpha > alpha_c:
        return WinnersState(math.nan, alpha_c)
    if alpha <= _with_winners(f, _FAR).alpha:
        return WinnersState(1.0, alpha_c)
    x1 = brentq(lambda x: _with_winners(f, x).alpha - alpha, top, _FAR, xtol=1e-14)
    return WinnersState(_with_winners(f, x1).m, alpha_c)


_FAR = 8.0  # sigma from the threshold: a load of nearly nothing


def _with_winners(f, x1):
    return _at_thresholds(f, x1, float(ndtri(f * ndtr(-x1) / (1 - f))))


@lru_cache(maxsize=256)
def _winners_spinodal(f):
    x = np.linspace(_FAR, float(ndtri(f)) + 1e-3, 341)  # p1 > p0 is p1 > f
    loads = [_with_winners(f, float(each)).alpha for each in x]
    k = next(k for k in range(1, len(x) - 1) if loads[k] > loads[k + 1])
    x1 = maximum(lambda each: _with_winners(f, each).alpha, x[k + 1], x[k - 1])
    return x1, _with_winners(f, x1).alpha


class WillshawState(NamedTuple):
    """A clipped Hebbian matrix after M pairs.

    p1 : fraction of synapses that are on; p01 : probability that a unit that should be silent fires, full cue;
    errors : such units per recall; bits : information per synapse.
    """

    p1: float
    p01: float
    errors: float
    bits: float


def willshaw(m, n, k, l, M):  # noqa: E741 - the field's letters
    """Return the WillshawState of M pairs: k of m address units, l of n content units active.

    p1 = 1 - (1 - k l/(m n))^M,  p01 = p1^k,  bits = M T(l/n, p01, 0)/m, with T the bits of a binary channel.

    Raises
    ------
    UsageError

    References
    ----------
    Willshaw, Buneman and Longuet-Higgins, Nature 222:960 (1969); Palm, Biol. Cybern. 36:19 (1980); Knoblauch, Palm and
    Sommer, Neural Comput. 22:289 (2010), section 3.
    """
    m, n, k, l = _sizes(m, n, k, l)  # noqa: E741
    M = number("M", M)
    p1 = -math.expm1(M * math.log1p(-k * l / (m * n))) if k * l < m * n else float(M > 0)
    p01 = p1**k
    return WillshawState(p1, p01, (n - l) * p01, M * transinformation(l / n, p01, 0.0) / m)


def willshaw_capacity(m, n, k, l, eps=0.01):  # noqa: E741
    """Return (M, WillshawState): the number of pairs at which the wrong units of a recall are eps l.

    M is a real number: p1 = (eps l/(n - l))^(1/k), M = ln(1 - p1)/ln(1 - k l/(m n)).
    """
    m, n, k, l = _sizes(m, n, k, l)  # noqa: E741
    eps = number("eps", eps, math.ulp(0.0))
    if l == n or eps * l >= n - l or k * l == m * n:
        raise UsageError(f"willshaw_capacity: {l} of {n} active units leave no room for a fraction {eps} of errors")
    M = math.log1p(-((eps * l / (n - l)) ** (1 / k))) / math.log1p(-k * l / (m * n))
    return M, willshaw(m, n, k, l, M)


def _sizes(m, n, k, l):  # noqa: E741
    m, n = whole("m", m, 1), whole("n", n, 1)
    return m, n, whole("k", k, 1, m), whole("l", l, 1, n)
