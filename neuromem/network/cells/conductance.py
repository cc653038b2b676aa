"""Integrate-and-fire neurons with synaptic conductances."""

from neuromem.network.cells.current import MEMBRANE, SPIKE
from neuromem.network.equations.neuron import NeuronModel
from neuromem.network.neurons import DECLARED

_REVERSAL = """
e_rev_E : volt (constant)
e_rev_I : volt (constant)
"""
_REVERSALS = {"e_rev_E": 0.0, "e_rev_I": -70.0}

IF_cond_exp = NeuronModel(
    """
dv/dt   = (v_rest - v)/tau_m + (g_e*(e_rev_E - v) + g_i*(e_rev_I - v) + i_offset + i_ext)/cm : volt (unless refractory)
dg_e/dt = -g_e/tau_syn_E : siemens
dg_i/dt = -g_i/tau_syn_I : siemens
tau_syn_E : second (constant)
tau_syn_I : second (constant)
"""
    + _REVERSAL
    + DECLARED,
    **SPIKE,
    parameters=MEMBRANE | _REVERSALS | {"tau_syn_E": 5.0, "tau_syn_I": 5.0},
    receptors={"excitatory": "g_e", "inhibitory": "g_i"},
    initial={"v": "v_rest"},
    method="exponential_euler",
    signed=False,
    name="IF_cond_exp",
)
"""Leaky integrate-and-fire neuron with conductances that decay exponentially (PyNN)."""

IF_cond_beta = NeuronModel(
    """
dv/dt   = (v_rest - v)/tau_m + (g_e*(e_rev_E - v) + g_i*(e_rev_I - v) + i_offset + i_ext)/cm : volt (unless refractory)
dg_e/dt = -g_e/tau_decay_E + x_e*(1/tau_rise_E - 1/tau_decay_E)/height_E : siemens
dx_e/dt = -x_e/tau_rise_E : siemens
dg_i/dt = -g_i/tau_decay_I + x_i*(1/tau_rise_I - 1/tau_decay_I)/height_I : siemens
dx_i/dt = -x_i/tau_rise_I : siemens
peak_E = log(tau_decay_E/tau_rise_E)/(1/tau_rise_E - 1/tau_decay_E) : second
peak_I = log(tau_decay_I/tau_rise_I)/(1/tau_rise_I - 1/tau_decay_I) : second
height_E = exp(-peak_E/tau_decay_E) - exp(-peak_E/tau_rise_E) : 1
height_I = exp(-peak_I/tau_decay_I) - exp(-peak_I/tau_rise_I) : 1
tau_rise_E : second (constant)
tau_decay_E : second (constant)
tau_rise_I : second (constant)
tau_decay_I : second (constant)
"""
    + _REVERSAL
    + DECLARED,
    **SPIKE,
    parameters=MEMBRANE | _REVERSALS | {"tau_rise_E": 0.2, "tau_decay_E": 2.0, "tau_rise_I": 0.2, "tau_decay_I": 2.0},
    receptors={"excitatory": "x_e", "inhibitory": "x_i"},
    initial={"v": "v_rest"},
    method="exponential_euler",
    signed=False,
    name="IF_cond_beta",
)
"""Leaky integrate-and-fire neuron with conductances that are a difference of two exponentials; a weight is their peak.

The two time constants of a receptor must differ. The name is NEST's (iaf_cond_beta), as are the time constants.
"""

IF_cond_exp_nmda = NeuronModel(
    """
dv/dt   = (v_rest - v)/tau_m + (current + i_offset + i_ext)/cm : volt (unless refractory)
current = (g_e + g_n*open)*(e_rev_E - v) + g_i*(e_rev_I - v)   : amp
open    = 1/(1 + mg/(3.57*mM)*exp(-0.062*v/mV))                : 1
dg_e/dt = -g_e/tau_syn_E : siemens
dg_i/dt = -g_i/tau_syn_I : siemens
dg_n/dt = -g_n/tau_decay_nmda + x_n/tau_rise_nmda : siemens
dx_n/dt = -x_n/tau_rise_nmda : siemens
mg : mM (constant)
tau_syn_E : second (constant)
tau_syn_I : second (constant)
tau_rise_nmda : second (constant)
tau_decay_nmda : second (constant)
"""
    + _REVERSAL
    + DECLARED,
    **SPIKE,
    parameters=MEMBRANE
    | _REVERSALS
    | {"mg": 1.0, "tau_syn_E": 5.0, "tau_syn_I": 5.0, "tau_rise_nmda": 2.0, "tau_decay_nmda": 100.0},
    receptors={"excitatory": "g_e", "inhibitory": "g_i", "nmda": "x_n"},
    initial={"v": "v_rest"},
    method="exponential_euler",
    signed=False,
    name="IF_cond_exp_nmda",
)
"""`IF_cond_exp` with a further receptor "nmda", which magnesium blocks [Jahr & Stevens 1990, J. Neurosci. 10:3178].

`mg` is the concentration in mM. The conductance rises with `tau_rise_nmda` and decays with `tau_decay_nmda`; where it
is not blocked, its integral is the weight times `tau_decay_nmda`.
"""
