"""Triplet rules of spike-timing-dependent plasticity."""

from neuromem.network.rules.nearest import nearest
from neuromem.network.rules.pair import BOUNDS
from neuromem.network.rules.rule import SynapseRule

TripletSTDP = SynapseRule(
    """
dr1/dt = -r1/tau_plus  : 1 (event-driven)
dr2/dt = -r2/tau_x     : 1 (event-driven)
do1/dt = -o1/tau_minus : 1 (event-driven)
do2/dt = -o2/tau_y     : 1 (event-driven)
weight : weight_unit
tau_plus : second (constant)
tau_minus : second (constant)
tau_x : second (constant)
tau_y : second (constant)
A2_plus : 1 (constant)
A2_minus : 1 (constant)
A3_plus : 1 (constant)
A3_minus : 1 (constant)
w_min : weight_unit (constant)
w_max : weight_unit (constant)
""",
    on_pre="weight = clip(weight - w_max*o1*(A2_minus + A3_minus*r2), w_min, w_max)\nreceptor += weight\n"
    "r1 += 1\nr2 += 1",
    on_post="weight = clip(weight + w_max*r1*(A2_plus + A3_plus*o2), w_min, w_max)\no1 += 1\no2 += 1",
    parameters=BOUNDS
    | {"tau_plus": 16.8, "tau_minus": 33.7, "tau_x": 101.0, "tau_y": 125.0}
    | {"A2_plus": 5e-10, "A2_minus": 7e-3, "A3_plus": 6.2e-3, "A3_minus": 2.3e-4},
    name="TripletSTDP",
)
"""Triplet STDP of all spikes [Pfister & Gerstner 2006, J. Neurosci. 26:9673, equations 3 and 4].

A post spike adds w_max*r1*(A2_plus + A3_plus*o2), a pre spike takes w_max*o1*(A2_minus + A3_minus*r2) away, each with
the slow trace of its own side as it was before the spike; weights stay within w_min and w_max. Defaults are those of
the full model for visual cortex (table 4), as in NEST.
"""

NearestTripletSTDP = nearest(TripletSTDP, "NearestTripletSTDP")
"""`TripletSTDP` in which traces are set to 1 by a spike and do not add up: the nearest-spike model of the same paper.

Defaults are those of `TripletSTDP`, which the paper fitted to all spikes; those of the nearest ones are in its table 4.
"""
