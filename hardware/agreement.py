"""Do float engine and chip spike the same? One number, and the first spike in which they differ."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Difference:
    """A spike that only one of the two has; `on_chip` says which."""

    step: int
    population: str
    neuron: int
    on_chip: bool

    def __str__(self):
        has, lacks = ("chip", "engine") if self.on_chip else ("engine", "chip")
        return f"{self.population} neuron {self.neuron} spikes on the {has} in step {self.step}, not on the {lacks}"


@dataclass(frozen=True)
class Agreement:
    """How much two runs of a network share.

    Attributes
    ----------
    both, engine, chip : int
        Spikes (population, neuron, step) of both, and of each.
    first : Difference or None
        The earliest difference; within a step by population, in the network's order, then neuron.
    by_population : dict of str to (int, int, int)
        The same three numbers.
    """

    both: int
    engine: int
    chip: int
    first: Difference | None
    by_population: dict

    @property
    def share(self):
        """2 * both / (engine + chip), and 1 if neither spiked."""
        return 2.0 * self.both / (self.engine + self.chip) if self.engine + self.chip else 1.0


def agreement(engine, chip, populations):
    """Compare two Results over the named populations; returns an Agreement.

    Sources are left out by the caller: their spikes are given, and would flatter the number.
    """
    counts, firsts = {}, []
    for order, name in enumerate(populations):
        ours, theirs = (_pairs(result, name) for result in (engine, chip))
        both = np.intersect1d(ours, theirs, assume_unique=True)
        counts[name] = both.size, ours.size, theirs.size
        for only, on_chip in ((ours, False), (theirs, True)):
            lone = np.setdiff1d(only, both, assume_unique=True)
            if lone.size:
                step, neuron = divmod(int(lone.min()), 1 << 32)
                firsts.append((step, order, neuron, Difference(step, name, neuron, on_chip)))
    totals = [sum(count[k] for count in counts.values()) for k in range(3)]
    first = min(firsts, key=lambda item: item[:3])[3] if firsts else None
    return Agreement(*totals, first, counts)


def _pairs(result, name):
    """Spikes as sorted int64 numbers: step * 2**32 + neuron."""
    spikes = result.spikes[name]
    return np.sort((np.rint(spikes.times / result.dt).astype(np.int64) << 32) + spikes.ids)


def neurons(network):
    """Names of the populations that are no sources."""
    return [name for name, population in network.populations.items() if not population.is_source]
