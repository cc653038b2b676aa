"""Compiles projections into pieces: for each part, the synapses onto its neurons, stored by source."""

from functools import cached_property, partial
from itertools import pairwise

import numpy as np

from neuromem.engine.general import lay_out_synapses, lay_out_variables, synapse_variant
from neuromem.engine.parts import goes_direct, ringed, rows_of
from neuromem.kernels import layout as at
from neuromem.kernels import philox
from neuromem.network import draws
from neuromem.network.check import steps
from neuromem.network.plasticity import OneShotHebb
from neuromem.network.wires import wires

COLUMNS_FIT = 1 << 19
"""Plastic synapses of a network up to which post spikes update columns at once.

Measured on cores with 1 MiB of cache of their own, where both schedules are as fast at 0.6 million.
"""


def cut(all_wires, low, high, n_post, asked=False):
    """The synapses onto targets low to high - 1: (start, target, chosen), where `chosen` are their places in Wires.

    `target` is uint16, counted from `low`; `chosen` is a slice where all are taken in their order, and left empty where
    they share a weight and a delay, unless asked for.
    """
    varied = np.ndim(all_wires.delay) > 0
    if low == 0 and high == n_post:
        start, target, chosen = all_wires.start, all_wires.post.astype(np.uint16, copy=False), slice(None)
    else:
        from neuromem.kernels.connect import count_between, take_between

        start = np.empty_like(all_wires.start)
        count_between(all_wires.start, all_wires.post, low, high, start)
        asked = asked or varied or np.ndim(all_wires.weight) > 0
        target, chosen = np.empty(start[-1], np.uint16), np.empty(start[-1] if asked else 0, np.int64)
        take_between(all_wires.start, all_wires.post, low, high, target, chosen)
    if varied:
        source = _by_delay(start, all_wires.delay[chosen])
        target, chosen = target[source], source if isinstance(chosen, slice) else chosen[source]
    return start, target, chosen


def _by_delay(start, delay):
    """Places of a row-wise list of synapses, each row sorted by delay."""
    from neuromem.kernels.connect import sort_by_delay

    source = np.empty(delay.size, np.int64)
    sort_by_delay(start, delay, np.zeros(int(delay.max(initial=0)) + 2, np.int64), source)
    return source


def stretches(start, delay):
    """Cut rows that are sorted by delay where it changes: (first stretch of each row, delays, sizes)."""
    begins = np.zeros(delay.size, bool)
    begins[start[:-1][start[:-1] < start[1:]]] = True
    begins[1:] |= delay[1:] != delay[:-1]
    begin = np.flatnonzero(begins)
    return np.searchsorted(begin, start), delay[begin], np.diff(begin, append=delay.size)


class Stored:
    """How many synapses a projection has, and which of them lies where.

    Parameters
    ----------
    size : int
    find : callable, optional
        Returns the place in the connector's order of each stored synapse, part by part; by default the same place.
    """

    def __init__(self, size, find=None):
        self.size = size
        self._find = find

    @cached_property
    def given(self):
        """What `find` returns; None for the same place. Found when first asked for: it takes longer than storing it."""
        return None if self._find is None else self._find()


def _given(projection, number, n_post, seed, dt, edges, n_pre):
    listed = wires(projection, number, n_pre, n_post, seed, dt)
    every = np.arange(listed.post.size, dtype=np.uint32 if listed.post.size < 1 << 32 else np.int64)
    stored = np.concatenate([every[cut(listed, low, high, n_post, asked=True)[2]] for low, high in pairwise(edges)])
    given = stored if listed.order is None else listed.order.astype(every.dtype)[stored]
    return None if (given[1:] > given[:-1]).all() else given


_STORED = {
    "row_start": np.int64,
    "target": np.uint16,
    "weight": np.float32,
    "stretch_row": np.int64,
    "stretch_delay": np.uint16,
    "stretch_size": np.uint32,
    "updated": np.int64,
}


