"""Compiles ahead of time what most users run, so that their first run starts at once."""

from neuromem.engine.simulation import Simulation
from neuromem.network import (
    AllToAll,
    FromArrays,
    IF_curr_delta,
    IF_curr_exp,
    Network,
    OneShotHebb,
    SpikePairSTDP,
    SpikeSourceArray,
    SpikeSourcePoisson,
)

_RULES = {
    "static": (),
    "deferred STDP": (SpikePairSTDP(update="deferred"),),
    "immediate STDP": (SpikePairSTDP(),),
    "one-shot Hebb": (OneShotHebb(over="incoming"), OneShotHebb(over="outgoing")),
}


def warm(progress=None):
    """Compile and cache the loops of common networks.

    Parameters
    ----------
    progress : callable(str), optional
        Told what is compiled next.

    Returns
    -------
    list of str
        What was compiled.
    """
    done = []
    for order in ("pynn", "spinnaker"):
        for model in (IF_curr_exp, IF_curr_delta):
            for source in (SpikeSourceArray(), SpikeSourcePoisson()):
                _compile(done, progress, order, model, source, "static", "float64")
    _compile(done, progress, "pynn", IF_curr_exp, SpikeSourceArray(), "static", "float32")
    for rule in list(_RULES)[1:]:
        order = "pynn" if rule.startswith("immediate") else "spinnaker"
        _compile(done, progress, order, IF_curr_exp, SpikeSourceArray(), rule, "float64")
    return done


def _compile(done, progress, order, model, source, rule, dtype):
    label = f"{model.name}, {order} order, {type(source).__name__}, {rule}, {dtype}"
    if progress is not None:
        progress(label)
    net = Network(dt=1.0, order=order)
    net.population("in", 1, source)
    net.population("out", 1, model)
    if rule == "one-shot Hebb":  # the competition network also has delays of its own for each synapse
        net.project("in", "out", FromArrays([0], [0]), weight=[1.0], delay=[1.0])
    for plasticity in _RULES[rule] or (None,):
        net.project("in", "out", AllToAll(), plasticity=plasticity)
    simulation = Simulation(net, dtype=dtype)
    simulation.run_steps(1)
    simulation.flush()
    done.append(label)
