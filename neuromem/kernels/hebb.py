"""One-shot Hebbian learning with homeostatic scaling: coincident spikes write a neuron's weights anew."""

from neuromem.kernels.jit import inner
from neuromem.kernels.layout import COLUMN, EXPONENT, FIRST, POST, PRE, ROW, SYNAPSE, TOTAL, WEIGHT


@inner
def hebb_incoming(q, spiking, neurons, synapses, plastic):
    """Rewrite the weights onto each spiking post neuron: total / k**exponent from its k spiking partners, else 0."""
    table, numbers = synapses.table, synapses.numbers[q]
    p = table[q, POST]
    pre_first = neurons.table[table[q, PRE], FIRST]
    weight0 = table[q, WEIGHT] - table[q, SYNAPSE]
    for s in range(spiking.first[p], spiking.first[p + 1]):
        column = table[q, COLUMN] + spiking.id[s] - neurons.table[p, FIRST]
        low, high = plastic.column_start[column], plastic.column_start[column + 1]
        partners = 0
        for c in range(low, high):
            partners += int(spiking.now[pre_first + plastic.column_row[c]])
        if partners == 0:
            continue
        value = numbers[TOTAL] / partners ** numbers[EXPONENT]
        for c in range(low, high):
            active = spiking.now[pre_first + plastic.column_row[c]]
            synapses.weight[weight0 + plastic.column_synapse[c]] = value if active else 0.0


@inner
def hebb_outgoing(q, spiking, neurons, synapses):
    """Rewrite the weights from each spiking pre neuron: total / k**exponent to its k spiking partners, else 0."""
    table, numbers = synapses.table, synapses.numbers[q]
    p = table[q, PRE]
    post_first = neurons.table[table[q, POST], FIRST]
    weight0 = table[q, WEIGHT] - table[q, SYNAPSE]
    for s in range(spiking.first[p], spiking.first[p + 1]):
        row = table[q, ROW] + spiking.id[s] - neurons.table[p, FIRST]
        low, high = synapses.row_start[row], synapses.row_start[row + 1]
        partners = 0
        for k in range(low, high):
            partners += int(spiking.now[post_first + synapses.target[k]])
        if partners == 0:
            continue
        value = numbers[TOTAL] / partners ** numbers[EXPONENT]
        for k in range(low, high):
            synapses.weight[weight0 + k] = value if spiking.now[post_first + synapses.target[k]] else 0.0
