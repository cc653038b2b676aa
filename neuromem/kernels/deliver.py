"""Spike delivery: add the weights of a spiking neuron's synapses to the places and slots where they arrive."""

from neuromem.kernels.jit import inner
from neuromem.kernels.layout import DELAY, FIRST, NONE, PRE, ROW, SCALAR, STEPS, SYNAPSE, TARGET, WEIGHT


@inner
def send_together(q, row, step, synapses, ring):
    """Send one spike of row `row` through projection q, whose synapses share one delay."""
    low, high = synapses.row_start[row], synapses.row_start[row + 1]
    into = ring[(step + synapses.table[q, STEPS]) % ring.shape[0], synapses.table[q, TARGET] :]
    if synapses.table[q, WEIGHT] == NONE:
        weight = ring.dtype.type(synapses.numbers[q, SCALAR])
        for k in range(low, high):
            into[synapses.target[k]] += weight
    else:
        base = synapses.table[q, WEIGHT] - synapses.table[q, SYNAPSE]
        for k in range(low, high):
            into[synapses.target[k]] += synapses.weight[base + k]


@inner
def send_spread(q, row, step, synapses, ring):
    """Send one spike of row `row` through projection q, whose synapses have a delay each."""
    weight = synapses.numbers[q, SCALAR]
    one = synapses.table[q, WEIGHT] == NONE
    base = synapses.table[q, WEIGHT] - synapses.table[q, SYNAPSE]
    wait = synapses.table[q, DELAY] - synapses.table[q, SYNAPSE]
    first = synapses.table[q, TARGET]
    for k in range(synapses.row_start[row], synapses.row_start[row + 1]):
        slot = (step + synapses.delay[wait + k]) % ring.shape[0]
        ring[slot, first + synapses.target[k]] += weight if one else synapses.weight[base + k]


@inner
def deliver_together(q, step, spiking, neurons, synapses):
    """Send all spikes of projection q's pre population in this step; one delay."""
    p = synapses.table[q, PRE]
    shift = synapses.table[q, ROW] - neurons.table[p, FIRST]
    for s in range(spiking.first[p], spiking.first[p + 1]):
        send_together(q, spiking.id[s] + shift, step, synapses, neurons.ring)


@inner
def deliver_spread(q, step, spiking, neurons, synapses):
    """Send all spikes of projection q's pre population in this step; a delay per synapse."""
    p = synapses.table[q, PRE]
    shift = synapses.table[q, ROW] - neurons.table[p, FIRST]
    for s in range(spiking.first[p], spiking.first[p + 1]):
        send_spread(q, spiking.id[s] + shift, step, synapses, neurons.ring)


@inner
def deliver(q, step, spiking, neurons, synapses):
    """Send all spikes of projection q's pre population in this step."""
    if synapses.table[q, DELAY] == NONE:
        deliver_together(q, step, spiking, neurons, synapses)
    else:
        deliver_spread(q, step, spiking, neurons, synapses)


@inner
def send(q, row, step, synapses, ring):
    """Send one spike of row `row` through projection q."""
    if synapses.table[q, DELAY] == NONE:
        send_together(q, row, step, synapses, ring)
    else:
        send_spread(q, row, step, synapses, ring)
