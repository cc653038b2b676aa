"""Reads and replaces the weights of a compiled projection, in the order of its connector."""

import numpy as np

from neuromem.engine.wiring import storage_order
from neuromem.kernels import layout as at


def flush(plan, step, learning):
    """Apply weight changes that wait for a spike, as if they had been applied before `step`; exact.

    Without `learning`, post spikes whose delay has ended in the meantime are passed over.
    """
    table = plan.synapses.table
    if not learning:
        plan.plastic.flushed[table[:, at.RULE] == at.DEFERRED] = step
    waits = (table[:, at.STREAMED] != 0) | ((table[:, at.RULE] == at.DEFERRED) & learning)
    for q in np.flatnonzero(waits):
        posts = plan.neurons.table[plan.synapses.table[q, at.POST], at.SIZE]
        plan.loop.settle(q, step, plan.longest, posts, plan.synapses, plan.plastic)


def read(plan, number):
    """Weights of projection `number`, float32 (synapses,); a copy."""
    pieces, synapses = plan.pieces(number), plan.synapses
    order, size = plan.orders[number]
    if pieces[0, at.WEIGHT] == at.NONE:
        return np.full(size, synapses.numbers[number, at.SCALAR], np.float32)
    stored = np.concatenate([synapses.weight[span] for span in spans(plan, number)])
    place = _places(plan, number, order)
    return stored if place is None else stored[place]


def replace(plan, number, weights):
    """Store new weights, float32 (synapses,)."""
    order, size = plan.orders[number]
    place = _places(plan, number, order)
    if place is not None:
        stored = np.empty(size, np.float32)
        stored[place] = weights
        weights = stored
    begin = 0
    for span in spans(plan, number):
        end = begin + span.stop - span.start
        plan.synapses.weight[span] = weights[begin:end]
        begin = end


def spans(plan, number):
    """Where the weights of a projection's pieces lie."""
    starts = plan.synapses.row_start
    for piece in plan.pieces(number):
        size = starts[piece[at.ROW] + piece[at.ROWS]] - starts[piece[at.ROW]]
        yield slice(piece[at.WEIGHT], piece[at.WEIGHT] + size)


def _places(plan, number, order):
    """Places of a projection's synapses, in the connector's order, among its stored ones; None: the same."""
    if plan.parts == 1:
        return order
    synapses = plan.synapses
    stored = storage_order(plan.pieces(number), synapses.row_start, synapses.target, synapses.delay)
    return stored if order is None else stored[order]
