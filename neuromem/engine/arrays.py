"""Arrays that begin on a boundary of the processor's widest vectors, which NumPy does not promise.

A vector that straddles two cache lines takes two accesses: neuron updates of small networks lose a quarter by it.
"""

import math

import numpy as np

ALIGNMENT = 64
"""Bytes: a cache line, and a vector of AVX-512."""


def aligned_zeros(shape, dtype):
    """Zeros, as `numpy.zeros`, that begin on a multiple of ALIGNMENT bytes."""
    size = math.prod(np.atleast_1d(shape).tolist()) * np.dtype(dtype).itemsize
    room = np.zeros(size + ALIGNMENT, np.uint8)
    begin = -room.ctypes.data % ALIGNMENT
    return room[begin : begin + size].view(dtype).reshape(shape)


def aligned(values, dtype):
    """A copy of an array as `dtype` that begins on a multiple of ALIGNMENT bytes."""
    copy = aligned_zeros(np.shape(values), dtype)
    copy[...] = values
    return copy
