"""The description of a network as plain data: populations, projections, inputs, probes."""

from neuromem.network.celltype import CellType, Neuron
from neuromem.network.connectors import (
    AllButSelf,
    AllToAll,
    FixedInDegree,
    FixedProbability,
    FixedTotalNumber,
    FromArrays,
    OneToOne,
)
from neuromem.network.dendrites import active_dendrites
from neuromem.network.inputs import PoissonInput, SpikeSourceArray, SpikeSourcePoisson, StepCurrent, TimedArray
from neuromem.network.network import Network, Population, Probe, Projection
from neuromem.network.neurons import IF_curr_delta, IF_curr_exp, IF_curr_exp_nmda, NMDA_segment
from neuromem.network.plasticity import OneShotHebb, SpikePairSTDP
from neuromem.network.random import Normal
from neuromem.network.tree import load_network, save_network

__all__ = [
    "AllButSelf",
    "AllToAll",
    "FixedInDegree",
    "FixedProbability",
    "FixedTotalNumber",
    "FromArrays",
    "IF_curr_delta",
    "IF_curr_exp",
    "IF_curr_exp_nmda",
    "NMDA_segment",
    "CellType",
    "Network",
    "Neuron",
    "NeuronModel",
    "Normal",
    "OneShotHebb",
    "OneToOne",
    "PoissonInput",
    "Population",
    "Probe",
    "Projection",
    "SpikePairSTDP",
    "SpikeSourceArray",
    "SpikeSourcePoisson",
    "StepCurrent",
    "SynapseModel",
    "TimedArray",
    "active_dendrites",
    "load_network",
    "save_network",
]


def __getattr__(name):
    """Models from equations load what reads them only when they are used."""
    if name == "NeuronModel":
        from neuromem.network.equations.neuron import NeuronModel as found
    elif name == "SynapseModel":
        from neuromem.network.equations.synapse import SynapseModel as found
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return found
