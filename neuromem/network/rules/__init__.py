"""Named synapse rules that are defined by their equations, for networks in the order "brian2".

A rule says what its synapses do whatever their neurons are: it is bound to the receptor of a projection, as in
``net.project("in", "out", model=TsodyksMarkramSynapse(U=0.2, weight=0.5), receptor="inhibitory")``.
"""

from neuromem.network.rules.multiplicative import MultiplicativePairSTDP
from neuromem.network.rules.nearest import NearestMultiplicativePairSTDP, NearestPairSTDP
from neuromem.network.rules.pair import PairSTDP
from neuromem.network.rules.reward import RewardSTDP, with_dopamine
from neuromem.network.rules.rule import SynapseRule
from neuromem.network.rules.short_term import TsodyksMarkramSynapse
from neuromem.network.rules.triplet import NearestTripletSTDP, TripletSTDP

SYNAPSE_RULES = {
    rule.name: rule
    for rule in (
        MultiplicativePairSTDP,
        NearestMultiplicativePairSTDP,
        NearestPairSTDP,
        NearestTripletSTDP,
        PairSTDP,
        RewardSTDP,
        TripletSTDP,
        TsodyksMarkramSynapse,
    )
}

__all__ = ["SYNAPSE_RULES", "SynapseRule", "with_dopamine", *sorted(SYNAPSE_RULES)]
