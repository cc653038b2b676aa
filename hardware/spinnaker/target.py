"""`SpiNNaker`: the target's face."""

from neuromem.hardware.spinnaker import limits
from neuromem.hardware.target import Target


class SpiNNaker(Target):
    """SpiNNaker 1 with sPyNNaker 7.4."""

    name = "spinnaker"
    title = "SpiNNaker 1 (sPyNNaker)"
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

    def check(self, network):
        """See `Target.check`."""
        from neuromem.hardware.spinnaker.fit import fitted

        return fitted(network)[0]

    def quantize(self, network, *, seed=0, compared_ms=None):
        """See `Target.quantize`. Returns a `ChipNetwork`.

        Parameters
        ----------
        network : Network
        seed : int
            Of random connectors and sources.
        compared_ms : float, optional
            How long float engine and emulator run for the spike agreement of the report; default what the input needs,
            one second at most; 0 leaves it out.
        """
        from neuromem.hardware.spinnaker.export import compare
        from neuromem.hardware.spinnaker.quantize import quantize

        return compare(quantize(network, seed), compared_ms)

    def emulate(self, network, duration, *, seed=0, record="all", strict=False):
        """See `Target.emulate`. Traces are raw: s16.15 states, 16-bit weights."""
        from neuromem.hardware.spinnaker.emulate import emulate

        return emulate(network, duration, seed=seed, record=record, strict=strict)[0]

    def export(self, network, path, *, duration=1000.0, seed=0, force=False, explain=False):
        """See `Target.export`."""
        from neuromem.hardware.spinnaker.export import export

        return export(self, network, path, duration=duration, seed=seed, force=force, explain=explain)
