"""Compiles projections into pieces: for each part, the synapses onto its neurons, stored by source."""

from dataclasses import dataclass

import numpy as np

from neuromem.kernels import layout as at
from neuromem.kernels import philox
from neuromem.network import draws
from neuromem.network.check import steps
from neuromem.network.connectors import FromArrays
from neuromem.network.plasticity import OneShotHebb
from neuromem.network.random import Normal

COLUMNS_FIT = 1 << 22
"""Plastic synapses of a network up to which post spikes update columns at once: their weights and index fit a cache."""


@dataclass
class Wires:
    """All synapses of a projection, by source: rows sorted by (delay, post)."""

    start: np.ndarray  # int64 (n_pre + 1)
    post: np.ndarray  # uint16 or uint32
    weight: object  # float, or float32 per synapse
    delay: object  # int steps, or uint16 per synapse
    order: np.ndarray | None  # place here of each synapse in the connector's order; None: as here


def wires(projection, number, n_pre, n_post, seed, dt):
    """Draw or list a projection's synapses."""
    connector = projection.connector
    start, post = connector.rows(n_pre, n_post, seed, number)
    start = np.asarray(start, np.int64)
    weight, delay, order = projection.weight, projection.delay, None
    if isinstance(weight, Normal):
        key = philox.WEIGHT + number
        weight = draws.normal(weight, start, seed, key, low=weight.low, unit=0.0, dtype=np.float32)
    elif np.ndim(weight):
        weight = np.array(weight, np.float32).ravel()  # a copy: learning must not change the description
    if isinstance(delay, Normal):
        key, low = philox.DELAY + number, max(1.0, np.ceil(delay.low / dt - 1e-9))
        scaled = Normal(delay.mean / dt, delay.sd / dt)
        delay = draws.normal(scaled, start, seed, key, low=low, unit=1.0, dtype=np.uint16)
    else:
        delay = steps(delay, dt, projection.name, "delay", least=1)
        delay = int(delay) if np.ndim(delay) == 0 else np.ravel(delay).astype(np.uint16)
    if isinstance(connector, FromArrays):  # arrays of weights and delays are in its order, drawn ones are by row
        order = connector.order()
        weight = weight[order] if np.ndim(projection.weight) else weight
        delay = delay[order] if np.ndim(projection.delay) else delay
    if np.ndim(delay):
        row = np.repeat(np.arange(n_pre), np.diff(start))
        by_delay = np.lexsort((post, delay, row))
        post, delay = post[by_delay], delay[by_delay]
        weight = weight if np.ndim(weight) == 0 else weight[by_delay]
        order = by_delay if order is None else order[by_delay]
    if order is not None:
        small = order.size < 1 << 32
        place = np.empty(order.size, np.uint32 if small else np.int64)
        place[order] = np.arange(order.size)
        order = None if (place[1:] > place[:-1]).all() else place
    return Wires(start, post, weight, delay, order)


def cut(all_wires, low, high, n_post):
    """The synapses onto targets low to high - 1: (start, target, chosen), where `chosen` are their places in Wires.

    `target` is uint16, counted from `low`; `chosen` is a slice where all are taken, and None where nothing asks for it.
    """
    if low == 0 and high == n_post:
        return all_wires.start, all_wires.post.astype(np.uint16, copy=False), slice(None)
    from neuromem.kernels.connect import count_between, take_between

    start = np.empty_like(all_wires.start)
    count_between(all_wires.start, all_wires.post, low, high, start)
    target = np.empty(start[-1], np.uint16)
    asked = np.ndim(all_wires.weight) or np.ndim(all_wires.delay)
    chosen = np.empty(start[-1] if asked else 0, np.int64)
    take_between(all_wires.start, all_wires.post, low, high, target, chosen)
    return start, target, chosen if asked else None


class Builder:
    """Collects pieces, part by part, and lays them out as `Synapses`."""

    def __init__(self, parts, projections):
        self.table = np.zeros((parts, projections, 19), np.int64)
        self.numbers = np.zeros((parts, projections, 10))
        self.arrays = {name: [] for name in ("row_start", "target", "weight", "delay")}
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
            self.table.reshape(-1, 19),
            self.numbers.reshape(-1, 10),
            _joined(self.arrays["row_start"], np.int64),
            _joined(self.arrays["target"], np.uint16),
            _joined(self.arrays["weight"], np.float32),
            _joined(self.arrays["delay"], np.uint16),
        )


def _joined(arrays, dtype):
    if len(arrays) == 1:
        return np.ascontiguousarray(arrays[0], dtype)
    return np.concatenate(arrays, dtype=dtype, casting="unsafe") if arrays else np.zeros(0, dtype)


