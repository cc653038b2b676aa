"""`SynapseRule`: equations of a synapse that leave open onto which receptor it transmits."""

import re
from dataclasses import dataclass

import numpy as np

from neuromem.errors import DescriptionError
from neuromem.network.equations import units
from neuromem.network.equations.synapse import SynapseModel, SynapseValues

_ARRIVES = re.compile(r"^(\s*)receptor\s*\+=", re.MULTILINE)


class SynapseRule:
    """A synapse model for any receptor; calling it with values gives what `Network.project` takes as ``model``.

    Its text is that of a `SynapseModel` with two words that the receptor of the projection gives a meaning:
    ``receptor += x`` lets x arrive there, with the receptor's sign, and ``weight_unit`` is the unit of its weights.

    Parameters
    ----------
    equations, on_pre, on_post : str
    parameters, initial : dict
        As in `SynapseModel`; those in the unit of the weight as plain numbers.
    method : str, optional
    name : str
    """

    def __init__(self, equations, *, on_pre, on_post="", parameters=None, initial=None, method=None, name):
        self.equations, self.on_pre, self.on_post, self.name = equations.strip(), on_pre, on_post, name
        self.parameters, self.initial, self.method = dict(parameters or {}), dict(initial or {}), method
        self._made = {}

    def __repr__(self):
        return self.name

    def __deepcopy__(self, memo):
        return self

    def __reduce__(self):
        return _named, (self.name,)

    def __call__(self, **values):
        return RuleValues(self, values)

    def onto(self, model, receptor=None):
        """The `SynapseModel` onto a receptor of a neuron model, by default its first.

        Raises
        ------
        DescriptionError
            If the neuron model has no such receptor, or no variable that jumps when a spike arrives there.
        """
        known = model.receptors
        receptor = known[0] if receptor is None and known else receptor
        if receptor not in known:
            raise DescriptionError(
                f"{self.name}: one of {', '.join(known)} is expected as receptor of {model.name}, got {receptor!r}"
            )
        if receptor not in model.adds:
            raise DescriptionError(f"{self.name}: no variable jumps at the receptor {receptor!r} of {model.name}")
        variable, sign = model.adds[receptor]
        unit = units.in_words(units.parse(model.unit_of(receptor))[0])
        key = variable, sign, unit
        if key not in self._made:
            arrives = rf"\1{variable}_post {'+' if sign > 0 else '-'}="
            self._made[key] = SynapseModel(
                re.sub(r"\bweight_unit\b", unit, self.equations),
                on_pre=_ARRIVES.sub(arrives, self.on_pre),
                on_post=self.on_post,
                parameters=self.parameters,
                initial=self.initial,
                method=self.method,
                name=self.name,
            )
        return self._made[key]


@dataclass(frozen=True, eq=False)
class RuleValues:
    """A `SynapseRule` with values of parameters and variables: numbers, or one per synapse."""

    model: SynapseRule
    values: dict

    def onto(self, model, receptor):
        """The rule's `SynapseValues` onto a receptor of a neuron model; raises DescriptionError."""
        found = SynapseValues(self.model.onto(model, receptor), self.values)
        weight = self.values.get("weight")
        if not model.signed and isinstance(weight, (int, float, np.ndarray)) and np.any(np.asarray(weight) < 0):
            raise DescriptionError(
                f"{self.model.name}.weight: is a magnitude, but holds a negative value; use receptor='inhibitory' "
                "for inhibition"
            )
        return found


def _named(name):
    """The rule of that name: how one finds itself in another process."""
    from neuromem.network.rules import SYNAPSE_RULES

    return SYNAPSE_RULES[name]
