"""What Loihi has no counterpart of: every feature refused by name, all at once."""

import numpy as np

from neuromem.hardware.loihi import limits
from neuromem.hardware.refusals import foreign, refused_anywhere
from neuromem.network import IF_curr_delta, IF_curr_exp, Normal, OneShotHebb
from neuromem.network.check import steps

MODELS = (IF_curr_exp, IF_curr_delta)


def refused(network, generation):
    """List what cannot be mapped, each as a sentence that starts with the object's name."""
    found = refused_anywhere(network)
    for population in network.populations.values():
        if not population.is_source:
            found += _population(network, population, generation)
    for projection in network.projections.values():
        if projection.plasticity is not None:
            found.append(f"{projection.name}.plasticity: {_rule(projection.plasticity)}")
        if not foreign(projection):
            found += _delay(network, projection)
    for given in network.poisson_inputs:
        found.append(
            f"PoissonInput into {given.population}: Loihi draws no Poisson numbers of spikes; "
            "use a SpikeSourcePoisson population"
        )
    for current in network.currents:
        if not constant(current):
            found.append(
                f"StepCurrent into {current.population}: a bias does not change during a run; "
                "only a current that is constant from 0 ms on has a register"
            )
    return found


def constant(current):
    """True if a StepCurrent is one amplitude from the start on."""
    return current.times.size == 1 and current.times[0] == 0.0


def receptors(network, name):
    """The receptors of a population that have synapses."""
    return {projection.receptor for projection in network.projections.values() if projection.post == name}


def second_current(network, population):
    """True if a population's receptors decay differently, and both are used: it needs two currents."""
    values = population.neuron.parameters
    if population.neuron.model is not IF_curr_exp or len(receptors(network, population.name)) < 2:
        return False
    return bool(np.any(np.asarray(values["tau_syn_E"]) != np.asarray(values["tau_syn_I"])))


def own_delay(network, population):
    """Steps that the description's order of operations adds to a delay: in `pynn` a current acts one step later."""
    return int(network.order == "pynn" and population.neuron.model is IF_curr_exp)


def longest_delay(network, population):
    """The longest delay in steps that a synapse onto a population can have."""
    return limits.DELAY_TOP + 1 - own_delay(network, population)


def refractory_top(generation):
    """The largest refractory count."""
    return limits.REFRACTORY_TOP if generation == 1 else limits.PROGRAM_TOP


def chain(network):
    """Projections of a strictly sequential network, from its only source to its last population; None if it is not."""
    populations = list(network.populations.values())
    sources = [population.name for population in populations if population.is_source]
    inward = {p.post: p for p in network.projections.values()}
    outward = {p.pre: p for p in network.projections.values()}
    links = len(network.projections)
    if len(sources) != 1 or links == 0 or len(inward) != links or len(outward) != links:
        return None
    found, here = [], sources[0]
    while here in outward and len(found) < links:
        found.append(outward[here])
        here = found[-1].post
    return found if len(found) == links and len(populations) == links + 1 else None


def _population(network, population, generation):
    name, neuron = population.name, population.neuron
    if not any(neuron.model is model for model in MODELS):
        known = " and ".join(model.name for model in MODELS)
        return [f"{name}.neuron: {neuron.model.name} has no integer form on Loihi; {known} have one"]
    found = []
    if generation == 1 and second_current(network, population):
        found.append(
            f"{name}.tau_syn_I: differs from tau_syn_E, and a Loihi 1 compartment has one current; "
            "use one time constant, or Loihi 2"
        )
    count = 1 + np.max(steps(neuron.parameters["tau_refrac"], network.dt, name, "tau_refrac"))
    if count > refractory_top(generation):
        found.append(
            f"{name}.tau_refrac: a refractory count of {count:,} where {refractory_top(generation):,} is the limit"
        )
    for variable, value in population.initial.items():
        if variable != "v" and np.any(value):
            found.append(f"{name}.initial[{variable!r}]: a run starts without currents; only v can be set")
    return found


def _delay(network, projection):
    delay, limit = projection.delay, longest_delay(network, network.populations[projection.post])
    if isinstance(delay, Normal):
        return []  # drawn values are cut, and the loss report counts them
    longest = int(np.max(steps(delay, network.dt, projection.name, "delay", least=1), initial=1))
    if longest <= limit:
        return []
    return [f"{projection.name}.delay: {longest} steps where {limit} is the limit"]


def _rule(rule):
    if isinstance(rule, OneShotHebb):
        return "OneShotHebb divides by a number of partners, which is no sum of products of traces"
    if rule.update == "deferred":
        return "deferred SpikePairSTDP remembers single post spikes, and Loihi's learning knows traces only"
    return (
        "immediate SpikePairSTDP is a sum of products, x1*y0 - y1*x0, but the chip rounds it at random, so that no two "
        "runs are the same"
    )
