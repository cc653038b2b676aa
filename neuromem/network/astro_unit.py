"""`astro_lif`: a spiking neuron gated by an astrocyte that hears it, for the engine; our own construction."""

from neuromem.network.equations.neuron import NeuronModel

astro_lif = NeuronModel(
    """
dv/dt = -v/tau + ((1 + g*a)*drive + h*a)/tau_syn : 1
ddrive/dt = -drive/tau_syn                       : 1
da/dt = -a/tau_astro                             : 1
tau : second (constant)
tau_syn : second (constant)
tau_astro : second (constant)
g : 1 (constant)
h : 1 (constant)
v_thresh : 1 (constant)
""",
    threshold="v >= v_thresh",
    reset="v -= v_thresh; a += sqrt(tau_syn/tau_astro)",
    parameters={"tau": 2.0, "tau_syn": 1.0, "tau_astro": 100.0, "g": 0.0, "h": 0.0, "v_thresh": 1.0},
    receptors={"excitatory": "drive"},
    method="euler",
    name="astro_lif",
)
"""Leaky integrate-and-fire neuron with an astrocyte's state a, which tells how often it spiked of late.

g gates what its synapses bring, `drive`, and h its excitability; a spike of weight w raises v by w in all, times
1 + g a. In steps of 1 ms with tau_syn = 1 ms these are the steps of `neuromem.learning.AstroLIF`: what is trained there
runs here. The equations of the published astrocyte-modulated unit were not to be had; this is not it.
"""
