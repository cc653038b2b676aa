"""Networks of other simulators, in and out, and where two runs part."""

from neuromem.bridges.brian2 import from_brian2
from neuromem.bridges.parting import Comparison, Parting, compare
from neuromem.bridges.standard import to_standard_cells
from neuromem.bridges.to_brian2 import to_brian2

__all__ = ["Comparison", "Parting", "compare", "from_brian2", "to_brian2", "to_standard_cells"]
