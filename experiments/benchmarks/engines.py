"""The engines of a comparison: each run is a process of its own, and answers with the same keys."""

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from neuromem.experiments.benchmarks import process, tasks
from neuromem.experiments.benchmarks.environments import Environment


@dataclass(frozen=True)
class Engine:
    """One simulator as it is set up: `peer` is "" for ours, `mode` how Brian2 runs."""

    label: str
    peer: str = ""
    mode: str = ""
    threads: int = 1
    dtype: str = "float64"
    bytes_needed: int = 24
    """Per synapse at the worst moment of building; a run that cannot fit is not started."""


ENGINES = {
    "ours-f32": Engine("neuromem", dtype="float32"),
    "ours-f64": Engine("neuromem"),
    "ours-f32-2": Engine("neuromem", threads=2, dtype="float32"),
    "brian2-cpp": Engine("Brian2 C++", "brian2", "cpp", bytes_needed=70),
    "brian2-cpp-f32": Engine("Brian2 C++", "brian2", "cpp", dtype="float32", bytes_needed=70),
    "brian2-cpp-2": Engine("Brian2 C++ OpenMP", "brian2", "cpp", threads=2, bytes_needed=70),
    "brian2-cython": Engine("Brian2 cython", "brian2", "cython", bytes_needed=70),
    "nest": Engine("NEST", "nest", bytes_needed=55),
}
SCRIPTS = {"brian2": "with_brian2", "nest": "with_nest"}
IMPOSSIBLE = {
    ("nest", "ca3"): "NEST integrates before it receives; the timing of this network needs the chip's order",
}
COUNTABLE = 1_000_000
"""Synapses from which on the memory of one can be told from the memory of everything else."""


class Bench:
    """One benchmark at one size, ready to be run by any engine.

    Parameters
    ----------
    name, n, seconds : str, int, float
    folder : path-like
        Where generated programs and arrays go; it must exist.
    environments : dict of str to Environment
        Of the peers; one that is not there is left out.
    """

    def __init__(self, name, n, seconds, folder, environments, warm_up=tasks.WARM_UP):
        self.name, self.n, self.seconds, self.warm_up = name, n, seconds, warm_up
        self.folder, self.environments = Path(folder), environments
        self._task = None

    def run(self, key, seed):
        """Run an engine once; a dict with the keys of `run.run`, or `failed`: why not."""
        engine = ENGINES[key]
        if (engine.peer, self.name) in IMPOSSIBLE:
            return {"failed": IMPOSSIBLE[engine.peer, self.name]}
        if self.name != "ca3":
            needed = 1e-6 * engine.bytes_needed * tasks.synapses(tasks.task(self.name, self.n))
            if needed > process.available_mb():
                return {"failed": f"needs about {needed / 1000:.0f} GB of memory"}
        return self._theirs(key, engine, seed) if engine.peer else self._ours(engine, seed)

    def _ours(self, engine, seed):
        options = {"--n": self.n, "--threads": engine.threads, "--dtype": engine.dtype, "--seconds": self.seconds}
        command = [sys.executable, "-m", "neuromem.cli", "bench", self.name, "--json", "--seed", str(seed)]
        for option, value in options.items():
            command += [option, str(value)]
        return process.measure(command)

    def _theirs(self, key, engine, seed):
        found = self.environments.get(engine.peer, Environment(None, "left out"))
        if found.python is None:
            return {"failed": found.missing}
        folder = self.folder / key
        folder.mkdir(exist_ok=True)
        job = {
            "task": self.task(),
            "seconds": self.seconds,
            "warm_up": self.warm_up,
            "seed": seed,
            "threads": engine.threads,
            "dtype": engine.dtype,
            "mode": engine.mode,
            "folder": str(folder),
        }
        script = Path(__file__).with_name("peers") / "entry.py"
        answer = process.measure([str(found.python), "-P", str(script), SCRIPTS[engine.peer], "run"], job)
        return answer if "failed" in answer else self._completed(answer, engine, seed)

    def task(self):
        """What the peers simulate."""
        if self._task is None and self.name != "ca3":
            self._task = tasks.task(self.name, self.n)
        elif self._task is None:
            from neuromem.experiments.benchmarks import circuits

            network, when, ids = circuits.recall(self.n, self.warm_up + self.seconds, seed=0)
            self._task, arrays = circuits.as_arrays(network, when, ids)
            self._task["arrays"] = str(self.folder / "ca3.npz")
            np.savez(self._task["arrays"], **arrays)
        return self._task

    def _completed(self, answer, engine, seed):
        """The peer's answer with the keys of ours."""
        populations = self.task()["populations"]
        spikes, grown, synapses = answer.pop("spikes"), answer.pop("grown_mb"), answer["synapses"]
        known = grown is not None and synapses >= COUNTABLE
        return answer | {
            "benchmark": self.name,
            "n": self.n,
            "threads": engine.threads,
            "dtype": engine.dtype,
            "seed": seed,
            "simulated_s": self.seconds,
            "bytes_per_synapse": grown * 1e6 / synapses if known else None,
            "spikes": sum(spikes),
            "rate_hz": sum(spikes) / sum(p["size"] for p in populations) / self.seconds,
            "rates_hz": {p["name"]: k / p["size"] / self.seconds for p, k in zip(populations, spikes, strict=True)},
        }
