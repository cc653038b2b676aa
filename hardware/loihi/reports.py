"""The folder of an export: reports, expected spikes, and the comparison with the engine."""

import contextlib
import json
import os
import secrets
import shutil
from pathlib import Path

import numpy as np

from neuromem.errors import StoreError
from neuromem.io.paths import reason


def check_place(path, force):
    """Return `path` as an absolute Path where a folder can be made, or raise StoreError."""
    target = Path(os.path.abspath(path))
    if target.exists() and not target.is_dir():
        raise StoreError(f"cannot write {path}: it is a file; give the name of a folder")
    if target.exists() and not force:
        raise StoreError(f"cannot write {path}: it exists already; choose another name, or force")
    if not target.parent.is_dir():
        raise StoreError(f"cannot write {path}: there is no folder {target.parent}; create it first")
    return target


@contextlib.contextmanager
def new_folder(path, force):
    """Yields a temporary folder beside `path`, which takes its place when the block succeeds.

    force: replace a folder that exists; otherwise StoreError. After any error nothing is left behind.
    """
    target = check_place(path, force)
    mark = secrets.token_hex(8)
    temporary, old = target.with_name(f".tmp-{mark}"), target.with_name(f".old-{mark}")
    try:
        temporary.mkdir()
        yield temporary
        if target.exists():
            os.rename(target, old)
        os.rename(temporary, target)
    except StoreError:
        raise
    except OSError as error:
        raise StoreError(f"cannot write {path}: {reason(error)}; nothing was changed") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        if old.exists() and not target.exists():
            os.rename(old, target)
        shutil.rmtree(old, ignore_errors=True)


def write_reports(folder, fit, loss):
    """Write both reports as JSON (`fit.json`, `loss.json`) and as text (`report.txt`)."""
    for name, report in (("fit", fit), ("loss", loss)):
        (folder / f"{name}.json").write_text(json.dumps(report.to_dict(), indent=1) + "\n")
    (folder / "report.txt").write_text(as_text(fit, loss))


def as_text(fit, loss):
    """Both reports as lines of text."""
    lines = [f"{fit.target}: {fit.summary()}", ""]
    lines += [f"{use.resource:36} {use.used:>12,} of {use.limit:>14,}  {use.where}" for use in fit.uses]
    lines += ["", *(f"note: {note}" for note in (*fit.notes, *loss.notes)), ""]
    for p in loss.projections:
        lines.append(
            f"{p.projection}: quantum {p.quantum:.4g} {p.unit}, error at most {p.max_error:.3g}, rms {p.rms_error:.3g}"
        )
        forced = f", coarsened by {p.coarsened_by}" if p.coarsened_by else ""
        lines.append(
            f"    {p.zeroed} of {p.synapses} synapses became 0, {p.saturated} saturated, {p.delays_clipped} delays cut;"
            f" a burst is {p.overflow_bound:.3g} of the register{forced}"
        )
    lines += [
        "",
        *(f"{p.population}: {p.parameter} {p.asked:.6g} -> {p.realised:.6g} {p.unit}" for p in loss.parameters),
    ]
    lines += ["", *(f"{name} {value:.6g}" for name, value in loss.scale.items())]
    if loss.spike_agreement is not None:
        lines.append(f"spike agreement with the engine over {loss.compared_ms:g} ms: {loss.spike_agreement:.4f}")
    return "\n".join(lines) + "\n"


def agreement(network, engine, chip):
    """Share of the spikes of neurons (sources left out) that two Results have in common: 2 both / (one + other)."""
    both = total = 0
    for name, population in network.populations.items():
        if not population.is_source:
            one, other = (_events(result, name) for result in (engine, chip))
            both += np.intersect1d(one, other).size
            total += one.size + other.size
    return 2.0 * both / total if total else 1.0


def explain(network, engine, chip, loss):
    """In words: the first spike that only one of two Results has, and what the chip holds otherwise there."""
    first = None
    for name, population in network.populations.items():
        if population.is_source:
            continue
        one, other = (_events(result, name) for result in (engine, chip))
        odd = np.setxor1d(one, other)
        if odd.size and (first is None or odd[0] >> 32 < first[0]):
            first = int(odd[0] >> 32), name, int(odd[0] & 0xFFFFFFFF), bool(np.isin(odd[0], other))
    if first is None:
        return "Every spike of the engine is a spike of the chip."
    step, name, neuron, extra = first
    who = "the chip alone spikes" if extra else "the engine alone spikes"
    lines = [f"The first difference is neuron {neuron} of {name} at {step * network.dt:g} ms: {who}."]
    losses = [
        (
            abs(p.realised - p.asked) / abs(p.asked),
            f"{p.parameter} is {p.realised:.6g} {p.unit} instead of {p.asked:.6g}",
        )
        for p in loss.parameters
        if p.population == name and p.asked
    ]
    losses += [
        (
            p.max_error / max(p.quantum * 128, 1e-300),
            f"weights of {p.projection} are off by up to {p.max_error:.3g} {p.unit}",
        )
        for p in loss.projections
        if network.projections[p.projection].post == name
    ]
    if losses:
        lines.append(f"The largest loss there: {max(losses)[1]}.")
    lines += [f"{fault}." for fault in chip.faults]
    return " ".join(lines)


def _events(result, name):
    """Spikes of a population as sorted int64: step * 2**32 + neuron."""
    spikes = result.spikes[name]
    return np.sort((np.rint(spikes.times / result.dt).astype(np.int64) << 32) + spikes.ids)
