"""Magnetisations by Plefka's expansion: what Glauber dynamics averages to, without noise, all spins at once.

m_i <- tanh((h_i(m) - reaction m_i)/T): the field of the mean spins, by pattern overlaps, less what a spin's own mean
sends back through all others (Onsager's term). With q = mean m_i^2:

    pairwise            reaction = alpha C/(1 - C), C = (1 - q)/T   all orders of independent patterns
    P = 3, 4, distinct  reaction = v (P - 1) q^(P-2) (1 - q)/T      second order, exact for many bodies

It costs what a sweep costs and holds for large n; compare it with `Hopfield.sweep`.

Sources: Plefka, J. Phys. A 15:1971 (1982); for the pairwise one Mezard, Parisi and Virasoro, Spin Glass Theory and
Beyond (1987), chapter XIII.
"""

import math
from typing import NamedTuple

import numpy as np

from neuromem.errors import NotSupportedError, UsageError
from neuromem.models.checks import number
from neuromem.models.pattern_list import as_spins


class Magnetisations(NamedTuple):
    """m: float64 (n,); q: mean of m^2; steps taken; converged."""

    m: np.ndarray
    q: float
    steps: int
    converged: bool


def magnetisations(memory, start, T, max_steps=500, tolerance=1e-8, damping=0.5):
    """Return the Magnetisations of a Hopfield memory that Plefka's equations settle in.

    Parameters
    ----------
    memory : Hopfield
        Hebb's rule with distinct spins, P = 2, 3 or 4.
    start : float array (n,)
        Magnetisations -1 to 1, such as a pattern.
    T : float
        Temperature above 0.
    damping : float
        Share of the old values in every step.

    Raises
    ------
    UsageError, NotSupportedError
    """
    if memory.rule != "hebb" or memory.interaction != "distinct" or memory.F is not None or memory.P not in (2, 3, 4):
        raise NotSupportedError("magnetisations: Plefka's equations are for Hebb's rule, distinct spins, P = 2, 3 or 4")
    T = number("magnetisations.T", T, 1e-9, math.inf, "a finite number above 0")
    m = np.array(start, float)
    if m.shape != (memory.n,) or not (np.abs(m) <= 1).all():
        raise UsageError(f"magnetisations.start: {memory.n} numbers from -1 to 1 are expected")
    xi = as_spins(memory.patterns).astype(float)
    v = len(xi) * memory.unit
    for step in range(1, max_steps + 1):
        q = float(np.mean(m * m))
        C = (1 - q) / T
        if memory.P == 2:
            reaction = v * C / (1 - C) if C < 1 else math.inf
        else:
            reaction = v * (memory.P - 1) * q ** (memory.P - 2) * C
        if not math.isfinite(reaction):
            return Magnetisations(m, q, step, False)
        after = np.tanh((_fields(xi, m, memory.P) * memory.unit - reaction * m) / T)
        moved = np.abs(after - m).max()
        m = damping * m + (1 - damping) * after
        if moved < tolerance:
            return Magnetisations(m, float(np.mean(m * m)), step, True)
    return Magnetisations(m, float(np.mean(m * m)), max_steps, False)


def _fields(xi, m, P):
    """sum_mu xi_i e_{P-1}(xi_j m_j, j != i), (n,), by Newton's identities."""
    a = (xi @ m)[:, None] - xi * m
    if P == 2:
        return (xi * a).sum(axis=0)
    b = (m @ m) - m * m
    if P == 3:
        return (xi * (a * a - b)).sum(axis=0) / 2
    c = (xi @ (m**3))[:, None] - xi * m**3
    return (xi * (a**3 - 3 * a * b + 2 * c)).sum(axis=0) / 6
