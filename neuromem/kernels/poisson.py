"""Poisson numbers by inversion of one uniform number, for means that change from step to step."""

import math

from neuromem.kernels.jit import inner

_FAR = 12.0
"""Standard deviations below the mean from which on there is nothing to count: less than 1e-30."""


@inner
def poisson(mean, uniform):
    """The smallest k whose distribution function exceeds `uniform` in (0, 1): a Poisson number of that mean, as float.

    Sums exp(-mean) mean**k / k! from 12 standard deviations below the mean on; 0 unless the mean is positive.
    """
    if not mean > 0.0:
        return 0.0
    spread = _FAR * math.sqrt(mean)
    k = max(0.0, math.floor(mean - spread) * 1.0)
    last = mean + spread + 40.0
    chance = math.exp(k * math.log(mean) - mean - math.lgamma(k + 1.0))
    reached = chance
    while reached <= uniform and k < last:
        k += 1.0
        chance *= mean / k
        reached += chance
    return k
