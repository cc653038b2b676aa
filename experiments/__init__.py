"""Installed as `neuromem.experiments`."""

if not __name__.startswith("neuromem."):
    raise ImportError(f"import neuromem.{__name__}, not {__name__}")
