"""Loihi 1 and 2: integer leaky integrate-and-fire compartments, written out for Lava."""

from neuromem.hardware.loihi.lif import emulate_lif
from neuromem.hardware.loihi.registers import LoihiNetwork

__all__ = ["LoihiNetwork", "emulate_lif"]
