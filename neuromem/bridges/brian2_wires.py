"""Projections of ours as Synapses of Brian2."""

import numpy as np

from neuromem.bridges.brian2_write import jump
from neuromem.bridges.units import quantity
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
    """Synapses that add a weight."""
    network, brian2 = made.network, made.brian2
    model, rule = network.populations[projection.post].neuron.model, projection.plasticity
    variable, sign = jump(model, projection.receptor)
    unit = model.unit_of(projection.receptor)
    early = network.order == "pynn" and variable == "v"  # jumps come before the threshold of their step
    delay = (np.asarray(found.delay) - early) * network.dt * brian2.ms
    weight = quantity(found.weight, unit)
    ends = made.groups[projection.pre], made.groups[projection.post]
    common = {"clock": made.clock, "name": made.name(projection.name)}
    size = _unit(weight)
    if rule is not None:
        raise DescriptionError(f"its rule {type(rule).__name__} has no counterpart in Brian2; make it a SynapseModel")
    code = f"{variable}_post {'+' if sign > 0 else '-'}= w"
    synapses = brian2.Synapses(*ends, f"w : {size} (constant)", on_pre=code, **common)
    pathway = synapses.pre
    if early:
        pathway.when = "after_groups"
    return synapses, {"values": {"w": weight}, pathway.objname: delay}


def _unit(value):
    from neuromem.bridges.brian2_text import unit_text

    return unit_text(value.dim)


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
    delays = {"values": values}
    if code["on_pre"]:
        delays["pre"] = np.asarray(found.delay) * network.dt * brian2.ms
    if code["on_post"]:
        delays["post"] = projection.delay_post * brian2.ms
    return synapses, delays
