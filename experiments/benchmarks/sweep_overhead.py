"""What a sweep costs besides its points: idle time between points, and work of the process that directs it.

    python -m neuromem.experiments.benchmarks.sweep_overhead --seconds 0.5 --points 60 --workers 2

Every point is asked to take a given time and says when it began and ended. `idle` is the time from the end of a point
to the beginning of the next one in the same process, `directing` the CPU time of the calling process beside the points,
both from the end of the first point on and relative to the time of the points; results are stored or not. `start` is
the time until the first point begins: with workers, mostly their imports.
"""

import argparse
import os
import tempfile
import time
from itertools import pairwise

import numpy as np

from neuromem import sweep


def work(point: dict) -> dict:
    """Sleep, or keep a core busy, for `seconds`; the span on the machine's clock, the process and its CPU seconds."""
    began, cpu = time.monotonic(), time.thread_time()
    if point["busy"]:
        while time.monotonic() < began + point["seconds"]:
            pass
    else:
        time.sleep(point["seconds"])
    span = np.array([began, time.monotonic()])
    return {"span": span, "process": os.getpid(), "cpu": time.thread_time() - cpu, "more": np.zeros((7, 6))}


def measure(points: int, seconds: float, busy: bool, workers: int, stored: bool) -> dict:
    """idle, its median per gap in seconds, and directing; start and total in seconds."""
    todo = [{"number": i, "seconds": seconds, "busy": busy} for i in range(points)]
    used = []  # CPU seconds of this process when a point has been finished
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        results = sweep.map(
            work,
            todo,
            path=folder if stored else None,
            workers=workers,
            progress=lambda done, total, what: used.append(time.process_time()) if done else None,
        )
        ended = time.monotonic()
    spans: dict[int, list] = {}
    for result in results:
        spans.setdefault(result["process"], []).append(tuple(result["span"]))
    first = min(min(some) for some in spans.values())
    warm = [sorted(span for span in some if span != first) for some in spans.values()]
    gaps = [after[0] - before[1] for some in warm for before, after in pairwise(some)]
    computing = sum(end - start for some in warm for start, end in some)
    own = sum(result["cpu"] for result in results[1:]) if workers == 1 else 0.0
    return {
        "idle": sum(gaps) / computing,
        "gap": float(np.median(gaps)),
        "directing": (used[-1] - used[0] - own) / computing,
        "start": first[0] - began,
        "total": ended - began,
    }


def main() -> None:
    """Measure all cases and print a line for each."""
    parser = argparse.ArgumentParser(description="What a sweep costs besides its points.")
    parser.add_argument("--seconds", type=float, default=0.5, help="of one point")
    parser.add_argument("--points", type=int, default=60)
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    print(f"{asked.points} points of {asked.seconds:g} s; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print("workers  points   stored    idle   median gap  directing   start    total")
    for workers in (1, asked.workers):
        for busy in (False, True):
            for stored in (False, True):
                found = measure(asked.points, asked.seconds, busy, workers, stored)
                print(
                    f"{workers:7d}  {'busy' if busy else 'asleep':<8} {'yes' if stored else 'no':<6}"
                    f"{found['idle']:8.2%}{1000 * found['gap']:10.2f} ms{found['directing']:11.2%}"
                    f"{found['start']:6.1f} s{found['total']:7.1f} s",
                    flush=True,
                )


if __name__ == "__main__":
    from neuromem.experiments.benchmarks import sweep_overhead  # workers import it: not as a script

    sweep_overhead.main()
