"""Events: spike trains by time step, and the files that event cameras and cochleas write."""

from neuromem.events.trains import Trains, binned, from_dense, regular, scanned, shrunk

__all__ = ["Trains", "binned", "from_dense", "regular", "scanned", "shrunk"]
