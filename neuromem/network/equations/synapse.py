"""`SynapseModel`: a synapse model from equations in Brian2's syntax."""

from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from neuromem.errors import DescriptionError
from neuromem.network.check import numbers
from neuromem.network.equations import units
from neuromem.network.equations.defaults import parameter
from neuromem.network.equations.names import local
from neuromem.network.equations.pieces import evaluate
from neuromem.network.equations.symbols import CONSTANT, STATE
from neuromem.network.equations.synapse_analysis import SynapseAnalysis, SynapseText
from neuromem.network.synapsetype import Synapse, SynapseType


class SynapseModel:
    """A synapse model from equations; calling it with values gives what `Network.project` takes as ``model``.

    Names are those of the synapse first, then those of the post neuron; `x_post` and `x_pre` name a side, `i` and `j`
    are the indices of pre and post neuron. Units are checked when the model is used, with both neurons.

    Parameters
    ----------
    equations : str
        In Brian2's syntax, with the flags (event-driven), (clock-driven) and, for what is summed into a variable of the
        post neuron, ``x_post = expression : unit (summed)``.
    on_pre, on_post : str
        Statements that follow a spike of the pre or post neuron.
    parameters : dict, optional
        Values of declared parameters and of constants that the text uses, as in `NeuronModel`.
    method : str, optional
        Of clock-driven equations, as in `NeuronModel`; event-driven ones are solved exactly.
    initial : dict, optional
        Variable -> its initial value; others start at zero. A call can override it with one value per synapse.
    name : str

    Raises
    ------
    DescriptionError
        For what is not understood or does not fit, with carets under the term.
    """

    def __init__(
        self, equations="", *, on_pre="", on_post="", parameters=None, method=None, initial=None, name="SynapseModel"
    ):
        self.text = SynapseText(name, equations, on_pre, on_post, dict(parameters or {}), method)
        self.name, self.equations, self.initial = name, equations, dict(initial or {})
        options = {"on_pre": on_pre, "on_post": on_post, "parameters": dict(parameters or {}), "method": method}
        self.recipe = ((equations,), options | {"initial": self.initial, "name": name})
        self._bound = {}
        for variable in self.initial:
            if (
                variable not in self.text.equations
                or self.text.equations[variable].expression
                and not (self.text.equations[variable].left.endswith("/dt"))
            ):
                raise DescriptionError(f"{name}.initial: no variable called {variable!r}")

    def __repr__(self):
        return self.name

    def __call__(self, **values):
        return SynapseValues(self, values)

    def __deepcopy__(self, memo):
        return self

    def __getstate__(self):
        return self.__dict__ | {"_bound": {}}

    def bind(self, pre, post):
        """The model between two kinds of neurons, as the engine takes it.

        Parameters
        ----------
        pre, post : CellType or None
            None for spike sources.

        Returns
        -------
        SynapseType

        Raises
        ------
        DescriptionError
            For names that neither has, and units that do not fit.
        """
        if (pre, post) not in self._bound:
            self._bound[pre, post] = _bound(self, SynapseAnalysis(self.text, pre, post))
        return self._bound[pre, post]


@dataclass(frozen=True, eq=False)
class SynapseValues:
    """A `SynapseModel` with values of parameters and variables: numbers, or one per synapse."""

    model: SynapseModel
    values: dict

    def bound(self, before, after):
        """The `Synapse` between two populations.

        Raises
        ------
        DescriptionError
        """
        sides = [getattr(population.neuron, "model", None) for population in (before, after)]
        kind = self.model.bind(*sides)
        for key, rule in kind.parameters.items():
            if rule.default is None and self.values.get(key) is None:
                raise DescriptionError(
                    f"{kind.name}.{key}: this parameter has no value; give one with the call, {kind.name}({key}=...), "
                    "or in `parameters`"
                )
        return Synapse(kind, self.values)


def _bound(model, found):
    """The pieces of an analysis as a `SynapseType`."""
    known, starts, words = {}, {}, {}
    for inner, symbol in found.own.items():
        name = found.public.get(inner, inner)
        if symbol.kind == CONSTANT:
            known[name] = parameter(name, found.values.get(name), units.shown(symbol.dimension), model.name)
        elif symbol.kind == STATE:
            unit = units.state_unit(symbol.dimension)
            value = model.initial.get(name, found.values.get(name, 0.0))
            known[name] = parameter(name, numbers(value, model.name, name, unit=unit), unit, model.name)
            starts[name] = name
        words[name] = local(inner)
    return SynapseType(
        name=model.name,
        equations=model.equations,
        parameters=MappingProxyType(known),
        variables=MappingProxyType({name: known[name].unit for name in starts}),
        initial=MappingProxyType(starts),
        constants=_Constants(found),
        on_pre=found.on_pre,
        on_post=found.on_post,
        flow=found.flow,
        summed=MappingProxyType(found.summed),
        locals=MappingProxyType({name: word for name, word in words.items() if word != name}),
        made_of=model,
    )


class _Constants:
    """What the source uses beside variables, computed once in float64."""

    def __init__(self, found):
        self.found = found

    def __call__(self, parameters, dt):
        values = {"dt": float(dt)}
        for name, symbol in self.found.own.items():
            if symbol.kind == CONSTANT:
                value = parameters.get(self.found.public.get(name, name))
                values[name] = np.nan if value is None else np.asarray(value)[()] * units.shown_scale(symbol.dimension)
        computed = {"dt": float(dt)}
        for key, tree in self.found.pieces.constants.items():
            value = np.asarray(evaluate(tree, self.found.pieces, values), np.float64)
            computed[key] = value.item() if value.ndim == 0 else value
        for each in self.found.pieces.propagators:
            computed |= each.compute(values)
        return computed
