"""Retrieval with one step of replica symmetry breaking (1RSB): the curve load(n) again, and its maximum.

States come in clusters: overlap q1 within and q0 between them. The field is a + sigma y, a = g u + w z, where
w^2 = load * r0 and sigma^2 = load * (r1 - r0); in a cluster, y has the weight (2 cosh h/T)^(mu T) (`tilted`), and

    sqrt(1 + rho) n = m + rho g X,    m = E_z <tanh>,  q0 = E_z <tanh>^2,  q1 = E_z <tanh^2>,  X = C + mu (q1 - q0),
    load * dE/dmu + E_z (ln Z/mu^2 - <T ln 2cosh>/mu) = 0,

the last because the free energy is stationary in mu. At fixed n these are three equations for w, sigma and mu. Where
replica symmetry is stable there is nothing to break, and the replica-symmetric solution stands.

Sources: as in `crosstalk`; for P >= 3 Gardner, J. Phys. A 20:3453 (1987), section 4.
"""

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize_scalar, root

from neuromem.errors import NotSupportedError
from neuromem.theory.tilted import tilted

_STARTS = [(part, x) for part in (0.06, 0.5, 0.2, 0.9) for x in (1.1, 0.6, 2.0)]  # sigma/w, mu sigma
_CLOSED, _LOOSE = 1e-9, 1e-6
"""Largest violation; the second one near marginal stability, where the equations are nearly degenerate."""
_FINEST = 1e-3
_MARGINAL = 1e-3
"""Where the replicon eigenvalue is this close to zero, breaking changes a load by less than 1e-6."""


class BrokenPoint(NamedTuple):
    """One 1RSB solution; mu is the breaking parameter over T, and q1 = q0 where replica symmetry holds."""

    n: float
    m: float
    q0: float
    q1: float
    C: float
    mu: float
    load: float


class _Unknowns(NamedTuple):
    w: float
    sigma: float
    mu: float


def spinodal(saddle):
    """Return the BrokenPoint of largest load on the retrieval branch of a Saddle, or None without retrieval."""
    return _spinodal(saddle)


def at_overlap(saddle, n, start=None):
    """Return (BrokenPoint of overlap n, the unknowns to start from next to it)."""
    plain = saddle.point(n)
    margin = saddle.replicon(plain)
    if saddle.T > 0 and margin >= -_MARGINAL * saddle.T:
        return BrokenPoint(n, plain.m, plain.q, plain.q, plain.C, 0.0, plain.load), None
    closed = _LOOSE if margin > -10 * _MARGINAL * saddle.T else _CLOSED
    starts = [] if start is None else [start]
    starts += [
        _Unknowns(plain.w, part * plain.w, x / (part * plain.w))
        for part, x in _STARTS[0 if saddle.crosstalk.feedback else 3 :]
    ]
    for guess in starts:
        found = root(
            lambda x: _equations(saddle, n, _Unknowns(*np.exp(x)))[0], np.log(guess), tol=1e-12, options={"maxfev": 80}
        )
        unknowns = _Unknowns(*np.exp(found.x).tolist())
        if np.abs(found.fun).max() < closed:
            return _equations(saddle, n, unknowns)[1], unknowns
    raise NotSupportedError(f"1RSB at P = {saddle.P}, T = {saddle.T}, overlap {n}: no solution was found")


def _equations(saddle, n, unknowns):
    """Return the three violations, the last two relative to sigma^2, and the BrokenPoint."""
    w, sigma, mu = unknowns
    if not (np.isfinite(unknowns).all() and mu * saddle.T < 50 and mu * sigma < 30 and sigma < 30 and w < 30):
        return np.full(3, 1e3), None
    g = saddle.signal(n)
    spread = saddle.noise(g, w)
    step = min(0.3, max(max(sigma, saddle.T) / (4 * spread), _FINEST))
    z = np.arange(-9.0, 9.0 + step / 2, step)
    gauss = step * np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    inner = tilted(g + spread * z, sigma, mu, saddle.T)
    m, q0, q1 = gauss @ inner.tanh, gauss @ inner.tanh**2, gauss @ inner.tanh2
    C = gauss @ inner.sech2
    r0, more, slope = saddle.crosstalk.broken(q0, q1, C, mu)
    load = w * w / r0
    overlap = (m + saddle.rho * g * (C + mu * (q1 - q0))) / math.sqrt(1 + saddle.rho)
    still = load * slope + gauss @ (inner.log_z / mu**2 - inner.energy / mu)
    point = BrokenPoint(n, *(float(x) for x in (m, q0, min(q1, 1.0), C, mu, load)))  # weights add up to 1 + 1e-15
    return np.array([overlap - n, load * more / sigma**2 - 1, still / sigma**2]), point


@lru_cache(maxsize=1024)
def _spinodal(saddle):
    branch = saddle.branch()
    if branch is None:
        return None
    plain, top = branch
    if saddle.T > 0 and saddle.replicon(plain) >= 0:
        return at_overlap(saddle, plain.n)[0]
    state = {"start": None}

    def load(n):
        point, start = at_overlap(saddle, n, state["start"])
        state["start"] = start or state["start"]
        return point.load

    step = 0.15 * (1 - plain.n)
    n, best = plain.n, load(plain.n)
    while (after := load(n - step)) > best:  # breaking moves the maximum to smaller overlaps
        n, best = n - step, after
    high = min(n + step, 0.5 * (n + top))
    found = minimize_scalar(lambda n: -load(n), bounds=(n - step, high), options={"xatol": 1e-9})
    return at_overlap(saddle, float(found.x), state["start"])[0]
