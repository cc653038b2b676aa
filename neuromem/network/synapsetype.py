"""What a synapse model is to the engine: what each synapse keeps, and what spikes do to it, as source text."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from neuromem.errors import DescriptionError
from neuromem.network.celltype import Parameter, refuse_unknown
from neuromem.network.check import numbers


@dataclass(frozen=True, eq=False)
class SynapseType:
    """A synapse model; calling it with parameter values gives a `Synapse`.

    Attributes
    ----------
    name, equations : str
    parameters : mapping of str to Parameter
    variables : mapping of str to str
        What each synapse keeps, variable -> unit.
    initial : mapping of str to str
        Variable -> the parameter that is its initial value; others start at zero.
    constants : callable(parameters, dt) -> dict of str to float or array of shape (synapses,)
        Numbers that the source uses, by their names in it.
    on_pre, on_post : str
        What a spike of either side does, for one synapse: source lines in terms of its variables, of the neurons' state
        as `x_post` and `x_pre`, of `elapsed` (ms since the latest spike that reached the synapse) and `t` (ms).
    flow : str
        What happens in every step.
    summed : mapping of str to str
        State variable of the post neuron -> the expression that is summed over its synapses in every step.
    locals : mapping of str to str
        Variable -> its name in the source, where that is another.
    made_of : SynapseModel
        What it was made of for the neurons of both sides.
    """

    name: str
    equations: str
    parameters: Mapping[str, Parameter]
    variables: Mapping[str, str]
    initial: Mapping[str, str]
    constants: object
    on_pre: str = ""
    on_post: str = ""
    flow: str = ""
    summed: Mapping[str, str] = field(default_factory=dict)
    locals: Mapping[str, str] = field(default_factory=dict)
    made_of: object = None

    def __call__(self, **values):
        return Synapse(self, values)

    def __repr__(self):
        return self.name

    def __deepcopy__(self, memo):
        return self

    def local(self, name):
        """The name of a variable in the source."""
        return self.locals.get(name, name)

    @property
    def text(self):
        """All of its source."""
        return "\n".join([self.on_pre, self.on_post, self.flow, *self.summed, *self.summed.values()])


@dataclass(frozen=True, eq=False)
class Synapse:
    """A synapse model with parameter values: floats, or arrays with one value per synapse in the connector's order.

    Raises
    ------
    DescriptionError
        For an unknown parameter or a value out of its range.
    """

    model: SynapseType
    parameters: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self):
        known, owner = self.model.parameters, self.model.name
        refuse_unknown(self.model, self.parameters)
        values = {}
        for name, rule in known.items():
            value = self.parameters.get(name, rule.default)
            values[name] = numbers(value, owner, name, unit=rule.unit, low=rule.low, above=rule.above)
        shapes = {np.shape(value) for value in values.values() if np.ndim(value)}
        if len(shapes) > 1 or any(len(shape) != 1 for shape in shapes):
            raise DescriptionError(f"{owner}: values per synapse must have one shape (synapses,), got {sorted(shapes)}")
        object.__setattr__(self, "parameters", values)

    @property
    def size(self):
        """How many synapses it describes; None if it has one value of everything."""
        return next((value.size for value in self.parameters.values() if np.ndim(value)), None)
