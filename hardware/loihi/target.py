"""`Loihi`: the target behind `neuromem.hardware.target("loihi")`."""

from neuromem.errors import UsageError
from neuromem.hardware.loihi import limits
from neuromem.hardware.loihi.emulator import Emulator
from neuromem.hardware.loihi.quantize import quantized
from neuromem.hardware.loihi.registers import LoihiNetwork
from neuromem.hardware.target import Target
from neuromem.network import Network


class Loihi(Target):
    """Intel's Loihi.

    Parameters
    ----------
    generation : 1 or 2
        The second chip's neurons are programs: they may have a second current, with a decay of its own for inhibition,
        and refractory periods longer than 62 steps. Where neither is used, the integer network is the same.
    """

    name = "loihi"

    def __init__(self, generation=2):
        if generation not in (1, 2):
            raise UsageError(f"Loihi.generation: 1 or 2 is expected, got {generation!r}")
        self.generation = generation
        self.title = f"Loihi {generation}"

    def quantize(self, network, *, seed=0):
        """See `Target.quantize`; `seed` is that of random connectors."""
        return quantized(as_network(network), seed, self.generation)

    def emulate(self, network, duration, *, seed=0, record="all", strict=False):
        """See `Target.emulate`; the result also has `faults`, the registers that ran over."""
        held = network if isinstance(network, LoihiNetwork) else self.quantize(network, seed=seed)
        emulator = Emulator(held, seed=seed, record=record)
        emulator.run(duration, strict)
        return emulator.result()


def as_network(given):
    """The Network of a Network or of anything with `to_network()`, such as a memory."""
    if isinstance(given, Network):
        return given
    if hasattr(given, "to_network"):
        return given.to_network()
    raise UsageError(f"a Network or a memory is expected, got {given!r}")
