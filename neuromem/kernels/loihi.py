"""The integer arithmetic of a Loihi compartment, to the bit: two decays, shifts, a wrap and a clip.

One step t, in the chip's order:

    a = what arrives in t, shifted right by `shift`
    u = sign(u) (|u| keep_u >> 12) + (a << 6), wrapped to 24 bits       for each current
    v = sign(v) (|v| keep_v >> 12) + sum of its currents + bias, cut at +-(2**23 - 1); 0 while refractory
    spike where v > threshold (strictly), then v = 0; seen by others from t + 1 on

Source: Davies et al., IEEE Micro 38(1) (2018); Michaelis et al., Brian2Loihi (2022), section 2.
"""

from typing import NamedTuple

import numpy as np

from neuromem.kernels.jit import entry, inner

DECAY_BITS = 12
ALIGN_BITS = 6
STATE_BITS = 24
HALF = 1 << (STATE_BITS - 1)
TOP = HALF - 1
"""Largest magnitude of a potential."""
NONE = -1
NOTHING, WRAPPED, CUT = 0, 1, 2
"""Kinds of trouble: none, a current that left its 24 bits, a potential cut at their end."""


class Compartments(NamedTuple):
    """Registers of n compartments, which have c >= n currents; all int64. Current i < n is the first of compartment i.

    `second` (n,) is the index of a compartment's second current, or NONE. `keep_*` are 4096 minus the decay. `pause` is
    the number of steps for which v stays 0 after a spike. `scheme` holds the right shift of what arrives.
    """

    keep_u: np.ndarray
    second: np.ndarray
    keep_v: np.ndarray
    threshold: np.ndarray
    bias: np.ndarray
    pause: np.ndarray
    scheme: np.ndarray


class State(NamedTuple):
    """What changes: u (c,), v and waiting (n,), the ring of arrivals (slots, c), all int64; cursor (1,) of the events.

    `wraps` (c,) and `cuts` (n,) count the steps in which a register ran over; `first` is (kind, step, index) of the
    first time.
    """

    u: np.ndarray
    v: np.ndarray
    waiting: np.ndarray
    ring: np.ndarray
    cursor: np.ndarray
    wraps: np.ndarray
    cuts: np.ndarray
    first: np.ndarray


class Wires(NamedTuple):
    """Synapses by source, inputs first and then compartments: row r is start[r] to start[r + 1].

    `target` (k,) is a current, `weight` (k,) its mantissa shifted by the exponent, `delay` (k,) in steps beyond the
    shortest; `event_step`, `event_id` are the spikes of the inputs, by step.
    """

    start: np.ndarray
    target: np.ndarray
    weight: np.ndarray
    delay: np.ndarray
    event_step: np.ndarray
    event_id: np.ndarray


@inner
def decayed(x, keep):
    """`x` times keep / 4096, rounded towards zero."""
    return (x * keep) >> DECAY_BITS if x >= 0 else -((-x * keep) >> DECAY_BITS)


@inner
def wrapped(x):
    """`x` in 24 bits, two's complement."""
    return ((x + HALF) & (2 * HALF - 1)) - HALF


@inner
def note(state, kind, step, index):
    """Remember the first trouble."""
    if state.first[0] == NOTHING:
        state.first[0], state.first[1], state.first[2] = kind, step, index


@inner
def send(row, step, wires, ring):
    """Add a source's weights to the steps in which they arrive, `step` being the first possible one."""
    for k in range(wires.start[row], wires.start[row + 1]):
        ring[(step + wires.delay[k]) % ring.shape[0], wires.target[k]] += wires.weight[k]


@inner
def currents(step, registers, state):
    """Decay all currents and add what arrives in `step`."""
    arrived, shift = state.ring[step % state.ring.shape[0]], registers.scheme[0]
    for c in range(state.u.size):
        full = decayed(state.u[c], registers.keep_u[c]) + ((arrived[c] >> shift) << ALIGN_BITS)
        arrived[c] = 0
        state.u[c] = wrapped(full)
        if state.u[c] != full:
            state.wraps[c] += 1
            note(state, WRAPPED, step, c)


@inner
def potentials(step, registers, state, ids):
    """Update all potentials, list the compartments that spike, and return how many.

    A potential cut at the upper end crosses the threshold and is reset: nothing is lost, so only cuts that leave a
    wrong potential count.
    """
    n = 0
    for i in range(state.v.size):
        if state.waiting[i] > 0:
            state.waiting[i] -= 1
            state.v[i] = 0
            continue
        v = decayed(state.v[i], registers.keep_v[i]) + state.u[i] + registers.bias[i]
        if registers.second[i] != NONE:
            v += state.u[registers.second[i]]
        held = max(-TOP, min(TOP, v))
        if held > registers.threshold[i]:
            state.v[i] = 0
            state.waiting[i] = registers.pause[i]
            ids[n] = i
            n += 1
            continue
        state.v[i] = held
        if held != v:
            state.cuts[i] += 1
            note(state, CUT, step, i)
    return n


@entry
def advance(step, stop, strict, registers, state, wires, out_step, out_id):
    """Run steps `step` to `stop` - 1, or until the output is full or, if strict, a register runs over.

    Returns the next step and the number of spikes in out_step, out_id (int64). The output needs room for one spike per
    compartment at least.
    """
    count, inputs, n = 0, wires.start.size - 1 - state.v.size, state.v.size
    while step < stop and count + n <= out_id.size:
        cursor = state.cursor[0]
        while cursor < wires.event_step.size and wires.event_step[cursor] == step:
            send(wires.event_id[cursor], step, wires, state.ring)
            cursor += 1
        state.cursor[0] = cursor
        currents(step, registers, state)
        fired = potentials(step, registers, state, out_id[count:])
        for k in range(count, count + fired):
            out_step[k] = step
            send(inputs + out_id[k], step + 1, wires, state.ring)
        count += fired
        step += 1
        if strict and state.first[0] != NOTHING:
            break
    return step, count
