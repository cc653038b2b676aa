"""`Loihi`: the target behind `neuromem.hardware.target("loihi")`."""

from neuromem.errors import UsageError
from neuromem.hardware.explain import change_that_helps
from neuromem.hardware.loihi import explain, export, limits
from neuromem.hardware.loihi.check import fit
from neuromem.hardware.loihi.emulator import Emulator
from neuromem.hardware.loihi.quantize import quantized
from neuromem.hardware.loihi.registers import LoihiNetwork
from neuromem.hardware.stimulus import as_network
from neuromem.hardware.target import Target
from neuromem.network.check import steps

LEAST = 1e-4
"""Share of the distance from reset to threshold by which a threshold is changed first."""


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
    arithmetic = "the chip's arithmetic: current and potential are rounded towards zero in every step"

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
        """See `Target.check`."""
        return fit(as_network(network), seed, self.generation)

    def integers(self, network, seed):
        """See `Target.integers`. Returns a `LoihiNetwork`."""
        return network if isinstance(network, LoihiNetwork) else quantized(as_network(network), seed, self.generation)

    def emulate(self, network, duration, *, seed=0, record="all", strict=False):
        """See `Target.emulate`."""
        held = self.integers(network, seed)
        if strict:
            self.refuse_saturation(held)
        emulator = Emulator(held, record=record)
        emulator.run(duration, strict)
        return emulator.result()

    def write(self, folder, held, result):
        """See `Target.write`: `run.py` with `network.npz` for Lava, `network.net` for NetX where that can be."""
        export.write_lava(folder, held, result)
        why_not = export.why_no_netx(held)
        if why_not:
            return [f"No NetX file: {why_not}"]
        export.write_netx(folder / "network.net", held, steps(result.duration, result.dt, "export", "duration"))
        return []

    def candidates(self, held, first, faults):
        """See `Target.candidates`."""
        return explain.candidates(held, first, faults)

    def circumstances(self, held, first):
        """See `Target.circumstances`: what is lost most there."""
        return explain.largest_loss(held, first.population)

    def smallest_change(self, held, first, removes, most):
        """See `Target.smallest_change`. A threshold chooses the scale of all of a population, so that none is known."""
        return change_that_helps(removes, LEAST * most)
