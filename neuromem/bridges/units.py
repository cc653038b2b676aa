"""Values of Brian2 in the toolkit's units."""

import numpy as np


def in_toolkit(values, dimensions):
    """SI numbers of a Brian2 dimension in the toolkit's unit of it. Returns (values, unit)."""
    import brian2

    from neuromem.network.equations import units

    quantity = brian2.Quantity(np.asarray(values, np.float64), dim=dimensions)
    numbers, dimension = units.inside(quantity)
    return np.asarray(numbers) / units.shown_scale(dimension), units.shown(dimension)
