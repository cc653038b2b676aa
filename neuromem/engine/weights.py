"""Reads and replaces the weights of a compiled projection, in the order of its connector."""

import numpy as np

from neuromem.kernels import layout as at
from neuromem.network.plasticity import SpikePairSTDP


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


def bounds(rule):
    """What new weights have to keep to under a learning rule, as `numbers` takes it; float32 may lie just outside."""
    if not isinstance(rule, SpikePairSTDP):
        return {"low": 0.0}
    low, high = min(rule.w_min, float(np.float32(rule.w_min))), max(rule.w_max, float(np.float32(rule.w_max)))
    return {"low": low, "high": high if rule.update == "immediate" else None}


def read(plan, number):
    """Weights of projection `number`, float32 (synapses,); a copy."""
    pieces, synapses, stored = plan.pieces(number), plan.synapses, plan.stored[number]
    if pieces[0, at.WEIGHT] == at.NONE:
        return np.full(stored.size, synapses.numbers[number, at.SCALAR], np.float32)
    found = np.concatenate([synapses.weight[span] for span in spans(plan, number)])
    if stored.given is None:
        return found
    weights = np.empty_like(found)
    weights[stored.given] = found
    return weights


def replace(plan, number, weights):
    """Store new weights, float32 (synapses,)."""
    given = plan.stored[number].given
    weights = weights if given is None else weights[given]
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
