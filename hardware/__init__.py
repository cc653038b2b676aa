"""Chips: check, quantize, emulate, export; resistive memory. Installed as `neuromem.hardware`."""

if not __name__.startswith("neuromem."):
    raise ImportError(f"import neuromem.{__name__}, not {__name__}")

from neuromem.hardware.target import target, targets

__all__ = ["resistive", "target", "targets"]


def __getattr__(name):
    """Load `neuromem.hardware.resistive` when it is first named: chips do without its memories and kernels."""
    if name == "resistive":
        import importlib

        return importlib.import_module("neuromem.hardware.resistive")
    raise AttributeError(f"module 'neuromem.hardware' has no attribute {name!r}")
