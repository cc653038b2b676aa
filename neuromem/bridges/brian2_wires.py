"""Projections of ours as Synapses of Brian2."""

import re

import numpy as np

from neuromem.bridges.brian2_learning import learning
from neuromem.bridges.brian2_write import jump, renamed
from neuromem.bridges.units import quantity, unit_of
from neuromem.errors import DescriptionError
from neuromem.network.wires import wires


def add_projection(made, projection, number):
    """Add Synapses with the synapses that the engine draws."""
    network = made.network
    sizes = [network.populations[side].size for side in (projection.pre, projection.post)]
    found = wires(projection, number, *sizes, made.seed, network.dt)
    pre = np.repeat(np.arange(sizes[0]), np.diff(found.start))
    post = np.asarray(found.post, np.int64)
    if projection.model is not None:
        synapses, delays = _general(made, projection, found)
    else:
        synapses, delays = _weighted(made, projection, found)
    if not pre.size:
        synapses.active = False
        return
    synapses.connect(i=pre, j=post)
    for variable, value in delays.pop("values").items():
        setattr(synapses, variable, value)
    for pathway, delay in delays.items():
        getattr(synapses, pathway).delay = delay
    made.synapses[projection.name] = synapses
    made.add(synapses)


def _given_order(found, value):
    """Values in the connector's order as values in the order of the rows."""
    return value if np.ndim(value) == 0 or found.order is None else np.asarray(value)[found.order]


def _weighted(made, projection, found):
    """Synapses that add a weight, which may learn."""
    network, brian2 = made.network, made.brian2
    model = network.populations[projection.post].neuron.model
    variable, sign = jump(model, projection.receptor)
    early = network.order == "pynn" and tested(model, variable)
    wait = (np.asarray(found.delay) - early) * network.dt * brian2.ms
    weight = quantity(found.weight, model.unit_of(projection.receptor))
    arrives = f"{variable}_post {'+' if sign > 0 else '-'}="
    if projection.plasticity is None:
        lines, pathways, space = [], [("pre", "pre", f"{arrives} w", None, wait)], {}
    else:
        lines, pathways, space = learning(made, projection, found, arrives, wait, unit_of(weight))
    lines = [f"w : {unit_of(weight)}", *lines]
    ends = made.groups[projection.pre], made.groups[projection.post]
    own = {word for line in lines for word in re.findall(r"^d?(\w+?)(?:/dt =.*)? :", line, re.MULTILINE)} | {*space}
    other = {word: f"{word}_syn" for word in own if any(word in group.variables for group in ends)}
    code = {name: renamed(text, other) for _, name, text, _, _ in pathways}
    synapses = brian2.Synapses(
        *ends,
        "\n".join(renamed(line, other) for line in lines),
        on_pre={name: code[name] for side, name, *_ in pathways if side == "pre"},
        on_post={name: code[name] for side, name, *_ in pathways if side == "post"} or None,
        namespace={other.get(name, name): value for name, value in space.items()},
        clock=made.clock,
        name=made.name(projection.name),
    )
    for _, name, _, order, _ in pathways:
        if order is not None:
            getattr(synapses, name).order = order
    if early:
        getattr(synapses, pathways[-1][1]).when = "after_groups"
    made.weights[projection.name] = other.get("w", "w")
    values = {other.get("w", "w"): weight} | ({"met_in": -1} if "met_in" in synapses.variables else {})
    return synapses, {"values": values} | {name: wait for _, name, _, _, wait in pathways if wait is not None}


def tested(model, variable):
    """Whether what arrives in a variable is seen by the threshold of the same step in the order "pynn"."""
    return re.search(rf"\b{re.escape(model.local(variable))}\b", model.threshold) is not None


def _general(made, projection, found):
    """Synapses with a model made of equations."""
    network, brian2 = made.network, made.brian2
    synapse = projection.model
    model = synapse.model
    source = getattr(model, "made_of", None)
    if source is None:
        raise DescriptionError(f"its model {model.name} is not made of equations")
    declared = (
        {equation.varname for equation in brian2.Equations(source.equations).values()} if source.equations else ()
    )
    space, values = {}, {}
    for name, value in synapse.parameters.items():
        measured = quantity(_given_order(found, value), model.parameters[name].unit)
        if name in declared:
            values[name] = measured
        elif np.ndim(measured):
            raise DescriptionError(f"{name} has a value for each synapse and is not declared in its equations")
        else:
            space[name] = measured
    code = {side: source.recipe[1].get(side) or "" for side in ("on_pre", "on_post")}
    synapses = brian2.Synapses(
        made.groups[projection.pre],
        made.groups[projection.post],
        source.equations or None,
        **{side: text for side, text in code.items() if text},
        method=source.text.method or ("exact", "euler", "heun"),
        namespace=space,
        clock=made.clock,
        name=made.name(projection.name),
    )
    if synapses.state_updater is not None:
        synapses.state_updater.order = 1  # after the neurons, whatever its name is
    delays = {"values": values}
    if code["on_pre"]:
        delays["pre"] = np.asarray(found.delay) * network.dt * brian2.ms
    if code["on_post"]:
        delays["post"] = projection.delay_post * brian2.ms
    return synapses, delays
