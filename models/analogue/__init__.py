"""Memories that compute with bits or whole numbers, as they are when their weights are read from analogue devices."""

import numpy as np

from neuromem.models.analogue.graded import AnalogueDenseHebbian, AnalogueMultitaskingHopfield
from neuromem.models.analogue.held import Held
from neuromem.models.analogue.hopfield import AnalogueHopfield
from neuromem.models.analogue.lists import AnalogueModernHopfield, AnalogueSparseHopfield
from neuromem.models.analogue.sparsey import AnalogueSparsey
from neuromem.models.analogue.willshaw import AnalogueWillshaw

_KINDS = (
    *(AnalogueWillshaw, AnalogueHopfield, AnalogueModernHopfield, AnalogueSparseHopfield),
    *(AnalogueDenseHebbian, AnalogueMultitaskingHopfield, AnalogueSparsey),
)
ANALOGUE = {kind.__mro__[kind.__mro__.index(Held) + 1].__name__: kind for kind in _KINDS}
"""Classes with a float path, by the name of the memory that they are of."""


def with_readings(memory, values):
    """Return the memory with weights that were read from devices: name -> float array of the shape of `weights()`.

    Memories with a float path compute with the numbers as they are; others take them by `with_weights`, where weights
    that cannot be negative end at 0.
    """
    if isinstance(memory, Held):
        return type(memory).of(memory, values)
    if type(memory).__name__ in ANALOGUE:
        return ANALOGUE[type(memory).__name__].of(memory, values)
    declared = memory.weights()
    return memory.with_weights({n: v if declared[n].signed else np.maximum(v, 0.0) for n, v in values.items()})


__all__ = ["ANALOGUE", "Held", "with_readings", *(kind.__name__ for kind in _KINDS)]
