"""Pair-based spike-timing-dependent plasticity of nearest spikes: traces are set to 1 and do not add up."""

from neuromem.network.rules.multiplicative import MultiplicativePairSTDP
from neuromem.network.rules.pair import PairSTDP
from neuromem.network.rules.rule import SynapseRule


def nearest(rule, name):
    """A rule in which each trace knows the latest spike only."""
    return SynapseRule(
        rule.equations,
        on_pre=rule.on_pre.replace(" += 1", " = 1"),
        on_post=rule.on_post.replace(" += 1", " = 1"),
        parameters=rule.parameters,
        initial=rule.initial,
        name=name,
    )


NearestPairSTDP = nearest(PairSTDP, "NearestPairSTDP")
"""`PairSTDP` in which every spike is paired with the latest spike of the other side only.

The symmetric scheme of Morrison, Diesmann & Gerstner 2008, Biol. Cybern. 98:459, section 4.1.2.
"""

NearestMultiplicativePairSTDP = nearest(MultiplicativePairSTDP, "NearestMultiplicativePairSTDP")
"""`MultiplicativePairSTDP` in which every spike is paired with the latest spike of the other side only."""
