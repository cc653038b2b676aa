"""What a network is made of: populations, projections and probes, as plain data."""

from dataclasses import dataclass

from neuromem.network.celltype import Neuron


@dataclass(frozen=True, eq=False)
class Population:
    """`size` neurons of one kind, or `size` spike sources."""

    name: str
    size: int
    neuron: object
    initial: dict

    @property
    def is_source(self):
        """True if it is driven by data or chance, and nothing can project onto it."""
        return not isinstance(self.neuron, Neuron)


@dataclass(frozen=True, eq=False)
class Projection:
    """Synapses from one population to another.

    Attributes
    ----------
    weight : float, ndarray or Normal
        Magnitude, at least 0, in nA or mV by the target's model; the receptor gives the sign.
    delay : float, ndarray or Normal
        ms, at least dt. Arrays hold one value per synapse, in the connector's order.
    model : Synapse or None
        Instead of weight, receptor and plasticity.
    delay_post : float
        ms from a post spike to what it does to a synapse with a model.
    """

    name: str
    pre: str
    post: str
    connector: object
    weight: object
    delay: object
    receptor: str
    plasticity: object
    model: object = None
    delay_post: float = 0.0


@dataclass(frozen=True, eq=False)
class Probe:
    """Samples a state variable of a population, or the weights of a projection, every `every` ms."""

    target: str
    variable: str
    every: float
    ids: object = None

    @property
    def name(self):
        """`target.variable`, the key of its trace in a result."""
        return f"{self.target}.{self.variable}"
