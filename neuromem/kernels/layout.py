"""How a compiled network lies in memory: array groups that every kernel shares, and the columns of their tables.

State lies in blocks of BLOCK neurons: first all values of the first variable, then of the second, and so on, the
refractory counter last (and the step current after it, where there is one). Within a block the distances between
variables are constants, which lets the compiler vectorise the update. Populations are padded to whole blocks; a padded
neuron is refractory for ever.

Neurons of all populations are numbered through (`global id`); spikes of a step are listed in that order. Row q of a
table describes population or projection q. A projection's synapses are stored by source: those of its pre neuron i are
`row_start[row + i] : row_start[row + i + 1]`.
"""

from typing import NamedTuple

import numpy as np

BLOCK = 128
"""Neurons per block of state; a power of two."""

# Columns of Neurons.table
KIND, FIRST, SIZE, STATE, CONSTANT, INPUT, START, STOP, OBJECT, RECORDED, PADDED = range(11)
# Values of KIND; generated neuron updates follow from FIRST_MODEL on
SOURCE_ARRAY, SOURCE_POISSON, FIRST_MODEL = 0, 1, 2

# Columns of Synapses.table
PRE, POST, ROW, SYNAPSE, WEIGHT, DELAY, STEPS, RULE, PLASTIC_ROW, PLASTIC_POST, COLUMN, TARGET = range(12)
# Values of RULE
STATIC, DEFERRED, IMMEDIATE, HEBB_INCOMING, HEBB_OUTGOING = range(5)
# Columns of Synapses.numbers
SCALAR, TAU_PLUS, TAU_MINUS, A_PLUS, A_MINUS, W_MIN, W_MAX, TOTAL, EXPONENT = range(9)

NONE = -1
"""Stands for "no array, one value for all" in WEIGHT and DELAY, and for "never" in a step."""


class Neurons(NamedTuple):
    """State of all neurons. `ring[s % slots]` holds what arrives in step s, one place per neuron and receptor."""

    table: np.ndarray  # int64 (populations, 11)
    state: np.ndarray  # real, in blocks
    constants: np.ndarray  # real
    ring: np.ndarray  # real (slots, places)


class Events(NamedTuple):
    """Spikes given as data: `step` and `id` sorted within each population; `cursor[p]` is the next one of p."""

    step: np.ndarray  # int64
    id: np.ndarray  # int64, global
    cursor: np.ndarray  # int64 (populations)
    end: np.ndarray  # int64 (populations)


class Synapses(NamedTuple):
    """Synapses of all projections, by source; a synapse adds to place TARGET + target of the ring."""

    table: np.ndarray  # int64 (projections, 12)
    numbers: np.ndarray  # float64 (projections, 9)
    row_start: np.ndarray  # int64
    target: np.ndarray  # uint16, counted from TARGET
    weight: np.ndarray  # float32
    delay: np.ndarray  # int32, steps


class Plastic(NamedTuple):
    """State of learning rules; rows are pre neurons and posts are post neurons of plastic projections."""

    last_pre: np.ndarray  # int64 (rows), step
    pre_trace: np.ndarray  # float64 (rows)
    flushed: np.ndarray  # int64 (projections), post spikes effective up to this step are applied
    post_trace: np.ndarray  # float64 (posts)
    history_count: np.ndarray  # int64 (posts)
    history_step: np.ndarray  # int64 (posts, capacity)
    history_trace: np.ndarray  # float64 (posts, capacity)
    column_start: np.ndarray  # int64
    column_synapse: np.ndarray  # int64
    column_row: np.ndarray  # int32, pre neuron


class Spiking(NamedTuple):
    """Spikes of the present step: `id[first[p]:first[p + 1]]` are those of population p."""

    id: np.ndarray  # int32 (neurons)
    first: np.ndarray  # int64 (populations + 1)
    now: np.ndarray  # uint8 (neurons), 1 while a neuron spikes in the present step
