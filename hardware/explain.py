"""Why the first spike differs between the float engine and a chip, in words, and the smallest change that removes it.

Causes are found by trial: the engine runs again with something of what the chip holds, its order of operations, its
weights, its parameters; the first of these that makes it do what the chip did, is the cause. What these are, each
target says (`Target.candidates`).
"""

import numpy as np

from neuromem.engine import simulate
from neuromem.errors import NeuromemError
from neuromem.hardware.comparison import compare
from neuromem.network.random import Normal
from neuromem.network.tree import from_tree, to_tree

HALVINGS = 12
"""Of the interval in which the smallest change is looked for."""
DOUBLINGS = 9
"""Of a first guess, where nothing says how large a change has to be."""
REFINEMENTS = 4
"""Halvings that follow them; each trial runs engine and emulator."""


def explain(target, held, comparison):
    """Say it; `held` is what `Target.quantize` returned. Returns a text of a few lines."""
    compared, duration = comparison.agreement, comparison.duration
    first = compared.first
    if first is None:
        said = f"Engine and chip fire the same {compared.both:,} spikes in {duration:g} ms."
        return "\n".join([said, *(f"On the chip {fault}; no spike depends on it." for fault in comparison.chip.faults)])
    return "\n".join(
        [
            f"First difference: {first}. They share {compared.share:.4%} of their spikes.",
            f"Why: {_cause(target, held, comparison)}.",
            *target.circumstances(held, first),
            _remedy(target, held, first, duration),
        ]
    )


def _cause(target, held, comparison):
    """The first candidate with which the engine does with the spike in question what the chip did."""
    first = comparison.agreement.first
    for said, network in target.candidates(held, first, comparison.chip.faults):
        if network is None or _as_on_chip(network, held, first):
            return said
    return target.arithmetic


def _as_on_chip(network, held, first):
    bare = network.copy()
    bare.probes = []
    run = simulate(bare, (first.step + 1) * bare.dt, seed=held.seed, record=[first.population])
    spikes = run.spikes[first.population]
    there = (np.rint(spikes.times / bare.dt) == first.step) & (spikes.ids == first.neuron)
    return bool(there.any()) == first.on_chip


def _remedy(target, held, first, duration):
    """The smallest change of the threshold found that makes both do the same up to that step."""

    def difference(change, until):
        network = with_parameter(held.network, first.population, "v_thresh", change)
        return compare(target, target.integers(network, held.seed), until).agreement.first

    def removes(change):
        try:
            return difference(change, (first.step + 1) * held.network.dt) is None
        except NeuromemError:  # a threshold below the reset potential, or one that no register holds
            return False

    neuron = held.network.populations[first.population].neuron.parameters
    span = float(np.mean(np.subtract(neuron["v_thresh"], neuron["v_reset"])))
    change = target.smallest_change(held, first, removes, span)  # a larger one may silence both and explains nothing
    if change is None:
        return f"No change of v_thresh of {first.population} that was tried, of {span:g} mV at most, removes it."
    after = difference(change, duration)
    then = (
        "engine and chip then agree to the end"
        if after is None
        else f"the first difference is then in step {after.step}"
    )
    moved = "Raising" if change > 0 else "Lowering"
    return f"{moved} v_thresh of {first.population} by {abs(change):.6g} mV removes it: {then}."


# ---- changed copies of a description


def with_parameter(network, population, parameter, change):
    """A copy in which a parameter of a population is `change` larger."""
    value = np.asarray(network.populations[population].neuron.parameters[parameter]) + change
    return with_parameters(network, {population: {parameter: value}})


def with_parameters(network, values):
    """A copy with other parameters: population -> parameter -> number or array."""
    tree = to_tree(network)
    for population, parameters in values.items():
        plain = {key: float(value) if np.ndim(value) == 0 else np.asarray(value) for key, value in parameters.items()}
        tree["populations"][population]["neuron"].update(plain)
    return from_tree(tree)


def with_order(network, order):
    """A copy with another order of operations."""
    return from_tree(to_tree(network) | {"order": order})


def with_weights(network, weights):
    """A copy with other weights: projection -> (pre, post, weight, delay in ms), one value per synapse.

    `pre` and `post` are only used where the connector is random; elsewhere weights are in the connector's order.
    """
    tree = to_tree(network)
    for name, (pre, post, weight, delay) in weights.items():
        projection = network.projections[name]
        item = tree["projections"][name]
        item["weight"] = np.asarray(weight, np.float32)
        if type(projection.connector).__name__.startswith("Fixed"):
            item["connector"] = {"type": "FromArrays", "pre": pre, "post": post}
            item["delay"] = np.broadcast_to(np.asarray(delay, np.float64), np.shape(pre)).copy()
        elif isinstance(projection.delay, Normal):
            item["delay"] = np.asarray(delay, np.float64)
    return from_tree(tree)


def rounded_weights(network, population, rounded, quanta):
    """Candidates (said, network): what one projection's weights are rounded to, those onto `population` first.

    Parameters
    ----------
    rounded : dict of str to tuple
        Projection -> what `with_weights` takes.
    quanta : dict of str to str
        Projection -> its quantum with its unit.
    """
    own = [name for name, projection in network.projections.items() if projection.post == population]
    for name in [*own, *(name for name in rounded if name not in own)]:
        said = f"the weights of {name} are rounded to multiples of {quanta[name]}; give it such weights"
        yield said, with_weights(network, {name: rounded[name]})


# ---- the smallest change


def smallest_change(removes, known):
    """The smallest change found that helps, or None.

    Parameters
    ----------
    removes : callable(change) -> bool
    known : float
        A change that should help, and bounds the search the other way.
    """
    helps = known if removes(known) else None
    if removes(-known):
        low, high = 0.0, known
        for _ in range(HALVINGS):
            middle = (low + high) / 2.0
            low, high = (low, middle) if removes(-middle) else (middle, high)
        if helps is None or abs(high) < abs(helps):
            helps = -high
    return helps


def change_that_helps(removes, least):
    """A small change that helps, found by doubling `least` in both directions and halving back; None if none does."""
    for k in range(DOUBLINGS):
        for high in (least * 2.0**k, -least * 2.0**k):
            if removes(high):
                low = high / 2.0 if k else 0.0
                for _ in range(REFINEMENTS):
                    middle = (low + high) / 2.0
                    low, high = (low, middle) if removes(middle) else (middle, high)
                return high
    return None
