"""Memories with exponentially many patterns, K = exp(alpha N): modern Hopfield networks as a random energy model."""

import math

from scipy.special import lambertw

from neuromem.errors import UsageError
from neuromem.theory.checks import number, whole

KINDS = ("gaussian", "spherical", "ising")


def threshold(lam, kind="gaussian"):
    """Return alpha_1, the load up to which a typical pattern is retrieved.

    The energy is H = -(1/lam) ln sum_mu exp(lam x.xi) + x^2/2. The other patterns are a random energy model: with the
    rate I(u) of their overlaps u, retrieval holds while lam > Phi(lam) = max {alpha - I(u) + lam u : I(u) <= alpha}.
    In closed form, for patterns

        gaussian    lam - lam^2/2 for lam < 1, else 1/2
        spherical   lam (1 - u) - ln(1 - u^2)/2,  u = (sqrt(1 + 4 lam^2) - 1)/(2 lam)
        ising       lam - ln cosh lam

    Parameters
    ----------
    lam : float
        Inverse temperature of the softmax, per unit, at least 0.
    kind : str
        "gaussian", "spherical" or "ising".

    Raises
    ------
    UsageError

    References
    ----------
    Lucibello and Mezard, Phys. Rev. Lett. 132:077301 (2024).
    """
    lam = number("lam", lam)
    if kind == "gaussian":
        return lam - lam * lam / 2 if lam < 1 else 0.5
    if kind == "ising":
        return math.log(2) - math.log1p(math.exp(-2 * lam))
    if kind == "spherical":
        ratio = 2 / (1 + math.hypot(1, 2 * lam))  # u/lam, which is 1 - u^2 too
        u = lam * ratio
        return lam * ratio / (1 + u) - math.log(ratio) / 2
    raise UsageError(f"kind: one of {', '.join(KINDS)} is expected, got {kind!r}")


def dense_exponential(corruption=0.0):
    """Return the load below which F(x) = exp(x) corrects this fraction of flipped bits in one step.

    K = exp(alpha N), alpha = I(1 - 2 corruption)/2, I(x) = ((1 + x) ln(1 + x) + (1 - x) ln(1 - x))/2; corruption is
    from 0 to 1/2.
    Source: Demircigil et al., J. Stat. Phys. 168:288 (2017), theorem 3. Raises UsageError.
    """
    x = 1 - 2 * number("corruption", corruption, 0.0, 0.5)
    return sum((1 + sign) * math.log1p(sign) for sign in (x, -x) if sign > -1) / 4


def sphere_capacity(d, p, beta=1.0, radius=1.0):
    """Return (c, N): N = sqrt(p) c^((d-1)/4) patterns on a sphere are well separated with probability 1 - p.

    Patterns lie at the distance M = radius sqrt(d-1); with a = 2/(d-1) (1 + ln(2 beta radius^2 p (d-1))) and
    b = 2 radius^2 beta/5, c = b/W0(exp(a + ln b)). Source: Ramsauer et al., ICLR 2021, theorem 3. Raises UsageError.
    """
    d = whole("d", d, 2)
    p, beta = number("p", p, math.ulp(0.0), 1.0), number("beta", beta, math.ulp(0.0))
    radius = number("radius", radius, math.ulp(0.0))
    a = 2 / (d - 1) * (1 + math.log(2 * beta * radius**2 * p * (d - 1)))
    b = 2 * radius**2 * beta / 5
    c = b / float(lambertw(math.exp(a + math.log(b))).real)
    return c, math.sqrt(p) * c ** ((d - 1) / 4)
