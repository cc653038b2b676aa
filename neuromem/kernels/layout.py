"""How a compiled network lies in memory: array groups that every kernel shares, and the columns of their tables.

A network is cut into *parts*: part k owns a stretch of whole blocks of every population, and all synapses onto it.
Parts only read each other's spikes, so each may run on a thread of its own, and every target adds its arrivals in one
order however many parts there are. A *slice* is a population's share in a part, row `part * populations + p` of
`Neurons.table`; a *piece* is a projection's, row `part * projections + q` of `Synapses.table`.

State lies in blocks of BLOCK neurons: first all values of the first variable, then of the second, and so on (the step
current last, where there is one). Within a block the distances between variables are constants, which lets the compiler
vectorise the update, and arrays begin on a boundary of its vectors. Populations are padded to whole blocks; a padded
neuron is refractory for ever.

Neurons of all populations are numbered through (`global id`). A piece's synapses are stored by source: those of its
pre neuron i are `row_start[row + i] : row_start[row + i + 1]`. Where each synapse has its own delay, rows are sorted by
it and cut into *stretches* of one delay: neuron i has `stretch_row[DELAY + i] : stretch_row[DELAY + i + 1]`.
"""

from typing import NamedTuple

import numpy as np

BLOCK = 256
"""Neurons per block of state; a power of two."""
LANES = 32
"""Neurons that are looked at together for spikes."""

# Columns of Neurons.table
KIND, FIRST, SIZE, STATE, CONSTANT, INPUT, START, STOP, OBJECT, RECORDED, PADDED, OFFSET, PLACES, NOISE = range(14)
WAITING, OWN = 14, 15
SLICE_COLUMNS = 16
# Values of KIND; generated neuron updates follow from FIRST_MODEL on
SOURCE_ARRAY, SOURCE_POISSON, FIRST_MODEL = 0, 1, 2

# Columns of Synapses.table
PRE, POST, ROW, SYNAPSE, WEIGHT, DELAY, STEPS, RULE, PLASTIC_ROW, PLASTIC_POST, COLUMN, TARGET = range(12)
ROWS, LOW, HIGH, N_POST, OBJECT_OF, PER_CHUNK, STREAMED, PLACE, SPREAD, HELD = range(12, 22)
COUNT, VARIABLES, UPDATED, FIXED, PLACE_PRE, STEPS_POST, LAST = range(22, 29)
PIECE_COLUMNS = 29
# Values of RULE; generated synapse models follow from GENERAL on
STATIC, DEFERRED, IMMEDIATE, HEBB_INCOMING, HEBB_OUTGOING, PROCEDURAL, GENERAL = range(7)
# Columns of Synapses.numbers
SCALAR, TAU_PLUS, TAU_MINUS, A_PLUS, A_MINUS, W_MIN, W_MAX, TOTAL, EXPONENT, SCALE, SOFT, SIGN = range(12)
PIECE_NUMBERS = 12

# Columns of Chance.table, one row per Poisson input
THRESHOLDS, THRESHOLDS_END, SURE, STREAM, FROM, TO = range(6)
CHANCE_COLUMNS = 6

# Values of Neurons.waiting beside a number of steps
PADDING, SPIKES = -1, -2

NONE = -1
"""Stands for "no array, one value for all" in WEIGHT and DELAY, and for "never" in a step."""


class Neurons(NamedTuple):
    """State of all neurons. `ring[s % slots]` holds what arrives in step s, one place per neuron and receptor."""

    table: np.ndarray  # int64 (parts * populations, SLICE_COLUMNS)
    state: np.ndarray  # real, in blocks
    waiting: np.ndarray  # int16 or int64, refractory steps left, or a mark; place WAITING of a slice
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

    table: np.ndarray  # int64 (parts * projections, PIECE_COLUMNS)
    numbers: np.ndarray  # float64 (parts * projections, PIECE_NUMBERS)
    row_start: np.ndarray  # int64
    target: np.ndarray  # uint16, counted from TARGET
    weight: np.ndarray  # float32
    stretch_row: np.ndarray  # int64
    stretch_delay: np.ndarray  # uint16, steps; ascending within a row
    stretch_size: np.ndarray  # uint32, synapses
    variable: np.ndarray  # real, of synapse models: per piece one row of COUNT values after another
    updated: np.ndarray  # int64, of synapse models: step of the latest spike that reached the synapse
    fixed: np.ndarray  # real, of synapse models: what all synapses of a projection share


class Plastic(NamedTuple):
    """State of learning rules; rows are pre neurons and posts are post neurons of plastic pieces."""

    last_pre: np.ndarray  # int64 (rows), step
    pre_trace: np.ndarray  # real (rows)
    pre_mark: np.ndarray  # real (rows), the trace in step max(last_pre, flushed)
    flushed: np.ndarray  # int64 (pieces), post spikes effective up to this step are applied
    post_trace: np.ndarray  # real (posts)
    history_count: np.ndarray  # int64 (posts)
    history_step: np.ndarray  # int64 (posts, capacity)
    history_trace: np.ndarray  # real (posts, capacity)
    history_place: np.ndarray  # uint16 (posts, capacity), the same for the streamed schedule, as places of `past`
    recent: np.ndarray  # uint64 (2, posts), latest spikes of the streamed schedule: four places of `past` a word
    column_start: np.ndarray  # int64
    column_synapse: np.ndarray  # uint32 or int64, counted from the piece's first
    column_row: np.ndarray  # uint16 or uint32, pre neuron
    past: np.ndarray  # float32 (parts, LONGEST_PAST), see `kernels.streamed`


class Chance(NamedTuple):
    """Poisson inputs and drawn connectivity, with room for each part to work in."""

    table: np.ndarray  # int64 (inputs, CHANCE_COLUMNS)
    threshold: np.ndarray  # uint32, the cumulative distribution of each input, in 1 / 2**32
    weight: np.ndarray  # real (inputs)
    words: np.ndarray  # uint32 (parts, WORDS)
    counts: np.ndarray  # uint32 (parts, largest padded population with a Poisson input)
    gaps: np.ndarray  # int64 (parts, WORDS)
    targets: np.ndarray  # int64 (parts, largest population drawn onto)
    noise: np.ndarray  # real (parts, most random numbers of a neuron in a step, BLOCK)


class Spiking(NamedTuple):
    """Spikes of the latest steps: those of slice r in step s are `id[s % slots, FIRST : FIRST + count[s % slots, r]]`.

    There are slots enough for the longest delay and the steps between two meetings of the parts.
    """

    id: np.ndarray  # int32 (slots, neurons), global
    count: np.ndarray  # int64 (slots, parts * populations)
    total: np.ndarray  # int64 (parts * populations), spikes of each slice since the start
    now: np.ndarray  # uint8 (neurons), 1 while a neuron spikes in the step at hand
    barrier: np.ndarray  # int64 (32), see `kernels.barrier`