class Builder:
    """Collects pieces, part by part, and lays them out as `Synapses`."""

    def __init__(self, parts, projections, dtype):
        self.table = np.zeros((parts, projections, at.PIECE_COLUMNS), np.int64)
        self.numbers = np.zeros((parts, projections, at.PIECE_NUMBERS))
        self.types = {**_STORED, "variable": dtype, "fixed": dtype}
        self.arrays = {name: [] for name in self.types}
        self.sizes = dict.fromkeys(self.arrays, 0)

    def append(self, name, array):
        """Add to one of the arrays; return where it begins."""
        self.arrays[name].append(array)
        begin = self.sizes[name]
        self.sizes[name] += array.size
        return begin

    def synapses(self):
        """Return the Synapses."""
        return at.Synapses(
            self.table.reshape(-1, at.PIECE_COLUMNS),
            self.numbers.reshape(-1, at.PIECE_NUMBERS),
            **{name: _joined(self.arrays.pop(name), dtype) for name, dtype in self.types.items()},
        )


def _joined(arrays, dtype):
    if len(arrays) == 1:
        return np.ascontiguousarray(arrays[0], dtype)
    return np.concatenate(arrays, dtype=dtype, casting="unsafe") if arrays else np.zeros(0, dtype)


def compile_projections(network, seed, populations, bounds, dtype):
    """Lay out all projections.

    Parameters
    ----------
    populations : ndarray of int64
        One row per population, in the columns of `Neurons.table`.
    bounds : ndarray of int64, shape (parts + 1, populations)
        First neuron of each part in each population.
    dtype : numpy.dtype
        Of what the synapses of synapse models keep.

    Returns
    -------
    (Synapses, list of Stored, one per projection, list of SynapseVariant)
    """
    parts, index = len(bounds) - 1, {name: p for p, name in enumerate(network.populations)}
    plastic = [p for p in network.projections.values() if p.plasticity is not None]
    build = Builder(parts, len(network.projections), dtype)
    stored, models = [], []
    plastic_synapses = sum(
        p.connector.expected(network.populations[p.pre].size, network.populations[p.post].size) for p in plastic
    )
    for number, projection in enumerate(network.projections.values()):
        pre, post = index[projection.pre], index[projection.post]
        n_pre, n_post = (int(populations[side, at.SIZE]) for side in (pre, post))
        rule, build.numbers[:, number] = _rule(projection.plasticity, network.dt)
        row = build.table[:, number]
        row[:, at.PRE], row[:, at.ROWS], row[:, at.N_POST] = pre, n_pre, n_post
        row[:, at.POST] = np.arange(parts) * len(index) + post
        row[:, at.LOW], row[:, at.HIGH] = bounds[:-1, post], bounds[1:, post]
        row[:, at.TARGET] = populations[post, at.INPUT] + bounds[:-1, post]
        row[:, [at.PLACE, at.HELD]] = at.NONE
        row[:, at.RULE] = rule
        if projection.model is None and goes_direct(network, projection):
            _direct(network, projection, row, build.numbers[:, number], populations[post])
        elif projection.model is None:
            receptors = ringed(network, projection.post)
            row[:, at.TARGET] += receptors.index(projection.receptor) * populations[post, at.PADDED]
        row[:, [at.WEIGHT, at.DELAY]] = at.NONE
        if getattr(projection.connector, "procedural", False):
            stored.append(Stored(0))
            _procedural(projection, number, row, build.numbers[:, number], n_post, network.dt)
            continue
        listed = wires(projection, number, n_pre, n_post, seed, network.dt)
        if projection.model is not None:
            variant, constants = synapse_variant(network, projection, listed)
            models += [variant] if variant not in models else []
            row[:, at.RULE] = at.GENERAL + models.index(variant)
            lay_out_synapses(network, projection, number, row, build, variant, constants, populations, index)
        if rule != at.STATIC and np.ndim(listed.weight) == 0:
            listed.weight = np.full(listed.post.size, listed.weight, np.float32)
        if rule == at.IMMEDIATE and plastic_synapses > COLUMNS_FIT:
            # The streamed schedule clips whole rows; a weight from above w_max has to wait for a spike of its own.
            row[:, at.STREAMED] = listed.weight.max(initial=0.0) <= np.float32(build.numbers[0, number, at.W_MAX])
        varied = np.ndim(listed.delay) > 0
        edges = bounds[:, post]
        find = partial(_given, projection, number, n_post, seed, network.dt, edges, n_pre)
        stored.append(Stored(listed.post.size, find if parts > 1 or varied or listed.order is not None else None))
        for part in range(parts):
            start, target, chosen = cut(listed, *edges[part : part + 2], n_post, projection.model is not None)
            entry = row[part]
            if projection.model is not None:
                lay_out_variables(projection, variant, constants, entry, build, listed, start, target, chosen)
            entry[at.SYNAPSE] = build.append("target", target)
            entry[at.ROW] = build.append("row_start", start + entry[at.SYNAPSE])
            if np.ndim(listed.weight):
                entry[at.WEIGHT] = build.append("weight", listed.weight[chosen])
            else:
                signed = network.populations[projection.post].neuron.model.signed  # models of equations: as in Brian2
                build.numbers[part, number, at.SCALAR] = listed.weight if signed else np.float32(listed.weight)
            if varied:
                first, delay, size = stretches(start, listed.delay[chosen])
                build.append("stretch_size", size)
                entry[at.DELAY] = build.append("stretch_row", first + build.append("stretch_delay", delay))
                entry[[at.STEPS, at.LAST]] = delay.min(initial=0), delay.max(initial=0)
            else:
                entry[at.STEPS] = listed.delay
    return build.synapses(), stored, models


