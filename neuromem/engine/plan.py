"""Compiles a description into flat arrays: one block per population and projection, as `kernels.layout` lays them."""

import math
from dataclasses import dataclass

import numpy as np

from neuromem.engine.arrays import aligned, aligned_zeros
from neuromem.engine.constants import blocks, constants_of, lay_out, own_names, timed_of
from neuromem.engine.modules import load_loop
from neuromem.engine.neuron_source import Variant, draws_noise, state_rows
from neuromem.engine.parts import part_bounds, ringed, rows_of, slices
from neuromem.engine.wiring import compile_projections
from neuromem.kernels import layout as at
from neuromem.kernels import philox
from neuromem.network.check import steps
from neuromem.network.inputs import SpikeSourceArray

FOREVER = np.iinfo(np.int64).max
HISTORY = 64
"""Post spikes that a synapse may keep waiting before they are applied; twice the longest delay if that is more."""
LONGEST_PAST = 1 << 14
"""Steps after which streamed rows are brought up to date at the latest."""
LONGEST_SPAN = 64
"""Steps between two meetings of the parts at most."""


@dataclass
class Plan:
    """A network as arrays, with the compiled loop that advances them."""

    neurons: at.Neurons
    events: at.Events
    synapses: at.Synapses
    plastic: at.Plastic
    chance: at.Chance
    spiking: at.Spiking
    loop: object  # the generated module
    populations: np.ndarray  # int64, one row per population in the columns of neurons.table
    index: dict  # population -> row of populations
    projection_index: dict  # projection -> number
    stored: list  # of Stored, one per projection
    models: list  # of SynapseVariant
    changes: tuple  # step currents: (steps, places in the state, new levels), sorted by step
    parts: int
    longest: int  # delay
    span: int  # steps between two meetings of the parts

    @property
    def learns(self):
        """True if a rule changes weights."""
        return bool(set(self.synapses.table[:, at.RULE].tolist()) - {at.STATIC, at.PROCEDURAL})

    @property
    def draws(self):
        """True if the loop draws random numbers."""
        procedural = (self.synapses.table[:, at.RULE] == at.PROCEDURAL).any()
        sources = (self.populations[:, at.KIND] == at.SOURCE_POISSON).any()
        return bool(len(self.chance.table) or procedural or sources or self.chance.noise.shape[1])

    def pieces(self, number):
        """Rows of `synapses.table` of a projection."""
        return self.synapses.table[number :: max(1, len(self.projection_index))]


def compile_network(network, seed, dtype, recorded, events, threads=1):
    """Build the plan.

    Parameters
    ----------
    network : Network
    seed : int
        Keys the random connectors.
    dtype : numpy.dtype
        Of the state, float32 or float64.
    recorded : set of str
        Populations whose spikes are kept.
    events : dict
        Of `described_events`.
    threads : int
        The network is cut into a multiple of this many parts.
    """
    bounds = part_bounds(network, threads)
    parts = len(bounds) - 1
    populations, state, waiting, constants, places, variants, index = _populations(network, dtype, recorded)
    synapses, stored, models = compile_projections(network, seed, populations, bounds, dtype)
    chance = _chance(network, populations, dtype, parts, variants)
    table = slices(network, populations, bounds)
    shortest, longest = _delays(synapses)
    plastic = _plastic(synapses, table, models, dtype, parts, max(HISTORY, 2 * longest))
    span = min(max(shortest, 1), LONGEST_SPAN)
    kept = longest + span + (shortest == 0)  # with delays of 0 a thread may begin a step while another ends the last
    features = _features(populations, synapses, shortest)
    sends = set(features) - {"array", "poisson", "arrive", "drawn", "instant"}
    total = sum(population.size for population in network.populations.values())
    return Plan(
        at.Neurons(table, state, waiting, constants, aligned_zeros((longest + 1 if sends else 1, places), dtype)),
        spike_events(events, index, populations, 0),
        synapses,
        plastic,
        chance,
        at.Spiking(
            np.zeros((kept, total), np.int32),
            np.zeros((kept, len(table)), np.int64),
            np.zeros(len(table), np.int64),
            np.zeros(max(1, total), np.uint8),
            np.zeros(32, np.int64),
        ),
        load_loop(tuple(variants), tuple(models), features, network.dt),
        populations,
        index,
        {name: number for number, name in enumerate(network.projections)},
        stored,
        models,
        _current_changes(network, index, populations),
        parts,
        longest,
        span,
    )


