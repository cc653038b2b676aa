"""A SpikeGeneratorGroup that begins again after a period, as neurons that fire by a table."""

import numpy as np

from neuromem.errors import DescriptionError
from neuromem.network.equations.neuron import NeuronModel
from neuromem.network.inputs import TimedArray

MOST = 10**8
"""Numbers that a table may hold: one for every step of the period and neuron."""


def repeated(trains, dt):
    """The neuron model of a `Trains` with a period.

    Raises
    ------
    DescriptionError
        If a period is too long for a table of it.
    """
    if trains.period * trains.size > MOST:
        raise DescriptionError(
            f"{trains.name}: a period of {trains.period:,} steps of {trains.size:,} sources takes a table of more than "
            f"{MOST:,} numbers; list the spikes for as long as they are needed"
        )
    table = np.zeros((trains.period, trains.size))
    inside = trains.steps < trains.period
    table[trains.steps[inside], trains.ids[inside]] = 1.0
    return NeuronModel(
        "",
        threshold=f"listed((t_in_timesteps % {trains.period} + 0.5)*dt, i) > 0",
        parameters={"listed": TimedArray(table, dt)},
        name=trains.name,
    )
