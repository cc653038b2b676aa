"""How patterns act on spins: the function F of E = -c sum_mu F(S_mu), as a table over the overlaps S = -n .. n.

    distinct     F = e_P, the sum of products of P different spins; c = (P-1)!/n^(P-1)
    monomial     F = S^P, with the diagonal terms;                   c = 1/(P n^(P-1))
    exponential  F = exp(S), c = 1: Demircigil et al., J. Stat. Phys. 168:288 (2017)

With these the field of a retrieved pattern is m^(P-1), and `neuromem.theory` counts load and temperature in the units
"gardner" for distinct and "krotov" for monomial.
"""

import math

import numpy as np

from neuromem.errors import UsageError

INTERACTIONS = ("distinct", "monomial", "exponential")
LARGEST = 1e280
"""Of F. Sums of whole numbers are exact in float64 up to 2^53, and rounded beyond."""


def unit(interaction, n, P):
    """Return c."""
    if interaction == "distinct":
        return math.prod(k / n for k in range(1, P))
    return float(n) ** (1 - P) / P if interaction == "monomial" else 1.0


def table(interaction, n, P):
    """Return F(S), float64 (2n + 1,), of the S that n signs have; between them it is what n - 1 or n + 1 have.

    Raises
    ------
    UsageError
        If F is no float64.
    """
    if interaction == "exponential":
        return np.exp(np.arange(-2.0 * n, 1.0))  # in units of exp(n)
    S = np.arange(-n, n + 1, dtype=object)
    values = S**P if interaction == "monomial" else _elementary(n, P)
    largest = max(map(abs, values))
    if largest > LARGEST:
        raise UsageError(f"Hopfield.P: {P} bodies among {n} spins have energies that are no float64; take fewer")
    return values.astype(float)


def slope(interaction, n, P, F=None):
    """Return what the field takes from a cavity overlap S' = -n .. n: (F(S' + 1) - F(S' - 1))/2, float64 (2n + 1,).

    For distinct spins that is e_{P-1} of the n - 1 others.
    """
    if F is None and interaction == "distinct":
        values = _elementary(n - 1, P - 1).astype(float)
        return np.concatenate([[0.0], values, [0.0]])
    if interaction == "exponential" and F is None:
        return np.exp(np.arange(-2.0 * n, 1.0))  # of S' less the largest overlap; sinh(1) is left out
    F = table(interaction, n, P) if F is None else F
    return np.concatenate([[0.0], (F[2:] - F[:-2]) / 2, [0.0]])


def _elementary(n, P):
    """Return e_P of n signs by their sum S = -n .. n as whole numbers; 0 where n signs have no such sum.

    e_P = sum_j (-1)^j C(down, j) C(up, P - j); it follows from e_{P-1} and e_{P-2} of the same signs by
    P e_P = S e_{P-1} - (n - P + 2) e_{P-2}.
    """
    S = np.arange(-n, n + 1, dtype=object)
    before, values = S * 0, S * 0 + 1
    for p in range(1, P + 1):
        before, values = values, (S * values - (n - p + 2) * before) // p
    values[1::2] = 0
    return values