def _features(populations, synapses, shortest):
    """What the loop has to be able to do."""
    kinds, table = set(populations[:, at.KIND].tolist()), synapses.table
    static = table[:, at.RULE] == at.STATIC
    together = table[:, at.DELAY] == at.NONE
    used = {
        "array": at.SOURCE_ARRAY in kinds,
        "poisson": at.SOURCE_POISSON in kinds,
        "arrive": (static & together).any(),
        "drawn": (table[:, at.RULE] == at.PROCEDURAL).any(),
        "send": (static & ~together).any(),
        "instant": shortest == 0,
        "deferred": (table[:, at.RULE] == at.DEFERRED).any(),
        "immediate": (table[:, at.RULE] == at.IMMEDIATE).any(),
        "hebb_incoming": (table[:, at.RULE] == at.HEBB_INCOMING).any(),
        "hebb_outgoing": (table[:, at.RULE] == at.HEBB_OUTGOING).any(),
    }
    return tuple(name for name, yes in used.items() if yes)


def _delays(synapses):
    """Shortest and longest delay in steps; without any, as long as the parts can go without meeting."""
    together = synapses.table[synapses.table[:, at.DELAY] == at.NONE, at.STEPS]
    varied = synapses.stretch_delay
    delays = [*together.tolist(), *([varied.min(), varied.max()] if varied.size else [])]
    shortest = int(min(delays, default=LONGEST_SPAN))
    delays += synapses.table[:, at.STEPS_POST].tolist()  # of post spikes, which belong to the same part
    return shortest, int(max(delays, default=LONGEST_SPAN))


def _chance(network, populations, dtype, parts, variants):
    """Poisson inputs, ordered by population, and each part's room for drawing; empty if nothing is drawn."""
    inputs = [given for name in network.populations for given in network.poisson_inputs if given.population == name]
    table, thresholds = np.zeros((len(inputs), at.CHANCE_COLUMNS), np.int64), [np.zeros(0, np.uint32)]
    total = 0
    for number, given in enumerate(inputs):
        chances = count_thresholds(given.rate * network.dt / 1000.0, given.sources)
        sure = int((chances == 0).sum())
        stop = network.populations[given.population].size if given.stop is None else given.stop
        stream = philox.NOISE + network.poisson_inputs.index(given)
        table[number] = total, total + chances.size - sure, sure, stream, given.start, stop
        thresholds.append(chances[sure:].astype(np.uint32))
        total += chances.size - sure
    for name, row in zip(network.populations, populations, strict=True):
        row[at.NOISE] = next((k for k, given in enumerate(inputs) if given.population == name), 0)
    drawn = [
        network.populations[projection.post].size
        for projection in network.projections.values()
        if getattr(projection.connector, "procedural", False)
    ]
    taken = max((draws_noise(variant.model, variant.order) for variant in variants), default=0)
    noisy = max((populations[list(network.populations).index(i.population), at.PADDED] for i in inputs), default=0)
    return at.Chance(
        table,
        np.concatenate(thresholds),
        np.array([given.weight for given in inputs], dtype),
        aligned_zeros((parts, philox.WORDS), np.uint32),
        aligned_zeros((parts, noisy), np.uint32),
        np.zeros((parts, philox.WORDS), np.int64),
        np.empty((parts, max(drawn, default=0)), np.int64),
        aligned_zeros((parts, taken, at.BLOCK), dtype),
    )


def count_thresholds(mean, sources=None):
    """Distribution function at 0, 1, 2, ... in units of 2**-32, as far as it is below 1: int64.

    Of the Poisson law of that mean, or with `sources`, of the binomial law of so many of them, each with probability
    `mean`.
    """
    if sources is None:
        most = int(mean + 8.0 * math.sqrt(mean) + 40.0)
        k = np.arange(most + 1)
        log_factorial = np.concatenate([[0.0], np.cumsum(np.log(k[1:]))])
        chances = np.exp(k * math.log(mean) - mean - log_factorial) if mean > 0.0 else (k == 0) * 1.0
    else:
        total = mean * sources
        k = np.arange(min(sources, int(total + 8.0 * math.sqrt(total) + 40.0)) + 1)
        ways = np.concatenate([[0.0], np.cumsum(np.log((sources - k[:-1]) / k[1:]))])
        if 0.0 < mean < 1.0:
            chances = np.exp(ways + k * math.log(mean) + (sources - k) * math.log1p(-mean))
        else:
            chances = (k == total) * 1.0
    thresholds = np.rint(np.cumsum(chances) * 2.0**32).astype(np.int64)
    return thresholds[thresholds < 2**32]


