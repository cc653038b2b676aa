"""The constants of a population: which all of its neurons share, which each has of its own, and how both lie."""

import numpy as np

from neuromem.engine.neuron_source import shared_names
from neuromem.kernels import layout as at
from neuromem.network.check import steps
from neuromem.network.inputs import TimedArray

FEW = 16
"""Up to so many constants of a model all lie per neuron if one does, so that fewer kinds of loop are compiled."""


def constants_of(network, population):
    """Name -> number, or array (size,), in the order of `neuron_source.constant_names`."""
    model, parameters = population.neuron.model, population.neuron.parameters
    pause = steps(model.refractory(parameters), network.dt, population.name, "refractory period")
    values = model.constants(parameters, network.dt, network.order)
    return {**values, "refractory_steps": pause, "size": float(population.size)}


def own_names(values):
    """Names of the constants that lie per neuron."""
    own = tuple(name for name, value in values.items() if np.ndim(value))
    return tuple(values) if own and len(values) <= FEW else own


def timed_of(network, neuron):
    """Parameters that are given over time: (name in the source, values, steps for each, one per neuron)."""
    return tuple(
        (neuron.model.local(name), len(value.values), steps(value.dt, network.dt, name, "dt"), value.values.ndim > 1)
        for name, value in neuron.parameters.items()
        if isinstance(value, TimedArray)
    )


def lay_out(variant, values, population, padded):
    """How many numbers all neurons share, tables over time among them, and those with the neurons' own behind."""
    shared = [np.array([values[name] for name in shared_names(variant)], float)]
    for value in population.neuron.parameters.values():
        if isinstance(value, TimedArray):
            rows = value.values
            rows = np.pad(rows, ((0, 0), (0, padded - population.size)), "edge") if rows.ndim > 1 else rows
            shared.append(rows.ravel())
    shared = np.concatenate(shared)
    own = {name: values[name] for name in variant.own}
    return shared.size, np.concatenate([shared, blocks(own, population.size, padded)]) if own else shared


def blocks(values, size, padded):
    """Lay rows (name -> number or array (size,)) out in blocks, as `kernels.layout` says; padding repeats the last."""
    rows = [np.broadcast_to(np.asarray(value, np.float64), size) for value in values.values()]
    rows = [np.pad(row, (0, padded - size), "edge") for row in rows]
    if not rows:  # as a model that only draws spikes has no state
        return np.zeros(0)
    return np.stack(rows).reshape(len(rows), -1, at.BLOCK).transpose(1, 0, 2).ravel()
