"""What both chips need to explain a difference: changed copies of a description, and the smallest change that helps."""

import numpy as np

from neuromem.network.random import Normal
from neuromem.network.tree import from_tree, to_tree

HALVINGS = 12
"""Of the interval in which the smallest change is looked for."""
DOUBLINGS = 9
"""Of a first guess, where nothing says how large a change has to be."""
REFINEMENTS = 4
"""Halvings that follow them; each trial runs engine and emulator."""


def with_parameter(network, population, parameter, change):
    """A copy in which a parameter of a population is `change` larger."""
    tree = to_tree(network)
    neuron = tree["populations"][population]["neuron"]
    neuron[parameter] = np.asarray(neuron[parameter]) + change
    if np.ndim(neuron[parameter]) == 0:
        neuron[parameter] = float(neuron[parameter])
    return from_tree(tree)


def with_parameters(network, values):
    """A copy with other parameters: population -> parameter -> value."""
    tree = to_tree(network)
    for population, parameters in values.items():
        tree["populations"][population]["neuron"].update(parameters)
    return from_tree(tree)


def with_order(network, order):
    """A copy with another order of operations."""
    return from_tree(to_tree(network) | {"order": order})


def with_weights(network, weights):
    """A copy with other weights: projection -> (pre, post, weight, delay in ms), one value per synapse.

    `pre` and `post` are only used where the connector is random; elsewhere weights are in the connector's order.
    """
    tree = to_tree(network)
    for name, (pre, post, weight, delay) in weights.items():
        projection = network.projections[name]
        item = tree["projections"][name]
        item["weight"] = np.asarray(weight, np.float32)
        if type(projection.connector).__name__.startswith("Fixed"):
            item["connector"] = {"type": "FromArrays", "pre": pre, "post": post}
            item["delay"] = np.broadcast_to(np.asarray(delay, np.float64), np.shape(pre)).copy()
        elif isinstance(projection.delay, Normal):
            item["delay"] = np.asarray(delay, np.float64)
    return from_tree(tree)


def smallest_change(removes, known):
    """The smallest change found that helps, or None.

    Parameters
    ----------
    removes : callable(change) -> bool
    known : float
        A change that should help, and bounds the search the other way.
    """
    helps = known if removes(known) else None
    if removes(-known):
        low, high = 0.0, known
        for _ in range(HALVINGS):
            middle = (low + high) / 2.0
            low, high = (low, middle) if removes(-middle) else (middle, high)
        if helps is None or abs(high) < abs(helps):
            helps = -high
    return helps


def change_that_helps(removes, least):
    """A small change that helps, found by doubling `least` in both directions and halving back; None if none does."""
    for k in range(DOUBLINGS):
        for high in (least * 2.0**k, -least * 2.0**k):
            if removes(high):
                low = high / 2.0 if k else 0.0
                for _ in range(REFINEMENTS):
                    middle = (low + high) / 2.0
                    low, high = (low, middle) if removes(middle) else (middle, high)
                return high
    return None
