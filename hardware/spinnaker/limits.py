"""What the chip and sPyNNaker 7.4 allow: bit widths and sizes, each in one place."""

WEIGHT_BITS = 16
LARGEST_WEIGHT = (1 << WEIGHT_BITS) - 1
ACCUM_FRACTION = 15
"""Fractional bits of s16.15, the format of all neuron state and parameters."""
ACCUM_LIMIT = 1 << 16
"""s16.15 holds values from -ACCUM_LIMIT to just below ACCUM_LIMIT."""
LARGEST_SHIFT = 31
"""Of a ring buffer; from 16 on a full entry no longer fits s16.15."""

ATOMS_PER_CORE = 256
RING_BITS = 14
"""Of the place in a ring buffer: neuron, receptor and delay share them."""
RECEPTOR_BITS = 1
DELAY_COUNTERS = 49152
"""Bytes of a delay-extension core for its counters, one per delay (to the next power of two) and source."""
ROW_WORDS = 256
"""Longest row of synapses onto one core, in words; a longer one halves the neurons per core."""

CORES_PER_CHIP = 16
"""18, less the monitor and the system core."""
CHIPS_PER_BOARD = 48
MOST_CHIPS = 57600
"""Of the largest machine, in Manchester."""
SDRAM_PER_CHIP = 123469792
"""Bytes that applications may use."""
ROUTER_ENTRIES = 1023
KEY_BITS = 32
COLOUR_BITS = 4

SPIKES_PER_SECOND = 30.0
RING_SIGMA = 5.0
POISSON_SIGMA = 3.0
"""What sPyNNaker expects of a source, and how many deviations its ring buffers and sums allow for."""

TRACE_BITS = 11
POST_HISTORY = 15

MODEL = "IF_curr_exp"
