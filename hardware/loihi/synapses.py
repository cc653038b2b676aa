"""The synapses of a projection one by one, as the description and the seed give them."""

from typing import NamedTuple

import numpy as np

from neuromem.kernels import philox
from neuromem.network import FromArrays, Normal, draws
from neuromem.network.check import steps


class Synapses(NamedTuple):
    """k synapses: source and target int64, weight float64 (the description's float32 values), delay int64 in steps."""

    source: np.ndarray
    target: np.ndarray
    weight: np.ndarray
    delay: np.ndarray


def listed(network, name, seed):
    """List or draw the synapses of projection `name`; random ones are those that the engine draws for this seed."""
    projection = network.projections[name]
    number = list(network.projections).index(name)
    sizes = [network.populations[side].size for side in (projection.pre, projection.post)]
    start, post = projection.connector.rows(*sizes, seed, number)
    start, post = np.asarray(start, np.int64), np.asarray(post, np.int64)
    source = np.repeat(np.arange(sizes[0]), np.diff(start))
    weight, delay = projection.weight, projection.delay
    order = projection.connector.order() if isinstance(projection.connector, FromArrays) else slice(None)
    if isinstance(weight, Normal):
        weight = draws.normal(weight, start, seed, philox.WEIGHT + number, low=weight.low, unit=0.0, dtype=np.float32)
    else:
        weight = np.float32(weight) if np.ndim(weight) == 0 else np.ravel(weight)[order]
    if isinstance(delay, Normal):
        scaled = Normal(delay.mean / network.dt, delay.sd / network.dt)
        low = max(1.0, np.ceil(delay.low / network.dt - 1e-9))
        delay = draws.normal(scaled, start, seed, philox.DELAY + number, low=low, unit=1.0, dtype=np.uint16)
    else:
        delay = steps(delay, network.dt, name, "delay", least=1)
        delay = delay if np.ndim(delay) == 0 else np.ravel(delay)[order]
    return Synapses(
        source,
        post,
        np.array(np.broadcast_to(weight, post.size), np.float64),
        np.array(np.broadcast_to(delay, post.size), np.int64),
    )
