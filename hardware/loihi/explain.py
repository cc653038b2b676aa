"""What may make Loihi spike otherwise than the float engine, and what was lost where it does."""

import numpy as np

from neuromem.hardware.explain import rounded_weights, with_parameters, with_weights
from neuromem.hardware.loihi import limits
from neuromem.hardware.loihi.mapping import mapped
from neuromem.hardware.loihi.quantize import ALIGNED, NEVER, share_as_time_constant
from neuromem.hardware.loihi.synapses import listed

SHORTEST = 1.0 / 30.0
"""dt; a current that a register lets go at once decays to 1e-13 in a step."""
WEIGHT_STEPS = 128
"""Quanta that a typical weight spans; sets errors of weights beside relative errors of parameters."""


def candidates(held, first, faults):
    """See `Target.candidates`."""
    here, everywhere = [first.population], list(held.groups)
    rounded = {name: _synapses(held, name, held.network, weights=True) for name in held.connections}
    quanta = {loss.projection: f"{loss.quantum:.4g} {loss.unit}" for loss in held.loss.projections}
    yield from rounded_weights(held.network, first.population, rounded, quanta)
    yield (
        f"the threshold of {first.population} is a multiple of {_unit(held, first):.4g} mV",
        _as_held(held, here, threshold=True),
    )
    yield f"the decays of {first.population} are multiples of 1/4096", _as_held(held, here, decays=True)
    yield (
        "decays are multiples of 1/4096, those of several populations together",
        _as_held(held, everywhere, decays=True),
    )
    everything = {"weights": True, "threshold": True, "decays": True}
    yield (
        "weights, thresholds and decays are rounded (loss.txt lists them); all together do it",
        _as_held(held, everywhere, **everything),
    )
    for fault in faults:
        yield f"{fault}", None


def largest_loss(held, population):
    """What was lost most at a population, as a list of no or one sentence."""
    losses = [*_parameters(held, population), *_weights(held, population)]
    return [f"Largest loss there: {max(losses)[1]}."] if losses else []


def _parameters(held, population):
    """(relative error, what it is) of the population's parameters."""
    for loss in held.loss.parameters:
        if loss.population == population and loss.asked:
            error = abs(loss.realised - loss.asked) / abs(loss.asked)
            yield error, f"{loss.parameter} is {loss.realised:.6g} {loss.unit} instead of {loss.asked:.6g}"


def _weights(held, population):
    for loss in held.loss.projections:
        if held.network.projections[loss.projection].post == population and loss.quantum:
            error = loss.max_error / (loss.quantum * WEIGHT_STEPS)
            yield error, f"weights of {loss.projection} are off by up to {loss.max_error:.3g} {loss.unit}"


def _unit(held, first):
    return ALIGNED / held.groups[first.population].scale


def _as_held(held, populations, *, weights=False, threshold=False, decays=False):
    """The description with what the chip holds of some populations put into its parameters and weights."""
    values = {}
    for name in populations:
        group, neuron = held.groups[name], held.network.populations[name].neuron.parameters
        values[name] = {}
        if threshold:
            values[name]["v_thresh"] = neuron["v_reset"] + (group.vth * ALIGNED + 1) / group.scale
        if decays:
            values[name] |= _time_constants(held, name)
    network = with_parameters(held.network, values)
    onto = [name for name, connection in held.connections.items() if connection.post in populations]
    return with_weights(network, {name: _synapses(held, name, network, weights) for name in onto})


def _time_constants(held, name):
    """Parameters that decay as the registers do; `cm` keeps what a constant current does in a step."""
    group, dt = held.groups[name], held.network.dt
    neuron, unity = held.network.populations[name].neuron.parameters, limits.DECAY_TOP + 1
    values = {}
    tau = share_as_time_constant((unity - group.dv) / unity, dt)
    if (tau < NEVER).all():
        before, after = (tau_m * -np.expm1(-dt / tau_m) for tau_m in (np.asarray(neuron["tau_m"]), tau))
        values |= {"tau_m": tau, "cm": neuron["cm"] * after / before}
    second = group.du if group.du_second is None else group.du_second
    for key, register in (("tau_syn_E", group.du), ("tau_syn_I", second)):
        if key in neuron:
            tau = share_as_time_constant((limits.DECAY_TOP - register) / unity, dt)
            values[key] = np.maximum(tau, SHORTEST * dt)
    return values


def _synapses(held, name, network, weights):
    """(pre, post, weight, delay in ms) in the connector's order, so that `network` has the gains of the held one.

    The weights are those that the chip holds, or those of the description.
    """
    c, projection = held.connections[name], network.projections[name]
    population = network.populations[c.post]
    if weights:
        magnitude = np.abs(c.weight) * (ALIGNED << c.weight_exp) / held.groups[c.post].scale
    else:
        own = held.network
        gain = mapped(own, own.populations[c.post]).gain[projection.receptor]
        magnitude = listed(own, name, held.seed).weight * gain[c.target]
    real = mapped(network, population)
    weight = magnitude / real.gain[projection.receptor][c.target]
    delay = (c.delay + 1 - real.own_delay) * network.dt
    columns = c.source, c.target, weight, delay
    place = np.argsort(c.order, kind="stable")
    return tuple(column[place] for column in columns)
