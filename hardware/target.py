"""What every chip can be asked, and the list of chips.

A target reads a `Network`, never the engine. `check` says whether it fits, `quantize` what the chip will hold and what
that loses, `emulate` what it will do, `export` writes the files that the vendor's own software loads.
"""

import importlib
from abc import ABC, abstractmethod
from dataclasses import replace
from pathlib import Path

import numpy as np

from neuromem.errors import FitError, UsageError
from neuromem.hardware.comparison import compare, with_agreement
from neuromem.hardware.explain import explain as in_words
from neuromem.hardware.folder import new_folder, write_reports
from neuromem.hardware.reports import Export
from neuromem.hardware.stimulus import QUIET, presented, time_needed

_TARGETS = {
    "loihi": "neuromem.hardware.loihi.target:Loihi",
    "spinnaker": "neuromem.hardware.spinnaker.target:SpiNNaker",
}


class Target(ABC):
    """A chip. Subclasses say what it is (`name`, `title`, `limits`, `arithmetic`) and fill in the abstract methods.

    What stands for a network is a Network, anything with `to_network()` such as a memory, or what `quantize` returned:
    `held`, a dataclass with the fields `network`, `seed` and `loss`.

    Attributes
    ----------
    name : str
        As `neuromem export --to` takes it.
    title : str
        One line for people.
    limits : dict of str to (int, str)
        Limit by name: how many, and of what.
    arithmetic : str
        What is to blame for a difference that nothing else explains.
    """

    name: str
    title: str
    limits: dict
    arithmetic: str

    @abstractmethod
    def check(self, network, *, seed=0):
        """Compare the network with the chip's limits.

        Parameters
        ----------
        seed : int
            Of random connectors.

        Returns
        -------
        FitReport
            Also names all that is refused.
        """

    def quantize(self, network, *, seed=0, compared_ms=None):
        """Return the network as the chip holds it, every register and weight an integer; `.loss` is a `LossReport`.

        Parameters
        ----------
        seed : int
            Of random connectors and sources.
        compared_ms : float, optional
            How long float engine and emulator run for the spike agreement of the report; default what the input needs,
            one second at most; 0 leaves it out.

        Raises
        ------
        FitError
            If a feature has no counterpart on the chip; the message names all of them.
        """
        held = self.integers(network, seed)
        if compared_ms is None:
            compared_ms = min(time_needed(held.network), np.ceil(QUIET / held.network.dt) * held.network.dt)
        if compared_ms == 0.0:
            return held
        return replace(held, loss=with_agreement(held.loss, compare(self, held, compared_ms)))

    @abstractmethod
    def emulate(self, network, duration, *, seed=0, record="all", strict=False):
        """Run the network in the chip's own integer arithmetic, to the bit.

        Parameters
        ----------
        duration : float
            ms, a multiple of dt.
        seed : int
            Of random connectors and sources; that of `quantize`, if what it returned is given.
        record : "all" or list of str
            Populations whose spikes are kept.
        strict : bool
            Raise at the first overflow or saturation instead of doing what the chip does.

        Returns
        -------
        Emulated
            A Result as `neuromem.simulate` gives, with `faults`; traces are in the chip's raw integers.

        Raises
        ------
        FitError, UsageError
        """

    def export(self, network, path, *, duration=None, seed=0, force=False, explain=False):
        """Write a folder that the vendor's software loads, with the expected spikes and both reports.

        A memory exports as the frozen network that recalls, and is shown half of each of its first patterns.

        Parameters
        ----------
        path : path-like
            A folder that does not exist yet; it appears whole or not at all.
        duration : float, optional
            ms to emulate for the expected spikes; default what the input needs, one second if there is none.
        force : bool
            Replace an earlier export, and write even what does not fit; what is refused cannot be written.
        explain : bool
            Also say in words where and why the first spike differs from the float engine's.

        Returns
        -------
        Export
            `.path`, `.fit`, `.loss`, `.explanation`.

        Raises
        ------
        FitError, StoreError
        """
        with new_folder(path, force) as folder:
            given = presented(network)
            held = network if hasattr(network, "loss") else given.network
            fit = self.check(held, seed=seed)
            if fit.refused or not (fit.fits or force):
                raise FitError(f"{self.title}: {fit.summary()}")
            held = self.integers(held, seed)
            compared = compare(self, held, given.duration if duration is None else duration)
            notes = self.write(folder, held, compared.chip)
            loss = with_agreement(held.loss, compared, notes, given)
            text = in_words(self, held, compared) if explain else ""
            compared.chip.to_hdf5(folder / "expected_spikes.h5")
            write_reports(folder, fit, loss, text)
        return Export(Path(path), fit, loss, text)

    def require(self, network, *, seed=0):
        """Return the FitReport; raise FitError if the network does not fit."""
        report = self.check(network, seed=seed)
        if not report.fits:
            raise FitError(f"{self.title}: {report.summary()}")
        return report

    def refuse_saturation(self, held):
        """Raise FitError if a weight was cut at the largest that the chip holds, as `emulate(strict=True)` does."""
        for loss in held.loss.projections:
            if loss.saturated:
                raise FitError(
                    f"{self.title}: {loss.projection}: {loss.saturated:,} weights are cut at the largest that the chip "
                    "holds (strict); make them smaller"
                )

    @abstractmethod
    def integers(self, network, seed):
        """`quantize`, without the spike agreement."""

    @abstractmethod
    def write(self, folder, held, result):
        """Write the vendor's files for what `quantize` returned into a folder; `result` says what spikes are expected.

        Returns
        -------
        list of str
            Notes for the loss report.
        """

    @abstractmethod
    def candidates(self, held, first, faults):
        """What may have made the Difference `first`, likeliest first: pairs of what to say, and a network with which
        the engine does what the chip did if that is the cause; None if it is in any case."""

    def circumstances(self, held, first):
        """More to say of a Difference, a list of sentences."""
        return []

    @abstractmethod
    def smallest_change(self, held, first, removes, most):
        """The smallest change of a threshold found, `most` mV or less, for which `removes(change)` is true, or None."""


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
