"""What a network is shown while it is emulated: fragments of what a memory holds, and the trains of its sources."""

from dataclasses import dataclass

import numpy as np

from neuromem.engine import simulate
from neuromem.errors import UsageError
from neuromem.models.ca3_competition import next_fragment
from neuromem.network import Network
from neuromem.network.check import steps
from neuromem.network.inputs import SpikeSourceArray
from neuromem.network.tree import from_tree, to_tree

APART = 60
"""Steps between two fragments after which every population of a memory is at rest again; a competition takes longer."""
SHOWN = 4
"""Stored patterns that a memory is asked for."""
ASK = "In"
ANSWER = "Out"
QUIET = 1000.0
"""ms to emulate where the input says nothing of how long it takes."""
AFTER = 50.0
"""ms to go on after the last spike of the input."""


@dataclass(frozen=True, eq=False)
class Presented:
    """A network with its input, how long that takes (ms), and the times (ms) at which fragments are shown."""

    network: Network
    duration: float
    shown: tuple = ()

    def answers(self, result):
        """What a memory said to each fragment: the neurons of Out that fired, a list of sets."""
        spikes = result.spikes.get(ANSWER)
        ends = [*self.shown[1:], self.duration]
        spans = [(spikes.times >= begin) & (spikes.times < end) for begin, end in zip(self.shown, ends, strict=True)]
        return [set(spikes.ids[span].tolist()) for span in spans]


def presented(given):
    """A network as it is; a memory's recall network, shown every other bit of each of its first patterns. A Presented.

    Raises
    ------
    NotSupportedError
        If the memory has no form as a network.
    UsageError
        If it is neither a network nor a memory.
    """
    network = as_network(given)
    patterns = getattr(given, "patterns", ())[:SHOWN]
    source = network.populations.get(ASK)
    offset = 0 if source is None or not len(patterns) else source.size - given.n
    if source is None or not isinstance(source.neuron, SpikeSourceArray) or offset < 0 or len(patterns) == 0:
        return Presented(network, time_needed(network))
    apart = next_fragment(given.n) if getattr(given, "rule", "any") == "best" else APART
    shown = [np.flatnonzero(bits)[::2] + offset for bits in patterns]
    starts = np.arange(len(shown)) * (apart * network.dt)
    times = np.repeat(starts, [ids.size for ids in shown])
    tree = to_tree(network)
    tree["populations"][ASK]["neuron"].update(times=times, ids=np.concatenate(shown))
    return Presented(from_tree(tree), len(shown) * apart * network.dt, tuple(starts.tolist()))


def as_network(given):
    """The Network of a Network, of anything with `to_network()` such as a memory, or of what was quantised.

    Raises
    ------
    UsageError
        If it is none of these.
    NotSupportedError
        For a memory that has no form as a network.
    """
    if isinstance(given, Network):
        return given
    if hasattr(given, "to_network"):
        return given.to_network()
    if isinstance(getattr(given, "network", None), Network):
        return given.network
    raise UsageError(f"a Network or a memory is expected, got {given!r}")


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


def source_spikes(network, stop, seed):
    """Spikes of all spike sources in steps 0 to stop - 1, as the engine draws them: name -> (steps, ids) int64."""
    found, drawn = {}, False
    alone = Network(network.dt, network.order)  # every population keeps its number, which keys its chance
    for name, population in network.populations.items():
        source = population.neuron
        if isinstance(source, SpikeSourceArray):
            when = np.atleast_1d(steps(source.times, network.dt, name, "times"))
            order = np.lexsort((source.ids, when))[: np.count_nonzero(when < stop)]
            found[name] = when[order], source.ids[order]
        elif population.is_source:
            drawn = True
        alone.population(name, population.size, source if population.is_source else SpikeSourceArray())
    if drawn:
        spikes = simulate(alone, stop * network.dt, seed=seed).spikes
        for name, population in network.populations.items():
            if population.is_source and name not in found:
                found[name] = np.rint(spikes[name].times / network.dt).astype(np.int64), spikes[name].ids
    return found
