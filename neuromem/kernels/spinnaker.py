"""SpiNNaker's IF_curr_exp cores, bit for bit: s16.15 neurons, 16-bit ring buffers, and the loop over steps.

The update is sPyNNaker 7.4's, checked against its compiled cores. All shifts round down; registers wrap at 32 bits.
"""

import numpy as np

from neuromem.kernels.fixed_point import decayed, wrap32
from neuromem.kernels.jit import entry, inner
from neuromem.kernels.spinnaker_layout import (
    CONSTANT,
    DECAY_E,
    DECAY_I,
    DECAY_M,
    DELAY,
    FIRST,
    INIT_E,
    INIT_I,
    KIND,
    LEARNS,
    NEURONS,
    NONE,
    OFFSET,
    OVERFLOW,
    OWN_DELAY,
    PLASTIC,
    POST,
    PRE,
    RECEPTOR,
    REFRACTORY,
    RESET,
    RESISTANCE,
    REST,
    ROW,
    SATURATED,
    SCALAR,
    SHIFT_E,
    SHIFT_I,
    SIZE,
    STRIDE,
    SYNAPSE,
    THRESHOLD,
    WEIGHT,
    WHEN,
    WHO,
)
from neuromem.kernels.spinnaker_stdp import learn_row, remember

LARGEST = 0xFFFF
"""A ring buffer entry, and a weight, has 16 bits."""


@inner
def note_fault(kind, step, neuron, population, watch):
    """Count a fault, and keep the first of its kind."""
    watch.faults[kind, population] += 1
    if watch.first[kind, KIND] == 0:
        watch.first[kind, KIND], watch.first[kind, WHEN], watch.first[kind, WHO] = 1, step, neuron


@inner
def update(p, step, slot, cells, spiking, watch):
    """One step of population `p`: take what arrived, integrate, test the threshold, let the synapses decay."""
    table, constants, ring = cells.table, cells.constants, cells.ring
    first = table[p, FIRST]
    count = 0
    for i in range(first, first + table[p, SIZE]):
        c = table[p, CONSTANT] + (i - first) * table[p, STRIDE]
        shifted_e = np.int64(ring[slot, 0, i]) << constants[c, SHIFT_E]
        shifted_i = np.int64(ring[slot, 1, i]) << constants[c, SHIFT_I]
        arrived_e, arrived_i = wrap32(shifted_e), wrap32(shifted_i)
        ring[slot, 0, i] = 0
        ring[slot, 1, i] = 0
        sum_e = cells.excitatory[i] + decayed(arrived_e, constants[c, INIT_E])
        sum_i = cells.inhibitory[i] + decayed(arrived_i, constants[c, INIT_I])
        exc, inh = wrap32(sum_e), wrap32(sum_i)
        wrapped = (exc != sum_e) | (inh != sum_i) | (arrived_e != shifted_e) | (arrived_i != shifted_i)
        v = np.int64(cells.v[i])
        if cells.waiting[i] <= 0:
            total = exc - inh + constants[c, OFFSET] + cells.external[i]
            current = wrap32(total)
            product = (current * constants[c, RESISTANCE]) >> 15
            v_inf = wrap32(product + constants[c, REST])
            wrapped |= (current != total) | (v_inf != product + constants[c, REST])
            gap = wrap32(v_inf - v)
            result = v_inf - ((constants[c, DECAY_M] * gap) >> 15)
            v = wrap32(result)
            wrapped |= (gap != v_inf - cells.v[i]) | (v != result)
        else:
            cells.waiting[i] -= 1
        if v >= constants[c, THRESHOLD]:
            v = constants[c, RESET]
            cells.waiting[i] = constants[c, REFRACTORY]
            spiking.id[first + count] = i
            count += 1
        cells.v[i] = v
        cells.excitatory[i] = decayed(exc, constants[c, DECAY_E])
        cells.inhibitory[i] = decayed(inh, constants[c, DECAY_I])
        if wrapped:
            note_fault(OVERFLOW, step, i, p, watch)
    spiking.count[p] = count


