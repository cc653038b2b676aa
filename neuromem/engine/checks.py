"""Checks of what a caller asks of the engine."""

import numpy as np

from neuromem.errors import UsageError


def check_seed(seed):
    """Return the seed as an int, or raise UsageError."""
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or not 0 <= seed < 2**63:
        raise UsageError(f"seed: a whole number from 0 to 2**63 - 1 is expected, got {seed!r}")
    return int(seed)


def check_threads(threads):
    """Raise UsageError if `threads` is not a whole number of at least 1."""
    if isinstance(threads, bool) or not isinstance(threads, (int, np.integer)) or threads < 1:
        raise UsageError(f"threads: a whole number of at least 1 is expected, got {threads!r}")
