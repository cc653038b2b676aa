"""What a step of a temporal memory costs on random input, just after its segments are used up and long after.

    python -m neuromem.experiments.benchmarks.temporal_memory --steps 100000

Random input is the worst case: every column bursts and makes a segment in each step, for which the one that has not
matched for longest is recycled. CPU time; a chain of dependent integer operations, a cycle each, tells how many cycles
that is on the machine as it is, so that machines, and hours on a shared one, can be compared.
"""

import argparse
import time
from typing import NamedTuple

import numpy as np
from numba import njit

from neuromem.models import TemporalMemory

CHAIN = 1 << 18


class Span(NamedTuple):
    """A stretch of steps: where it begins, median and mean CPU time of a step in us, and ns of a cycle meanwhile."""

    begin: int
    median: float
    mean: float
    cycle: float


@njit
def chain(x, times):
    """Six operations, each of which needs the one before."""
    for _ in range(times):
        x ^= x << np.uint64(13)
        x ^= x >> np.uint64(7)
        x ^= x << np.uint64(17)
    return x


def cycle() -> float:
    """CPU time of an integer operation in ns."""
    began = time.thread_time()
    chain(np.uint64(1), CHAIN)
    return 1e9 * (time.thread_time() - began) / (6 * CHAIN)


def measure(columns: int, cells: int, active: int, segments: int, steps: int, span: int) -> list[Span]:
    """Spans of `span` steps at 1, 2, 4 ... times the step at which all segments are used, and at the end."""
    rng = np.random.default_rng(0)
    memory = TemporalMemory(columns, cells, max_segments=segments, seed=0)
    cycle()
    begins = [segments // active + 2]
    while 2 * begins[-1] + span < steps - span:
        begins.append(max(2 * begins[-1], begins[-1] + span))
    begins.append(steps - span)
    found, times, cycles, began = [], [], [], 0
    for k in range(steps):
        drawn = rng.choice(columns, active, replace=False)
        if k in begins:
            began, times, cycles = k, [], [cycle()]
        start = time.thread_time()
        memory.step(drawn)
        times.append(time.thread_time() - start)
        if k % 100 == 0:
            cycles.append(cycle())
        if began and k == began + span - 1:
            found.append(Span(began, 1e6 * np.median(times), 1e6 * np.mean(times), np.median(cycles)))
    return found


def main() -> None:
    """Measure, and print a line for each span and the ratio of the last to the first."""
    parser = argparse.ArgumentParser(description="What a step of a temporal memory costs on random input.")
    parser.add_argument("--columns", type=int, default=2048)
    parser.add_argument("--cells", type=int, default=32)
    parser.add_argument("--active", type=int, default=40)
    parser.add_argument("--segments", type=int, default=16384)
    parser.add_argument("--steps", type=int, default=100_000)
    parser.add_argument("--span", type=int, default=1000)
    asked = parser.parse_args()
    found = measure(asked.columns, asked.cells, asked.active, asked.segments, asked.steps, asked.span)
    for one in found:
        cycles = one.median / one.cycle
        print(f"from step {one.begin:7d}: median {one.median:7.1f} us, mean {one.mean:7.1f} us, {cycles:5.0f} k cycles")
    first, last = found[0], found[-1]
    in_cycles = last.median / last.cycle / (first.median / first.cycle)
    print(f"ratio of medians {last.median / first.median:.2f}, in cycles {in_cycles:.2f}")


if __name__ == "__main__":
    main()