def _populations(network, dtype, recorded):
    """One row per population, the state, refractory counters, constants, places for arrivals, and kinds of update."""
    table = np.zeros((len(network.populations), at.SLICE_COLUMNS), np.int64)
    variants, state, waiting, constants, index = [], [], [], [], {}
    first = state_at = waiting_at = constant_at = place = 0
    for p, population in enumerate(network.populations.values()):
        index[population.name] = p
        row = table[p]
        row[at.FIRST], row[at.SIZE], row[at.OBJECT] = first, population.size, p
        row[at.STATE], row[at.CONSTANT], row[at.INPUT], row[at.WAITING] = state_at, constant_at, place, waiting_at
        row[at.RECORDED] = population.name in recorded
        if population.is_source:
            values = _source(network, population, row)
        else:
            values = constants_of(network, population)
            variant = _variant(network, population, values)
            if variant not in variants:
                variants.append(variant)
            row[at.KIND] = at.FIRST_MODEL + variants.index(variant)
            row[at.PADDED] = -(-population.size // at.BLOCK) * at.BLOCK
            shared, values = lay_out(variant, values, population, row[at.PADDED])
            row[at.OWN] = constant_at + shared
            initial = _initial(population, variant.driven, row[at.PADDED])
            state.append(initial)
            state_at += initial.size
            waiting.append(np.where(np.arange(row[at.PADDED]) < population.size, 0, at.PADDING))
            waiting_at += row[at.PADDED]
            place += len(variant.ringed) * row[at.PADDED]
        constants.append(values)
        constant_at += values.size
        first += population.size
    state, waiting, constants = (np.concatenate(rows or [np.zeros(0)]) for rows in (state, waiting, constants))
    steps_type = _counter_type(network)
    return table, aligned(state, dtype), aligned(waiting, steps_type), aligned(constants, dtype), place, variants, index


def _source(network, population, row):
    source = population.neuron
    if isinstance(source, SpikeSourceArray):
        row[at.KIND] = at.SOURCE_ARRAY
        return np.zeros(0)
    row[at.KIND] = at.SOURCE_POISSON
    row[at.START] = steps(source.start, network.dt, population.name, "start")
    length = source.duration
    row[at.STOP] = FOREVER if length is None else row[at.START] + steps(length, network.dt, population.name, "duration")
    return np.broadcast_to(np.asarray(source.rate) * network.dt / 1000.0, population.size)


def _variant(network, population, values):
    """The kind of a population whose constants are these."""
    neuron, name = population.neuron, population.name
    driven = any(current.population == name for current in network.currents)
    noisy = tuple(given.receptor for given in network.poisson_inputs if given.population == name)
    own, timed = own_names(values), timed_of(network, neuron)
    return Variant(neuron.model, network.order, own, driven, ringed(network, name), noisy, timed)


def _initial(population, driven, padded):
    neuron = population.neuron
    values = dict.fromkeys(state_rows(neuron.model, driven), 0.0)
    values |= {variable: neuron.parameters[name] for variable, name in neuron.model.initial.items()}
    values |= population.initial
    return blocks(values, population.size, padded)


def _counter_type(network):
    """The smallest integers that hold every refractory period in steps."""
    cells = [population.neuron for population in network.populations.values() if not population.is_source]
    longest = max((np.max(cell.model.refractory(cell.parameters)) / network.dt for cell in cells), default=0)
    return np.int16 if longest < 1 << 15 else np.int64


def waiting_of(plan, name):
    """Refractory steps that each neuron of a population has left, int (size,): a view."""
    row = plan.populations[plan.index[name]]
    return plan.neurons.waiting[row[at.WAITING] : row[at.WAITING] + row[at.SIZE]]


def row_index(table_row, rows, row):
    """Places in `Neurons.state` of one row of a population, int64 (size,)."""
    neuron = np.arange(table_row[at.SIZE])
    return table_row[at.STATE] + neuron // at.BLOCK * (rows * at.BLOCK) + row * at.BLOCK + neuron % at.BLOCK


def _plastic(synapses, slices_, models, dtype, parts, history):
    """Traces, histories and columns of all plastic pieces; sets their places in the table."""
    table = synapses.table
    by_column = {at.IMMEDIATE, at.HEBB_INCOMING}
    by_column |= {at.GENERAL + k for k, variant in enumerate(models) if variant.model.on_post}
    learning = np.flatnonzero((table[:, at.RULE] != at.STATIC) & (table[:, at.RULE] != at.PROCEDURAL))
    rows = posts = column = indexed = 0
    starts, numbers, owners = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], [np.zeros(0, np.uint32)]
    for q in learning:
        n_post = slices_[table[q, at.POST], at.SIZE]
        table[q, at.PLASTIC_ROW], table[q, at.PLASTIC_POST], table[q, at.COLUMN] = rows, posts, column
        rows, posts = rows + table[q, at.ROWS], posts + n_post
        if table[q, at.RULE] in by_column and not table[q, at.STREAMED]:
            start = synapses.row_start[table[q, at.ROW] : table[q, at.ROW] + table[q, at.ROWS] + 1]
            post = synapses.target[start[0] : start[-1]]
            order = np.argsort(post, kind="stable")
            pre = np.repeat(np.arange(table[q, at.ROWS], dtype=np.uint32), np.diff(start))
            starts.append(indexed + np.searchsorted(post[order], np.arange(n_post + 1)))
            numbers.append(order)
            owners.append(pre[order])
            column, indexed = column + n_post + 1, indexed + order.size
    streamed = (table[:, at.STREAMED] != 0).any()
    deferred = (table[:, at.RULE] == at.DEFERRED).any()
    small = all(part.size <= np.iinfo(np.uint32).max for part in numbers)
    return at.Plastic(
        np.full(rows, at.NONE, np.int64),
        aligned_zeros(rows, dtype),
        aligned_zeros(rows, dtype),
        np.full(len(table), at.NONE, np.int64),
        aligned_zeros(posts, dtype),
        np.zeros(posts, np.int64),
        np.zeros((posts, history if deferred else 0), np.int64),
        np.zeros((posts, history if deferred else 0), dtype),
        np.zeros((posts, history if streamed else 0), np.uint16),
        np.zeros((2, posts), np.uint64),
        np.concatenate(starts),
        np.concatenate(numbers).astype(np.uint32 if small else np.int64),
        np.concatenate(owners).astype(np.uint16 if (table[learning, at.ROWS] <= 1 << 16).all() else np.uint32),
        np.zeros((parts, LONGEST_PAST if streamed else 1), np.float32),
    )


