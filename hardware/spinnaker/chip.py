"""A network as the chip holds it: integers, in plain arrays, before they are laid out for a core or a kernel."""

from dataclasses import dataclass, field

import numpy as np

from neuromem.hardware.reports import LossReport
from neuromem.hardware.spinnaker.limits import ATOMS_PER_CORE


@dataclass(frozen=True, eq=False)
class ChipPopulation:
    """Neurons, or sources whose spikes are known.

    Attributes
    ----------
    constants : int64 ndarray, shape (1 or size, 13)
        What a core computes at the start, in the columns of `kernels.spinnaker_layout`; empty for sources.
    parameters : dict of str to int or int64 ndarray
        s16.15, as the host sends them, by PyNN's names.
    initial : dict of str to int or int64 ndarray
        s16.15 state v, i_e, i_i.
    shifts : (int, int)
        Ring buffer shifts of the excitatory and the inhibitory receptor.
    slots : int
        Delays that fit the ring buffer, in steps.
    per_core : int
        Most neurons that a core takes.
    rule : ChipRule or None
        How its plastic synapses learn.
    steps, ids : int64 ndarrays
        Spikes of a source, sorted by step, then id.
    """

    name: str
    size: int
    constants: np.ndarray
    parameters: dict = field(default_factory=dict)
    initial: dict = field(default_factory=dict)
    shifts: tuple = (0, 0)
    slots: int = 2
    per_core: int = ATOMS_PER_CORE
    rule: object = None
    steps: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    ids: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))

    @property
    def is_source(self):
        """True if it sends given spikes and takes no synapses."""
        return self.constants.size == 0


@dataclass(frozen=True, eq=False)
class ChipRule:
    """Deferred pair STDP in integers: bounds and amplitudes s16.15, decays in units of 2**-11."""

    w_min: int
    w_max: int
    a_plus: int
    a_minus: int
    multiplicative: bool
    plus: np.ndarray
    minus: np.ndarray
    described: object


@dataclass(frozen=True, eq=False)
class ChipProjection:
    """Synapses by source.

    Attributes
    ----------
    start : int64 ndarray, shape (n_pre + 1,)
    post : int32 ndarray, shape (synapses,)
    weight : int or uint16 ndarray
        Raw, in units of 2**(shift - 15) nA; an array if they differ or learn.
    delay : int or uint16 ndarray
        Steps.
    order : int64 ndarray or None
        Place here of each synapse in the connector's order; None: as here.
    receptor : int
        0 excitatory, 1 inhibitory.
    """

    name: str
    pre: str
    post_population: str
    start: np.ndarray
    post: np.ndarray
    weight: object
    delay: object
    order: np.ndarray | None
    receptor: int
    plastic: bool

    def rows(self, quantum):
        """Rows of a FromListConnector, float64 (synapses, 4): pre, post, weight (nA), delay (steps)."""
        pre = np.repeat(np.arange(self.start.size - 1), np.diff(self.start))
        weight = np.broadcast_to(np.asarray(self.weight, np.float64) * quantum, pre.shape)
        return np.column_stack([pre, self.post, weight, np.broadcast_to(self.delay, pre.shape)])


@dataclass(frozen=True, eq=False)
class ChipNetwork:
    """What `SpiNNaker.quantize` returns.

    Attributes
    ----------
    network : Network
        The description.
    seed : int
        Of random connectors and sources.
    populations : dict of str to ChipPopulation
    projections : dict of str to ChipProjection
    currents : tuple of (int, str, int64 ndarray)
        Step, population, s16.15 step current of each neuron from then on.
    loss : LossReport
    """

    network: object
    seed: int
    populations: dict
    projections: dict
    currents: tuple
    loss: LossReport

    @property
    def dt(self):
        """ms."""
        return self.network.dt
