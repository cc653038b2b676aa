"""Cuts a network into parts for the threads: whole blocks of each population, at most 65,536 neurons of one."""

import numpy as np

from neuromem.engine.constants import constants_of, own_names
from neuromem.engine.neuron_source import occurs, state_rows
from neuromem.errors import DescriptionError
from neuromem.kernels import layout as at
from neuromem.network.inputs import SpikeSourceArray
from neuromem.network.orders import ORDERS
from neuromem.network.random import Normal

MOST_TARGETS = 1 << 16
"""Neurons of a population in a part, so that an index fits 16 bits."""


def part_bounds(network, threads):
    """First neuron of each part in each population: int64 (parts + 1, populations).

    There are as many parts as threads, or a multiple of it where a population is too large for 16-bit indices; one
    where a rule needs all of a neuron's synapses in one place. Trains given as data belong to the first part.
    """
    populations = list(network.populations.values())
    targets = {projection.post for projection in network.projections.values()}
    largest = max((p.size for p in populations if p.name in targets), default=1)
    together = any(getattr(p.plasticity, "over", None) or _reads_pre(network, p) for p in network.projections.values())
    needed = -(-largest // MOST_TARGETS)
    if together:
        threads = 1
        if needed > 1:
            raise DescriptionError(
                f"one-shot Hebb, and synapses that use the state of pre neurons: at most {MOST_TARGETS:,} neurons in a "
                f"population, got {largest:,}"
            )
    parts = -(-needed // threads) * threads
    bounds = np.zeros((parts + 1, len(populations)), np.int64)
    for p, population in enumerate(populations):
        if isinstance(population.neuron, SpikeSourceArray):
            bounds[1:, p] = population.size
            continue
        blocks = -(-population.size // at.BLOCK)
        bounds[:, p] = np.minimum(np.arange(parts + 1) * blocks // parts * at.BLOCK, population.size)
    return bounds


def _reads_pre(network, projection):
    """True if a synapse model uses the state of pre neurons."""
    if projection.model is None or network.populations[projection.pre].is_source:
        return False
    text = projection.model.model.text
    return any(occurs(f"{name}_pre", text) for name in rows_of(network, projection.pre))


def slices(network, populations, bounds):
    """Rows of `Neurons.table`, one per part and population, from one row per population."""
    table = np.repeat(populations[None], len(bounds) - 1, axis=0)
    offset, size = bounds[:-1], np.diff(bounds, axis=0)
    width = [_width(network, population) for population in network.populations.values()]
    width = np.array(width, np.int64).reshape(-1, 3)
    table[..., at.FIRST] += offset
    table[..., at.OFFSET] = offset
    table[..., at.SIZE] = size
    table[..., at.PLACES] = populations[:, at.PADDED]
    table[..., at.INPUT] += offset
    table[..., at.WAITING] += offset
    table[..., at.STATE] += offset * width[:, 0]
    table[..., at.CONSTANT] += offset * width[:, 2]
    table[..., at.OWN] += offset * width[:, 1]
    padded = -(-size // at.BLOCK) * at.BLOCK
    table[..., at.PADDED] = np.where(populations[:, at.PADDED] > 0, padded, 0)
    return table.reshape(-1, populations.shape[1])


def _width(network, population):
    """Rows of state, constants per neuron of a neuron model, and of a source."""
    if population.is_source:
        return 0, 0, 1
    return len(rows_of(network, population.name)), len(own_names(constants_of(network, population))), 0


def ringed(network, name):
    """Receptors of a population for which a step's arrivals are summed in the ring before they are received."""
    receptors = network.populations[name].neuron.model.receptors
    if not ORDERS[network.order].direct:
        return receptors
    used = {given.receptor for given in network.poisson_inputs if given.population == name}
    onto = [p for p in network.projections.values() if p.post == name and p.model is None]
    used |= {p.receptor for p in onto if not goes_direct(network, p)}
    return tuple(receptor for receptor in receptors if receptor in used)


def goes_direct(network, projection):
    """True if what arrives through a projection is added to the state itself: static synapses with one delay."""
    together = np.ndim(projection.delay) == 0 and not isinstance(projection.delay, Normal)
    static = projection.plasticity is None and not getattr(projection.connector, "procedural", False)
    return ORDERS[network.order].direct and together and static and projection.model is None


def rows_of(network, name):
    """Names of a population's rows of state."""
    driven = any(current.population == name for current in network.currents)
    return state_rows(network.populations[name].neuron.model, driven)
