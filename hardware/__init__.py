"""Chips: check, quantize, emulate, export. Installed as `neuromem.hardware`."""

if not __name__.startswith("neuromem."):
    raise ImportError(f"import neuromem.{__name__}, not {__name__}")

from neuromem.hardware.target import target, targets

__all__ = ["target", "targets"]
