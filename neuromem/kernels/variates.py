"""Random words as numbers of a distribution: plain arithmetic without branches, so that loops over them vectorise."""

import math

from neuromem.kernels.jit import inner
from neuromem.kernels.smooth import log

_TO_UNIT = 2.0**-32


@inner
def unit(word):
    """The uniform number (word + 1/2) / 2**32, in (0, 1)."""
    return (word + 0.5) * _TO_UNIT


@inner
def log_uniform(word):
    """Natural logarithm of the uniform number, to 1e-15."""
    return log(unit(word))


@inner
def cosine_of(word):
    """Cosine of the uniform angle 2 pi (word + 1/2) / 2**32, to 1e-15, by the series of the sine."""
    x = 2.0 * math.pi * (abs(unit(word) - 0.5) - 0.25)
    z = x * x
    tail = 1.0 - z * (1 / 272) * (1.0 - z * (1 / 342) * (1.0 - z * (1 / 420)))
    tail = 1.0 - z * (1 / 72) * (1.0 - z * (1 / 110) * (1.0 - z * (1 / 156) * (1.0 - z * (1 / 210) * tail)))
    return x * (1.0 - z * (1 / 6) * (1.0 - z * (1 / 20) * (1.0 - z * (1 / 42) * tail)))


@inner
def standard(word, other):
    """A standard normal number out of two words, by Box and Muller 1958."""
    return math.sqrt(-2.0 * log_uniform(word)) * cosine_of(other)
