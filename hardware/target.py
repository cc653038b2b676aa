"""What every chip can be asked, and the list of chips.

A target reads a `Network`, never the engine. `check` says whether it fits, `quantize` what the chip will hold and what
that loses, `emulate` what it will do, `export` writes the files that the vendor's own software loads.
"""

import importlib
from abc import ABC, abstractmethod

from neuromem.errors import FitError, UsageError

_TARGETS = {
    "loihi": "neuromem.hardware.loihi.target:Loihi",
    "spinnaker": "neuromem.hardware.spinnaker.target:SpiNNaker",
}


class Target(ABC):
    """A chip. Subclasses say what it is (`name`, `title`, `limits`) and do the four things.

    Attributes
    ----------
    name : str
        As `neuromem export --to` takes it.
    title : str
        One line for people.
    limits : dict of str to (int, str)
        Limit by name: how many, and of what.
    """

    name: str
    title: str
    limits: dict

    @abstractmethod
    def check(self, network):
        """Compare the network with the chip's limits; returns a `FitReport`, which also names all that is refused."""

    @abstractmethod
    def quantize(self, network):
        """Return the network as the chip holds it, every register and weight an integer; `.loss` is a `LossReport`.

        Raises
        ------
        FitError
            If a feature has no counterpart on the chip; the message names all of them.
        """

    @abstractmethod
    def emulate(self, network, duration, *, seed=0, record="all", strict=False):
        """Run the network in the chip's own integer arithmetic, to the bit.

        Parameters
        ----------
        network : Network, or what `quantize` returned
        duration : float
            ms, a multiple of dt.
        seed : int
            Of random connectors and sources.
        record : "all" or list of str
            Populations whose spikes are kept.
        strict : bool
            Raise at the first overflow or saturation instead of doing what the chip does.

        Returns
        -------
        Result
            As `neuromem.simulate` gives; traces are in the chip's raw integers.

        Raises
        ------
        FitError, UsageError
        """

    @abstractmethod
    def export(self, network, path, *, duration=1000.0, seed=0, force=False, explain=False):
        """Write a folder that the vendor's software loads, with the expected spikes and both reports.

        Parameters
        ----------
        path : path-like
            A folder that does not exist yet; it appears whole or not at all.
        duration : float
            ms to emulate for the expected spikes.
        force : bool
            Replace a folder that exists, and write even what does not fit.
        explain : bool
            Also compare with the engine, and say in words where and why the first spike differs.

        Returns
        -------
        Export
            `.path`, `.fit`, `.loss`, `.explanation`.

        Raises
        ------
        FitError, StoreError
        """

    def require(self, network):
        """Return the FitReport; raise FitError if the network does not fit."""
        report = self.check(network)
        if not report.fits:
            raise FitError(f"{self.title}: {report.summary()}")
        return report


def targets():
    """Names of the chips, sorted."""
    return sorted(_TARGETS)


def target(name):
    """The chip of this name.

    Raises
    ------
    UsageError
        For a name that is none.
    """
    if name not in _TARGETS:
        raise UsageError(f"there is no target {name!r}; there are {', '.join(targets())}")
    module, kind = _TARGETS[name].split(":")
    return getattr(importlib.import_module(module), kind)()
