"""The arrays of a network as SpiNNaker holds it: who has which place in what."""

from typing import NamedTuple

import numpy as np

# Cells.table, a row per population
FIRST, SIZE, NEURONS, CONSTANT, STRIDE, LEARNS, RULE = range(7)
"""First neuron, size, 1 for neurons and 0 for sources, first row of constants, 0 if all neurons share it and else 1,
first place in the post history or NONE, row of Learning.rules."""

# Cells.constants, a row per neuron or per population
REST, RESET, THRESHOLD, OFFSET, RESISTANCE, DECAY_M, REFRACTORY = range(7)
DECAY_E, INIT_E, DECAY_I, INIT_I, SHIFT_E, SHIFT_I = range(7, 13)
CONSTANTS = 13

# Wires.table, a row per projection
PRE, POST, RECEPTOR, ROW, ROWS, SYNAPSE, DELAY, WEIGHT, PLASTIC = range(9)
"""Populations, 0 or 1 for excitatory or inhibitory, first row in `row_start`, number of rows, first synapse, delay in
steps or NONE if each synapse has its own, place of the weights (NONE: one weight for all, in SCALAR), first plastic row
or NONE."""
SCALAR, OWN_DELAY = 9, 10
"""The weight of all synapses; place of the delays."""
WIRE_COLUMNS = 11

# Learning.rules, a row per population that learns
W_MIN, W_MAX, A_PLUS, A_MINUS, MULTIPLICATIVE, PLUS, PLUS_SIZE, MINUS, MINUS_SIZE, W_SHIFT = range(10)

NONE = -1
HISTORY = 15
"""Post spikes that a neuron remembers until its synapses are next used."""

# faults, a row per kind and a column per population
SATURATED, OVERFLOW, FORGOTTEN = range(3)
"""Ring buffer entries cut at 65535; s16.15 registers that wrapped; plastic updates that missed post spikes."""
FAULTS = 3
KIND, WHEN, WHO = range(3)
"""Of the first fault of each kind: whether there was one, its step, its neuron."""


class Cells(NamedTuple):
    """Neurons: state int32 (neurons,), ring int32 (slots, 2, neurons), constants int64 (rows, 13)."""

    table: np.ndarray
    v: np.ndarray
    excitatory: np.ndarray
    inhibitory: np.ndarray
    waiting: np.ndarray
    external: np.ndarray
    constants: np.ndarray
    ring: np.ndarray


class Wires(NamedTuple):
    """Synapses by source: row_start int64, target int32 (places among all neurons), weight uint16, delay uint16."""

    table: np.ndarray
    row_start: np.ndarray
    target: np.ndarray
    weight: np.ndarray
    delay: np.ndarray


class Learning(NamedTuple):
    """What plastic synapses remember.

    `when` and `trace` int32 (posts, HISTORY) hold the last post spikes, `held` int32 (posts,) how many, `dropped` int32
    (posts,) the latest one that was pushed out; `pre_when` int64 and `pre_trace` int32 (rows,) the last pre spike.
    """

    rules: np.ndarray
    table: np.ndarray
    when: np.ndarray
    trace: np.ndarray
    held: np.ndarray
    dropped: np.ndarray
    pre_when: np.ndarray
    pre_trace: np.ndarray


class Spiking(NamedTuple):
    """Spikes of the present step: `id` int32 (neurons,), a population's from its first place on; `count` their numbers.

    `event_step`, `event_id` are those of all sources, sorted by step; `cursor` (1,) points at the next.
    """

    id: np.ndarray
    count: np.ndarray
    event_step: np.ndarray
    event_id: np.ndarray
    event_population: np.ndarray
    cursor: np.ndarray


class Watch(NamedTuple):
    """Faults int64 (kinds, populations), the first of each kind int64 (kinds, 3), and states to sample after each step.

    `variable` (0 v, 1 excitatory, 2 inhibitory) and `neuron` int32 (k,) say which; `samples` int32 (steps, k).
    """

    faults: np.ndarray
    first: np.ndarray
    variable: np.ndarray
    neuron: np.ndarray
    samples: np.ndarray
