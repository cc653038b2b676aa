"""Products of a noisy, drifting crossbar beside aihwkit's PyTorch tile, taking turns, one thread each.

    python -m neuromem.experiments.benchmarks.crossbar --rounds 5 --aihwkit /path/to/its/python

same: products one after the other at one time. Ours read all devices anew in each ("each") or share a reading ("once");
aihwkit's share one reading, and add noise to the outputs. new: each product at another time, so that all devices drift
and are read again. CPU time, float32. With aihwkit, devices are compared too: readings of presets that both have.
"""

import argparse
import json
import subprocess
import time
from pathlib import Path

import numpy as np

ENTRY = Path(__file__).parent / "peers" / "entry.py"
POINTS = [
    *(("pcm-like", g, t) for g in (2.5, 10.0, 25.0) for t in (25.0, 3600.0, 31_536_000.0)),
    *(("reram-wan2022", g, t) for g in (8.0, 20.0, 36.0) for t in (1.0, 86400.0, 172800.0)),
    *(("reram-cmo", g, t) for g in (20.0, 50.0, 80.0) for t in (1.0, 3600.0, 31_536_000.0)),
]


def ours(size=1024, repeats=100):
    """CPU seconds of a product: {"same each", "same once", "new each"}."""
    from neuromem.hardware.resistive import Crossbar

    rng = np.random.default_rng(0)
    weights, x = rng.normal(size=(size, size)), rng.normal(size=size).astype(np.float32)
    out, found = np.empty(size, np.float32), {}
    for noise in ("each", "once"):
        crossbar = Crossbar(weights, "pcm-like", dtype=np.float32, noise=noise)
        found[f"same {noise}"] = _seconds(lambda k, c=crossbar: c.matvec(x, 3600.0, out=out), repeats)
        if noise == "each":
            found["new each"] = _seconds(lambda k, c=crossbar: c.matvec(x, 3600.0 + k, out=out), max(3, repeats // 10))
    return found


def _seconds(call, repeats):
    call(0)
    seconds = []
    for k in range(repeats):
        start = time.process_time()
        call(k + 1)
        seconds.append(time.process_time() - start)
    return float(np.median(seconds))


def theirs(python, function, job):
    """What a function of `with_aihwkit.py` answers."""
    command = [str(python), str(ENTRY), "with_aihwkit", function]
    done = subprocess.run(command, input=json.dumps(job), capture_output=True, text=True, check=True, timeout=1800)
    return json.loads(done.stdout)


def deviations(python, draws=400_000, seed=0):
    """Our mean and deviation of readings less aihwkit's, in standard errors of the difference, float64 (points, 2)."""
    from neuromem.hardware.resistive import device

    other = np.array(theirs(python, "devices", {"points": POINTS, "draws": draws, "seed": seed}))
    rng, rows = np.random.default_rng(seed), []
    for name, g, t in POINTS:
        read = device(name).program(np.full(draws, g), rng).read(t, rng)
        rows.append((read.mean(), read.std()))
    found, error = np.array(rows), other[:, 1] * np.sqrt(2 / draws)
    return (found - other) / np.stack([error, error / np.sqrt(2)], axis=1)


def main():
    """Print medians over rounds, and how many times faster."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    for name, value in (("size", 1024), ("rounds", 5), ("repeats", 100)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--aihwkit", default="", help="Python interpreter of an environment with aihwkit 1.1.0")
    given = parser.parse_args()
    rounds = []
    for _ in range(given.rounds):
        found = ours(given.size, given.repeats)
        if given.aihwkit:
            job = {"size": given.size, "repeats": given.repeats}
            other = theirs(given.aihwkit, "products", job)
            found |= {f"aihwkit {name}": seconds for name, seconds in other.items()}
        rounds.append(found)
    for name in rounds[0]:
        each = [1e3 * found[name] for found in rounds]
        print(f"{name:13} {np.median(each):8.3f} ms ({min(each):.3f} to {max(each):.3f})")
    if given.aihwkit:
        for mine, other in (("same each", "same"), ("same once", "same"), ("new each", "new"), ("same each", "new")):
            ratios = [found[f"aihwkit {other}"] / found[mine] for found in rounds]
            low, high = min(ratios), max(ratios)
            print(f"aihwkit {other} / {mine}: {np.median(ratios):.2f} ({low:.2f} to {high:.2f})")
        off = np.abs(deviations(given.aihwkit))
        print(
            f"devices: {off.shape[0]} points, at most {off[:, 0].max():.2f} and {off[:, 1].max():.2f} standard errors"
        )


if __name__ == "__main__":
    main()
