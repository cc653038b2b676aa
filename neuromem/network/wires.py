"""The synapses of a projection, drawn or listed: what the engine compiles and the hardware targets quantise."""

from dataclasses import dataclass

import numpy as np

from neuromem.network import draws
from neuromem.network.check import steps
from neuromem.network.connectors import FromArrays
from neuromem.network.random import Normal


@dataclass
class Wires:
    """All synapses of a projection, by source: rows sorted by post."""

    start: np.ndarray  # int64 (n_pre + 1)
    post: np.ndarray  # uint16 or uint32
    weight: object  # float, or float32 per synapse
    delay: object  # int steps, or uint16 per synapse
    order: np.ndarray | None  # place of each synapse in the connector's order; None: as here


def wires(projection, number, n_pre, n_post, seed, dt):
    """Draw or list a projection's synapses; `number` is its place in the network and keys what is drawn."""
    from neuromem.kernels import philox

    connector = projection.connector
    start, post = connector.rows(n_pre, n_post, seed, number)
    start = np.asarray(start, np.int64)
    weight, delay, order = projection.weight, projection.delay, None
    if isinstance(weight, Normal):
        key = philox.WEIGHT + number
        weight = draws.normal(weight, start, seed, key, low=weight.low, unit=0.0, dtype=np.float32)
    elif np.ndim(weight):
        weight = np.array(weight, np.float32).ravel()  # a copy: learning must not change the description
    if isinstance(delay, Normal):
        key, low = philox.DELAY + number, max(1.0, np.ceil(delay.low / dt - 1e-9))
        scaled = Normal(delay.mean / dt, delay.sd / dt)
        delay = draws.normal(scaled, start, seed, key, low=low, unit=1.0, dtype=np.uint16)
    else:
        delay = steps(delay, dt, projection.name, "delay")
        delay = int(delay) if np.ndim(delay) == 0 else np.ravel(delay).astype(np.uint16)
    if isinstance(connector, FromArrays):  # arrays of weights and delays are in its order, drawn ones are by row
        order = connector.order()
    if order is not None:
        weight = weight[order] if np.ndim(projection.weight) else weight
        delay = delay[order] if np.ndim(projection.delay) else delay
    return Wires(start, post, weight, delay, order)