def compile_projections(network, seed, populations, bounds):
    """Lay out all projections.

    Parameters
    ----------
    populations : ndarray of int64
        One row per population, in the columns of `Neurons.table`.
    bounds : ndarray of int64, shape (parts + 1, populations)
        First neuron of each part in each population.

    Returns
    -------
    (Synapses, list of (order, number of synapses) per projection)
    """
    parts, index = len(bounds) - 1, {name: p for p, name in enumerate(network.populations)}
    plastic = [p for p in network.projections.values() if p.plasticity is not None]
    build = Builder(parts, len(network.projections))
    orders = []
    plastic_synapses = sum(
        p.connector.expected(network.populations[p.pre].size, network.populations[p.post].size) for p in plastic
    )
    for number, projection in enumerate(network.projections.values()):
        pre, post = index[projection.pre], index[projection.post]
        n_pre, n_post = (int(populations[side, at.SIZE]) for side in (pre, post))
        rule, values = _rule(projection.plasticity, network.dt)
        row = build.table[:, number]
        row[:, at.PRE], row[:, at.POST], row[:, at.ROWS], row[:, at.N_POST] = pre, 0, n_pre, n_post
        row[:, at.POST] = np.arange(parts) * len(index) + post
        row[:, at.LOW], row[:, at.HIGH] = bounds[:-1, post], bounds[1:, post]
        row[:, at.TARGET] = populations[post, at.INPUT] + bounds[:-1, post]
        if projection.receptor == "inhibitory":
            row[:, at.TARGET] += populations[post, at.PADDED]
        row[:, at.RULE], build.numbers[:, number] = rule, values
        row[:, at.STREAMED] = rule == at.IMMEDIATE and plastic_synapses > COLUMNS_FIT
        row[:, [at.WEIGHT, at.DELAY]] = at.NONE
        if getattr(projection.connector, "procedural", False):
            orders.append((None, 0))
            _procedural(projection, number, row, build.numbers[:, number], n_post, network.dt)
            continue
        listed = wires(projection, number, n_pre, n_post, seed, network.dt)
        if rule != at.STATIC and np.ndim(listed.weight) == 0:
            listed.weight = np.full(listed.post.size, listed.weight, np.float32)
        orders.append((listed.order, listed.post.size))
        for part in range(parts):
            start, target, chosen = cut(listed, *bounds[part : part + 2, post], n_post)
            entry = row[part]
            entry[at.SYNAPSE] = build.append("target", target)
            entry[at.ROW] = build.append("row_start", start + entry[at.SYNAPSE])
            if np.ndim(listed.weight):
                entry[at.WEIGHT] = build.append("weight", listed.weight[chosen])
            else:
                build.numbers[part, number, at.SCALAR] = np.float32(listed.weight)
            if np.ndim(listed.delay):
                entry[at.DELAY] = build.append("delay", listed.delay[chosen])
            else:
                entry[at.STEPS] = listed.delay
    return build.synapses(), orders


def _procedural(projection, number, row, numbers, n_post, dt):
    scale, per_chunk = draws.bernoulli_constants(projection.connector.p, n_post)
    row[:, at.RULE] = at.PROCEDURAL
    row[:, at.STEPS] = steps(projection.delay, dt, projection.name, "delay", least=1)
    row[:, at.OBJECT_OF], row[:, at.PER_CHUNK] = philox.CONNECT + number, per_chunk
    numbers[:, at.SCALAR], numbers[:, at.SCALE] = np.float32(projection.weight), scale


def _rule(rule, dt):
    values = np.zeros(10)
    if rule is None:
        return at.STATIC, values
    if isinstance(rule, OneShotHebb):
        values[at.TOTAL], values[at.EXPONENT] = rule.total, rule.exponent
        return (at.HEBB_INCOMING if rule.over == "incoming" else at.HEBB_OUTGOING), values
    values[at.TAU_PLUS], values[at.TAU_MINUS] = rule.tau_plus / dt, rule.tau_minus / dt
    values[at.A_PLUS], values[at.A_MINUS] = rule.a_plus, rule.a_minus
    values[at.W_MIN], values[at.W_MAX] = rule.w_min, rule.w_max
    if rule.update == "deferred":
        return at.DEFERRED, values
    return at.IMMEDIATE, values


def storage_order(pieces, row_start, target, delay):
    """Places in storage of a projection's synapses in the order of Wires: by row, delay, target.

    Parameters
    ----------
    pieces : ndarray of int64
        The projection's rows of `Synapses.table`, one per part.
    """
    rows, posts, waits = [], [], []
    for piece in pieces:
        starts = row_start[piece[at.ROW] : piece[at.ROW] + piece[at.ROWS] + 1]
        rows.append(np.repeat(np.arange(piece[at.ROWS]), np.diff(starts)))
        posts.append(target[starts[0] : starts[-1]] + piece[at.LOW])
        begin = piece[at.DELAY]
        waits.append(np.zeros(rows[-1].size) if begin == at.NONE else delay[begin : begin + rows[-1].size])
    return np.lexsort((np.concatenate(posts), np.concatenate(waits), np.concatenate(rows)))
