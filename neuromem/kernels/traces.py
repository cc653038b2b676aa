"""Traces of spikes, which fade by one multiplication per step."""

from neuromem.kernels.jit import inner

TINY = 1e-30
"""Below this a trace is zero: numbers that small are slow, and change no float32 weight."""


@inner
def fade(traces, begin, end, factor):
    """Multiply traces begin to end - 1 by the factor of one step."""
    factor, tiny, zero = traces.dtype.type(factor), traces.dtype.type(TINY), traces.dtype.type(0.0)
    traces = traces[begin:end]  # counted from zero: no test for a negative index, and so vectorised
    for i in range(traces.size):
        faded = traces[i] * factor
        traces[i] = faded if faded > tiny else zero


@inner
def follow(traces, i, factor, scale, course):
    """Write `scale` times trace i into `course`, one place per step from now on; what has faded away is left out."""
    real = traces.dtype.type
    trace, factor, scale, tiny = traces[i], real(factor), real(scale), real(TINY)
    k = 0
    while k < course.size and trace > tiny:
        course[k] = scale * trace
        trace *= factor
        k += 1
