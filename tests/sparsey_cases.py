"""Memories, signals and rules for the tests of Sparsey."""

import numpy as np

from neuromem.kernels.bits import packed
from neuromem.models import Permanence, Sparsey
from neuromem.models.sparsey_mac import Signals
from neuromem.patterns import random_patterns

FADING = Permanence(ages=((4, 6, 9), (8, 12, 16)), values=((1.0, 0.9, 0.4), (1.0, 0.9, 0.4)), wait=2)


def signals(rows, norm=None):
    """bool (B, n) as what a pathway brings."""
    rows = np.asarray(rows, bool)
    norm = rows.sum(axis=1).astype(float) if norm is None else np.full(len(rows), float(norm))
    return Signals(packed(rows), norm, np.zeros((len(rows), 0)))


def filled(count=20, seed=1, **changes):
    """A memory with random patterns."""
    patterns = random_patterns(count, 144, 12, np.random.default_rng(seed))
    memory = Sparsey(144, 24, 8, capacity=200, **{"seed": 7, "saturation": 1.0} | changes)
    memory.store(patterns)
    return memory, patterns


def sorted_bits(rows):
    """Active sources of one frame of words."""
    return [64 * w + b for w, word in enumerate(rows[0].tolist()) for b in range(64) if word >> b & 1]


def unchanged(before, after):
    return all(np.array_equal(before[name], after[name]) for name in before)