@inner
def emit(step, cells, spiking):
    """Take the sources' spikes of this step."""
    for p in range(cells.table.shape[0]):
        spiking.count[p] = 0
    at = spiking.cursor[0]
    while at < spiking.event_step.size and spiking.event_step[at] <= step:
        p = spiking.event_population[at]
        spiking.id[cells.table[p, FIRST] + spiking.count[p]] = spiking.event_id[at]
        spiking.count[p] += 1
        at += 1
    spiking.cursor[0] = at


@inner
def deliver(q, row, step, cells, wires, watch):
    """Add the weights of one row to the ring, each entry cut at 16 bits."""
    table, ring = wires.table, cells.ring
    slots, receptor = ring.shape[0], table[q, RECEPTOR]
    begin, end = wires.row_start[row], wires.row_start[row + 1]
    own_weight, own_delay = table[q, WEIGHT] - table[q, SYNAPSE], table[q, OWN_DELAY] - table[q, SYNAPSE]
    slot = (step + table[q, DELAY]) % slots
    weight = table[q, SCALAR]
    for k in range(begin, end):
        post = wires.target[k]
        if table[q, DELAY] == NONE:
            slot = (step + wires.delay[own_delay + k]) % slots
        if table[q, WEIGHT] != NONE:
            weight = np.int64(wires.weight[own_weight + k])
        total = ring[slot, receptor, post] + weight
        if total > LARGEST:
            total = LARGEST
            note_fault(SATURATED, step, post, table[q, POST], watch)
        ring[slot, receptor, post] = total


@inner
def propagate(q, step, cells, wires, learning, spiking, watch):
    """Send the spikes of this step through projection `q`; plastic rows learn first."""
    table = wires.table
    pre = table[q, PRE]
    first = cells.table[pre, FIRST]
    for s in range(first, first + spiking.count[pre]):
        local = spiking.id[s] - first
        if table[q, PLASTIC] != NONE:
            learn_row(q, local, step, cells, wires, learning, watch)
        deliver(q, table[q, ROW] + local, step, cells, wires, watch)


@entry
def run(span, recorded, cells, wires, learning, spiking, watch, out_step, out_id):
    """Run steps span[0] to span[1] - 1, or until the output could overflow or, if span[2], a register did.

    Parameters
    ----------
    span : int64 (4,)
        First step, stop, whether to halt at a fault, step of the first row of samples. span[0] is moved on.
    recorded : uint8 (populations,)
    out_step : int64, out_id : int32
        Recorded spikes.

    Returns
    -------
    int
        Spikes recorded.
    """
    neurons = cells.v.size
    populations, projections = cells.table.shape[0], wires.table.shape[0]
    used = 0
    while span[0] < span[1] and used + neurons <= out_step.size:
        step = span[0]
        emit(step, cells, spiking)
        slot = step % cells.ring.shape[0]
        for p in range(populations):
            if cells.table[p, NEURONS]:
                update(p, step, slot, cells, spiking, watch)
            if cells.table[p, LEARNS] != NONE:
                first = cells.table[p, FIRST]
                for s in range(first, first + spiking.count[p]):
                    remember(p, spiking.id[s] - first, step, cells, learning)
        for q in range(projections):
            propagate(q, step, cells, wires, learning, spiking, watch)
        for p in range(populations):
            first = cells.table[p, FIRST]
            for s in range(first, first + recorded[p] * spiking.count[p]):
                out_step[used], out_id[used] = step, spiking.id[s]
                used += 1
        for k in range(watch.neuron.size):
            i = watch.neuron[k]
            if watch.variable[k] == 0:
                watch.samples[step - span[3], k] = cells.v[i]
            elif watch.variable[k] == 1:
                watch.samples[step - span[3], k] = cells.excitatory[i]
            else:
                watch.samples[step - span[3], k] = cells.inhibitory[i]
        span[0] = step + 1
        if span[2] and (watch.first[SATURATED, KIND] or watch.first[OVERFLOW, KIND]):
            break
    return used
