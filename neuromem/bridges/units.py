"""Values of Brian2 in the toolkit's units."""

import numpy as np


def in_toolkit(values, dimensions):
    """SI numbers of a Brian2 dimension in the toolkit's unit of it. Returns (values, unit)."""
    import brian2

    from neuromem.network.equations import units

    quantity = brian2.Quantity(np.asarray(values, np.float64), dim=dimensions)
    if not hasattr(quantity, "dim"):  # plain numbers
        return quantity, "1"
    numbers, dimension = units.inside(quantity)
    return np.asarray(numbers) / units.shown_scale(dimension), units.shown(dimension)


def quantity(values, unit):
    """Numbers in a unit of the toolkit as a Brian2 quantity."""
    import brian2

    from neuromem.network.equations import units

    dimension, size = units.parse(unit)
    si = units.to_si(np.asarray(values, np.float64) * size, dimension)
    return brian2.Quantity(si, dim=brian2.get_or_create_dimension([float(power) for power in dimension]))


def unit_of(value):
    """The unit of a quantity of Brian2, or of a plain number, as equations declare it."""
    from neuromem.bridges.brian2_text import unit_text

    return unit_text(value.dim) if hasattr(value, "dim") else "1"