def _direct(network, projection, row, numbers, post):
    """Where in the state what arrives is added: the row of the receptor's variable, in the blocks of each part."""
    model, rows = network.populations[projection.post].neuron.model, rows_of(network, projection.post)
    variable, numbers[:, at.SIGN] = model.adds[projection.receptor]
    row[:, at.PLACE] = post[at.STATE] + row[:, at.LOW] * len(rows) + rows.index(variable) * at.BLOCK
    row[:, at.SPREAD] = (len(rows) - 1) * at.BLOCK
    if variable in model.held:
        row[:, at.HELD] = post[at.WAITING] + row[:, at.LOW]


def _procedural(projection, number, row, numbers, n_post, dt):
    scale, per_chunk = draws.bernoulli_constants(projection.connector.p, n_post)
    row[:, at.RULE] = at.PROCEDURAL
    row[:, at.STEPS] = steps(projection.delay, dt, projection.name, "delay")
    row[:, at.OBJECT_OF], row[:, at.PER_CHUNK] = philox.CONNECT + number, per_chunk
    numbers[:, at.SCALAR], numbers[:, at.SCALE] = np.float32(projection.weight), scale


def _rule(rule, dt):
    values = np.zeros(at.PIECE_NUMBERS)
    if rule is None:
        return at.STATIC, values
    if isinstance(rule, OneShotHebb):
        values[at.TOTAL], values[at.EXPONENT] = rule.total, rule.exponent
        return (at.HEBB_INCOMING if rule.over == "incoming" else at.HEBB_OUTGOING), values
    values[at.TAU_PLUS], values[at.TAU_MINUS] = rule.tau_plus / dt, rule.tau_minus / dt
    values[at.A_PLUS], values[at.A_MINUS] = rule.a_plus, rule.a_minus
    values[at.W_MIN], values[at.W_MAX] = rule.w_min, rule.w_max
    values[at.SOFT] = rule.dependence == "multiplicative"
    if rule.update == "deferred":
        return at.DEFERRED, values
    return at.IMMEDIATE, values
