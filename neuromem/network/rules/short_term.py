"""Short-term plasticity."""

from neuromem.network.rules.rule import SynapseRule

TsodyksMarkramSynapse = SynapseRule(
    """
dx/dt = (1 - x)/tau_rec                      : 1 (event-driven)
du/dt = -u/clip(tau_facil, 1*us, 1e9*second) : 1 (event-driven)
weight : weight_unit
U : 1 (constant)
tau_rec : second (constant)
tau_facil : second (constant)
""",
    on_pre="u += U*(1 - u)\nreceptor += weight*u*x\nx -= u*x",
    parameters={"weight": 0.0, "U": 0.5, "tau_rec": 100.0, "tau_facil": 0.0},
    initial={"x": 1.0},
    name="TsodyksMarkramSynapse",
)
"""Short-term depression and facilitation (PyNN) [Tsodyks, Pawelzik & Markram 1998, Neural Comput. 10:821].

A spike uses the share u of the resources x that are there and transmits weight*u*x; resources recover with `tau_rec`,
and u, to which every spike adds U*(1 - u), decays with `tau_facil` (ms). With tau_facil = 0, the default, u is U and
synapses only depress. The first spike transmits weight*U.
"""
