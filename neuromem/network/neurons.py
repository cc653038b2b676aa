"""Neuron models as small definitions: parameters, state and an update in pieces of source text.

The engine generates its compiled loop from these pieces (see `neuromem.network.orders` for their sequence), so a new
model is a new definition, not a change of the engine.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from neuromem.errors import DescriptionError
from neuromem.network.check import numbers, steps

COUNTING_ERROR = 1e-3
"""So much below its threshold a segment counts it as reached: sums of float32 weights may fall short by rounding."""


@dataclass(frozen=True)
class Parameter:
    """Default, unit and lower bound (`above` is exclusive, `low` inclusive) of one model parameter."""

    default: float
    unit: str
    low: float | None = None
    above: float | None = None


@dataclass(frozen=True, eq=False)
class NeuronModel:
    """A point-neuron model; calling it with parameter values gives a `Neuron`.

    Attributes
    ----------
    name : str
    equations : str
        The model as one reads it in a paper.
    parameters : mapping of str to Parameter
        `tau_refrac` (ms) is among them; where there are `v_reset` and `v_thresh`, the first must lie below the second.
    state : mapping of str to str
        State variable -> unit. The first is the membrane potential.
    initial : mapping of str to str
        State variable -> the parameter that is its initial value; others start at zero.
    weight_unit : str
        Unit of a synaptic weight onto this model.
    constants : callable(parameters, dt, order) -> dict of str to float or array
        What the update needs, computed once in float64.
    receive, integrate, decay : mapping of order name to source lines
        Pieces of the update in terms of state, constants, `in_e`, `in_i` (arrivals), `i_ext`, `waiting`
        (an integer, 0 unless the neuron is refractory) and `zero`. Without `if`: a conditional expression can be
        vectorised.
    held : tuple of str
        State variables that do not change while the neuron is refractory.
    threshold, reset : str
    """

    name: str
    equations: str
    parameters: Mapping[str, Parameter]
    state: Mapping[str, str]
    initial: Mapping[str, str]
    weight_unit: str
    constants: object
    receive: Mapping[str, str]
    integrate: Mapping[str, str]
    decay: str
    held: tuple[str, ...] = ("v",)
    threshold: str = "v >= v_thresh"
    reset: str = "v = v_reset"
    receptors: tuple[str, ...] = ("excitatory", "inhibitory")

    def __call__(self, **values):
        return Neuron(self, values)

    def __repr__(self):
        return self.name

    def __deepcopy__(self, memo):
        return self  # a constant: a copied network has the same models

    def __reduce__(self):
        if MODELS.get(self.name) is self:
            return _listed, (self.name,)
        return super().__reduce__()


@dataclass(frozen=True, eq=False)
class Neuron:
    """A neuron model with parameter values: floats, or arrays with one value per neuron.

    Raises
    ------
    DescriptionError
        For an unknown parameter or a value out of its range.
    """

    model: NeuronModel
    parameters: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self):
        known = self.model.parameters
        unknown = sorted(set(self.parameters) - set(known))
        if unknown:
            raise DescriptionError(
                f"{self.model.name}: no parameter called {unknown[0]!r}; it has {', '.join(sorted(known))}"
            )
        values = {}
        for name, rule in known.items():
            value = self.parameters.get(name, rule.default)
            values[name] = numbers(value, self.model.name, name, unit=rule.unit, low=rule.low, above=rule.above)
        shapes = {np.shape(value) for value in values.values() if np.ndim(value)}
        if len(shapes) > 1:
            raise DescriptionError(
                f"{self.model.name}.{', '.join(k for k, v in values.items() if np.ndim(v))}: "
                f"values per neuron must have one shape, got {sorted(shapes)}"
            )
        limits = [np.asarray(values[name]) for name in ("v_reset", "v_thresh") if name in values]
        if len(limits) == 2 and np.any(limits[0] >= limits[1]):
            raise DescriptionError(f"{self.model.name}.v_reset: must lie below v_thresh")
        object.__setattr__(self, "parameters", values)

    @property
    def homogeneous(self):
        """True if every parameter is one number for the whole population."""
        return all(np.ndim(value) == 0 for value in self.parameters.values())


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


_MEMBRANE = {
    "v_rest": Parameter(-65.0, "mV"),
    "cm": Parameter(1.0, "nF", above=0.0),
    "tau_m": Parameter(20.0, "ms", above=0.0),
    "tau_refrac": Parameter(0.0, "ms", low=0.0),
    "i_offset": Parameter(0.0, "nA"),
    "v_reset": Parameter(-65.0, "mV"),
    "v_thresh": Parameter(-50.0, "mV"),
}

IF_curr_exp = NeuronModel(
    name="IF_curr_exp",
    equations="""\
