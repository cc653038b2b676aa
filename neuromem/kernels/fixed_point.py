"""Integer arithmetic as 32-bit chips do it: registers that wrap, products that are cut off, never rounded."""

from neuromem.kernels.jit import inner

ONE = 1 << 15
"""1 in s16.15: a 32-bit integer that counts 1 / 32768."""


@inner
def wrap32(x):
    """What a signed 32-bit register holds after `x` (an int64) was put into it."""
    return ((x + (1 << 31)) & 0xFFFFFFFF) - (1 << 31)


@inner
def wrap16(x):
    """What a signed 16-bit register holds after `x` (an int64) was put into it."""
    return ((x + (1 << 15)) & 0xFFFF) - (1 << 15)


@inner
def times(a, b):
    """Product of two s16.15 numbers, rounded down, as a 32-bit register holds it."""
    return wrap32((a * b) >> 15)


@inner
def decayed(x, factor):
    """An s16.15 number times a factor in units of 2**-32 (0..2**32 - 1), rounded down."""
    return (x * factor) >> 32
