"""Registers and resources of Loihi, as named numbers: what the integer networks are checked against.

Sources: Davies et al., IEEE Micro 38(1):82-99 (2018), for the first chip; Orchard et al., SiPS (2021), and its brief
for the second; the field widths as nengo-loihi and Lava check them. A core of the second chip shares its memory out
freely; what is not published of it is taken from the first.
"""

DECAY_TOP = 4095
"""12 bits: du and dv. A compartment keeps (4095 - du) / 4096 of its current and (4096 - dv) / 4096 of its potential."""
THRESHOLD_TOP = (1 << 17) - 1
"""17 bits: the threshold mantissa, which stands 6 bits higher than the potential."""
BIAS_LOW, BIAS_TOP = -(1 << 12), (1 << 12) - 1
"""13 bits, signed: the bias mantissa."""
BIAS_EXP_TOP = 7
WEIGHT_TOP = 255
"""8 bits: a weight mantissa of a projection whose weights have one sign."""
MIXED_LOW, MIXED_TOP = -256, 254
"""Weights of both signs lose their lowest bit."""
WEIGHT_EXP_LOW, WEIGHT_EXP_TOP = -8, 7
DELAY_TOP = 62
"""6 bits, of which one value is kept back: steps that a synapse waits beyond the shortest possible."""
REFRACTORY_TOP = 63
"""6 bits: the first chip's refractory count; a count of r holds the potential for r - 1 steps."""
PROGRAM_TOP = (1 << 23) - 1
"""Refractory count of a neuron program of the second chip, in a state variable of 24 bits."""
STATE_TOP = (1 << 23) - 1
"""24 bits, signed: current and potential."""
ALIGN_BITS = 6

CORES_PER_CHIP = 128
IN_AXONS = 4096
OUT_AXONS = 4096
COMPARTMENT_CONFIGS = 32
THRESHOLD_CONFIGS = 16
SYNAPSE_CONFIGS = 16
BLOCK_SYNAPSES, BLOCK_HEAD_BITS, WORD_BITS = 64, 10, 64
"""Synapses are stored in blocks of up to 64 with a head of 10 bits, in whole words of 64 bits."""

COMPARTMENTS = {1: 1024, 2: 8192}
SYNAPSE_BITS = {1: 128 * 1024 * 8, 2: 192 * 1024 * 8}
CHIPS = {1: 768, 2: 1152}
"""Of the largest systems that were built: Pohoiki Springs, Hala Point."""
