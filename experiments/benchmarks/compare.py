"""All engines by turns on every benchmark, and the two files that come of it: results.json and results.md.

Runs are interleaved (A B C, A B C, ...), each in a fresh process with the seed of its round, so that a machine that
slows down slows all of them; a ratio is the median over rounds of one round's two times.
"""

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

from neuromem.experiments.benchmarks import first, table, tasks
from neuromem.experiments.benchmarks.engines import Bench
from neuromem.experiments.benchmarks.environments import PEERS, environment

ALONE = ("ours-f32", "brian2-cpp", "nest")
ALL = ("ours-f32", "ours-f64", "ours-f32-2", "brian2-cpp", "brian2-cpp-2", "brian2-cpp-f32", "brian2-cython", "nest")
SAME = ("ours-f32", "ours-f64", "brian2-cpp", "nest")
PAIRS = ("ours-f32", "ours-f64", "ours-f32-2", "brian2-cpp", "brian2-cpp-2", "nest")


@dataclass(frozen=True)
class Case:
    """One benchmark at one size: model time to run, how often, by whom."""

    name: str
    n: int
    seconds: float
    repeats: int
    engines: tuple[str, ...]


FULL = (
    Case("cuba", 4000, 1.0, 3, ALL),
    Case("cuba", 10_000, 1.0, 3, SAME),
    Case("cuba", 40_000, 0.5, 3, PAIRS),
    Case("cuba", 100_000, 0.3, 3, PAIRS),
    Case("brunel", 12_500, 1.0, 3, ALL),
    Case("stdp", 5000, 1.0, 3, ALL),
    Case("stdp", 12_500, 0.5, 3, PAIRS),
    Case("ca3", 1024, 1.0, 3, SAME),
    Case("microcircuit", 7717, 1.0, 3, PAIRS),
    Case("microcircuit", 77_169, 1.0, 1, ("ours-f32", "ours-f32-2", "brian2-cpp", "nest")),
)
QUICK = (
    Case("cuba", 4000, 0.2, 3, SAME),
    Case("brunel", 4000, 0.1, 3, SAME),
    Case("stdp", 2000, 0.1, 3, SAME),
    Case("ca3", 1000, 0.1, 1, ALONE),
    Case("microcircuit", 2000, 0.2, 1, ALONE),
)


def silent(text):
    """A progress callback that shows nothing."""


def compare(out, peers, *, cases=FULL, repeats=None, first_repeats=3, say=silent):
    """Run the cases and write results.json and results.md into a folder, anew after each case.

    Parameters
    ----------
    out : path-like
        Folder that exists.
    peers : path-like or None
        Folder where the peers' environments are, or are made; None leaves the peers blank.
    cases : sequence of Case
    repeats : int, optional
        Rounds of every case, in place of its own number.
    first_repeats : int
        Rounds of the time to the first result; 0 leaves it out.
    say : callable(str)
        Told what runs next.

    Returns
    -------
    dict
        What results.json holds: machine, versions, cases [{name, n, seconds, repeats, runs: key -> list of runs,
        failed: key -> reason}], first.
    """
    from neuromem.experiments.benchmarks import machine
    from neuromem.experiments.runner import versions

    environments = {}
    for peer in () if peers is None else PEERS:
        say(f"{peer}: its environment in {peers}")
        environments[peer] = environment(peer, peers)
    say("the machine's limits")
    record = {"machine": machine.limits(), "versions": versions(), "cases": [], "first": {}}
    with tempfile.TemporaryDirectory(prefix="neuromem-bench-") as folder:
        for number, case in enumerate(cases):
            place = Path(folder) / str(number)
            place.mkdir()
            record["cases"].append(_case(case, repeats or case.repeats, place, environments, say))
            write(out, record)
    if first_repeats:
        record["first"] = first.measure(environments, first_repeats, say)
    write(out, record)
    return record


def select(names, quick):
    """The cases of the named benchmarks; UsageError for a name that is none."""
    for name in names:
        tasks.check(name)
    return [case for case in (QUICK if quick else FULL) if not names or case.name in names]


def write(out, record):
    """Write both files, each whole or not at all."""
    from neuromem import io

    texts = {"results.json": json.dumps(record, indent=1) + "\n", "results.md": table.markdown(record)}
    for name, text in texts.items():
        with io.atomic_path(Path(out) / name) as path:
            path.write_text(text, encoding="utf-8")


def _case(case, repeats, folder, environments, say):
    bench = Bench(case.name, case.n, case.seconds, folder, environments)
    runs, failed = {key: [] for key in case.engines}, {}
    for seed in range(repeats):
        for key in case.engines:
            if key in failed:
                continue
            say(f"{case.name} {case.n}: {table.name_of(key)}, round {seed + 1} of {repeats}")
            answer = bench.run(key, seed)
            if "failed" in answer:
                failed[key] = answer["failed"]
                say(f"  not run: {answer['failed']}")
            else:
                runs[key].append(answer)
    return {
        "name": case.name,
        "n": case.n,
        "seconds": case.seconds,
        "repeats": repeats,
        "runs": runs,
        "failed": failed,
    }