dv/dt   = (v_rest - v)/tau_m + (i_e - i_i + i_offset + i_ext)/cm   (mV)
di_e/dt = -i_e/tau_syn_E                                           (nA)
di_i/dt = -i_i/tau_syn_I                                           (nA)
spike when v >= v_thresh, then v = v_reset for tau_refrac""",
    parameters=_MEMBRANE | {"tau_syn_E": Parameter(5.0, "ms", above=0.0), "tau_syn_I": Parameter(5.0, "ms", above=0.0)},
    state={"v": "mV", "i_e": "nA", "i_i": "nA"},
    initial={"v": "v_rest"},
    weight_unit="nA",
    constants=_curr_exp_constants,
    receive={
        "pynn": "i_e += in_e\ni_i += in_i",
        "spinnaker": "i_e += in_e * mean_e\ni_i += in_i * mean_i",
    },
    integrate={
        "pynn": "v = v_rest + (v - v_rest) * decay_m + gain_e * i_e - gain_i * i_i + gain_dc * (i_offset + i_ext)",
        "spinnaker": (
            "v_inf = v_rest + resistance * (i_e - i_i + i_offset + i_ext)\nv = v_inf - (v_inf - v) * decay_m"
        ),
    },
    decay="i_e *= decay_e\ni_i *= decay_i",
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


_DELTA_RECEIVE = "v = v if waiting != 0 else v + (in_e - in_i)"
_DELTA_INTEGRATE = "v = v_rest + (v - v_rest) * decay_m + gain_dc * (i_offset + i_ext)"

IF_curr_delta = NeuronModel(
    name="IF_curr_delta",
    equations="""\
dv/dt = (v_rest - v)/tau_m + (i_offset + i_ext)/cm   (mV)
v jumps by the weight (mV) when a spike arrives, unless refractory
spike when v >= v_thresh, then v = v_reset for tau_refrac""",
    parameters=_MEMBRANE,
    state={"v": "mV"},
    initial={"v": "v_rest"},
    weight_unit="mV",
    constants=_curr_delta_constants,
    receive={"pynn": _DELTA_RECEIVE, "spinnaker": _DELTA_RECEIVE},
    integrate={"pynn": _DELTA_INTEGRATE, "spinnaker": _DELTA_INTEGRATE},
    decay="",
)
"""Leaky integrate-and-fire neuron whose potential jumps at every input spike (PyNN's standard model)."""


def _nmda_constants(p, dt, order):
    plateau = steps(p["plateau"], dt, "IF_curr_exp_nmda", "plateau", least=1)
    return _curr_exp_constants(p, dt, order) | {"plateau_steps": np.asarray(plateau, np.float64)[()]}


_NMDA_RECEIVE = "i_d = in_d if in_d > i_d else i_d\nleft = plateau_steps if in_d > zero else left"

IF_curr_exp_nmda = NeuronModel(
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
    integrate={order: piece.replace("i_ext", "i_ext + i_d") for order, piece in IF_curr_exp.integrate.items()},
    decay=f"{IF_curr_exp.decay}\nleft = left - one if left > zero else zero\ni_d = i_d if left > zero else zero",
    receptors=("excitatory", "inhibitory", "dendritic"),
)
"""Leaky integrate-and-fire soma whose dendrites add NMDA plateaus of a stated duration; see `network.dendrites`."""

NMDA_segment = NeuronModel(
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
    receive=dict.fromkeys(("pynn", "spinnaker"), "s = s if waiting != 0 else s + (in_e - in_i)"),
    integrate=dict.fromkeys(("pynn", "spinnaker"), "pass"),
    decay="s *= decay_s",  # in both orders between the threshold and the next arrivals
    held=(),
    threshold="s >= level",
    reset="s = zero",
)
"""A distal segment: a coincidence detector that counts synapses, and its plateau; see `network.dendrites`."""

MODELS = {model.name: model for model in (IF_curr_exp, IF_curr_delta, IF_curr_exp_nmda, NMDA_segment)}


def _listed(name):
    """The listed model of that name: how a model finds itself in another process."""
    return MODELS[name]
