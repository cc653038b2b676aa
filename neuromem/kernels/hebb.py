"""One-shot Hebbian learning with homeostatic scaling: coincident spikes write a neuron's weights anew.

A neuron's weights are scaled together, across all parts, so networks with this rule have one part.
"""

from neuromem.kernels.jit import inner
from neuromem.kernels.layout import COLUMN, EXPONENT, FIRST, POST, PRE, ROW, SYNAPSE, TOTAL, WEIGHT


@inner
def mark(step, value, spiking, neurons):
    """Set `now` of all neurons that spike in `step`."""
    slot = step % spiking.id.shape[0]
    for p in range(neurons.table.shape[0]):
        first = neurons.table[p, FIRST]
        for s in range(first, first + spiking.count[slot, p]):
            spiking.now[spiking.id[slot, s]] = value


@inner
def hebb_incoming(q, step, spiking, neurons, synapses, plastic):
    """Rewrite the weights onto each spiking post neuron: total / k**exponent from its k spiking partners, else 0."""
    table, numbers = synapses.table, synapses.numbers[q]
    slot, first = step % spiking.id.shape[0], neurons.table[table[q, POST], FIRST]
    pre_first = neurons.table[table[q, PRE], FIRST]
    weight = synapses.weight[table[q, WEIGHT] :]
    for s in range(first, first + spiking.count[slot, table[q, POST]]):
        column = table[q, COLUMN] + spiking.id[slot, s] - first
        low, high = plastic.column_start[column], plastic.column_start[column + 1]
        partners = 0
        for c in range(low, high):
            partners += int(spiking.now[pre_first + plastic.column_row[c]])
        if partners == 0:
            continue
        value = numbers[TOTAL] / partners ** numbers[EXPONENT]
        for c in range(low, high):
            active = spiking.now[pre_first + plastic.column_row[c]]
            weight[plastic.column_synapse[c]] = value if active else 0.0


@inner
def hebb_outgoing(q, step, spiking, neurons, synapses):
    """Rewrite the weights from each spiking pre neuron: total / k**exponent to its k spiking partners, else 0."""
    table, numbers = synapses.table, synapses.numbers[q]
    slot, first = step % spiking.id.shape[0], neurons.table[table[q, PRE], FIRST]
    post_first = neurons.table[table[q, POST], FIRST]
    weight0 = table[q, WEIGHT] - table[q, SYNAPSE]
    for s in range(first, first + spiking.count[slot, table[q, PRE]]):
        row = table[q, ROW] + spiking.id[slot, s] - first
        low, high = synapses.row_start[row], synapses.row_start[row + 1]
        partners = 0
        for k in range(low, high):
            partners += int(spiking.now[post_first + synapses.target[k]])
        if partners == 0:
            continue
        value = numbers[TOTAL] / partners ** numbers[EXPONENT]
        for k in range(low, high):
            synapses.weight[weight0 + k] = value if spiking.now[post_first + synapses.target[k]] else 0.0
