"""How long a new process takes to its first result: 0.1 s of CUBA, 4,000 neurons, from nothing."""

import json
import sys
import tempfile
from pathlib import Path
from statistics import median

from neuromem.experiments.benchmarks import process
from neuromem.experiments.benchmarks.engines import ENGINES, Bench

NAME, SIZE, SECONDS = "cuba", 4000, 0.1
KEYS = ("ours-f64", "brian2-cpp", "brian2-cython", "nest")
IMPORTS = "import numpy, numba; print('{}')"
"""What takes most of our start; on a slow machine it is the unit to read the other times in."""


def result():
    """Build the network with our engine, run it, return the spikes."""
    from neuromem.experiments.benchmarks.circuits import open_circuit

    simulation = open_circuit(NAME, SIZE, SECONDS)
    simulation.run(1000 * SECONDS)
    return sum(simulation.recorder.steps_and_ids(name)[0].size for name in simulation.network.populations)


def measure(environments, repeats, say):
    """Median seconds to the first result, cold (empty cache) and warm.

    Returns
    -------
    dict of str to dict
        Key of the engine -> {cold_s, cold_cpu_s, warm_s, warm_cpu_s} or {failed}; `imports` is a Python process that
        imports NumPy and Numba. Where nothing is cached (NEST) or everything is made anew (Brian2's C++), warm is cold.
    """
    rounds = {key: [] for key in (*KEYS, "imports")}
    for _ in range(repeats):
        for key, found in rounds.items():
            say(f"first result: {ENGINES[key].label if key in ENGINES else key}")
            with tempfile.TemporaryDirectory() as folder:
                cold = _once(key, folder, environments)
                again = key in ("ours-f64", "brian2-cython") and "failed" not in cold
                found.append((cold, _once(key, folder, environments) if again else cold))
    return {key: _medians(found) for key, found in rounds.items()}


def _once(key, folder, environments):
    if key == "imports":
        return process.measure([sys.executable, "-c", IMPORTS])
    if key == "ours-f64":
        empty = {"NEUROMEM_CACHE_DIR": folder, "NUMBA_CACHE_DIR": str(Path(folder) / "numba")}
        return process.measure([sys.executable, "-m", __name__], environment=empty)
    return Bench(NAME, SIZE, SECONDS, folder, environments, warm_up=0.0).run(key, 0)


def _medians(found):
    failed = [run["failed"] for pair in found for run in pair if "failed" in run]
    if failed:
        return {"failed": failed[0]}
    cold, warm = zip(*found, strict=True)
    return {
        "cold_s": median(run["whole_s"] for run in cold),
        "cold_cpu_s": median(run["whole_cpu_s"] for run in cold),
        "warm_s": median(run["whole_s"] for run in warm),
        "warm_cpu_s": median(run["whole_cpu_s"] for run in warm),
    }


if __name__ == "__main__":
    print(json.dumps({"spikes": result()}))
