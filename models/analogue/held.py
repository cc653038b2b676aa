"""`Held`: what all memories share whose weights are numbers read from devices that were programmed once."""

import numpy as np

from neuromem.errors import NotSupportedError, PatternError
from neuromem.memory import WeightArray


class Held:
    """Before the class of a memory among the bases of another: its weights are `_held`, float64 arrays by name.

    Which keys are in use is digital, a register beside the arrays. Nothing can be stored or forgotten.
    """

    @classmethod
    def of(cls, memory, values):
        """Return `memory` with these weights, finite float arrays by name."""
        own = memory.weights()
        for name, array in values.items():
            if name not in own or np.shape(array) != own[name].values.shape or not np.isfinite(array).all():
                shapes = {known: weight.values.shape for known, weight in own.items()}
                raise PatternError(f"with_weights: {name} is not a finite array among {shapes}")
        new = super()._from_tree(memory._tree())
        new._held = {name: np.array(values[name], float) for name in own}
        new._hold()
        return new

    def _hold(self):
        """Make what is derived from `_held`."""
        raise NotImplementedError

    def _digital_weights(self):
        return super().weights()

    def weights(self):
        """The weights as they were read."""
        declared = self._digital_weights()
        return {
            name: WeightArray(self._held[name].copy(), weight.low, weight.high, signed=True, unit=weight.unit)
            for name, weight in declared.items()
        }

    def with_weights(self, weights):
        """The same memory with other readings, of any sign."""
        given = dict(weights)
        missing = next((name for name in self._held if name not in given), None)
        if missing is not None:
            raise PatternError(f"with_weights: {missing} is missing")
        plain = {name: value.values if isinstance(value, WeightArray) else value for name, value in given.items()}
        return type(self).of(self, plain)

    def store(self, *_, **__):
        """Raises NotSupportedError."""
        raise NotSupportedError(_ONCE.format(type(self).__name__))

    learn = forget = store

    def _tree(self):
        return {**super()._tree(), "held": {name: array.copy() for name, array in self._held.items()}}

    @classmethod
    def _from_tree(cls, tree):
        new = super()._from_tree(tree)
        new._held = {name: np.asarray(array, float) for name, array in tree["held"].items()}
        new._hold()
        return new


_ONCE = "{}: its weights are on devices that were programmed once; change the memory it came from and deploy that"
