"""Reward-modulated spike-timing-dependent plasticity."""

from neuromem.errors import DescriptionError
from neuromem.network.equations.neuron import NeuronModel
from neuromem.network.rules.pair import TIMING
from neuromem.network.rules.rule import SynapseRule

RewardSTDP = SynapseRule(
    """
dx/dt      = -x/tau_plus                      : 1 (event-driven)
dy/dt      = -y/tau_minus                     : 1 (event-driven)
dc/dt      = -c/tau_c                         : 1 (clock-driven)
dweight/dt = w_max*c*dopamine_post/(1*second) : weight_unit (clock-driven)
tau_plus : second (constant)
tau_minus : second (constant)
tau_c : second (constant)
A_plus : 1 (constant)
A_minus : 1 (constant)
w_min : weight_unit (constant)
w_max : weight_unit (constant)
""",
    on_pre="weight = clip(weight, w_min, w_max)\nreceptor += weight\nc -= A_minus*y\nx += 1",
    on_post="weight = clip(weight, w_min, w_max)\nc += A_plus*x\ny += 1",
    parameters=TIMING | {"A_plus": 0.025, "A_minus": 0.0375, "tau_c": 1000.0, "w_min": 0.0, "w_max": 1.0},
    initial={"weight": 0.0},
    method="rk2",
    name="RewardSTDP",
)
"""STDP that waits for a reward [Izhikevich 2007, Cereb. Cortex 17:2443].

Pairs of spikes change an eligibility trace c, which decays with `tau_c` (ms), and the weight moves by w_max*c*dopamine
per second, where `dopamine` is a variable of the post neuron: `with_dopamine` gives it to any model. A weight that has
left its bounds is put back by the next spike of either side, before it transmits. A_plus and A_minus are those of the
paper's program, there 0.1 and 0.15 mV for weights up to 4 mV. Eligibility and weight are computed in every step.
"""


def with_dopamine(model, tau=200.0):
    """The model with a further variable, `dopamine`, a number to which a receptor of that name adds its weights.

        d dopamine/dt = -dopamine/tau_dopamine

    Parameters
    ----------
    model : CellType
    tau : float
        ms; the paper's is 200 ms. The model's parameter `tau_dopamine`.

    Returns
    -------
    NeuronModel

    Raises
    ------
    DescriptionError
        If the model has no equations in Brian2's syntax, or has such a variable already.
    """
    more = "\nddopamine/dt = -dopamine/tau_dopamine : 1\ntau_dopamine : second (constant)"
    if "dopamine" in model.state or "dopamine" in model.parameters:
        raise DescriptionError(f"{model.name}: has a dopamine of its own")
    options = _options(model)
    options["parameters"] = {**options["parameters"], "tau_dopamine": tau}
    options["receptors"] = {**options["receptors"], "dopamine": "dopamine"}
    options["name"] = f"{model.name}_dopamine"
    return NeuronModel(model.equations + more, **options)


def _options(model):
    """What a model was made with beside its equations."""
    receptors = {receptor: "-" * (sign < 0) + variable for receptor, (variable, sign) in model.adds.items()}
    if hasattr(model, "recipe"):
        return model.recipe[1] | {"receptors": receptors}
    if not model.adds:
        raise DescriptionError(f"{model.name}: is not made of equations, to which one could be added")
    return {
        **{"threshold": model.threshold, "reset": model.reset, "refractory": "tau_refrac", "method": "exact"},
        **{"receptors": receptors, "initial": dict(model.initial), "signed": model.signed},
        "parameters": {name: rule.default for name, rule in model.parameters.items()},
    }
