"""A Brian2 network as a plain description, and what could not be described."""

from dataclasses import dataclass, field

import numpy as np

from neuromem.errors import DescriptionError


class Refusals:
    """Sentences about what cannot be translated."""

    def __init__(self):
        self.sentences = []

    def add(self, name, sentence):
        """Note one."""
        self.sentences.append(f"{name}: {sentence}")

    def check(self, call="from_brian2"):
        """Raise all of them as one DescriptionError."""
        if len(self.sentences) == 1:
            raise DescriptionError(self.sentences[0])
        if self.sentences:
            lines = "".join(f"\n  {sentence}" for sentence in self.sentences)
            raise DescriptionError(f"{call}: {len(self.sentences)} things have no translation:{lines}")


@dataclass
class Group:
    """A NeuronGroup, or a PoissonGroup whose rates are an expression or change."""

    name: str
    size: int
    equations: str
    threshold: str | None = None
    reset: str = ""
    refractory: object = False
    method: str | None = None
    values: dict = field(default_factory=dict)  # variable -> quantity or array
    outside: dict = field(default_factory=dict)  # name -> number, quantity or TimedArray
    regular: list = field(default_factory=list)  # (statements, ms)


@dataclass
class Trains:
    """A SpikeGeneratorGroup: spikes of `ids` in `steps`, again after every `period` steps if that is not 0."""

    name: str
    size: int
    steps: np.ndarray
    ids: np.ndarray
    period: int


@dataclass
class Poisson:
    """A PoissonGroup of constant rates (1/s)."""

    name: str
    size: int
    rates: np.ndarray


@dataclass
class Pathway:
    """Code of a Synapses object that runs on pre or post spikes; `delay` in steps, a number or one per synapse."""

    name: str
    side: str
    code: str
    delay: object


@dataclass
class Wiring:
    """A Synapses object: from neuron `pre` to neuron `post` of the groups themselves, whatever subgroups were named."""

    name: str
    source: str
    target: str
    pre: np.ndarray
    post: np.ndarray
    equations: str
    pathways: list
    values: dict
    outside: dict
    method: str | None
    offsets: dict  # i, j, N_pre, N_post as the user's code sees them


@dataclass
class Lumped:
    """A PoissonInput: `sources` trains of `rate` (1/s) into each of the neurons first..last - 1 of a group."""

    name: str
    group: str
    variable: str
    sources: int
    rate: float
    weight: object
    first: int
    last: int


@dataclass
class Watch:
    """A StateMonitor: one variable of a group or Synapses object, every so many steps; `ids` None for all."""

    name: str
    target: str
    variable: str
    every: int
    ids: object


@dataclass
class Described:
    """A whole Brian2 network."""

    dt: float
    groups: list
    wirings: list
    lumped: list
    watches: list
    recorded: list  # names of groups with a SpikeMonitor or PopulationRateMonitor
    notes: list  # what monitors will not hold
