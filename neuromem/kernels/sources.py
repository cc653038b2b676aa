"""Spike sources: trains given as data, and Poisson trains."""

from neuromem.kernels.jit import inner
from neuromem.kernels.layout import CONSTANT, FIRST, OBJECT, SIZE, START, STOP
from neuromem.kernels.philox import uniforms


@inner
def emit_array(p, step, events, ids, n):
    """Append the sources of population p that spike in `step` to `ids`; return the new count."""
    cursor = events.cursor[p]
    while cursor < events.end[p] and events.step[cursor] == step:
        ids[n] = events.id[cursor]
        n += 1
        cursor += 1
    events.cursor[p] = cursor
    return n


@inner
def emit_poisson(p, step, seed, table, constants, ids, n):
    """Append each source that spikes with its probability per step; four neighbours share one Philox call."""
    if step < table[p, START] or step >= table[p, STOP]:
        return n
    size, first, base = table[p, SIZE], table[p, FIRST], table[p, CONSTANT]
    for group in range(0, size, 4):
        draws = uniforms(seed, table[p, OBJECT], group, step)
        for lane in range(min(4, size - group)):
            if draws[lane] < constants[base + group + lane]:
                ids[n] = first + group + lane
                n += 1
    return n
