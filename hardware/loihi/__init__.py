"""Loihi 1 and 2: integer leaky integrate-and-fire compartments, written out for Lava."""

from neuromem.hardware.loihi.lif import emulate_lif

__all__ = ["emulate_lif"]
