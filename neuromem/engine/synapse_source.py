"""Writes the source of synapse models: what a spike of either side, and every step, does to each synapse."""

import re
import textwrap
from typing import NamedTuple

from neuromem.engine.neuron_source import drawn_names, occurs

REPEAT = "repeat"
"""Constant of each synapse: how many others of the same two neurons lie before it, where there are any."""


class SynapseVariant(NamedTuple):
    """A kind of projection: what its functions depend on."""

    model: object  # SynapseType
    shared: tuple  # names of the constants of all synapses
    own: tuple  # names of the constants that each synapse has
    pre: tuple  # rows of state of the pre population, as (name, local name) is `{name}_pre` in the source
    post: tuple
    held: tuple  # post variables that do not change during refractoriness
    varied: bool  # each synapse has its own delay

    @property
    def reads_pre(self):
        """Whether the state of pre neurons is used, which may belong to another part."""
        return any(occurs(f"{name}_pre", self.model.text) for name in self.pre)


_HEAD = """
    table, real = synapses.table, neurons.state.dtype.type
    zero, one, count = real(0.0), real(1.0), table[q, COUNT]
    variable, updated = synapses.variable[table[q, VARIABLES] :], synapses.updated[table[q, UPDATED] :]
    place_post, place_pre = table[q, PLACE], table[q, PLACE_PRE]
    state, first_synapse = neurons.state, table[q, SYNAPSE]
{shared}"""

_ON_PRE = '''
@inner
def on_pre_{index}(q, step, populations, seed, spiking, neurons, synapses):
    """{name}: what the spikes of pre neurons that arrive in this step do to the synapses of piece q."""
{head}
    shift = neurons.table[table[q, PRE], FIRST]
{delays}
        slot = (step - delay) % spiking.id.shape[0]
        for r in range(table[q, PRE], neurons.table.shape[0], populations):
            first = neurons.table[r, FIRST]
            for s in range(first, first + spiking.count[slot, r]):
                source = spiking.id[slot, s] - shift
{rows}
                for k in range(low, high):
                    target, synapse = np.int64(synapses.target[k]), k - first_synapse
{body}
'''

_TOGETHER = "    for delay in range(table[q, STEPS], table[q, STEPS] + 1):"
_ROW = """
low, high = synapses.row_start[table[q, ROW] + source], synapses.row_start[table[q, ROW] + source + 1]
"""
_VARIED = "    for delay in range(table[q, STEPS], table[q, LAST] + 1):"
_STRETCH = """
low, high = stretch(q, source, delay, synapses)
"""

_ON_POST = '''
@inner
def on_post_{index}(q, step, seed, spiking, neurons, synapses, plastic):
    """{name}: what the spikes of post neurons that arrive in this step do to the synapses of piece q."""
{head}
    slot, first = (step - table[q, STEPS_POST]) % spiking.id.shape[0], neurons.table[table[q, POST], FIRST]
    for s in range(first, first + spiking.count[slot, table[q, POST]]):
        target = np.int64(spiking.id[slot, s] - first)
        column = table[q, COLUMN] + target
        for place in range(plastic.column_start[column], plastic.column_start[column + 1]):
            synapse, source = np.int64(plastic.column_synapse[place]), np.int64(plastic.column_row[place])
{body}
'''

_EVERY = '''
@inner
def {what}_{index}(q, step, seed, neurons, synapses):
    """{name}: what happens at the synapses of piece q in every step."""
{head}
{begin}
    for source in range(table[q, ROWS]):
        for k in range(synapses.row_start[table[q, ROW] + source], synapses.row_start[table[q, ROW] + source + 1]):
            target, synapse = np.int64(synapses.target[k]), k - first_synapse
{body}
'''

_CLEAR = """
for target in range(neurons.table[table[q, POST], SIZE]):
    state[place_post + target + target // BLOCK * {spread} + {offset}] = zero
"""


