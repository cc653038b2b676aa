"""Files that survive: written whole or not at all, checked before they are believed. Knows no networks.

`save` and `load` keep a nested dict of arrays and plain values, `SpikeWriter` streams spikes, `describe` tells what a
file holds, `atomic_path` is how every file of the project is written.
"""

from neuromem.io.container import File, describe, load, save
from neuromem.io.paths import atomic_path
from neuromem.io.spikes import SpikeWriter, read_spikes

__all__ = ["File", "SpikeWriter", "atomic_path", "describe", "load", "read_spikes", "save"]
