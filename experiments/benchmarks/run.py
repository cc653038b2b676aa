"""One run of a benchmark with our engine, measured: what `neuromem bench` prints."""

import gc
import hashlib
import time
from importlib.metadata import version

import numpy as np

from neuromem.experiments.benchmarks import circuits, process, tasks

SMALL = {"microcircuit": 1000, "ca3": 20}
"""Size (else 200) of the network that is run first, so that the measured one finds everything compiled."""
COUNTABLE = 1_000_000
"""Synapses from which on the memory of one can be told from the memory of everything else."""


def run(name, n=None, *, threads=1, dtype="float64", seconds=1.0, seed=0):
    """Run benchmark `name` and return what was measured as a dict.

    A small network of the same kind runs first, so that nothing is compiled later. Then 0.2 s of model time pass, then
    `seconds` of it are timed; all spikes are recorded.

    Parameters
    ----------
    name : str
        cuba, brunel, stdp, microcircuit or ca3.
    n : int, optional
        Neurons (ca3: cues), at least 1000.
    threads, dtype, seed
        As `neuromem.Simulation` takes them.
    seconds : float
        Model time that is timed.

    Returns
    -------
    dict
        engine, benchmark, n, threads, dtype, seed, synapses, simulated_s; build_s, compile_s, run_s, cpu_run_s (s);
        peak_rss_mb; bytes_per_synapse (growth of resident memory from before the build to after the warm-up; None
        below a million synapses); spikes, rate_hz, rates_hz; syn_events_per_s (spikes times the mean number of
        synapses of their population, per second of run_s); spikes_sha256 over the int64 pairs (step, neuron) of the
        timed part, sorted, neurons counted through the populations.

    Raises
    ------
    UsageError
    """
    n = tasks.check(name, n, seconds)
    options = {"threads": threads, "dtype": dtype, "seed": seed}
    began = time.perf_counter()
    small = circuits.open_circuit(name, SMALL.get(name, 200), tasks.WARM_UP, **options)
    small.run(tasks.WARM_UP * 100)
    del small
    gc.collect()
    compiled = time.perf_counter() - began

    resident = process.resident_mb()
    began = time.perf_counter()
    simulation = circuits.open_circuit(name, n, tasks.WARM_UP + seconds, **options)
    build = time.perf_counter() - began
    simulation.run(tasks.WARM_UP * 1000)
    grown = process.resident_mb() - resident
    simulation.recorder.clear()
    first = simulation.step
    wall, cpu = time.perf_counter(), time.process_time()
    simulation.run(seconds * 1000)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = process.peak_mb()

    counts = synapse_counts(simulation)
    total = sum(counts.values())
    spikes = {p: simulation.recorder.steps_and_ids(p) for p in simulation.network.populations}
    return {
        "engine": "neuromem",
        "version": version("neuromem"),
        "benchmark": name,
        "n": n,
        "threads": threads,
        "dtype": dtype,
        "seed": seed,
        "synapses": total,
        "simulated_s": (simulation.step - first) * simulation.network.dt / 1000.0,
        "build_s": build,
        "compile_s": compiled,
        "run_s": wall,
        "cpu_run_s": cpu,
        "peak_rss_mb": peak,
        "bytes_per_synapse": grown * 1e6 / total if total >= COUNTABLE else None,
        **activity(simulation.network, spikes, counts, seconds, wall),
        "spikes_sha256": digest(simulation.network, spikes),
    }


def synapse_counts(simulation):
    """Projection -> number of synapses that were drawn."""
    return {name: int(simulation.weights(name).size) for name in simulation.network.projections}


def activity(network, spikes, counts, seconds, wall):
    """Spikes, rates and synaptic events from (steps, ids) per population."""
    sizes = {name: p.size for name, p in network.populations.items()}
    fired = {name: int(ids.size) for name, (_, ids) in spikes.items()}
    events = sum(fired[p.pre] * counts[name] / sizes[p.pre] for name, p in network.projections.items())
    real = [name for name, p in network.populations.items() if not p.is_source]
    total = sum(fired[name] for name in real)
    return {
        "spikes": total,
        "rate_hz": total / sum(sizes[name] for name in real) / seconds,
        "rates_hz": {name: fired[name] / sizes[name] / seconds for name in real},
        "syn_events_per_s": events / wall,
    }


def digest(network, spikes):
    """SHA-256 of all spikes as sorted little-endian int64 pairs (step, neuron)."""
    first, parts = 0, []
    for name, population in network.populations.items():
        steps, ids = spikes[name]
        parts.append(np.column_stack([steps, ids + first]))
        first += population.size
    pairs = np.concatenate(parts)
    pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
    return hashlib.sha256(np.ascontiguousarray(pairs, "<i8").tobytes()).hexdigest()
