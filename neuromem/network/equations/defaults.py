"""Values of a model's parameters: numbers, text with units, Brian2's quantities and TimedArrays."""

import numpy as np

from neuromem.errors import DescriptionError
from neuromem.network.celltype import Parameter
from neuromem.network.check import numbers
from neuromem.network.equations import units
from neuromem.network.equations.functions import CONSTANTS, FUNCTIONS
from neuromem.network.equations.symbols import CONSTANT, TIMED, Symbol
from neuromem.network.inputs import TimedArray


def timed(value):
    """A Brian2 TimedArray as ours; ours, and anything else, as it is."""
    if isinstance(value, TimedArray) or type(value).__name__ != "TimedArray" or not hasattr(value, "values"):
        return value
    dimension = units.dimension_of(value)
    inside = units.to_inside(np.asarray(value.values, np.float64), dimension) / units.shown_scale(dimension)
    return TimedArray(inside, float(value.dt) * 1e3, units.shown(dimension))


def outside(name, value, owner):
    """(Symbol, value) of a constant that the text uses but does not declare: its dimension is its value's.

    Raises
    ------
    DescriptionError
        If the name is taken, or the value is no number.
    """
    if name in FUNCTIONS or (name in CONSTANTS and name != "e") or not name.isidentifier():
        raise DescriptionError(f"{owner}.{name}: this name means something else in equations")
    if callable(value) and not isinstance(value, TimedArray):
        raise DescriptionError(f"{owner}.{name}: a user's own functions are not translated, got {value!r}")
    if isinstance(value, TimedArray):
        found = units.parse(value.unit)
        if found is None:
            raise DescriptionError(f"{owner}.{name}: {value.unit!r} is not a unit")
        return Symbol(TIMED, found[0], columns=value.values.ndim > 1), value
    dimension = units.NO_DIMENSION
    if isinstance(value, str):
        found = units.quantity(value)
        if found is None:
            raise DescriptionError(f"{owner}.{name}: a number with units is expected, got {value!r}")
        dimension = found[1]
    elif hasattr(value, "get_best_unit"):
        dimension = units.dimension_of(value)
    return Symbol(CONSTANT, dimension), numbers(value, owner, name, unit=units.shown(dimension))


def parameter(name, value, unit, owner):
    """A `Parameter` in a unit; without a value it has to be given with the model's call."""
    if value is None or isinstance(value, TimedArray):
        return Parameter(value, unit)
    return Parameter(numbers(value, owner, name, unit=unit), unit)
