"""Crosstalk: the Gaussian field that the patterns not retrieved make, per unit of load.

Each class is one way of counting it, and gives for overlap q between replicas and susceptibility C = (1 - q)/T

    variance     noise^2 / load
    curvature    what the replicon eigenvalue compares with: stable iff load curvature E sech(h/T)^4 / T^2 < 1
    energy       its part of the replica-symmetric free energy, per unit of load
    broken       the same with one step of replica symmetry breaking, see there
"""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True)
class Pairwise:
    """K = alpha N patterns in pairwise couplings: spins feel their own effect on the other patterns.

    Per eigenvalue k of the (normalised) covariance of a pattern's examples, r = k^2 q / (1 - k C)^2. One clean example
    has k = 1: r = q/(1 - C)^2. Source: Amit, Gutfreund and Sompolinsky, Ann. Phys. 173:30 (1987), section 3.

    Attributes
    ----------
    spectrum : tuple of (float, int)
        Eigenvalues, the largest first, and how many of each.
    """

    spectrum: tuple = ((1.0, 1),)
    feedback = True

    def variance(self, q, C):
        """Return r."""
        return q * self.curvature(q, C)

    def curvature(self, q, C):
        """Return sum of k^2/(1 - k C)^2."""
        return sum(many * (k / (1 - k * C)) ** 2 for k, many in self.spectrum)

    def energy(self, q, C, T):
        """Return half the sum of k + T ln(1 - k C) - k q/(1 - k C) + r C."""
        return sum(
            many * 0.5 * (k + T * math.log1p(-k * C) - k * q / (1 - k * C) + k * k * q * C / (1 - k * C) ** 2)
            for k, many in self.spectrum
        )

    def broken(self, q0, q1, C, mu):
        """Return (r0, r1 - r0, dE/dmu): noise within and between clusters of states, and the energy's slope in mu.

        With D = mu (q1 - q0): r0 = q0/(1-C-D)^2, r1 - r0 = (q1-q0)/((1-C)(1-C-D)). One eigenvalue only.
        Source: Crisanti, Amit and Gutfreund, Europhys. Lett. 2:337 (1986); Steffan and Kuehn, Z. Phys. B 95:249 (1994).
        """
        D = mu * (q1 - q0)
        rest = 1 - C - D
        r0, more = q0 / rest**2, (q1 - q0) / ((1 - C) * rest)
        slope = -math.log(rest / (1 - C)) / mu**2 - (q1 - q0) * (1 / mu + q0 / rest) / rest + (r0 + more) * q1 - r0 * q0
        return r0, more, slope / 2


@dataclass(frozen=True)
class Bodies:
    """K ~ N^(P-1) patterns, P >= 3: couplings become independent Gaussians, a mixture of p-spin glasses.

    With zeta(q) = sum_p c_p q^p, the variance is zeta'(q). Without diagonals zeta(q) = q^P/P.

    Attributes
    ----------
    terms : tuple of (int, float)
        p and c_p.
    """

    terms: tuple
    feedback = False

    @cached_property
    def _zeta(self):
        zeta = np.polynomial.Polynomial(np.zeros(max(p for p, _ in self.terms) + 1))
        for p, c in self.terms:
            zeta.coef[p] = c
        return zeta, zeta.deriv(), zeta.deriv(2)

    def zeta(self, q):
        """Return the covariance of the energies of two states of overlap q, per spin."""
        return float(self._zeta[0](q))

    def variance(self, q, C=None):
        """Return zeta'(q)."""
        return float(self._zeta[1](q))

    def curvature(self, q, C=None):
        """Return zeta''(q)."""
        return float(self._zeta[2](q))

    def theta(self, q):
        """Return q zeta'(q) - zeta(q)."""
        return q * self.variance(q) - self.zeta(q)

    def energy(self, q, C, T):
        """Return -(zeta(1) - zeta(q) - (1 - q) zeta'(q)) / 2T, by its Taylor series in 1 - q = T C."""
        rest, power = self._zeta[2], 1.0
        total = 0.0
        for order in range(2, rest.degree() + 3):
            power = (T * C) ** (order - 2) / math.factorial(order)
            total += float(rest(q)) * power
            rest = rest.deriv()
        return -0.5 * T * C * C * total

    def broken(self, q0, q1, C, mu):
        """Return (zeta'(q0), zeta'(q1) - zeta'(q0), (theta(q1) - theta(q0))/2), as for pairwise memories."""
        low = self.variance(q0)
        return low, self.variance(q1) - low, (self.theta(q1) - self.theta(q0)) / 2


def without_diagonals(P):
    """Return the crosstalk per v of P different spins: r for P = 2, q^(P-1) for more."""
    return Pairwise() if P == 2 else Bodies(((P, 1 / P),))


def with_diagonals(P):
    """Return the crosstalk per K/N^(P-1) of the monomial (xi.s)^P / (P N^(P-1)).

    In Hermite polynomials x^P = sum_k P!/(k! (P-k)!!) He_k(x), over k of P's parity, so two states of overlap q have
    the covariance zeta(q) = sum_{k>0} k! (P!/(k! (P-k)!!))^2 q^k / P^2; zeta'(1) = (2P-3)!!.
    """
    if P == 2:
        return Pairwise()
    hermite = {k: math.factorial(P) // (math.factorial(k) * _double(P - k)) for k in range(P, 0, -2)}
    return Bodies(tuple((k, math.factorial(k) * c * c / P**2) for k, c in hermite.items()))


def _double(n):
    """Return 2^(n/2) (n/2)! = n!! of an even n: He coefficients of x^P are P!/(k! 2^j j!), j = (P-k)/2."""
    return 2 ** (n // 2) * math.factorial(n // 2)
