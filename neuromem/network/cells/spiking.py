"""Neurons that make their spikes themselves: adaptive exponential, Izhikevich, Hodgkin-Huxley."""

from neuromem.network.equations.neuron import NeuronModel

EIF_cond_exp_isfa_ista = NeuronModel(
    """
dv/dt = (v_rest - v + delta_T*exp((v - v_thresh)/delta_T))/tau_m + (synaptic - w + i_offset + i_ext)/cm : volt \
(unless refractory)
synaptic = g_e*(e_rev_E - v) + g_i*(e_rev_I - v)  : amp
dw/dt    = (a*nS*(v - v_rest) - w)/tau_w          : amp
dg_e/dt  = -g_e/tau_syn_E                         : siemens
dg_i/dt  = -g_i/tau_syn_I                         : siemens
a : 1 (constant)  # nS
b : amp (constant)
cm : farad (constant)
tau_m : second (constant)
tau_w : second (constant)
tau_refrac : second (constant)
tau_syn_E : second (constant)
tau_syn_I : second (constant)
delta_T : volt (constant)
v_rest : volt (constant)
v_reset : volt (constant)
v_thresh : volt (constant)
v_spike : volt (constant)
e_rev_E : volt (constant)
e_rev_I : volt (constant)
i_offset : amp (constant)
""",
    threshold="v > v_spike",
    reset="v = v_reset; w += b",
    refractory="tau_refrac",
    parameters={
        **{"cm": 0.281, "tau_refrac": 0.1, "v_spike": -40.0, "v_reset": -70.6, "v_rest": -70.6, "tau_m": 9.3667},
        **{"i_offset": 0.0, "a": 4.0, "b": 0.0805, "delta_T": 2.0, "tau_w": 144.0, "v_thresh": -50.4},
        **{"e_rev_E": 0.0, "tau_syn_E": 5.0, "e_rev_I": -80.0, "tau_syn_I": 5.0},
    },
    receptors={"excitatory": "g_e", "inhibitory": "g_i"},
    initial={"v": "v_rest"},
    method="rk4",
    signed=False,
    name="EIF_cond_exp_isfa_ista",
)
"""Adaptive exponential integrate-and-fire neuron, AdEx (PyNN) [Brette & Gerstner 2005, J. Neurophysiol. 94:3637].

As in PyNN, `a` is a number of nS and `b` is in nA.
"""

Izhikevich = NeuronModel(
    """
dv/dt = 0.04*v**2/mV/ms + 5*v/ms + 140*mV/ms - u + (i_offset + i_ext)*mV/ms/pA : volt
du/dt = a*(b*v/ms - u)/ms : volt/second
a : 1 (constant)  # 1/ms
b : 1 (constant)  # 1/ms
c : volt (constant)
d : volt/second (constant)
i_offset : amp (constant)
""",
    threshold="v >= 30*mV",
    reset="v = c; u += d",
    parameters={"a": 0.02, "b": 0.2, "c": -65.0, "d": 2.0, "i_offset": 0.0},
    receptors={"excitatory": "v", "inhibitory": "-v"},
    initial={"v": -70.0, "u": -14.0},
    method="euler",
    signed=False,
    name="Izhikevich",
)
"""Izhikevich's neuron (PyNN) [Izhikevich 2003, IEEE Trans. Neural Netw. 14:1569]; weights are jumps of v in mV.

As in PyNN, `a` and `b` are numbers of 1/ms, `d` is in mV/ms, and a current of 1 pA counts as 1 mV/ms.
"""

HH_cond_exp = NeuronModel(
    """
dv/dt = (g_leak*(e_rev_leak - v) + sodium + potassium + synaptic + i_offset + i_ext)/cm : volt
sodium    = gbar_Na*(m*m*m)*h*(e_rev_Na - v)        : amp
potassium = gbar_K*(n*n*n*n)*(e_rev_K - v)          : amp
synaptic  = g_e*(e_rev_E - v) + g_i*(e_rev_I - v)   : amp
dm/dt   = alpha_m*(1 - m) - beta_m*m                : 1
dn/dt   = alpha_n*(1 - n) - beta_n*n                : 1
dh/dt   = alpha_h*(1 - h) - beta_h*h                : 1
dg_e/dt = -g_e/tau_syn_E                            : siemens
dg_i/dt = -g_i/tau_syn_I                            : siemens
x       = (v - v_offset)/mV                         : 1
alpha_m = 0.32*4/exprel((13 - x)/4)/ms              : Hz
beta_m  = 0.28*5/exprel((x - 40)/5)/ms              : Hz
alpha_h = 0.128*exp((17 - x)/18)/ms                 : Hz
beta_h  = 4/(1 + exp((40 - x)/5))/ms                : Hz
alpha_n = 0.032*5/exprel((15 - x)/5)/ms             : Hz
beta_n  = 0.5*exp((10 - x)/40)/ms                   : Hz
before  = x : 1 (constant over dt)
gbar_Na : siemens (constant)
gbar_K : siemens (constant)
g_leak : siemens (constant)
cm : farad (constant)
v_offset : volt (constant)
e_rev_Na : volt (constant)
e_rev_K : volt (constant)
e_rev_leak : volt (constant)
e_rev_E : volt (constant)
e_rev_I : volt (constant)
tau_syn_E : second (constant)
tau_syn_I : second (constant)
i_offset : amp (constant)
""",
    threshold="x > 30 and before <= 30",
    parameters={
        **{"gbar_Na": 20.0, "gbar_K": 6.0, "g_leak": 0.01, "cm": 0.2, "v_offset": -63.0, "e_rev_Na": 50.0},
        **{"e_rev_K": -90.0, "e_rev_leak": -65.0, "e_rev_E": 0.0, "e_rev_I": -80.0},
        **{"tau_syn_E": 0.2, "tau_syn_I": 2.0, "i_offset": 0.0},
    },
    receptors={"excitatory": "g_e", "inhibitory": "g_i"},
    initial={"v": "e_rev_leak", "h": 1.0},
    method="exponential_euler",
    signed=False,
    name="HH_cond_exp",
)
"""Hodgkin-Huxley neuron of Traub with conductances that decay exponentially (PyNN) [Traub & Miles 1991, chapter 4].

It spikes as v rises through v_offset + 30 mV, which is NEST's condition.
"""
