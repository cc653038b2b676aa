"""The synapses of a projection one by one."""

from typing import NamedTuple

import numpy as np

from neuromem.network.wires import wires


class Synapses(NamedTuple):
    """k synapses by source, then target: weight float64 (float32 values of the description), the others int64.

    `delay` is in steps; `order` gives the place of each in the connector's order.
    """

    source: np.ndarray
    target: np.ndarray
    weight: np.ndarray
    delay: np.ndarray
    order: np.ndarray


def listed(network, name, seed):
    """List or draw the synapses of projection `name`; random ones are those that the engine draws for this seed."""
    projection = network.projections[name]
    number = list(network.projections).index(name)
    sizes = [network.populations[side].size for side in (projection.pre, projection.post)]
    given = wires(projection, number, *sizes, seed, network.dt)
    count = given.post.size
    return Synapses(
        np.repeat(np.arange(sizes[0]), np.diff(given.start)),
        given.post.astype(np.int64),
        np.array(np.broadcast_to(np.float32(given.weight), count), np.float64),
        np.array(np.broadcast_to(given.delay, count), np.int64),
        np.arange(count) if given.order is None else given.order,
    )