def described_events(network):
    """Spikes of the spike-array populations as described: name -> (steps, ids), sorted by step, then id."""
    events = {}
    for population in network.populations.values():
        source = population.neuron
        if isinstance(source, SpikeSourceArray):
            when = np.atleast_1d(steps(source.times, network.dt, population.name, "times"))
            order = np.lexsort((source.ids, when))
            events[population.name] = when[order], source.ids[order]
    return events


def spike_events(given, index, populations, now):
    """Lay the spikes of all spike-array populations out as Events, those before step `now` left out."""
    cursor, end = np.zeros(len(index), np.int64), np.zeros(len(index), np.int64)
    step, ids = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    total = 0
    for name, (when, who) in given.items():
        p = index[name]
        first = np.searchsorted(when, now)
        cursor[p], total = total, total + when.size - first
        end[p] = total
        step.append(when[first:])
        ids.append(who[first:] + populations[p, at.FIRST])
    return at.Events(np.concatenate(step), np.concatenate(ids), cursor, end)


def _current_changes(network, index, populations):
    """The level of each driven neuron from each step on, where several currents into it add up."""
    when, who, level = [], [], []
    for name in dict.fromkeys(current.population for current in network.currents):
        currents = [current for current in network.currents if current.population == name]
        row = populations[index[name]]
        rows = rows_of(network, name)
        places = row_index(row, len(rows), rows.index("i_ext"))
        starts = [np.atleast_1d(steps(current.times, network.dt, name, "times")) for current in currents]
        for step in np.unique(np.concatenate(starts)):
            total = np.zeros(row[at.SIZE])
            for current, start in zip(currents, starts, strict=True):
                latest = np.searchsorted(start, step, side="right") - 1
                if latest >= 0:
                    total[slice(None) if current.ids is None else current.ids] += current.amplitudes[latest]
            when.append(np.full(places.size, step))
            who.append(places)
            level.append(total)
    if not when:
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
    when, who, level = np.concatenate(when), np.concatenate(who), np.concatenate(level)
    order = np.argsort(when, kind="stable")
    return when[order], who[order], level[order]
