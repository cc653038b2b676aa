"""`deploy`: memories, networks and layers with their weights on resistive devices."""

import copy
from dataclasses import replace

import numpy as np

from neuromem.errors import NotSupportedError, UsageError
from neuromem.hardware.resistive.cells import Cells, checked_seed
from neuromem.hardware.resistive.device import Device, checked_time
from neuromem.hardware.resistive.mapping import SCHEMES
from neuromem.hardware.resistive.presets import device as preset
from neuromem.learning import SpikingNetwork
from neuromem.models.analogue import with_readings
from neuromem.network import FromArrays, Network, Normal
from neuromem.network.connectors import RANDOM
from neuromem.network.wires import wires


def deploy(obj, device, seed=0, time=0.0, *, scheme="pair", compensation=False):
    """Return the same kind of object with weights as one reading of devices gives them.

    One seed is one set of devices: deployed at another time, the same devices have drifted, and are read with the same
    luck. Memories that compute with bits compute with the numbers that were read; see `neuromem.models.analogue`.

    Parameters
    ----------
    obj : memory, Network or SpikingNetwork
        Anything with `weights()` and `with_weights()`; a network whose projections do not learn.
    device : Device or str
    seed : int
        Of the devices, of readings, and of what the network's random connectors draw.
    time : float
        Seconds since programming.
    scheme : "pair" or "offset"
    compensation : bool
        Multiply every array with the sum of its magnitudes as programmed over that now.

    Raises
    ------
    UsageError, NotSupportedError
    """
    device = preset(device) if isinstance(device, str) else device
    if not isinstance(device, Device):
        raise UsageError(f"deploy.device: a Device or the name of one is expected, got {device!r}")
    seed = checked_seed(seed, "deploy")
    if scheme not in SCHEMES:
        raise UsageError(f"deploy.scheme: one of {', '.join(SCHEMES)} is expected, got {scheme!r}")
    time = checked_time(time, "deploy")

    def read(values, number):
        return readings(values, device, seed, number, time, scheme, compensation)

    if isinstance(obj, Network):
        return _network(obj, seed, read)
    if isinstance(obj, SpikingNetwork):
        deployed = copy.copy(obj)
        deployed.weights = [read(w, k).astype(w.dtype) for k, w in enumerate(obj.weights)]
        return deployed
    if not (hasattr(obj, "weights") and hasattr(obj, "with_weights")):
        raise NotSupportedError(f"{type(obj).__name__}: has no weights() and with_weights() to deploy")
    return with_readings(obj, {name: read(w.values, k) for k, (name, w) in enumerate(obj.weights().items())})


def readings(values, device, seed, number, time, scheme="pair", compensation=False):
    """Return an array of weights, of any shape, as devices of array `number` give it back; float64."""
    flat = np.asarray(values, float)
    matrix = flat.reshape(-1, flat.shape[-1]) if flat.ndim > 1 else flat.reshape(-1, 1)
    cells = Cells(matrix, device, seed, number, scheme)
    read = cells.reading(time)
    if compensation and time > 0:
        now = np.abs(cells.mean(time)).sum()
        read = read * (np.abs(cells.mean(0.0)).sum() / now if now > 0 else 1.0)
    return read.reshape(flat.shape)


def _network(network, seed, read):
    """A copy of a network with a weight per synapse; magnitudes end at 0."""
    deployed = network.copy()
    for number, (name, projection) in enumerate(network.projections.items()):
        if projection.model is not None or projection.plasticity is not None:
            raise NotSupportedError(f"{name}: its synapses learn or have a model; deploy networks with static weights")
        sizes = (network.populations[side].size for side in (projection.pre, projection.post))
        projection = _listed(projection, number, *sizes, seed, network.dt)
        weight = np.maximum(read(projection.weight, number), 0.0).astype(np.float32)
        deployed.projections[name] = replace(projection, weight=weight)
    return deployed


def _listed(projection, number, n_pre, n_post, seed, dt):
    """The projection with a weight for each synapse; drawn ones are listed."""
    random = isinstance(projection.connector, RANDOM) or Normal in (type(projection.weight), type(projection.delay))
    if not random and np.ndim(projection.weight):
        return projection
    if not random:
        synapses = projection.connector.expected(n_pre, n_post)
        return replace(projection, weight=np.full(synapses, projection.weight, np.float32))
    drawn = wires(projection, number, n_pre, n_post, seed, dt)
    pre = np.repeat(np.arange(n_pre), np.diff(drawn.start))
    delay = np.asarray(drawn.delay) * dt
    weight = np.broadcast_to(np.float32(drawn.weight), drawn.post.shape).copy()
    return replace(
        projection,
        connector=FromArrays(pre, drawn.post.astype(np.int64)),
        weight=weight,
        delay=float(delay) if delay.ndim == 0 else delay,
    )
