"""Memory systems: one file, one memory. Installed as `neuromem.models`."""

if not __name__.startswith("neuromem."):
    raise ImportError(f"import neuromem.{__name__}, not {__name__}")

from neuromem.models.ca3 import CA3Memory

MEMORIES = {memory.__name__: memory for memory in (CA3Memory,)}
"""Every memory that a file can hold, by name."""

__all__ = ["MEMORIES", "CA3Memory"]
