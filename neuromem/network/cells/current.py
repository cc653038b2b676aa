"""Integrate-and-fire neurons with synaptic currents."""

from neuromem.network.equations.neuron import NeuronModel
from neuromem.network.neurons import DECLARED

SPIKE = {"threshold": "v >= v_thresh", "reset": "v = v_reset", "refractory": "tau_refrac"}
MEMBRANE = {
    **{"v_rest": -65.0, "cm": 1.0, "tau_m": 20.0, "tau_refrac": 0.1, "i_offset": 0.0},
    **{"v_reset": -65.0, "v_thresh": -50.0},
}
"""PyNN's defaults of an integrate-and-fire neuron, in mV, nF, ms and nA."""
IF_curr_alpha = NeuronModel(
    """
dv/dt   = (v_rest - v)/tau_m + (i_e - i_i + i_offset + i_ext)/cm : volt (unless refractory)
di_e/dt = (e*x_e - i_e)/tau_syn_E                                : amp
dx_e/dt = -x_e/tau_syn_E                                         : amp
di_i/dt = (e*x_i - i_i)/tau_syn_I                                : amp
dx_i/dt = -x_i/tau_syn_I                                         : amp
tau_syn_E : second (constant)
tau_syn_I : second (constant)
"""
    + DECLARED,
    **SPIKE,
    parameters=MEMBRANE | {"tau_syn_E": 0.5, "tau_syn_I": 0.5},
    receptors={"excitatory": "x_e", "inhibitory": "x_i"},
    initial={"v": "v_rest"},
    method="exact",
    signed=False,
    name="IF_curr_alpha",
)
"""Leaky integrate-and-fire neuron with alpha-shaped synaptic currents, whose peak is the weight (PyNN)."""
