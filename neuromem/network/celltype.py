"""What a neuron model is to the engine: parameters, state and an update in pieces of source text.

The engine generates its compiled loop from these pieces (see `neuromem.network.orders` for their sequence), so a new
model is a new definition, not a change of the engine. `neuromem.network.neurons` lists the built-in ones, and
`NeuronModel` makes one from equations.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from neuromem.errors import DescriptionError
from neuromem.network.check import numbers
from neuromem.network.inputs import TimedArray


@dataclass(frozen=True)
class Parameter:
    """Default, unit and lower bound (`above` is exclusive, `low` inclusive) of one model parameter."""

    default: float
    unit: str
    low: float | None = None
    above: float | None = None


@dataclass(frozen=True, eq=False)
class CellType:
    """A point-neuron model; calling it with parameter values gives a `Neuron`.

    Attributes
    ----------
    name : str
    equations : str
        The model as one reads it in a paper, in Brian2's syntax where it can be said so.
    parameters : mapping of str to Parameter
        Where there are `v_reset` and `v_thresh`, the first must lie below the second; `tau_refrac` (ms) is the
        refractory period.
    state : mapping of str to str
        State variable -> unit. The first is the membrane potential.
    initial : mapping of str to str
        State variable -> the parameter that is its initial value; others start at zero.
    weight_unit : str
        Unit of a synaptic weight onto this model.
    constants : callable(parameters, dt, order) -> dict of str to float or array
        What the update needs, computed once in float64.
    receive, integrate, decay : mapping of order name to source lines
        Pieces of the update in terms of state, constants, `in_excitatory` and so on (arrivals), `i_ext`, `waiting`
        (an integer, 0 unless the neuron is refractory) and `zero`. Without `if`: a conditional expression can be
        vectorised. A model has the orders for which it has an `integrate`.
    held : tuple of str
        State variables that do not change while the neuron is refractory.
    threshold, reset : str
    receptors : tuple of str
    adds : mapping of str to (str, int)
        Receptor -> the variable that jumps by the weight in the order "brian2", and the sign.
    signed : bool
        Whether weights may be negative.
    weight_units : mapping of str to str
        Receptor -> unit of a weight, where it is not `weight_unit`.
    leave : str
        Where refractoriness has no fixed length: a neuron stays refractory while this condition holds.
    regular : tuple of (str, float)
        Statements that run at the start of every so many ms.
    locals : mapping of str to str
        Variable or parameter -> its name in the source, where that is another.
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
    adds: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    signed: bool = False
    weight_units: Mapping[str, str] = field(default_factory=dict)
    leave: str = ""
    regular: tuple[tuple[str, float], ...] = ()
    locals: Mapping[str, str] = field(default_factory=dict)

    def local(self, name):
        """The name of a variable or parameter in the source."""
        return self.locals.get(name, name)

    def unit_of(self, receptor):
        """Unit of a weight onto a receptor."""
        return self.weight_units.get(receptor, self.weight_unit)

    def refractory(self, parameters):
        """Refractory period in ms, a number or one per neuron."""
        return parameters.get("tau_refrac", 0.0)

    def __call__(self, **values):
        return Neuron(self, values)

    def __repr__(self):
        return self.name

    def __deepcopy__(self, memo):
        return self  # a constant: a copied network has the same models

    def __reduce__(self):
        from neuromem.network.neurons import built_in

        return (listed, (self.name,)) if built_in(self.name) is self else super().__reduce__()


def refuse_unknown(model, given):
    """Raise DescriptionError for a parameter that a neuron or synapse model does not have."""
    unknown = sorted(set(given) - set(model.parameters))
    if unknown:
        known = ", ".join(sorted(model.parameters)) or "none"
        raise DescriptionError(f"{model.name}: no parameter called {unknown[0]!r}; it has {known}")


@dataclass(frozen=True, eq=False)
class Neuron:
    """A neuron model with parameter values: floats, or arrays with one value per neuron.

    Raises
    ------
    DescriptionError
        For an unknown parameter or a value out of its range.
    """

    model: CellType
    parameters: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self):
        known = self.model.parameters
        refuse_unknown(self.model, self.parameters)
        values = {}
        for name, rule in known.items():
            value = self.parameters.get(name, rule.default)
            if isinstance(value, TimedArray) and isinstance(rule.default, TimedArray):
                values[name] = value
                continue
            values[name] = numbers(value, self.model.name, name, unit=rule.unit, low=rule.low, above=rule.above)
        shapes = {np.shape(value) for value in values.values() if isinstance(value, np.ndarray)}
        if len(shapes) > 1:
            raise DescriptionError(
                f"{self.model.name}.{', '.join(k for k, v in values.items() if isinstance(v, np.ndarray))}: "
                f"values per neuron must have one shape, got {sorted(shapes)}"
            )
        limits = [np.asarray(values[name]) for name in ("v_reset", "v_thresh") if name in values]
        if len(limits) == 2 and np.any(limits[0] >= limits[1]):
            raise DescriptionError(f"{self.model.name}.v_reset: must lie below v_thresh")
        object.__setattr__(self, "parameters", values)

    @property
    def homogeneous(self):
        """True if every parameter is one number for the whole population."""
        return all(isinstance(value, TimedArray) or np.ndim(value) == 0 for value in self.parameters.values())


def listed(name):
    """The built-in model of that name: how one finds itself in another process."""
    from neuromem.network.neurons import built_in

    return built_in(name)
