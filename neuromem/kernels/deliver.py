"""Spike delivery: add the weights of a spiking neuron's synapses to the places where they arrive.

`arrive` serves pieces with one weight rule and one delay: it looks up which neurons spiked a delay ago, so that all
additions of a step fall on one row of the ring; `arrive_direct` adds to the state itself. `send` serves pieces with a
delay per synapse or with plastic weights, right after the spike.
"""

from neuromem.kernels.connect import Law, bernoulli_row
from neuromem.kernels.jit import inlined, inner
from neuromem.kernels.layout import (
    BLOCK,
    DELAY,
    FIRST,
    HELD,
    HIGH,
    LOW,
    N_POST,
    NONE,
    OBJECT_OF,
    PER_CHUNK,
    PLACE,
    PRE,
    ROW,
    SCALAR,
    SCALE,
    SIGN,
    SPREAD,
    STEPS,
    SYNAPSE,
    TARGET,
    WEIGHT,
)
from neuromem.kernels.prefetch import prefetch


@inner
def add_scalar(weight, low, high, target, into):
    """Add one weight to the targets of synapses low to high - 1."""
    target = target[low:high]  # counted from zero: no test for a negative index
    for k in range(target.size):
        into[target[k]] += weight


@inner
def add_each(base, low, high, weights, target, into):
    """Add the weights base + low, ... to the targets of synapses low to high - 1."""
    target, weights = target[low:high], weights[base + low : base + high]
    for k in range(target.size):
        into[target[k]] += weights[k]


@inlined
def arrive(q, step, populations, spiking, neurons, synapses):
    """Add what the spikes of one delay ago bring through piece q in this step."""
    table, places = synapses.table, neurons.ring
    slot = (step - table[q, STEPS]) % spiking.id.shape[0]
    into = places[step % places.shape[0], table[q, TARGET] :]
    one = table[q, WEIGHT] == NONE
    weight = places.dtype.type(synapses.numbers[q, SCALAR])
    base = table[q, WEIGHT] - table[q, SYNAPSE]
    shift = table[q, ROW] - neurons.table[table[q, PRE], FIRST]
    for r in range(table[q, PRE], neurons.table.shape[0], populations):
        first = neurons.table[r, FIRST]
        end = first + spiking.count[slot, r]
        for s in range(first, end):
            row, following = spiking.id[slot, s] + shift, spiking.id[slot, min(s + 1, end - 1)] + shift
            low, high = synapses.row_start[row], synapses.row_start[row + 1]
            prefetch(synapses.target, synapses.row_start[following], synapses.row_start[following + 1])
            if one:
                add_scalar(weight, low, high, synapses.target, into)
            else:
                add_each(base, low, high, synapses.weight, synapses.target, into)


