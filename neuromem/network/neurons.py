"""The built-in neuron models, as small definitions; see `neuromem.network.celltype` for what they are made of."""

import numpy as np

from neuromem.network.celltype import CellType, Parameter
from neuromem.network.check import steps

COUNTING_ERROR = 1e-3
"""So much below its threshold a segment counts it as reached: sums of float32 weights may fall short by rounding."""


def _membrane(p, dt):
    """Decay of the membrane over one step and its input resistance (MOhm = ms / nF)."""
    return np.exp(-dt / p["tau_m"]), p["tau_m"] / p["cm"]


def _kernel(p, dt, tau_syn):
    """Voltage (mV) after one step per nA of a current that decays with `tau_syn`, exactly.

    (tau_s R / (tau_s - tau_m)) (exp(-dt/tau_s) - exp(-dt/tau_m)), in a form that is stable at tau_s = tau_m
    [Rotter & Diesmann 1999, section 3.1.2].
    """
    x = dt / p["tau_m"] - dt / tau_syn
    ratio = np.where(np.abs(x) < 1e-12, 1.0, np.expm1(x) / np.where(x == 0, 1.0, x))
    return dt / p["cm"] * np.exp(-dt / p["tau_m"]) * ratio


def _curr_exp_constants(p, dt, order):
    decay_m, resistance = _membrane(p, dt)
    shared = {
        "decay_m": decay_m,
        "decay_e": np.exp(-dt / p["tau_syn_E"]),
        "decay_i": np.exp(-dt / p["tau_syn_I"]),
        "v_rest": p["v_rest"],
        "v_reset": p["v_reset"],
        "v_thresh": p["v_thresh"],
        "i_offset": p["i_offset"],
    }
    if order == "spinnaker":
        return shared | {
            "resistance": resistance,
            "mean_e": p["tau_syn_E"] / dt * -np.expm1(-dt / p["tau_syn_E"]),
            "mean_i": p["tau_syn_I"] / dt * -np.expm1(-dt / p["tau_syn_I"]),
        }
    return shared | {
        "gain_e": _kernel(p, dt, p["tau_syn_E"]),
        "gain_i": _kernel(p, dt, p["tau_syn_I"]),
        "gain_dc": resistance * -np.expm1(-dt / p["tau_m"]),
    }


_CURRENTS = {"excitatory": ("i_e", 1), "inhibitory": ("i_i", 1)}
_EXACT = "v = v_rest + (v - v_rest) * decay_m + gain_e * i_e - gain_i * i_i + gain_dc * (i_offset + i_ext)"
_FADE = "i_e *= decay_e\ni_i *= decay_i"

_MEMBRANE = {
    "v_rest": Parameter(-65.0, "mV"),
    "cm": Parameter(1.0, "nF", above=0.0),
    "tau_m": Parameter(20.0, "ms", above=0.0),
    "tau_refrac": Parameter(0.0, "ms", low=0.0),
    "i_offset": Parameter(0.0, "nA"),
    "v_reset": Parameter(-65.0, "mV"),
    "v_thresh": Parameter(-50.0, "mV"),
}

DECLARED = """
v_rest : volt (constant)
cm : farad (constant)
tau_m : second (constant)
tau_refrac : second (constant)
i_offset : amp (constant)
v_reset : volt (constant)
v_thresh : volt (constant)
"""
"""Parameters of an integrate-and-fire neuron, as equations declare them."""

IF_curr_exp = CellType(
    name="IF_curr_exp",
    equations=f"""
dv/dt   = (v_rest - v)/tau_m + (i_e - i_i + i_offset + i_ext)/cm : volt (unless refractory)
di_e/dt = -i_e/tau_syn_E                                         : amp
di_i/dt = -i_i/tau_syn_I                                         : amp
tau_syn_E : second (constant)
tau_syn_I : second (constant)
{DECLARED}""",
    parameters=_MEMBRANE | {"tau_syn_E": Parameter(5.0, "ms", above=0.0), "tau_syn_I": Parameter(5.0, "ms", above=0.0)},
    state={"v": "mV", "i_e": "nA", "i_i": "nA"},
    initial={"v": "v_rest"},
    weight_unit="nA",
    constants=_curr_exp_constants,
    receive={
        "pynn": "i_e += in_excitatory\ni_i += in_inhibitory",
        "spinnaker": "i_e += in_excitatory * mean_e\ni_i += in_inhibitory * mean_i",
    },
    integrate={
        "pynn": _EXACT,
        "brian2": f"{_EXACT}\n{_FADE}",
        "spinnaker": (
            "v_inf = v_rest + resistance * (i_e - i_i + i_offset + i_ext)\nv = v_inf - (v_inf - v) * decay_m"
        ),
    },
    decay=_FADE,
    adds=_CURRENTS,
)
"""Leaky integrate-and-fire neuron with exponentially decaying synaptic currents (PyNN's standard model)."""


