"""Units of load and temperature in the literature of P-body memories, and the two models behind them.

Inside the theory the field of a spin is m^(P-1) plus Gaussian crosstalk of variance v q^(P-1) (for P = 2 with the
feedback of Amit, Gutfreund and Sompolinsky). A Normalisation says what a load and a temperature in somebody's units
are in these:

    v          v itself, T of the field m^(P-1); no diagonals
    gardner    alpha = K/N^(P-1) = v/(P-1)!; H = -(P-1)!/N^(P-1) sum over patterns and over i1 < ... < iP
    barra      gamma = K P!/(2 N^(P-1)) = P v/2, and energies are P/2 times larger: T' = P T/2
    krotov     alpha = K/N^(P-1) of H = -1/(P N^(P-1)) sum_mu (xi.s)^P, which has the diagonal terms. They add glassy
               couplings of fewer bodies: at q = 1 the variance is (2P-3)!! alpha, at q < 1 this is another model.

For P = 2 all four are K/N, and T is the same. Free energies per spin are in the units of T, without the constant
that diagonals add for even P.

Sources: Gardner, J. Phys. A 20:3453 (1987); Abbott and Arian, Phys. Rev. A 36:5091 (1987); Krotov and Hopfield,
NIPS 29 (2016), section 2; Agliari et al., Neural Networks 128:254 (2020), section 2.
"""

import math
from dataclasses import dataclass

from neuromem.errors import UsageError


@dataclass(frozen=True)
class Normalisation:
    """What a load and a temperature mean.

    Attributes
    ----------
    name : str
    diagonal : bool
        Whether the model has the diagonal terms (i = j and so on) of the monomial energy.
    """

    name: str
    diagonal: bool = False

    def load_unit(self, P):
        """Return the load that is v = 1; with diagonals, where the couplings' variance is theirs, 1."""
        return {"gardner": 1 / math.factorial(P - 1), "barra": P / 2}.get(self.name, 1.0)

    def energy_unit(self, P):
        """Return the temperature or energy that is 1 inside."""
        return P / 2 if self.name == "barra" else 1.0

    def label(self, P):
        """Return the name of the load for an axis of a figure."""
        if P == 2:
            return "α = K/N"
        return {
            "v": f"v = (P−1)! K/N^{P - 1}",
            "gardner": f"α = K/N^{P - 1} (no diagonals)",
            "barra": f"γ = P! K/(2 N^{P - 1})",
            "krotov": f"α = K/N^{P - 1} (with diagonals)",
        }[self.name]


NORMALISATIONS = {
    "gardner": Normalisation("gardner"),
    "krotov": Normalisation("krotov", diagonal=True),
    "barra": Normalisation("barra"),
    "v": Normalisation("v"),
}
"""The normalisations by name."""


def normalisation(name):
    """Return the Normalisation of this name, or raise UsageError."""
    if isinstance(name, Normalisation):
        return name
    try:
        return NORMALISATIONS[name]
    except (KeyError, TypeError):
        names = ", ".join(NORMALISATIONS)
        raise UsageError(f"normalisation: one of {names} is expected, got {name!r}") from None
