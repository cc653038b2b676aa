"""Compiles a description into flat arrays: one block per population and projection, as `kernels.layout` lays them."""

from dataclasses import dataclass

import numpy as np

from neuromem.engine.codegen import constant_names, load_loop, state_rows
from neuromem.kernels import layout as at
from neuromem.network.check import steps
from neuromem.network.inputs import SpikeSourceArray
from neuromem.network.plasticity import OneShotHebb

FOREVER = np.iinfo(np.int64).max
HISTORY = 64
"""Post spikes a deferred synapse may keep waiting before they are applied; twice the longest delay if that is more."""


@dataclass
class Plan:
    """A network as arrays, with the compiled loop that advances them."""

    neurons: at.Neurons
    events: at.Events
    synapses: at.Synapses
    plastic: at.Plastic
    spiking: at.Spiking
    advance: object
    index: dict  # population -> row of neurons.table
    projection_index: dict  # projection -> row of synapses.table
    order_of: dict  # projection -> stored synapse of each synapse in the connector's order
    changes: tuple  # step currents: (steps, places in the state, new levels), sorted by step
    longest: int


def compile_network(network, seed, dtype, recorded, events):
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
    """
    neurons, variants, index = _neurons(network, dtype, recorded)
    synapses, orders, projection_index, longest = _synapses(network, seed, neurons.table, index)
    plastic = _plastic(network, synapses, neurons.table, longest)
    ring = np.zeros((longest + 1, neurons.ring.shape[1]), dtype)
    total = sum(population.size for population in network.populations.values())
    spiking = at.Spiking(
        np.zeros(total, np.int32), np.zeros(len(index) + 1, np.int64), np.zeros(max(1, total), np.uint8)
    )
    kinds = set(neurons.table[:, at.KIND].tolist())
    rules = set(synapses.table[:, at.RULE].tolist())
    names = {at.DEFERRED: "deferred", at.IMMEDIATE: "immediate"}
    names |= {at.HEBB_INCOMING: "hebb_incoming", at.HEBB_OUTGOING: "hebb_outgoing"}
    features = [name for kind, name in ((at.SOURCE_ARRAY, "array"), (at.SOURCE_POISSON, "poisson")) if kind in kinds]
    if len(synapses.table):
        spread = synapses.table[:, at.DELAY] != at.NONE
        features += [name for name, used in (("together", ~spread), ("spread", spread)) if used.any()]
    features += [name for rule, name in names.items() if rule in rules]
    return Plan(
        neurons._replace(ring=ring),
        spike_events(events, index, neurons.table, 0),
        synapses,
        plastic,
        spiking,
        load_loop(tuple(variants), tuple(features)),
        index,
        projection_index,
        orders,
        _current_changes(network, index, neurons.table),
        longest,
    )


def _neurons(network, dtype, recorded):
    driven = {current.population for current in network.currents}
    table = np.zeros((len(network.populations), 11), np.int64)
    variants, state, constants, index = [], [], [], {}
    first = state_at = constant_at = place = 0
    for p, population in enumerate(network.populations.values()):
        index[population.name] = p
        row = table[p]
        row[at.FIRST], row[at.SIZE], row[at.OBJECT] = first, population.size, p
        row[at.STATE], row[at.CONSTANT], row[at.INPUT] = state_at, constant_at, place
        row[at.RECORDED] = population.name in recorded
        if population.is_source:
            values = _source(network, population, row)
        else:
            model = population.neuron.model
            variant = (model, network.order, population.neuron.homogeneous, population.name in driven)
            if variant not in variants:
                variants.append(variant)
            row[at.KIND] = at.FIRST_MODEL + variants.index(variant)
            row[at.PADDED] = -(-population.size // at.BLOCK) * at.BLOCK
            values = _constants(network, population, row[at.PADDED])
            initial = _initial(population, variant[3], row[at.PADDED])
            state.append(initial)
            state_at += initial.size
            place += len(model.receptors) * row[at.PADDED]
        constants.append(values)
        constant_at += values.size
        first += population.size
    neurons = at.Neurons(
        table,
        np.concatenate(state or [np.zeros(0)]).astype(dtype),
        np.concatenate(constants or [np.zeros(0)]).astype(dtype),
        np.zeros((1, place)),
    )
    return neurons, variants, index


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


def _constants(network, population, padded):
    neuron = population.neuron
    values = neuron.model.constants(neuron.parameters, network.dt, network.order)
    values["refractory_steps"] = steps(neuron.parameters["tau_refrac"], network.dt, population.name, "tau_refrac")
    names = constant_names(neuron.model, network.order)
    if neuron.homogeneous:
        return np.array([values[name] for name in names])
    return blocks({name: values[name] for name in names}, population.size, padded)


def _initial(population, driven, padded):
    neuron = population.neuron
    values = dict.fromkeys(state_rows(neuron.model, driven), 0.0)
    values |= {variable: neuron.parameters[name] for variable, name in neuron.model.initial.items()}
    values |= population.initial
    state = blocks(values, population.size, padded)
    rows = state.reshape(-1, len(values), at.BLOCK)
    waiting = rows[:, list(values).index("waiting")].copy()
    waiting.ravel()[population.size :] = np.finfo(np.float32).max  # padding never spikes
    rows[:, list(values).index("waiting")] = waiting
    return state


def blocks(values, size, padded):
    """Lay rows (name -> number or array (size,)) out in blocks, as `kernels.layout` says; padding repeats the last."""
    rows = [np.broadcast_to(np.asarray(value, np.float64), size) for value in values.values()]
    rows = [np.pad(row, (0, padded - size), "edge") for row in rows]
    return np.stack(rows).reshape(len(rows), -1, at.BLOCK).transpose(1, 0, 2).ravel()


def row_index(table_row, rows, row):
    """Places in `Neurons.state` of one row of a population, int64 (size,)."""
    neuron = np.arange(table_row[at.SIZE])
    return table_row[at.STATE] + neuron // at.BLOCK * (rows * at.BLOCK) + row * at.BLOCK + neuron % at.BLOCK


def _synapses(network, seed, populations, index):
    projections = list(network.projections.values())
    table = np.zeros((len(projections), 12), np.int64)
    numbers = np.zeros((len(projections), 9))
    row_start, target, weight, delay, orders, projection_index = [], [], [], [], {}, {}
    synapse = row = plastic_row = plastic_post = column = 0
    weights = delays = 0
    longest = 1
    for q, projection in enumerate(projections):
        p, o = index[projection.pre], index[projection.post]
        n_pre, n_post = populations[p, at.SIZE], populations[o, at.SIZE]
        rng = np.random.Generator(np.random.Philox(key=(seed, q)))
        pre, post = projection.connector.pairs(int(n_pre), int(n_post), rng)
        order = None if (np.diff(pre) >= 0).all() else np.argsort(pre, kind="stable")
        if order is not None:
            pre, post = pre[order], post[order]
        entry = table[q]
        entry[at.PRE], entry[at.POST], entry[at.ROW], entry[at.SYNAPSE] = p, o, row, synapse
        entry[at.TARGET] = populations[o, at.INPUT]
        if projection.receptor == "inhibitory":
            entry[at.TARGET] += populations[o, at.PADDED]
        row_start.append(synapse + np.searchsorted(pre, np.arange(n_pre + 1)))
        target.append(post.astype(np.uint16 if n_post <= 1 << 16 else np.uint32))
        entry[at.RULE], values = _rule(projection.plasticity, network.dt)
        numbers[q] = values
        one = np.ndim(projection.weight) == 0 and entry[at.RULE] == at.STATIC
        entry[at.WEIGHT] = at.NONE if one else weights
        if one:
            numbers[q, at.SCALAR] = np.float32(projection.weight)
        else:
            given = np.broadcast_to(np.ravel(np.float32(projection.weight)), pre.size)
            weight.append(given if order is None else given[order])
            weights += pre.size
        wait = steps(projection.delay, network.dt, projection.name, "delay", least=1)
        if np.ndim(wait) == 0:
            entry[at.DELAY], entry[at.STEPS] = at.NONE, wait
        else:
            wait = wait.ravel()
            delay.append((wait if order is None else wait[order]).astype(np.int32))
            entry[at.DELAY] = delays
            delays += pre.size
        longest = max(longest, int(np.max(wait, initial=1)))
        if entry[at.RULE] != at.STATIC:
            entry[at.PLASTIC_ROW], entry[at.PLASTIC_POST], entry[at.COLUMN] = plastic_row, plastic_post, column
            plastic_row, plastic_post, column = plastic_row + n_pre, plastic_post + n_post, column + n_post + 1
        orders[projection.name] = order
        projection_index[projection.name] = q
        synapse += pre.size
        row += n_pre + 1
    synapses = at.Synapses(
        table,
        numbers,
        np.concatenate(row_start or [np.zeros(1)]).astype(np.int64),
        np.concatenate(target or [np.zeros(0, np.uint16)]),
        np.concatenate(weight or [np.zeros(0)]).astype(np.float32),
        np.concatenate(delay or [np.zeros(0)]).astype(np.int32),
    )
    return synapses, orders, projection_index, longest


def _rule(rule, dt):
    values = np.zeros(9)
    if rule is None:
        return at.STATIC, values
    if isinstance(rule, OneShotHebb):
        values[at.TOTAL], values[at.EXPONENT] = rule.total, rule.exponent
        return (at.HEBB_INCOMING if rule.over == "incoming" else at.HEBB_OUTGOING), values
    values[at.TAU_PLUS], values[at.TAU_MINUS] = rule.tau_plus / dt, rule.tau_minus / dt
    values[at.A_PLUS], values[at.A_MINUS] = rule.a_plus, rule.a_minus
    values[at.W_MIN], values[at.W_MAX] = rule.w_min, rule.w_max
    return (at.DEFERRED if rule.update == "deferred" else at.IMMEDIATE), values


def _plastic(network, synapses, populations, longest):
    table = synapses.table
    learning = table[:, at.RULE] != at.STATIC
    rows = int(populations[table[learning, at.PRE], at.SIZE].sum())
    posts = int(populations[table[learning, at.POST], at.SIZE].sum())
    deferred = (table[:, at.RULE] == at.DEFERRED).any()
    capacity = max(HISTORY, 2 * longest) if deferred else 0
    column_start, column_synapse, column_row = [], [], []
    synapse = 0
    for q in np.flatnonzero(learning):
        n_pre, n_post = populations[table[q, at.PRE], at.SIZE], populations[table[q, at.POST], at.SIZE]
        starts = synapses.row_start[table[q, at.ROW] : table[q, at.ROW] + n_pre + 1]
        if table[q, at.RULE] in (at.IMMEDIATE, at.HEBB_INCOMING):
            post = synapses.target[starts[0] : starts[-1]]
            order = np.argsort(post, kind="stable")
            pre = np.repeat(np.arange(n_pre, dtype=np.int32), np.diff(starts))
            column_start.append(synapse + np.searchsorted(post[order], np.arange(n_post + 1)))
            column_synapse.append(starts[0] + order)
            column_row.append(pre[order])
            synapse += order.size
        else:
            column_start.append(np.full(n_post + 1, synapse))
    return at.Plastic(
        np.full(rows, at.NONE, np.int64),
        np.zeros(rows),
        np.full(table.shape[0], at.NONE, np.int64),
        np.zeros(posts),
        np.zeros(posts, np.int64),
        np.zeros((posts, capacity), np.int64),
        np.zeros((posts, capacity)),
        np.concatenate(column_start or [np.zeros(1)]).astype(np.int64),
        np.concatenate(column_synapse or [np.zeros(0)]).astype(np.int64),
        np.concatenate(column_row or [np.zeros(0)]).astype(np.int32),
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
        rows = state_rows(network.populations[name].neuron.model, True)
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
