"""Compiles the projections that have a synapse model: their kinds, their constants, and what each synapse keeps."""

import re

import numpy as np

from neuromem.engine.neuron_source import drawn_names
from neuromem.engine.parts import rows_of
from neuromem.engine.synapse_source import REPEAT, SynapseVariant, assigned
from neuromem.errors import DescriptionError
from neuromem.kernels import layout as at
from neuromem.kernels import philox
from neuromem.network.check import steps
from neuromem.network.random import Normal

PER_MS = 1e-3
"""A frequency in 1/s, as parameters are given, in the 1/ms of the source."""


def synapse_variant(network, projection, listed):
    """(kind of the projection, its constants by name); `listed` are its Wires."""
    model, (pre, post) = projection.model.model, _ends(network, projection)
    values = dict(model.constants(projection.model.parameters, network.dt))
    values |= _of_neurons(network, projection, model.text)
    if drawn_names(model.text) and (repeats := _repeats(listed)).any():
        values[REPEAT] = repeats
    shared = tuple(name for name, value in values.items() if np.ndim(value) == 0)
    own = tuple(name for name in values if name not in shared)
    varied = np.ndim(projection.delay) > 0 or isinstance(projection.delay, Normal)
    rows = [() if side.is_source else tuple(rows_of(network, side.name)) for side in (pre, post)]
    return SynapseVariant(model, shared, own, *rows, tuple(post.neuron.model.held), varied), values


def _ends(network, projection):
    return network.populations[projection.pre], network.populations[projection.post]


def _of_neurons(network, projection, text):
    """Parameters of the neurons that the source uses, `x_pre` and `x_post`: numbers, or callables of both indices."""
    found, computed = {}, assigned(text)
    for side, population in zip(("pre", "post"), _ends(network, projection), strict=True):
        state = () if population.is_source else rows_of(network, population.name)
        for name in dict.fromkeys(re.findall(rf"\b(\w+)_{side}\b", text)):
            if name in state or name == "index" or f"{name}_{side}" in computed:
                continue
            parameters = {} if population.is_source else population.neuron.parameters
            if name not in parameters:
                raise DescriptionError(
                    f"{projection.name}: {projection.model.model.name} uses {name} of {population.name}, which has no "
                    f"such variable or parameter"
                )
            scale = PER_MS if population.neuron.model.parameters[name].unit == "1/s" else 1.0
            value = np.asarray(parameters[name]) * scale
            found[f"{name}_{side}"] = _OfNeurons(side, value) if value.ndim else value.item()
    return found


def _repeats(listed):
    """How many synapses of the same two neurons lie before each one, in the connector's order."""
    pre = np.repeat(np.arange(listed.start.size - 1), np.diff(listed.start))
    same = np.r_[False, (pre[1:] == pre[:-1]) & (listed.post[1:] == listed.post[:-1])]  # rows are sorted by post
    place = np.arange(same.size)
    repeats = place - np.maximum.accumulate(np.where(same, 0, place))
    if listed.order is None:
        return repeats
    given = np.empty_like(repeats)
    given[listed.order] = repeats
    return given


class _OfNeurons:
    """Values per neuron of one side, as values per synapse once it is known which there are."""

    ndim = 1

    def __init__(self, side, values):
        self.side, self.values = side, values

    def at(self, pre, post):
        return self.values[pre if self.side == "pre" else post]


def lay_out_synapses(network, projection, number, row, build, variant, values, populations, index):
    """Fill the columns of the pieces of a projection that do not depend on the part."""
    pre, post = _ends(network, projection)
    rows, place = populations[index[projection.post]], row[:, at.LOW]
    row[:, at.PLACE] = rows[at.STATE] + place * len(variant.post)
    row[:, at.HELD] = rows[at.WAITING] + place
    row[:, at.PLACE_PRE] = populations[index[projection.pre], at.STATE]
    row[:, at.OBJECT_OF] = philox.SYNAPSES + number
    row[:, at.STEPS_POST] = steps(projection.delay_post, network.dt, projection.name, "delay_post")
    row[:, at.FIXED] = build.append("fixed", np.array([values[name] for name in variant.shared], float))


def lay_out_variables(projection, variant, values, entry, build, listed, start, target, chosen):
    """What each synapse of a piece keeps, and the constants that each has."""
    model, parameters, count = projection.model.model, projection.model.parameters, target.size
    pre = np.repeat(np.arange(start.size - 1), np.diff(start))
    rows = []
    for name in (*model.variables, *variant.own):
        value = values[name] if name in variant.own else parameters.get(model.initial.get(name), 0.0)
        if isinstance(value, _OfNeurons):
            value = value.at(pre, target.astype(np.int64) + entry[at.LOW])
        elif np.ndim(value):
            value = (value if listed.order is None else value[listed.order])[chosen]
        rows.append(np.broadcast_to(np.asarray(value, float), count))
    entry[at.COUNT] = count
    entry[at.VARIABLES] = build.append("variable", np.concatenate([np.zeros(0), *rows]))
    entry[at.UPDATED] = build.append("updated", np.zeros(count if _uses_time(model) else 0, np.int64))


def values_of(plan, number, row):
    """Row `row` of what the synapses of a projection keep, in the connector's order."""
    return _gather(plan, number, plan.synapses.variable, _spans(plan, number, row))


def kept(plan, number):
    """What a checkpoint holds of a projection: all rows, and when each synapse was last reached."""
    rows = range(len(_model(plan, number).model.variables))
    return {
        "variables": {str(row): values_of(plan, number, row) for row in rows},
        "updated": _gather(plan, number, plan.synapses.updated, _updates(plan, number)),
    }


def restore(plan, number, found):
    """Put back what `kept` returned."""
    for row, values in found["variables"].items():
        _scatter(plan, number, plan.synapses.variable, _spans(plan, number, int(row)), values)
    _scatter(plan, number, plan.synapses.updated, _updates(plan, number), found["updated"])


def _model(plan, number):
    return plan.models[plan.pieces(number)[0, at.RULE] - at.GENERAL]


def _spans(plan, number, row):
    for piece in plan.pieces(number):
        begin = piece[at.VARIABLES] + row * piece[at.COUNT]
        yield slice(begin, begin + piece[at.COUNT])


def _updates(plan, number):
    timed = _uses_time(_model(plan, number).model)
    for piece in plan.pieces(number):
        yield slice(piece[at.UPDATED], piece[at.UPDATED] + (piece[at.COUNT] if timed else 0))


def _uses_time(model):
    return re.search(r"\b(elapsed|lastupdate)\b", model.text) is not None


def _gather(plan, number, array, spans):
    """Values of all parts, in the connector's order."""
    found = np.concatenate([array[span] for span in spans])
    given = plan.stored[number].given
    if given is None or not found.size:
        return found
    values = np.empty_like(found)
    values[given] = found
    return values


def _scatter(plan, number, array, spans, values):
    given, begin = plan.stored[number].given, 0
    values = values if given is None or not values.size else values[given]
    for span in spans:
        end = begin + span.stop - span.start
        array[span] = values[begin:end]
        begin = end
