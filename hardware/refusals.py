"""What no chip can take: refused before anything is listed, by name and limit."""

import numpy as np
import psutil

from neuromem.network.random import Normal

WORTH_CHECKING = 1 << 28
"""Bytes from which on the machine is asked how much it has."""
BYTES_PER_SYNAPSE = 64
"""While a projection is listed, rounded and sorted."""
BYTES_PER_NEURON = 400
"""State, registers, ring buffers of a few delays, and what is reported of it."""


def refused_anywhere(network):
    """Sentences, each naming an object of the network, what is wrong with it, and what would do."""
    if all(population.is_source for population in network.populations.values()):
        return ["network: has no neurons, so that there is nothing to put on a chip; add a population of them"]
    unknown = [sentence for p in network.projections.values() for sentence in foreign(p)]
    if unknown:
        return unknown
    needs = [(p.size * BYTES_PER_NEURON, f"{p.name}: {p.size:,} neurons") for p in network.populations.values()]
    for p in network.projections.values():
        count = p.connector.expected(*(network.populations[side].size for side in (p.pre, p.post)))
        needs.append((count * BYTES_PER_SYNAPSE, f"{p.name}: {count:,} synapses"))
    total = sum(size for size, _ in needs)
    if total < WORTH_CHECKING or total <= (free := psutil.virtual_memory().available):
        return []
    largest, what = max(needs)
    return [
        f"{what} take about {largest / 1e9:,.1f} GB of memory to list, and {free / 1e9:,.1f} GB is the limit here; "
        "make it smaller"
    ]


def foreign(projection):
    """Sentences on what no chip does: synapses with equations of their own, and delays of nothing."""
    if projection.model is not None:
        return [
            f"{projection.name}: synapses of model {projection.model.model.name} have no counterpart on a chip; use a "
            "weight and a receptor, or SpikePairSTDP"
        ]
    delay = projection.delay
    if not isinstance(delay, Normal) and np.min(delay, initial=np.inf) == 0:
        return [f"{projection.name}.delay: a spike takes at least one step on a chip, got 0 ms"]
    return []
