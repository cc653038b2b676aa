"""Learning from noisy examples: M copies of every archetype, each entry right with probability (1 + r)/2.

What matters is the entropy of the data, rho = (1 - r^2)/(M r^2). With a teacher (supervised) the examples of an
archetype are averaged before they are stored, and the memory is that of `hopfield.retrieval(..., rho=rho)`. Without
(unsupervised) every example is stored by itself; both energies are divided by R^(P/2), R = r^2 (1 + rho), so that
their temperatures are the same. The archetype's signal and blur are then the same too, and only the crosstalk grows:

    P >= 3   v -> v (1 + rho_P)/(1 + rho)^P,   rho_P = (1 - r^(2P))/(M r^(2P)),
    P = 2    r -> sum over the eigenvalues of the examples' covariance over M R: one of 1, and M - 1 of rho/(1 + rho).

Sources: Alemanno et al., EPL 141:11001 (2023); Agliari et al., Physica A 627:129143 (2023) (dense, supervised and
unsupervised). The pairwise feedback is derived here from the covariance r^2 + (1 - r^2) delta_ab of M examples.
"""

import math

from neuromem.errors import NotSupportedError
from neuromem.theory.checks import bodies, number, whole
from neuromem.theory.crosstalk import Bodies, Pairwise, with_diagonals, without_diagonals
from neuromem.theory.hopfield import NOWHERE, CriticalLoad, state_of
from neuromem.theory.normalisation import normalisation as find_normalisation
from neuromem.theory.saddle import Saddle


def entropy(r, M):
    """Return rho = (1 - r^2)/(M r^2) of M examples of quality r, 0 < r <= 1."""
    return noise_entropy(r, M, 1)


def noise_entropy(r, M, P):
    """Return rho_P = (1 - r^(2P))/(M r^(2P)), by which the crosstalk of single examples exceeds that of archetypes."""
    quality = _quality(r) ** (2 * whole("P", P, 1))
    return (1 - quality) / (whole("M", M, 1) * quality)


def examples_needed(r, rho):
    """Return the least M whose entropy is at most rho > 0."""
    r, rho = _quality(r), number("rho", rho, math.ulp(0.0))
    return max(1, math.ceil((1 - r * r) / (rho * r * r) * (1 - 1e-12)))


def unsupervised_retrieval(alpha, T, r, M, P=2, normalisation="gardner"):
    """Return the RetrievalState of a memory that stores every example by itself; K = alpha N^(P-1) archetypes.

    Parameters are those of `hopfield.retrieval`, with the quality r and the number M of the examples for rho.

    Raises
    ------
    UsageError
    NotSupportedError
        For P >= 3 with diagonals.
    """
    saddle, load_unit, energy_unit = _unsupervised(T, r, M, P, normalisation)
    return state_of(saddle, number("alpha", alpha) / load_unit, energy_unit)


def unsupervised_critical_load(T, r, M, P=2, normalisation="gardner"):
    """Return the CriticalLoad (load, m) of archetypes up to which `unsupervised_retrieval` exists."""
    saddle, load_unit, _ = _unsupervised(T, r, M, P, normalisation)
    branch = saddle.branch()
    return NOWHERE if branch is None else CriticalLoad(branch[0].load * load_unit, branch[0].m)


def _unsupervised(T, r, M, P, normalisation):
    units, P, T = find_normalisation(normalisation), bodies(P), number("T", T)
    rho, M = entropy(r, M), whole("M", M, 1)
    if units.diagonal and P > 2:
        raise NotSupportedError('unsupervised: with diagonals P = 2 only; take normalisation "gardner", "barra" or "v"')
    if P == 2:
        crosstalk = Pairwise(((1.0, 1), (rho / (1 + rho), M - 1))) if M > 1 and rho > 0 else with_diagonals(2)
    else:
        excess = (1 + noise_entropy(r, M, P)) / (1 + rho) ** P
        crosstalk = Bodies(tuple((p, c * excess) for p, c in without_diagonals(P).terms))
    return Saddle(P, T / units.energy_unit(P), rho, crosstalk), units.load_unit(P), units.energy_unit(P)


def _quality(r):
    return number("r", r, 1e-6, 1.0)
