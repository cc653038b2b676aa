"""`to_brian2`: a network of ours as live Brian2 objects."""

import numpy as np

from neuromem.bridges.brian2_text import brian2_module
from neuromem.errors import DescriptionError
from neuromem.network.check import check_network, steps

SHIFT = {"brian2": 0.0, "pynn": 1.0}
"""Steps by which Brian2's refractory period, which counts from the start of the step, is longer than ours."""


def to_brian2(network, *, seed=0):
    """Build the Brian2 network that does the same.

    Populations become groups, projections Synapses with the synapses that `simulate` draws from the seed, and probes
    StateMonitors; learning rules become equations and code; every population gets a SpikeMonitor named after it. A
    network in Brian2's own order of operations does exactly the same there. One in the order "pynn" does too: the
    refractory period gets one step more, and jumps of potentials are scheduled between integration and threshold.
    Weights that learn are rounded to float32 here and not in Brian2.

    Parameters
    ----------
    network : Network
        In the order "brian2" or "pynn".
    seed : int
        Of what is drawn when a network is compiled: connectivity, weights and delays.

    Returns
    -------
    brian2.Network
        `net[name]` is a population, a projection, or with `spikes_of_` in front the SpikeMonitor of a population;
        signs that identifiers of Python cannot hold are replaced by `_`.

    Raises
    ------
    DescriptionError
        Names everything that has no counterpart, at once.
    NotSupportedError
        Without Brian2, which is in the extra `brian2`.
    """
    brian2 = brian2_module("to_brian2")
    check_network(network, "to_brian2")
    from neuromem.bridges.brian2_described import Refusals
    from neuromem.bridges.brian2_wires import add_projection
    from neuromem.bridges.brian2_write import add_input, add_population

    refusals = Refusals()
    if network.order not in SHIFT:
        known = ", ".join(SHIFT)
        refusals.add(
            "network", f"the order of operations {network.order!r} has no counterpart in Brian2; {known} have one"
        )
        refusals.check()
    made = Made(network, brian2, int(seed))
    for number, population in enumerate(network.populations.values()):
        _collect(refusals, population.name, add_population, made, population, number)
    if not refusals.sentences:
        for number, projection in enumerate(network.projections.values()):
            _collect(refusals, projection.name, add_projection, made, projection, number)
        for given in network.poisson_inputs:
            _collect(refusals, f"PoissonInput into {given.population}", add_input, made, given)
        for probe in network.probes:
            _collect(refusals, f"probe of {probe.target}", _add_probe, made, probe)
    refusals.check(call="to_brian2")
    return brian2.Network(*made.objects)


class Made:
    """What has been built so far.

    Attributes
    ----------
    groups, synapses : dict
        Name here -> the object there.
    weights : dict
        Projection -> what its weight is called there.
    objects : list
        All of them, for the Network.
    """

    def __init__(self, network, brian2, seed):
        self.network, self.brian2, self.seed = network, brian2, seed
        self.clock = brian2.Clock(network.dt * brian2.ms)
        self.groups, self.synapses, self.weights, self.objects, self.names = {}, {}, {}, [], set()

    def name(self, wanted):
        """A name that Brian2 takes and that no object has yet."""
        word = "".join(sign if sign.isalnum() and sign.isascii() else "_" for sign in wanted).strip("_") or "object"
        word = word if word[0].isalpha() else f"object_{word}"
        while word in self.names:
            word += "_"
        self.names.add(word)
        return word

    def add(self, *objects):
        """Add objects to the network."""
        self.objects += objects

    @property
    def shift(self):
        """Steps by which refractory periods are longer there."""
        return SHIFT[self.network.order]


def _collect(refusals, name, function, *arguments):
    try:
        function(*arguments)
    except DescriptionError as error:
        said = str(error)
        refusals.sentences.append(said if said.startswith(name) else f"{name}: {said}")


def _add_probe(made, probe):
    brian2, target = made.brian2, made.groups.get(probe.target, made.synapses.get(probe.target))
    every = steps(probe.every, made.network.dt, probe.name, "every")
    pace = {"clock": made.clock} if every == 1 else {"dt": every * made.network.dt * brian2.ms}
    record = True if probe.ids is None else np.asarray(probe.ids)
    variable = made.weights.get(probe.target, probe.variable)
    if variable not in target.variables:
        raise DescriptionError(f"{variable!r} is one value for all, which cannot be sampled in Brian2")
    made.add(brian2.StateMonitor(target, variable, record=record, **pace, name=made.name(f"probe_{probe.name}")))
