"""`fit`: a network against the chip's limits, refusals and resources in one report."""

import numpy as np

from neuromem.hardware.loihi import features, limits, placement
from neuromem.hardware.refusals import refused_anywhere
from neuromem.hardware.reports import FitReport
from neuromem.network.check import steps


def fit(network, seed, generation):
    """Return the FitReport of a description."""
    refused = tuple(features.refused(network, generation))
    if refused_anywhere(network):
        return FitReport(f"Loihi {generation}", (), refused)
    notes = [
        "Placement is an estimate: populations are cut into equal slices, each put on the first core that holds it.",
        f"Synapses take {placement.WEIGHT_BITS} bits, an index, and 6 bits of delay where delays differ, in blocks of "
        f"{limits.BLOCK_SYNAPSES}; spike sources are outside the chip.",
    ]
    for population in network.populations.values():
        if not population.is_source and features.second_current(network, population):
            notes.append(
                f"{population.name}: excitation and inhibition decay differently; its neurons need a program with two "
                "currents, and count as two compartments"
            )
        if not population.is_source and _pause(network, population) > limits.REFRACTORY_TOP:
            notes.append(f"{population.name}: its refractory period needs a program with a counter of its own")
    try:
        uses = placement.uses(network, placement.place(network, seed, generation), generation)
    except KeyError as missing:  # a neuron model without the parameters that decide on configurations
        uses = []
        notes.append(f"Resources were not counted: a neuron has no parameter {missing}.")
    return FitReport(f"Loihi {generation}", tuple(uses), refused, tuple(notes))


def _pause(network, population):
    given = population.neuron.parameters.get("tau_refrac", 0.0)
    return 1 + int(np.max(steps(given, network.dt, population.name, "tau_refrac")))
