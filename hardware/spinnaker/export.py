"""Writes the folder that sPyNNaker runs."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from neuromem.engine import simulate
from neuromem.errors import FitError
from neuromem.hardware.agreement import agreement, neurons
from neuromem.hardware.folder import new_folder, write_reports
from neuromem.hardware.reports import Export
from neuromem.hardware.spinnaker import script
from neuromem.hardware.spinnaker.chip import ChipNetwork
from neuromem.hardware.spinnaker.emulate import emulate, step_count, with_trains
from neuromem.hardware.spinnaker.fit import fit_of, fitted
from neuromem.hardware.stimulus import QUIET, time_needed

POISSON_NOTE = (
    "{name}: exported as the spike trains that seed {seed} draws, so that what the chip does can be compared; "
    "SpikeSourcePoisson on the chip would draw others"
)


def export(target, network, path, *, duration, seed, force, explain):
    """See `Target.export`."""
    with new_folder(path, force) as folder:
        fit, chip = _fitting(target, network, seed, force)
        chip = with_trains(chip, step_count(chip, duration))
        engine, result, faults = both_runs(chip, duration)
        compared = agreement(engine, result, neurons(chip.network))
        loss = with_agreement(chip, compared, faults, duration)
        explanation = ""
        if explain:
            from neuromem.hardware.spinnaker.explain import explain as in_words

            explanation = in_words(chip, engine, result, faults, compared, duration)
        (folder / "run.py").write_text(script.script(chip, float(duration)), encoding="utf-8")
        (folder / "spynnaker.cfg").write_text(script.configuration(chip.dt), encoding="utf-8")
        with open(folder / "network.npz", "wb") as file:
            np.savez_compressed(file, **script.arrays(chip, result))
        result.to_hdf5(folder / "expected_spikes.h5")
        write_reports(folder, fit, loss, explanation)
    return Export(Path(path), fit, loss, explanation)


def compare(chip, duration=None):
    """The ChipNetwork with the spike agreement in its report; `duration` (ms) as in `SpiNNaker.quantize`."""
    if duration is None:
        duration = min(time_needed(chip.network), np.ceil(QUIET / chip.dt) * chip.dt)
    if duration == 0.0:
        return chip
    engine, result, faults = both_runs(with_trains(chip, step_count(chip, duration)), duration)
    compared = agreement(engine, result, neurons(chip.network))
    return replace(chip, loss=with_agreement(chip, compared, faults, duration))


def _fitting(target, network, seed, force):
    """(FitReport, ChipNetwork), or a FitError unless forced; what has no counterpart cannot be forced."""
    if isinstance(network, ChipNetwork):
        chip, fit = network, fit_of(network)
    else:
        fit, chip = fitted(network, seed)
    if chip is None or not (fit.fits or force):
        raise FitError(f"{target.title}: {fit.summary()}")
    return fit, chip


def both_runs(chip, duration):
    """(Result of the float engine, Result of the emulator, its faults); Poisson sources draw what `with_trains` did."""
    bare = chip.network.copy()
    bare.probes = []
    return simulate(bare, duration, seed=chip.seed), *emulate(replace(chip, network=bare), duration)


def with_agreement(chip, compared, faults, duration):
    """The LossReport with the number, and what happened on the way."""
    notes = [*chip.loss.notes]
    notes += [
        POISSON_NOTE.format(name=name, seed=chip.seed)
        for name, population in chip.network.populations.items()
        if type(population.neuron).__name__ == "SpikeSourcePoisson"
    ]
    notes += [f"while emulated: {fault}" for fault in faults]
    if compared.engine + compared.chip == 0:
        notes.append("neither engine nor chip spiked: give the sources spikes to compare")
    if compared.first is not None:
        notes.append(f"first difference: {compared.first}")
    return replace(chip.loss, spike_agreement=compared.share, compared_ms=float(duration), notes=tuple(notes))
