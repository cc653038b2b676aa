"""What a spatial pooler learns: permanences of the synapses from inputs to columns, and which of them are connected."""

import numpy as np

from neuromem.kernels.bits import WORDS, has
from neuromem.kernels.jit import entry
from neuromem.kernels.philox import fill_words

_1 = np.uint64(1)
_63 = np.uint64(63)


@entry
def begin(seed, obj, connected, words, permanence):
    """Draw first permanences, float32 (columns, inputs): half of them below `connected`, half at or above it."""
    for column in range(permanence.shape[0]):
        for i in range(permanence.shape[1]):
            if i % WORDS == 0:
                fill_words(seed, obj, i // WORDS, column, words)
            share = words[i % WORDS] / np.float64(4294967296.0)
            if share < 0.5:
                value = 2.0 * share * connected
            else:
                value = connected + (2.0 * share - 1.0) * (1.0 - connected)
            permanence[column, i] = value


@entry
def adapt(columns, given, up, down, threshold, potential, permanence, connected):
    """Change the permanences of some columns by `up` from active inputs and by `down` from the others, within 0 to 1.

    columns : int64 (k,); given : uint64 (words,), the input; threshold : permanence from which on one is connected
    potential, connected : uint64 (columns, words); permanence : float32 (columns, inputs)
    """
    for k in range(columns.size):
        column = columns[k]
        for i in range(permanence.shape[1]):
            if not has(potential[column], i):
                continue
            value = permanence[column, i] + np.float32(up if has(given, i) else down)
            value = min(np.float32(1.0), max(np.float32(0.0), value))
            permanence[column, i] = value
            bit = _1 << (np.uint64(i) & _63)
            if value >= threshold:
                connected[column, i >> 6] |= bit
            else:
                connected[column, i >> 6] &= ~bit
