"""`Loihi`: the target behind `neuromem.hardware.target("loihi")`."""

from dataclasses import replace
from pathlib import Path

from neuromem.engine import simulate
from neuromem.errors import FitError, UsageError
from neuromem.hardware.agreement import agreement, neurons
from neuromem.hardware.folder import new_folder, write_reports
from neuromem.hardware.loihi import export, limits
from neuromem.hardware.loihi.check import fit
from neuromem.hardware.loihi.emulator import Emulator
from neuromem.hardware.loihi.explain import explain as in_words
from neuromem.hardware.loihi.quantize import quantized
from neuromem.hardware.loihi.registers import LoihiNetwork
from neuromem.hardware.reports import Export
from neuromem.hardware.target import Target
from neuromem.network import Network
from neuromem.network.check import steps


class Loihi(Target):
    """Intel's Loihi: integer leaky integrate-and-fire compartments, static synapses.

    Parameters
    ----------
    generation : 1 or 2
        The second chip's neurons are programs: they may have a second current, with a decay of its own for inhibition,
        and refractory periods longer than 62 steps. Where neither is used, the integer network is the same.

    Attributes
    ----------
    limits : dict of str to (int, str)
    """

    name = "loihi"

    def __init__(self, generation=2):
        if generation not in (1, 2):
            raise UsageError(f"Loihi.generation: 1 or 2 is expected, got {generation!r}")
        self.generation = generation
        self.title = f"Loihi {generation}"
        self.limits = {
            "chips": (limits.CHIPS[generation], "of the largest system that was built"),
            "cores": (limits.CORES_PER_CHIP, "per chip"),
            "compartments": (limits.COMPARTMENTS[generation], "per core"),
            "in-axons": (limits.IN_AXONS, "per core"),
            "out-axons": (limits.OUT_AXONS, "per core"),
            "synapse memory": (limits.SYNAPSE_BITS[generation], "bits per core"),
            "decay": (limits.DECAY_TOP, "du and dv, of 4096"),
            "threshold": (limits.THRESHOLD_TOP, "mantissa, times 64"),
            "bias": (limits.BIAS_TOP, f"mantissa, with an exponent of up to {limits.BIAS_EXP_TOP}"),
            "weight": (limits.WEIGHT_TOP, f"mantissa, with an exponent of up to {limits.WEIGHT_EXP_TOP}"),
            "delay": (limits.DELAY_TOP + 1, "steps"),
            "refractory count": (limits.REFRACTORY_TOP if generation == 1 else limits.PROGRAM_TOP, "steps and one"),
            "state": (limits.STATE_TOP, "magnitude of current and potential"),
        }

    def check(self, network, *, seed=0):
        """See `Target.check`; `seed` is that of random connectors."""
        return fit(as_network(network), seed, self.generation)

    def quantize(self, network, *, seed=0):
        """See `Target.quantize`; `seed` is that of random connectors."""
        return quantized(as_network(network), seed, self.generation)

    def emulate(self, network, duration, *, seed=0, record="all", strict=False):
        """See `Target.emulate`; the result also has `faults`, the registers that ran over."""
        held = network if isinstance(network, LoihiNetwork) else self.quantize(network, seed=seed)
        if strict and any(loss.saturated for loss in held.loss.projections):
            worst = next(loss for loss in held.loss.projections if loss.saturated)
            raise FitError(f"{worst.projection}: {worst.saturated} weights are cut at {limits.WEIGHT_TOP} (strict)")
        emulator = Emulator(held, seed=seed, record=record)
        emulator.run(duration, strict)
        return emulator.result()

    def export(self, network, path, *, duration=1000.0, seed=0, force=False, explain=False):
        """See `Target.export`: `run.py` with `network.npz` for Lava, `network.net` for NetX where that can be."""
        network = as_network(network)
        report = self.check(network, seed=seed)
        if not report.fits and not force:
            raise FitError(f"{self.title}: {report.summary()}")
        with new_folder(path, force) as folder:
            held = self.quantize(network, seed=seed)
            chip = self.emulate(held, duration, seed=seed)
            compared = agreement(simulate(network, duration, seed=seed), chip, neurons(network))
            why_not = export.why_no_netx(held)
            notes = [*held.loss.notes, *chip.faults, *([f"No NetX file: {why_not}"] if why_not else [])]
            loss = replace(held.loss, spike_agreement=compared.share, compared_ms=float(duration), notes=tuple(notes))
            text = in_words(held, chip.faults, compared, float(duration)) if explain else ""
            export.write_lava(folder, held, chip, seed)
            if not why_not:
                export.write_netx(folder / "network.net", held, steps(duration, network.dt, "export", "duration"))
            chip.to_hdf5(folder / "expected_spikes.h5")
            write_reports(folder, report, loss, text)
        return Export(Path(path), report, loss, text)


def as_network(given):
    """The Network of a Network, of anything with `to_network()` such as a memory, or of what was quantised."""
    if isinstance(given, Network):
        return given
    if isinstance(given, LoihiNetwork):
        return given.network
    if hasattr(given, "to_network"):
        return given.to_network()
    raise UsageError(f"a Network or a memory is expected, got {given!r}")
