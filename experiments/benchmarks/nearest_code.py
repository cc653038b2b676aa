"""How fast the nearest of many stored codes is found, beside what the machine's memory can do in the same minute.

    python -m neuromem.experiments.benchmarks.nearest_code --codes 1000000 --units 2048

Reading counts once: GB/s of a search are the bytes of the codes over its time. A copy moves twice the bytes of its
source; both its figures are printed. Search and copy take turns, and the best of all rounds counts.
"""

import argparse
import time

import numpy as np

from neuromem.codes import Codes


def best(call, rounds: int) -> float:
    """Least seconds of a call."""
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        call()
        times.append(time.perf_counter() - began)
    return min(times)


def measure(codes: int, units: int, active: int, queries: tuple, threads: int, rounds: int) -> dict:
    """GB/s of reading the codes while they are copied, and for each number of queries while they are searched."""
    stored = Codes.random(codes, units, active)
    asked = stored[:: max(1, codes // max(queries))].corrupt(active // 4)
    target, found = np.empty_like(stored.bits), {"copy": 0.0}
    stored[:8].nearest(asked[:1])  # compiled before the clock starts
    for _ in range(rounds):
        found["copy"] = max(found["copy"], 1e-9 * target.nbytes / best(lambda: np.copyto(target, stored.bits), 1))
        for count in queries:
            some = asked[:count]
            rate = 1e-9 * target.nbytes / best(lambda some=some: stored.nearest(some, threads=threads), 1)
            found[count] = max(found.get(count, 0.0), rate)
    return found


def main() -> None:
    """Measure, and print a line for the copy and each number of queries."""
    parser = argparse.ArgumentParser(description="How fast the nearest of many stored codes is found.")
    parser.add_argument("--codes", type=int, default=1_000_000)
    parser.add_argument("--units", type=int, default=2048)
    parser.add_argument("--active", type=int, default=40)
    parser.add_argument("--queries", type=int, nargs="+", default=[1, 8])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    found = measure(asked.codes, asked.units, asked.active, tuple(asked.queries), asked.threads, asked.rounds)
    copied = found.pop("copy")
    print(f"copy: reads {copied:.2f} GB/s, moves {2 * copied:.2f} GB/s")
    for count, rate in found.items():
        print(f"{count} queries: reads {rate:.2f} GB/s once, {rate / copied:.2f} of what a copy reads")


if __name__ == "__main__":
    main()
