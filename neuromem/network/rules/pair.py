"""Pair-based spike-timing-dependent plasticity, additive."""

from neuromem.network.rules.rule import SynapseRule

PAIR = """
dx/dt = -x/tau_plus  : 1 (event-driven)
dy/dt = -y/tau_minus : 1 (event-driven)
weight : weight_unit
tau_plus : second (constant)
tau_minus : second (constant)
A_plus : 1 (constant)
A_minus : 1 (constant)
w_min : weight_unit (constant)
w_max : weight_unit (constant)
"""
TIMING = {"tau_plus": 20.0, "tau_minus": 20.0, "A_plus": 0.01, "A_minus": 0.01}
"""Defaults of PyNN's SpikePairRule."""
BOUNDS = {"weight": 0.0, "w_min": 0.0, "w_max": 1.0}
"""A synapse's weight at the start, and those of PyNN's weight dependences."""

PairSTDP = SynapseRule(
    PAIR,
    on_pre="weight = clip(weight - A_minus*w_max*y, w_min, w_max)\nreceptor += weight\nx += 1",
    on_post="weight = clip(weight + A_plus*w_max*x, w_min, w_max)\ny += 1",
    parameters=TIMING | BOUNDS,
    name="PairSTDP",
)
"""Additive STDP of all pairs of spikes [Song, Miller & Abbott 2000, Nat. Neurosci. 3:919], in local traces x and y.

A pre spike followed by a post spike s ms later adds A_plus*w_max*exp(-s/tau_plus), a post spike followed by a pre spike
takes A_minus*w_max*exp(-s/tau_minus) away; weights stay within w_min and w_max. Parameters are those of PyNN's
SpikePairRule with AdditiveWeightDependence. A spike is transmitted with the weight after its own depression, as in NEST
and by `SpikePairSTDP`, which does the same in every order of operations and far faster, but with the delay of its
projection counted after the synapse: here pre spikes learn when they arrive.
"""
