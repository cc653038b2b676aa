"""Codes of a macrocolumn that has stored one item: how often a similar input gets the same units.

Sources: G. J. Rinkus, Front. Neuroanat. 4:17 (2010) and Front. Comput. Neurosci. 8:160 (2014), Table 1, for the
algorithm; the closed forms follow from it: with one item stored, its units have V = f^l and all others 0, so that
the modules are independent and equal, and what they share with the stored code is binomial.
"""

import math

import numpy as np

from neuromem.errors import UsageError
from neuromem.theory.checks import number, whole

CONSTANTS = {"2014": (0.1, 4.0, 1.0, 8.0), "alternate": (0.1, 4.0, 1.0, 8.0), "2010": (10_000.0, 7.0, 26.0, -13.0)}
"""Usual a, b, c, d of each transfer."""


def mu(V, G, units, transfer="2014", *, constants=None, gm=0.1, gamma=2.0, chi=100.0):
    """Weight of a unit in the draw of a code, mu(V), with gain eta = 1 + max(0, (G - gm) / (1 - gm))^gamma chi K.

    "2014": (eta - 1) / (1 + a e^(-b (V - c)))^d + 1; "alternate": (eta - 1) / (1 + (a e^(-b (V - c)))^d) + 1;
    "2010": a G^b / (1 + e^-(c V + d)) + 1.

    V, G : float, 0 to 1; units : int, K; constants : a, b, c, d, if not the usual ones; gm : below 1
    Returns a float. Raises UsageError.
    """
    V, G, units = number("V", V, 0, 1), number("G", G, 0, 1), whole("units", units, 1)
    if not isinstance(transfer, str) or transfer not in CONSTANTS:
        raise UsageError(f"transfer: one of {', '.join(CONSTANTS)} is expected, got {transfer!r}")
    a, b, c, d = _four(CONSTANTS[transfer] if constants is None else constants)
    gm, gamma, chi = number("gm", gm), number("gamma", gamma), number("chi", chi)
    if gm >= 1:
        raise UsageError(f"gm: less than 1 is expected, got {gm!r}")
    if transfer == "2010":
        return a * G**b / (1 + math.exp(-(c * V + d))) + 1
    gain = max(0.0, (G - gm) / (1 - gm)) ** gamma * chi * units
    bend = a * math.exp(-b * (V - c))
    return gain / ((1 + bend) ** d if transfer == "2014" else 1 + bend**d) + 1


def _four(constants):
    if not isinstance(constants, (tuple, list)) or len(constants) != 4:
        raise UsageError(f"constants: four numbers, a, b, c, d, are expected, got {constants!r}")
    return tuple(number("constants", value, least=-math.inf) for value in constants)


def reuse(f, units, exponent=1.0, **transfer):
    """Probability that a module draws its unit of the one stored item again, p = mu(V) / (mu(V) + (K - 1) mu(0)).

    V = G = f^exponent, where f is the share of the input's active sources that were active in the stored item.

    f : float, 0 to 1; units : int, K; transfer : as `mu` takes
    Returns a float, from 1/K for nothing in common. Raises UsageError.
    """
    V = number("f", f, 0, 1) ** number("exponent", exponent)
    again = mu(V, V, units, **transfer)
    return again / (again + (units - 1) * mu(0.0, V, units, **transfer))


def shared_modules(f, cms, units, exponent=1.0, **transfer):
    """Distribution of the number of modules in which a drawn code agrees with that of the one stored item.

    Binomial(Q, p) with p = `reuse`. Returns float64 (cms + 1,). Raises UsageError.
    """
    from scipy.stats import binom  # slow to import, and models import this module for its constants

    cms = whole("cms", cms, 1)
    return binom.pmf(np.arange(cms + 1), cms, reuse(f, units, exponent, **transfer))
