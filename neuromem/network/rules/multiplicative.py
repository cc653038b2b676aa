"""Pair-based spike-timing-dependent plasticity, multiplicative."""

from neuromem.network.rules.pair import BOUNDS, PAIR, TIMING
from neuromem.network.rules.rule import SynapseRule

MultiplicativePairSTDP = SynapseRule(
    PAIR,
    on_pre="weight = clip(weight - A_minus*(weight - w_min)*y, w_min, w_max)\nreceptor += weight\nx += 1",
    on_post="weight = clip(weight + A_plus*(w_max - weight)*x, w_min, w_max)\ny += 1",
    parameters=TIMING | BOUNDS,
    name="MultiplicativePairSTDP",
)
"""`PairSTDP` whose steps shrink towards the bounds [Rubin, Lee & Sompolinsky 2001, Phys. Rev. Lett. 86:364].

Steps up are A_plus*(w_max - weight) times the trace, steps down A_minus*(weight - w_min), as with PyNN's
MultiplicativeWeightDependence.
"""