@inner
def add_direct(weight, low, high, target, spread, into):
    """Add one weight to a state variable of the targets, which lie in blocks `spread` places apart."""
    target = target[low:high]
    for k in range(target.size):
        into[target[k] + target[k] // BLOCK * spread] += weight


@inner
def add_each_direct(sign, base, low, high, weights, target, spread, into):
    """Add the weights base + low, ... to a state variable of the targets."""
    target, weights = target[low:high], weights[base + low : base + high]
    for k in range(target.size):
        into[target[k] + target[k] // BLOCK * spread] += sign * weights[k]


@inner
def add_unless_held(one, weight, sign, base, low, high, weights, target, spread, paused, into):
    """Add one weight, or the weights base + low, ..., to the targets that are not refractory."""
    for k in range(low, high):
        if paused[target[k]] == 0:
            into[target[k] + target[k] // BLOCK * spread] += weight if one else sign * weights[base + k]


@inner
def arrive_direct(q, step, populations, spiking, neurons, synapses):
    """Add what the spikes of one delay ago bring through piece q to the state."""
    table, real = synapses.table, neurons.state.dtype.type
    slot = (step - table[q, STEPS]) % spiking.id.shape[0]
    into, spread = neurons.state[table[q, PLACE] :], table[q, SPREAD]
    sign, target, weights = real(synapses.numbers[q, SIGN]), synapses.target, synapses.weight
    weight = sign * real(synapses.numbers[q, SCALAR])
    one, held = table[q, WEIGHT] == NONE, table[q, HELD] != NONE
    base = table[q, WEIGHT] - table[q, SYNAPSE]
    paused = neurons.waiting[table[q, HELD] if held else 0 :]
    shift = table[q, ROW] - neurons.table[table[q, PRE], FIRST]
    for r in range(table[q, PRE], neurons.table.shape[0], populations):
        first = neurons.table[r, FIRST]
        for s in range(first, first + spiking.count[slot, r]):
            row = spiking.id[slot, s] + shift
            low, high = synapses.row_start[row], synapses.row_start[row + 1]
            if held:
                add_unless_held(one, weight, sign, base, low, high, weights, target, spread, paused, into)
            elif one:
                add_direct(weight, low, high, target, spread, into)
            else:
                add_each_direct(sign, base, low, high, weights, target, spread, into)


@inner
def arrive_drawn(q, step, seed, populations, part, spiking, neurons, synapses, chance):
    """`arrive` for procedural connectivity: the rows are drawn again."""
    table, places = synapses.table, neurons.ring
    slot = (step - table[q, STEPS]) % spiking.id.shape[0]
    into = places[step % places.shape[0], table[q, TARGET] :]
    weight = places.dtype.type(synapses.numbers[q, SCALAR])
    low, high = table[q, LOW], table[q, HIGH]
    targets = chance.targets[part]
    room = chance.words[part], chance.gaps[part]
    law = Law(seed, table[q, OBJECT_OF], synapses.numbers[q, SCALE], table[q, PER_CHUNK], table[q, N_POST], *room)
    shift = neurons.table[table[q, PRE], FIRST]
    for r in range(table[q, PRE], neurons.table.shape[0], populations):
        first = neurons.table[r, FIRST]
        for s in range(first, first + spiking.count[slot, r]):
            n = bernoulli_row(law, spiking.id[slot, s] - shift, low, high, targets, 0)
            for k in range(n):
                if low <= targets[k] < high:
                    into[targets[k] - low] += weight


@inner
def send_stretch(q, low, high, step, synapses, ring):
    """Let synapses low to high - 1 of piece q arrive in `step`."""
    table = synapses.table
    into = ring[step % ring.shape[0], table[q, TARGET] :]
    if table[q, WEIGHT] == NONE:
        add_scalar(ring.dtype.type(synapses.numbers[q, SCALAR]), low, high, synapses.target, into)
    else:
        add_each(table[q, WEIGHT] - table[q, SYNAPSE], low, high, synapses.weight, synapses.target, into)


@inner
def send(q, row, step, synapses, ring):
    """Send one spike of row `row` through piece q."""
    table = synapses.table
    low, high = synapses.row_start[row], synapses.row_start[row + 1]
    if table[q, DELAY] == NONE:
        send_stretch(q, low, high, step + table[q, STEPS], synapses, ring)
        return
    place = table[q, DELAY] + row - table[q, ROW]
    for s in range(synapses.stretch_row[place], synapses.stretch_row[place + 1]):
        high = low + synapses.stretch_size[s]
        send_stretch(q, low, high, step + synapses.stretch_delay[s], synapses, ring)
        low = high


@inner
def send_all(q, step, populations, spiking, neurons, synapses):
    """Send all spikes of piece q's pre population in this step."""
    slot = step % spiking.id.shape[0]
    shift = synapses.table[q, ROW] - neurons.table[synapses.table[q, PRE], FIRST]
    for r in range(synapses.table[q, PRE], neurons.table.shape[0], populations):
        first = neurons.table[r, FIRST]
        for s in range(first, first + spiking.count[slot, r]):
            send(q, spiking.id[slot, s] + shift, step, synapses, neurons.ring)


@inner
def stretch(q, source, delay, synapses):
    """Synapses of one pre neuron that have this delay, from low to high - 1."""
    table = synapses.table
    low, place = synapses.row_start[table[q, ROW] + source], table[q, DELAY] + source
    for s in range(synapses.stretch_row[place], synapses.stretch_row[place + 1]):
        if synapses.stretch_delay[s] == delay:
            return low, low + synapses.stretch_size[s]
        low += synapses.stretch_size[s]
    return low, low
