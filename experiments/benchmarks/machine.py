"""What the machine can do at most: streaming memory, and adding to random places, on one core."""

import os
import platform
import time
from pathlib import Path

import numpy as np
from numba import njit

STREAM = 1 << 23
"""Numbers per array of the triad: 64 MB, beyond any cache we know of."""
EVENTS = 1 << 22
"""Events of the scatter test."""
TARGETS = 12_500
"""Accumulators of the scatter test, as in Brunel's network."""
REPEATS = 7
"""Tries, of which the best counts: others can only slow us down."""


@njit
def triad(a, b, c, factor):
    """a = b + factor * c."""
    for i in range(a.size):
        a[i] = b[i] + factor * c[i]


@njit
def scatter(accumulators, index, weight):
    """Add one weight at every index."""
    for i in range(index.size):
        accumulators[index[i]] += weight


def limits():
    """Measure the machine.

    Returns
    -------
    dict
        triad_gb_per_s (24 bytes per element, as STREAM counts), scatter_g_per_s (10^9 events per second: 16-bit index,
        one weight, float32 accumulators), and what the machine is.
    """
    b, c = np.ones(STREAM), np.ones(STREAM)
    a = np.zeros(STREAM)
    index = np.random.default_rng(0).integers(0, TARGETS, EVENTS, dtype=np.uint16)
    accumulators, weight = np.zeros(TARGETS, np.float32), np.float32(0.1)
    return {
        "triad_gb_per_s": 24e-9 * STREAM / _best(lambda: triad(a, b, c, 0.5)),
        "scatter_g_per_s": 1e-9 * EVENTS / _best(lambda: scatter(accumulators, index, weight)),
        **description(),
    }


def description():
    """Processor, cores, memory, system and Python."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        named = [line.partition(":")[2].strip() for line in info.read_text().splitlines() if "model name" in line]
        model = named[0] if named else model
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "processor": model,
        "cores": cores,
        "memory_gb": os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9,
        "system": platform.platform(),
        "python": platform.python_version(),
    }


def _best(work):
    work()  # compiles
    times = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return min(times)
