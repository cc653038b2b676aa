"""What a network is shown while it is emulated, so that there are spikes to compare."""

import numpy as np

from neuromem.models.ca3_competition import next_fragment
from neuromem.network.inputs import SpikeSourceArray
from neuromem.network.tree import from_tree, to_tree

APART = 60
"""Steps between two fragments after which every population of a memory is at rest again; a competition takes longer."""
QUIET = 1000.0
"""ms to emulate where the input says nothing of how long it takes."""
AFTER = 50.0
"""ms to go on after the last spike of the input."""


def presented(memory, most):
    """The memory's recall network, shown every other bit of each of its first patterns; (network, ms).

    Raises
    ------
    NotSupportedError
        If the memory has no form as a network.
    """
    network = memory.to_network()
    source = network.populations.get("In")
    patterns = memory.patterns[:most]
    offset = 0 if source is None else source.size - memory.n
    if source is None or not isinstance(source.neuron, SpikeSourceArray) or offset < 0 or len(patterns) == 0:
        return network, time_needed(network)
    apart = next_fragment(memory.n) if getattr(memory, "rule", "any") == "best" else APART
    shown = [np.flatnonzero(bits)[::2] + offset for bits in patterns]
    times = np.repeat(np.arange(len(shown)) * (apart * network.dt), [ids.size for ids in shown])
    tree = to_tree(network)
    tree["populations"]["In"]["neuron"].update(times=times, ids=np.concatenate(shown))
    return from_tree(tree), len(shown) * apart * network.dt


def time_needed(network):
    """ms until a while after the last spike that is given; QUIET if none is."""
    last = [
        float(np.max(population.neuron.times))
        for population in network.populations.values()
        if isinstance(population.neuron, SpikeSourceArray) and np.size(population.neuron.times)
    ]
    if not last:
        return float(np.ceil(round(QUIET / network.dt, 6)) * network.dt)
    return float(np.ceil(round((max(last) + AFTER) / network.dt, 6)) * network.dt)
