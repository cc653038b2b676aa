"""What the chip, or sPyNNaker, does not have: every case by name, all at once."""

import numpy as np

from neuromem.errors import FitError
from neuromem.hardware.refusals import refused_anywhere
from neuromem.hardware.spinnaker.fixed import accum
from neuromem.hardware.spinnaker.limits import MODEL
from neuromem.network.neurons import MODELS
from neuromem.network.plasticity import SpikePairSTDP

MICROSECONDS = 1000
"""Per ms; the time step of the chip is a whole number of them."""


def refusals(network):
    """Sentences, each naming an object of the network, what is wrong with it, and what would do."""
    found = refused_anywhere(network)
    if not _whole(network.dt * MICROSECONDS):
        found.append(f"Network.dt: {network.dt:g} ms is not a whole number of microseconds, as the chip's timer counts")
    for population in network.populations.values():
        if not population.is_source:
            found += _neuron(population)
    for given in network.poisson_inputs:
        found.append(
            f"PoissonInput into {given.population}: the chip has no lumped Poisson input; "
            "use a SpikeSourcePoisson population and OneToOne"
        )
    for current in network.currents:
        found += _outside(f"StepCurrent into {current.population}", {"amplitudes": current.amplitudes})
    rules = {}
    for projection in network.projections.values():
        found += _rule(projection, rules)
    return found


def _whole(value):
    return abs(value - round(value)) < 1e-9 and round(value) > 0


def _neuron(population):
    name, neuron = population.name, population.neuron
    if neuron.model is not MODELS[MODEL]:
        return [f"{name}: neurons of model {neuron.model.name} have no counterpart here; use {MODEL}"]
    found = _outside(name, neuron.parameters | {f"initial {key}": value for key, value in population.initial.items()})
    if not found:
        for key in ("tau_m", "tau_syn_E", "tau_syn_I", "cm"):
            if np.min(accum(neuron.parameters[key], name, key)) == 0:
                found.append(
                    f"{name}.{key}: {np.min(neuron.parameters[key]):g} rounds to 0 in s16.15; use 1/32768 or more"
                )
    return found


def _outside(owner, values):
    found = []
    for key, value in values.items():
        try:
            accum(value, owner, key)
        except FitError as error:
            found.append(str(error))
    return found


def _rule(projection, rules):
    rule = projection.plasticity
    if rule is None:
        return []
    name = projection.name
    if not isinstance(rule, SpikePairSTDP):
        return [f"{name}: the rule {type(rule).__name__} has no counterpart on the chip; freeze the weights"]
    if rule.update != "deferred":
        return [f'{name}: the chip updates weights at pre spikes only; use SpikePairSTDP(update="deferred")']
    first, theirs = rules.setdefault(projection.post, (name, rule))
    if theirs != rule:
        return [f"{name}: all plastic projections onto {projection.post} share one rule, and {first} has another"]
    values = {key: getattr(rule, key) for key in ("w_min", "w_max", "a_plus", "a_minus")}
    return _outside(f"{name}.plasticity", values)