def _curr_delta_constants(p, dt, order):
    decay_m, resistance = _membrane(p, dt)
    return {
        "decay_m": decay_m,
        "gain_dc": resistance * -np.expm1(-dt / p["tau_m"]),
        "v_rest": p["v_rest"],
        "v_reset": p["v_reset"],
        "v_thresh": p["v_thresh"],
        "i_offset": p["i_offset"],
    }


_DELTA_RECEIVE = "v = v if waiting != 0 else v + (in_excitatory - in_inhibitory)"
_DELTA_INTEGRATE = "v = v_rest + (v - v_rest) * decay_m + gain_dc * (i_offset + i_ext)"

IF_curr_delta = CellType(
    name="IF_curr_delta",
    equations=f"""
dv/dt = (v_rest - v)/tau_m + (i_offset + i_ext)/cm : volt (unless refractory)
{DECLARED}""",
    parameters=_MEMBRANE,
    state={"v": "mV"},
    initial={"v": "v_rest"},
    weight_unit="mV",
    constants=_curr_delta_constants,
    receive={"pynn": _DELTA_RECEIVE, "spinnaker": _DELTA_RECEIVE},
    integrate=dict.fromkeys(("pynn", "spinnaker", "brian2"), _DELTA_INTEGRATE),
    decay="",
    adds={"excitatory": ("v", 1), "inhibitory": ("v", -1)},
)
"""Leaky integrate-and-fire neuron whose potential jumps at every input spike (PyNN's standard model)."""


def _nmda_constants(p, dt, order):
    plateau = steps(p["plateau"], dt, "IF_curr_exp_nmda", "plateau", least=1)
    return _curr_exp_constants(p, dt, order) | {"plateau_steps": np.asarray(plateau, np.float64)[()]}


_NMDA_RECEIVE = (
    "i_d = in_dendritic if in_dendritic > i_d else i_d\nleft = plateau_steps if in_dendritic > zero else left"
)

IF_curr_exp_nmda = CellType(
    name="IF_curr_exp_nmda",
    equations="""\
as IF_curr_exp, with a further current i_d (nA) into the membrane:
a dendritic spike of weight w sets i_d to w, or leaves it if it is larger; weights of one step add up
i_d = 0 again `plateau` after the latest dendritic spike""",
    parameters=IF_curr_exp.parameters | {"plateau": Parameter(50.0, "ms", above=0.0)},
    state=IF_curr_exp.state | {"i_d": "nA", "left": "1"},
    initial={"v": "v_rest"},
    weight_unit="nA",
    constants=_nmda_constants,
    receive={order: f"{piece}\n{_NMDA_RECEIVE}" for order, piece in IF_curr_exp.receive.items()},
    integrate={order: IF_curr_exp.integrate[order].replace("i_ext", "i_ext + i_d") for order in ("pynn", "spinnaker")},
    decay=f"{IF_curr_exp.decay}\nleft = left - one if left > zero else zero\ni_d = i_d if left > zero else zero",
    receptors=("excitatory", "inhibitory", "dendritic"),
)
"""Leaky integrate-and-fire soma whose dendrites add NMDA plateaus of a stated duration; see `network.dendrites`."""

NMDA_segment = CellType(
    name="NMDA_segment",
    equations="""\
ds/dt = -s/tau; s jumps by the weight (1 for a whole synapse), up at excitatory ones, down at inhibitory ones
dendritic spike when s >= threshold; then s = 0 for tau_refrac, the duration of the plateau""",
    parameters={
        "threshold": Parameter(10.0, "1", above=0.0),
        "tau": Parameter(2.0, "ms", above=0.0),
        "tau_refrac": Parameter(50.0, "ms", low=0.0),
    },
    state={"s": "1"},
    initial={},
    weight_unit="1",
    constants=lambda p, dt, order: {"decay_s": np.exp(-dt / p["tau"]), "level": p["threshold"] - COUNTING_ERROR},
    receive=dict.fromkeys(("pynn", "spinnaker"), "s = s if waiting != 0 else s + (in_excitatory - in_inhibitory)"),
    integrate=dict.fromkeys(("pynn", "spinnaker"), "pass"),
    decay="s *= decay_s",  # in both orders between the threshold and the next arrivals
    held=(),
    threshold="s >= level",
    reset="s = zero",
)
"""A distal segment: a coincidence detector that counts synapses, and its plateau; see `network.dendrites`."""

MODELS = {model.name: model for model in (IF_curr_exp, IF_curr_delta, IF_curr_exp_nmda, NMDA_segment)}

CELLS = (
    "EIF_cond_exp_isfa_ista",
    "HH_cond_exp",
    "IF_cond_beta",
    "IF_cond_exp",
    "IF_cond_exp_nmda",
    "IF_curr_alpha",
    "Izhikevich",
)
"""Names of the built-in models that are made of equations; `neuromem.network.cells` reads those when it is imported."""


def built_in(name):
    """The built-in model of that name, or None."""
    if name in CELLS:
        from neuromem.network.cells import CELLS as made

        return made[name]
    return MODELS.get(name)
