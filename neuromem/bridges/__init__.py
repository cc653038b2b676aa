"""Networks of other simulators, in and out."""

from neuromem.bridges.brian2 import from_brian2
from neuromem.bridges.to_brian2 import to_brian2

__all__ = ["from_brian2", "to_brian2"]
