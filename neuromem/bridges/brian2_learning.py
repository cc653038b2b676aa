"""Learning rules of the engine as equations and code of Brian2.

Here a weight is sent as it was when its spike was fired; Brian2 reads it when the spike arrives. So each synapse keeps
the weights that are on their way: as many as its neuron can fire within the delay.
"""

import numpy as np

from neuromem.bridges.units import quantity
from neuromem.errors import DescriptionError
from neuromem.network.check import steps
from neuromem.network.inputs import SpikeSourceArray
from neuromem.network.plasticity import OneShotHebb, SpikePairSTDP

MOST = 64
"""Weights on their way that a synapse may keep."""
TRACES = "dx/dt = -x/tau_plus : 1 (event-driven)\ndy/dt = -y/tau_minus : 1 (event-driven)"


def learning(made, projection, found, arrives, wait, unit):
    """A rule as (lines of equations, pathways, constants); a pathway is (side, name, code, order, delay).

    Parameters
    ----------
    made : Made
    projection : Projection
    found : Wires
    arrives : str
        Start of the statement that delivers, such as ``"i_e_post +="``.
    wait : quantity
        Delay of delivery.
    unit : str
        Of a weight.
    """
    kind = type(projection.plasticity)
    if kind not in _RULES:
        raise DescriptionError(f"its rule {kind.__name__} has no counterpart in Brian2; make it a SynapseModel")
    lines, pathways, space = _RULES[kind](made, projection, found)
    longest = int(np.max(found.delay, initial=1))
    number = 1 + longest // _interval(made.network, made.network.populations[projection.pre])
    if number > MOST:
        raise DescriptionError(
            f"up to {number} weights are on their way at a synapse within {longest * made.network.dt:g} ms, and at "
            f"most {MOST} can be kept in Brian2; a shorter delay or a longer refractory period of {projection.pre} "
            "helps"
        )
    kept, put, take = _on_their_way(number, unit)
    fired = next(k for k, pathway in enumerate(pathways) if pathway[1] == "fired")
    side, name, code, order, delay = pathways[fired]
    pathways[fired] = side, name, code.replace("send", put), order, delay
    return lines + kept, [*pathways, ("pre", "arrived", f"{arrives} {take}", None, wait)], space


def _on_their_way(number, unit):
    """(equations, code that keeps a weight, code that takes the one kept first)."""
    if number == 1:
        return [f"sent : {unit}"], "sent = w", "sent"
    names = [f"sent_{k}" for k in range(number)]
    lines = [f"{name} : {unit}" for name in names] + ["kept : integer", "taken : integer"]
    put = [f"{name} = w*int(kept == {k}) + {name}*int(kept != {k})" for k, name in enumerate(names)]
    take = " + ".join(f"{name}*int(taken == {k})" for k, name in enumerate(names))
    return lines, "\n".join([*put, f"kept = (kept + 1) % {number}"]), f"{take}\ntaken = (taken + 1) % {number}"


def _interval(network, population):
    """Fewest steps between two spikes of a neuron."""
    source = population.neuron
    if isinstance(source, SpikeSourceArray):
        when = np.atleast_1d(steps(source.times, network.dt, population.name, "times"))
        order = np.lexsort((when, source.ids))
        gaps = np.diff(when[order])[np.diff(source.ids[order]) == 0]
        return int(gaps.min(initial=np.iinfo(np.int64).max))
    if population.is_source or source.model.leave:
        return 1
    pause = steps(source.model.refractory(source.parameters), network.dt, population.name, "refractory period")
    pause = int(np.min(pause))
    return max(1, pause) if network.order == "brian2" else pause + 1


def _pair(made, projection, found):
    rule, model = projection.plasticity, made.network.populations[projection.post].neuron.model
    soft, unit = rule.dependence == "multiplicative", model.unit_of(projection.receptor)
    space = {name: getattr(rule, name) * made.brian2.ms for name in ("tau_plus", "tau_minus")}
    space |= {name: quantity(getattr(rule, name), unit) for name in ("w_min", "w_max")}
    space |= {name: quantity(getattr(rule, name), "1" if soft else unit) for name in ("a_plus", "a_minus")}
    up, down = ("*(w_max - w)", "*(w - w_min)") if soft else ("", "")
    rise, fall = f"w = clip(w + a_plus*x{up}, w_min, w_max)", f"w = clip(w - a_minus*y{down}, w_min, w_max)"
    fired, post = fall + "\nsend\nx += 1", rise + "\ny += 1"
    if rule.update == "immediate":
        return [TRACES], [("pre", "fired", fired, -2, None), ("post", "followed", post, -1, None)], space
    # All delay is dendritic. Nobody sees a weight between pre spikes, so post spikes need not wait for the next one.
    delay = np.asarray(found.delay) * made.network.dt * made.brian2.ms
    return [TRACES], [("post", "followed", post, -2, delay), ("pre", "fired", fired, -1, None)], space


def _hebb(made, projection, found):
    rule, unit = projection.plasticity, made.network.populations[projection.post].neuron.model
    owner, other = ("post", "pre") if rule.over == "incoming" else ("pre", "post")
    met = f"{met_name(made.network, projection)}_{owner}"
    count = f"met_in = t_in_timesteps\n{met} += 1"
    new = f"total*int(met_in == t_in_timesteps)/clip({met}, 1, inf)**exponent"
    write = f"w = {new}*int({met} > 0) + w*int({met} == 0)"
    space = {"total": quantity(rule.total, unit.unit_of(projection.receptor)), "exponent": rule.exponent}
    pathways = [(other, "counted", count, -3, None), (owner, "written", write, -2, None)]
    return ["met_in : 1"], [*pathways, ("pre", "fired", "send", -1, None)], space


def met_name(network, projection):
    """The variable of the neurons whose weights are written together that counts partners within a step."""
    return f"met_{list(network.projections).index(projection.name)}"


def counts(network, population):
    """Such variables of a population."""
    found = []
    for projection in network.projections.values():
        rule = projection.plasticity
        if isinstance(rule, OneShotHebb):
            owner = projection.post if rule.over == "incoming" else projection.pre
            found += [met_name(network, projection)] if owner == population.name else []
    return found


_RULES = {SpikePairSTDP: _pair, OneShotHebb: _hebb}
