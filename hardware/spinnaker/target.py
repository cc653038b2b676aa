"""`SpiNNaker`: the target behind `neuromem.hardware.target("spinnaker")`."""

from neuromem.hardware.explain import smallest_change
from neuromem.hardware.spinnaker import explain, export, limits
from neuromem.hardware.spinnaker.chip import ChipNetwork
from neuromem.hardware.spinnaker.fit import fit
from neuromem.hardware.spinnaker.quantize import quantize
from neuromem.hardware.spinnaker.run import emulate
from neuromem.hardware.stimulus import as_network
from neuromem.hardware.target import Target


class SpiNNaker(Target):
    """SpiNNaker 1 with sPyNNaker 7.4."""

    name = "spinnaker"
    title = "SpiNNaker 1 (sPyNNaker)"
    arithmetic = "the chip's arithmetic: states are cut to multiples of 2**-15 in every step, decays are short numbers"
    limits = {
        "neurons per core": (limits.ATOMS_PER_CORE, "neurons of one population"),
        "cores per chip": (limits.CORES_PER_CHIP, "cores left to applications"),
        "chips": (limits.MOST_CHIPS, "chips of the largest machine"),
        "SDRAM per chip": (limits.SDRAM_PER_CHIP, "bytes"),
        "router entries per chip": (limits.ROUTER_ENTRIES, "entries"),
        "key space": (1 << limits.KEY_BITS - limits.COLOUR_BITS, "sources with a key of their own"),
        "weight bits": (limits.WEIGHT_BITS, "bits, unsigned; the receptor gives the sign"),
        "post spikes remembered": (limits.POST_HISTORY, "spikes between two pre spikes of a plastic synapse"),
        "delay counters": (limits.DELAY_COUNTERS, "bytes of a delay extension: delays times sources"),
    }

    def check(self, network, *, seed=0):
        """See `Target.check`."""
        return fit(network if isinstance(network, ChipNetwork) else as_network(network), seed)

    def integers(self, network, seed):
        """See `Target.integers`. Returns a `ChipNetwork`."""
        return network if isinstance(network, ChipNetwork) else quantize(as_network(network), seed)

    def emulate(self, network, duration, *, seed=0, record="all", strict=False):
        """See `Target.emulate`. Traces are raw: s16.15 states, 16-bit weights."""
        held = self.integers(network, seed)
        if strict:
            self.refuse_saturation(held)
        return emulate(held, duration, record=record, strict=strict)

    def write(self, folder, held, result):
        """See `Target.write`: `run.py`, `spynnaker.cfg` and `network.npz`."""
        return export.write(folder, held, result)

    def candidates(self, held, first, faults):
        """See `Target.candidates`."""
        return explain.candidates(held, first, faults)

    def circumstances(self, held, first):
        """See `Target.circumstances`: how far the membrane is from the threshold."""
        return [explain.distance(explain.gap(held, first))]

    def smallest_change(self, held, first, removes, most):
        """See `Target.smallest_change`: by as much as the membrane is off, or less, or the other way."""
        known = explain.change_by_gap(explain.gap(held, first))
        return smallest_change(removes, max(-most, min(most, known)))
