"""Multitasking networks: diluted patterns, xi = 0 with probability d, of which several are retrieved at once.

With K patterns (K fixed, N -> infinity), H = -(1/2N) sum_mu (xi^mu.s)^2,

    m_mu = E xi^mu tanh(h/T),  h = sum_nu xi^nu m_nu,      f = sum m^2/2 - T E ln 2cosh(h/T),

the averages over all 3^K values of the patterns at a site, exactly. At T = 0 the tanh is a sign, with sign(0) = 0:
spins without a field are free. Sources: Agliari et al., Phys. Rev. Lett. 109:268101 (2012); Agliari et al., Neural
Networks 49:19 (2014).
"""

import itertools
from functools import lru_cache

import numpy as np

from neuromem.theory.checks import number, whole

MOST_PATTERNS = 10
_TIE = 1e-12  # fields below this are none: they are sums of a few numbers of order one
_SWEEPS, _NEWTON = 400, 30


def magnetisations(d, K, T):
    """Return the K overlaps of the state of least free energy, float64 (K,), descending.

    m <- E xi tanh(h/T) lowers f at every step from any start, since E ln 2cosh is convex. It is run from hierarchical,
    equal, graded and random starts, finished by Newton's method at T > 0, and the lowest state is returned. For small
    T and sum_{k<K} d^k < 1 that is the hierarchical one, m_k = (1 - d) d^(k-1); above T_c = 1 - d it is zero.

    Parameters
    ----------
    d : float
        Dilution, 0 to 1.
    K : int
        Patterns, 1 to 10.
    T : float
        Temperature, at least 0.

    Raises
    ------
    UsageError
    """
    d, K, T = number("d", d, 0.0, 1.0), whole("K", K, 1, MOST_PATTERNS), number("T", T)
    return _lowest(d, K, T).copy()


def free_energy(m, d, T):
    """Return f of the overlaps m, (K,), per spin; the energy at T = 0."""
    d, T = number("d", d, 0.0, 1.0), number("T", T)
    m = np.asarray(m, float)
    patterns, weights = _sites(m.size, d)
    return _free_energy(m, patterns, weights, T)


@lru_cache(maxsize=512)
def _lowest(d, K, T):
    if 1 - d <= T:
        return np.zeros(K)
    patterns, weights = _sites(K, d)
    best, least = None, np.inf
    for start in _starts(d, K):
        m = _settle(start, patterns, weights, T)
        f = _free_energy(m, patterns, weights, T)
        if f < least - 1e-13:
            best, least = m, f
    best = np.sort(np.abs(best))[::-1]
    best[best < _TIE] = 0.0
    return best


def _sites(K, d):
    """Return the patterns at a site, int8 (3^K, K), and their probabilities; of xi and -xi, one with both's weight."""
    patterns = np.array(list(itertools.product((0, 1, -1), repeat=K)), np.int8).reshape(-1, K)
    first = patterns[np.arange(len(patterns)), (patterns != 0).argmax(axis=1)]
    patterns = patterns[first == 1]
    active = (patterns != 0).sum(axis=1)
    return patterns.astype(float), 2 * d ** (K - active) * ((1 - d) / 2) ** active


def _starts(d, K):
    k = np.arange(K)
    yield (1 - d) * d**k
    for last in range(1, K + 1):
        yield np.where(k < last, 0.5, 0.0)
    for slope in (0.2, 0.5, 0.8, 0.95):
        yield 0.5 * (1 - slope * k / K)
        yield 0.5 * slope**k
    yield from np.sort(np.random.default_rng(0).random((8, K)))[:, ::-1]


def _response(h, T):
    if T == 0.0:
        return np.where(np.abs(h) < _TIE, 0.0, np.sign(h))
    return np.tanh(h / T)


def _settle(m, patterns, weights, T):
    for _ in range(_SWEEPS):
        before, m = m, (weights * _response(patterns @ m, T)) @ patterns
        if np.abs(m - before).max() < 1e-15:
            return m
    if T == 0.0:
        return m
    for _ in range(_NEWTON):
        t = np.tanh(patterns @ m / T)
        slope = (patterns * (weights * (1 - t * t))[:, None]).T @ patterns / T
        change = np.linalg.solve(np.eye(m.size) - slope + 1e-14 * np.eye(m.size), (weights * t) @ patterns - m)
        m = m + change
        if np.abs(change).max() < 1e-15:
            break
    return m


def _free_energy(m, patterns, weights, T):
    x = np.abs(patterns @ m)
    soft = x if T == 0.0 else x + T * np.log1p(np.exp(-2 * x / T))
    rest = T * np.log(2) * (1 - weights.sum())  # sites without any pattern
    return float(m @ m / 2 - weights @ soft - rest)
