"""Where activity comes from: spike trains given as data, Poisson trains, and step currents."""

from dataclasses import dataclass

import numpy as np

from neuromem.errors import DescriptionError
from neuromem.network.check import count, indices, numbers


@dataclass(frozen=True, eq=False)
class SpikeSourceArray:
    """Sources that spike at given times.

    Parameters
    ----------
    times : array_like of float, shape (k,)
        Spike times in ms, multiples of the network's dt.
    ids : array_like of int, shape (k,)
        Which source of the population spikes at each time; default: all times belong to source 0.
    """

    times: object = ()
    ids: object = None

    def __post_init__(self):
        times = np.atleast_1d(numbers(self.times, "SpikeSourceArray", "times", unit="ms", low=0.0))
        ids = np.zeros(times.size, np.int64) if self.ids is None else indices(self.ids, "SpikeSourceArray", "ids")
        if times.shape != ids.shape or times.ndim != 1:
            raise DescriptionError(
                f"SpikeSourceArray.ids: one source index per time is expected, got {ids.size} for {times.size} times"
            )
        order = np.lexsort((ids, times))
        object.__setattr__(self, "times", times[order])
        object.__setattr__(self, "ids", ids[order])

    @classmethod
    def from_lists(cls, trains):
        """Build from one list of times (ms) per source, as PyNN's `spike_times` takes them."""
        trains = [np.ravel(numbers(train, "SpikeSourceArray", "times", unit="ms")) for train in trains]
        ids = np.repeat(np.arange(len(trains)), [train.size for train in trains])
        return cls(np.concatenate(trains) if trains else (), ids)


@dataclass(frozen=True, eq=False)
class SpikeSourcePoisson:
    """Independent Poisson sources: in each step a source spikes with probability rate * dt.

    Parameters
    ----------
    rate : float or array_like of shape (size,)
        Spikes per second.
    start, duration : float
        Active window in ms; the default lasts for ever.
    """

    rate: object = 1.0
    start: float = 0.0
    duration: float | None = None

    def __post_init__(self):
        object.__setattr__(self, "rate", numbers(self.rate, "SpikeSourcePoisson", "rate", unit="1/s", low=0.0))
        object.__setattr__(
            self, "start", numbers(self.start, "SpikeSourcePoisson", "start", unit="ms", low=0.0, scalar=True)
        )
        if self.duration is not None:
            value = numbers(self.duration, "SpikeSourcePoisson", "duration", unit="ms", low=0.0, scalar=True)
            object.__setattr__(self, "duration", value)


@dataclass(frozen=True, eq=False)
class StepCurrent:
    """A current that takes a new value (nA) at each given time (ms) and is zero before the first.

    Parameters
    ----------
    population : str
    times, amplitudes : array_like of float, shape (k,)
    ids : array_like of int, optional
        Neurons that receive it; default all.
    """

    population: str
    times: object
    amplitudes: object
    ids: object = None

    def __post_init__(self):
        owner = f"StepCurrent into {self.population}"
        times = np.atleast_1d(numbers(self.times, owner, "times", unit="ms", low=0.0))
        amplitudes = np.atleast_1d(numbers(self.amplitudes, owner, "amplitudes", unit="nA"))
        if times.shape != amplitudes.shape or times.ndim != 1:
            raise DescriptionError(
                f"{owner}.amplitudes: one per time is expected, got {amplitudes.size} for {times.size}"
            )
        if (np.diff(times) <= 0).any():
            raise DescriptionError(f"{owner}.times: must increase")
        object.__setattr__(self, "times", times)
        object.__setattr__(self, "amplitudes", amplitudes)
        if self.ids is not None:
            object.__setattr__(self, "ids", np.unique(indices(self.ids, owner, "ids")))


@dataclass(frozen=True, eq=False)
class TimedArray:
    """A parameter's values over time: each holds for `dt`, the last one for ever, as Brian2's TimedArray.

    Parameters
    ----------
    values : array_like of float, shape (T,), or (T, N) with one value for each of N neurons
    dt : float
        ms, a multiple of the network's time step.
    unit : str
        Unit of the values; a Brian2 quantity is converted into it.
    """

    values: object
    dt: float
    unit: str = "1"

    def __post_init__(self):
        values = np.asarray(numbers(self.values, "TimedArray", "values", unit=self.unit))
        if values.ndim not in (1, 2) or values.size == 0:
            raise DescriptionError(f"TimedArray.values: shape (T,) or (T, N) is expected, got {values.shape}")
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "dt", numbers(self.dt, "TimedArray", "dt", unit="ms", above=0.0, scalar=True))

    def __eq__(self, other):
        if not isinstance(other, TimedArray):
            return NotImplemented
        return np.array_equal(self.values, other.values) and (self.dt, self.unit) == (other.dt, other.unit)

    __hash__ = None


MOST_PER_STEP = 1e4
"""Largest mean number of spikes per step of a Poisson input."""


@dataclass(frozen=True, eq=False)
class PoissonInput:
    """Independent Poisson input to every neuron of a population: many weak afferents, lumped.

    In each step a neuron receives a Poisson number of spikes of mean rate * dt, each of the same weight, as from NEST's
    poisson_generator. With `sources` it is as from Brian2's PoissonInput: how many of so many sources spike, each
    with probability rate * dt. They arrive in the step in which they are drawn.

    Parameters
    ----------
    population : str
    rate : float
        Spikes per second into each neuron, or of each of the sources.
    weight : float
        nA or mV by the model of the population, at least 0, or in the unit of a variable of a model from equations.
    receptor : "excitatory" or "inhibitory"
        Or another that the model has.
    sources : int, optional
        How many sources are lumped.
    start, stop : int
        The input goes to neurons start .. stop - 1; by default to all.
    """

    population: str
    rate: float
    weight: float
    receptor: str = "excitatory"
    sources: int | None = None
    start: int = 0
    stop: int | None = None

    def __post_init__(self):
        owner = f"PoissonInput into {self.population}"
        object.__setattr__(self, "rate", numbers(self.rate, owner, "rate", unit="1/s", low=0.0, scalar=True))
        if self.sources is not None:
            object.__setattr__(self, "sources", count(self.sources, owner, "sources"))
        object.__setattr__(self, "start", count(self.start, owner, "start"))
        if self.stop is not None:
            object.__setattr__(self, "stop", count(self.stop, owner, "stop", least=self.start))


SOURCES = {source.__name__: source for source in (SpikeSourceArray, SpikeSourcePoisson)}
