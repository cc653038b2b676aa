"""Every solution of the replica-symmetric saddle point, found by looking everywhere: plain quadrature, a grid, Newton.

Nothing here comes from `neuromem.theory`. Unknowns are the overlap n and the crosstalk noise w; the field is g u + w z.
"""

import math

import numpy as np
from scipy.optimize import root

_X, _W = np.polynomial.hermite_e.hermegauss(160)
_W = _W / _W.sum()
_Z = np.linspace(-8.5, 8.5, 1201)
_D = np.exp(-(_Z**2) / 2)
_D /= _D.sum()


def averages(g, s, T, fine=False):
    """m, C = (1 - q)/T and q of arrays g, s at T; T = 0 in closed form."""
    g, s = np.asarray(g, float), np.maximum(np.asarray(s, float), 1e-12)
    if T == 0:
        y = g / (math.sqrt(2) * s)
        erf = np.vectorize(math.erf)
        return erf(y), np.sqrt(2 / math.pi) / s * np.exp(-y * y), np.ones_like(y)
    z, d = (_Z, _D) if fine or T < 0.25 else (_X, _W)
    t = np.tanh((g[..., None] + s[..., None] * z) / T)
    q = (t * t) @ d
    return t @ d, (1 - q) / T, q


def crosstalk(P, diagonal, q, C):
    """w^2 per load, inf where the pairwise equations make no sense."""
    if P == 2:
        with np.errstate(divide="ignore"):
            return np.where(C < 1, q / (1 - C) ** 2, np.inf)
    if not diagonal:
        return q ** (P - 1)
    # d/dq of the covariance of x^P and y^P for two Gaussians of correlation q, by Hermite numbers of pairings
    total = np.zeros_like(q)
    for k in range(P, 0, -2):
        c = math.comb(P, k) * math.prod(range(P - k - 1, 0, -2))
        total = total + c * c * math.factorial(k) * k * q ** (k - 1)
    return total / P**2


def residuals(n, w, load, T, P, rho, diagonal=False, fine=False):
    """(n equation, noise equation, (m, q)) at arrays n and w."""
    n, w = np.asarray(n, float), np.asarray(w, float)
    g = n ** (P - 1) / math.sqrt(1 + rho)
    m, C, q = averages(g, np.sqrt(rho * g * g + w * w), T, fine)
    first = (m + rho * g * C) / math.sqrt(1 + rho) - n
    return first, load * crosstalk(P, diagonal, q, C) - w * w, (m, q)


def solutions(load, T, P, rho, diagonal=False, cells=70):
    """All (n, w, m, q) with n > 0.02, the largest n first."""
    unit = math.prod(range(2 * P - 3, 0, -2)) if diagonal and P > 2 else 1
    most = 1.02 * math.sqrt(load * unit) if P > 2 else max(1.2, 3 * math.sqrt(load))
    n, w = np.meshgrid(np.linspace(0.02, 1.0, cells), np.linspace(0, most, cells), indexing="ij")
    first, second, _ = residuals(n, w, load, T, P, rho, diagonal)
    change = np.ones((cells - 1, cells - 1), bool)
    for f in (first, second):
        corners = np.sign(np.stack([f[:-1, :-1], f[1:, :-1], f[:-1, 1:], f[1:, 1:]]))
        change &= corners.min(axis=0) < corners.max(axis=0)
    found = []

    def equations(x):
        a, b, _ = residuals(x[0], x[1], load, T, P, rho, diagonal, fine=True)
        return [float(a), float(b) if np.isfinite(b) else 1e3]

    for i, j in np.argwhere(change):
        start = [(n[i, j] + n[i + 1, j]) / 2, (w[i, j] + w[i, j + 1]) / 2]
        solved = root(equations, start, tol=1e-13)
        x = np.abs(solved.x)
        if max(map(abs, equations(x))) < 1e-10 and x[0] > 0.02:
            found.append((x[0], x[1], *(float(v) for v in residuals(x[0], x[1], load, T, P, rho, diagonal, True)[2])))
    return sorted(found, reverse=True)