def synapse_source(index, variant, dt):
    """Functions of one kind of projection."""
    model, text = variant.model, ""
    if model.on_pre:
        text += _ON_PRE.format(
            index=index,
            name=model.name,
            head=_head(variant, model.on_pre, dt),
            delays=_VARIED if variant.varied else _TOGETHER,
            rows=_indent((_STRETCH if variant.varied else _ROW).strip(), 16),
            body=_indent(_body(variant, model.on_pre, dt, event=True), 20),
        )
    if model.on_post:
        text += _ON_POST.format(
            index=index,
            name=model.name,
            head=_head(variant, model.on_post, dt),
            body=_indent(_body(variant, model.on_post, dt, event=True), 12),
        )
    if model.flow:
        text += _every("flow", index, variant, model.flow, dt, "")
    if model.summed:
        lines = "\n".join(f"{name}_post += {expression}" for name, expression in model.summed.items())
        clear = [_CLEAR.format(**_place(variant.post, name)).strip() for name in model.summed]
        text += _every("summed", index, variant, lines, dt, "\n".join(clear))
    return text


def _every(what, index, variant, lines, dt, begin):
    return _EVERY.format(
        what=what,
        index=index,
        name=variant.model.name,
        head=_head(variant, lines, dt),
        begin=_indent(begin, 4),
        body=_indent(_body(variant, lines, dt, event=False), 12),
    )


def _head(variant, text, dt):
    """Load what all synapses share."""
    lines = ["t = step * " + repr(dt)] if occurs("t", text) else []
    lines += [
        f"{name} = synapses.fixed[table[q, FIXED] + {k}]" for k, name in enumerate(variant.shared) if occurs(name, text)
    ]
    return _HEAD.strip("\n").format(shared=_indent("\n".join(lines), 4))


def _body(variant, text, dt, event):
    """One synapse: load what the text uses, run it, store what it assigns."""
    model = variant.model
    rows = [*(model.local(name) for name in model.variables), *variant.own]
    kept = [(name, f"variable[synapse + {m} * count]") for m, name in enumerate(rows)]
    kept += [(f"{name}_post", _at("post", "target", variant.post, name)) for name in variant.post]
    kept += [(f"{name}_pre", _at("pre", "source", variant.pre, name)) for name in variant.pre]
    written = assigned(text)
    lines = ["index_post = target + table[q, LOW]"] if occurs("index_post", text) else []
    lines += ["index_pre = source"] if occurs("index_pre", text) else []
    if event and (occurs("elapsed", text) or occurs("lastupdate", text)):
        lines += [f"elapsed = (step - updated[synapse]) * {dt!r}", f"lastupdate = updated[synapse] * {dt!r}"]
        lines += ["updated[synapse] = step"]
    for name, number in drawn_names(text):
        row = f"source + np.int64({REPEAT}) * table[q, ROWS]" if REPEAT in variant.own else "source"
        pair = f"({row}) * table[q, N_POST] + target + table[q, LOW]"
        lines.append(f"{name}_{number} = {name}(seed, table[q, OBJECT_OF], {number}, {pair}, step)")
    needed = "\n".join([text, *lines])
    lines = [*(f"{name} = {place}" for name, place in kept if occurs(name, needed)), *lines]
    lines += text.splitlines()
    for name, place in kept:
        if name in written:
            guard = name.endswith("_post") and name.removesuffix("_post") in variant.held
            lines.append(f"{'if neurons.waiting[table[q, HELD] + target] == 0: ' if guard else ''}{place} = {name}")
    return "\n".join(lines)


def assigned(text):
    """Names that a text assigns to."""
    return set(re.findall(r"^\s*(\w+)\s*(?:[-+*/]|//|\*\*)?=(?!=)", text, re.MULTILINE))


def _at(side, neuron, rows, name):
    place = _place(rows, name)
    return f"state[place_{side} + {neuron} + {neuron} // BLOCK * {place['spread']} + {place['offset']}]"


def _place(rows, name):
    return {"spread": f"({len(rows) - 1} * BLOCK)", "offset": f"{rows.index(name)} * BLOCK"}


def _indent(text, width):
    return textwrap.indent(text, " " * width)
