"""Weights and delays of a projection: one number, one per synapse, or a distribution."""

import numpy as np

from neuromem.errors import DescriptionError
from neuromem.network.check import numbers, steps
from neuromem.network.connectors import AllToAll, FixedProbability
from neuromem.network.random import Normal

LONGEST_DELAY = (1 << 16) - 1
"""Steps; spikes are kept for as long as the longest delay of a network."""


def synaptic_weight(weight, connector, before, after, label, receptor):
    """Return the weight of a projection, checked: a number, float32 (synapses,) or a Normal."""
    if isinstance(weight, Normal):
        return weight
    model = after.neuron.model
    unit = model.unit_of(receptor)
    weight = numbers(weight, label, "weight", unit=unit, high=float(np.finfo(np.float32).max))
    if not model.signed and np.any(np.asarray(weight) < 0):
        raise DescriptionError(
            f"{label}.weight: is a magnitude, but holds a negative value; use receptor='inhibitory' for inhibition"
        )
    return _per_synapse(weight, connector, before, after, label, "weight", np.float32)


def synaptic_delay(delay, connector, before, after, label, dt, shortest):
    """Return the delay of a projection in ms, checked: a number, float64 (synapses,) or a Normal.

    shortest : int
        Steps of the shortest delay, which is the default.
    """
    longest = LONGEST_DELAY * dt
    if isinstance(delay, Normal):
        if delay.mean + 8.0 * delay.sd > longest:
            raise DescriptionError(f"{label}.delay: at most {longest:g} ms, got a mean of {delay.mean:g} ms")
        return delay
    delay = shortest * dt if delay is None else numbers(delay, label, "delay", unit="ms")
    wait = steps(delay, dt, label, "delay", least=shortest)
    if np.max(wait, initial=1) > LONGEST_DELAY:
        raise DescriptionError(f"{label}.delay: at most {longest:g} ms, got {np.max(delay):g} ms")
    return _per_synapse(delay, connector, before, after, label, "delay", np.float64)


def _per_synapse(value, connector, before, after, owner, name, dtype):
    if np.ndim(value) == 0:
        return value
    if isinstance(connector, AllToAll) and np.shape(value) == (before.size, after.size):
        return np.ascontiguousarray(value, dtype=dtype)
    if isinstance(connector, FixedProbability):
        raise DescriptionError(
            f"{owner}.{name}: a random connector takes one number or a Normal; use FromArrays for arrays"
        )
    synapses = connector.expected(before.size, after.size)
    if np.shape(value) != (synapses,):
        raise DescriptionError(
            f"{owner}.{name}: one value, or one for each of {synapses} synapses, is expected, "
            f"got shape {np.shape(value)}"
        )
    return np.ascontiguousarray(value, dtype=dtype)
