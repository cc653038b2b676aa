"""Memory systems: one file, one memory. Installed as `neuromem.models`."""

if not __name__.startswith("neuromem."):
    raise ImportError(f"import neuromem.{__name__}, not {__name__}")

from neuromem.memory import AssociativeMemory
from neuromem.models.ca3 import CA3Memory
from neuromem.models.dendritic import DendriticMemory
from neuromem.models.dense_hebbian import DenseHebbian
from neuromem.models.elm import ELM
from neuromem.models.glial import GlialWorkingMemory
from neuromem.models.glial_network import GlialNetwork, GlialParameters
from neuromem.models.hebbian_projection import HebbianProjection
from neuromem.models.hopfield import Hopfield
from neuromem.models.li_rinzel import LiRinzel
from neuromem.models.liquid_state import LiquidState
from neuromem.models.lmu import LMU
from neuromem.models.lmu_spiking import SpikingLMU
from neuromem.models.modern import ModernHopfield, retrieve
from neuromem.models.multitasking import MultitaskingHopfield
from neuromem.models.segments import Segments
from neuromem.models.sparse_hopfield import SparseHopfield
from neuromem.models.sparsey import Sparsey
from neuromem.models.sparsey_hierarchy import SparseyHierarchy
from neuromem.models.sparsey_levels import Level
from neuromem.models.sparsey_rules import CodeSelection, Permanence
from neuromem.models.spatial_pooler import SpatialPooler
from neuromem.models.temporal_memory import Step, TemporalMemory
from neuromem.models.willshaw import Willshaw

_KINDS = (
    *(CA3Memory, DendriticMemory, GlialWorkingMemory, Sparsey, Willshaw),
    *(Hopfield, ModernHopfield, DenseHebbian, MultitaskingHopfield, SparseHopfield),
)
MEMORIES = {memory.__name__: memory for memory in _KINDS}
"""The memory systems of this package, by name."""

load = AssociativeMemory.load
"""Read a memory of any kind from its file."""

__all__ = [
    "ELM",
    "LMU",
    "MEMORIES",
    "CA3Memory",
    "CodeSelection",
    "DendriticMemory",
    "DenseHebbian",
    "GlialNetwork",
    "GlialParameters",
    "GlialWorkingMemory",
    "HebbianProjection",
    "Hopfield",
    "Level",
    "LiRinzel",
    "LiquidState",
    "ModernHopfield",
    "MultitaskingHopfield",
    "Permanence",
    "Segments",
    "SparseHopfield",
    "Sparsey",
    "SparseyHierarchy",
    "SpatialPooler",
    "SpikingLMU",
    "Step",
    "TemporalMemory",
    "Willshaw",
    "load",
    "retrieve",
]
