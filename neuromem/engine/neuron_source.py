"""Writes the source of a population's neuron update: the pieces of its model, fused in the order of operations."""

import re
import textwrap
from typing import NamedTuple

from neuromem.network.orders import ORDERS


class Variant(NamedTuple):
    """A kind of population: what its update depends on."""

    model: object  # CellType
    order: str
    own: tuple  # names of constants with one value per neuron
    driven: bool  # by a step current
    ringed: tuple  # receptors whose arrivals are summed before they are received
    noisy: tuple  # receptors of Poisson inputs
    timed: tuple  # (name, length, steps a value holds, one per neuron), see `TimedArray`


_UPDATE = '''
@inner
def update_{index}(r, step, seed, part, neurons, chance, ids):
    """{name}, order {order}: one step of slice r; lists who spikes, returns how many."""
    n = 0
    first, given, places = neurons.table[r, FIRST], neurons.table[r, CONSTANT], neurons.table[r, INPUT]
    constants, real, steps = neurons.constants, neurons.state.dtype.type, neurons.waiting.dtype.type
    arrived = neurons.ring[step % neurons.ring.shape[0]]
    zero, one = real(0.0), real(1.0)
    padded, apart = neurons.table[r, PADDED], neurons.table[r, PLACES]
{shared}
    for begin in range(0, padded, BLOCK):
        here, there = neurons.table[r, STATE] + begin * {rows}, neurons.table[r, WAITING] + begin
        state, paused = neurons.state[here : here + BLOCK * {rows}], neurons.waiting[there : there + BLOCK]
{views}
        fired = False
        for i in range(BLOCK):
{body}
        if not fired:
            continue
        for group in range(0, BLOCK, LANES):
            marks = steps(0)
            for i in range(group, group + LANES):
                marks |= paused[i]
            if marks < 0:  # SPIKES or PADDING is among them
                for i in range(group, group + LANES):
                    if paused[i] == SPIKES:
{reset}
                        ids[n] = first + begin + i
                        n += 1
    return n
'''

_RECEIVE = '''
@inner
def receive_{index}(r, step, seed, part, neurons, chance):
    """{name}: what was summed for this step is added to the state of slice r."""
    places, apart, padded = neurons.table[r, INPUT], neurons.table[r, PLACES], neurons.table[r, PADDED]
    arrived, zero = neurons.ring[step % neurons.ring.shape[0]], neurons.state.dtype.type(0.0)
{noise}
    for begin in range(0, padded, BLOCK):
        here, there = neurons.table[r, STATE] + begin * {rows}, neurons.table[r, WAITING] + begin
        state, paused = neurons.state[here : here + BLOCK * {rows}], neurons.waiting[there : there + BLOCK]
{arrivals}
        for i in range(BLOCK):
{receive}
'''

_RESET = '''
@inner
def reset_{index}(r, step, seed, neurons, spiking):
    """{name}: reset of the neurons of slice r that spike in this step."""
    slot, first = step % spiking.id.shape[0], neurons.table[r, FIRST]
    given, constants, apart = neurons.table[r, CONSTANT], neurons.constants, neurons.table[r, PLACES]
    real, steps = neurons.state.dtype.type, neurons.waiting.dtype.type
    zero, one = real(0.0), real(1.0)
{shared}
    for s in range(first, first + spiking.count[slot, r]):
        i = (spiking.id[slot, s] - first) % BLOCK
        begin = spiking.id[slot, s] - first - i
        here, there = neurons.table[r, STATE] + begin * {rows}, neurons.table[r, WAITING] + begin
        state, paused = neurons.state[here : here + BLOCK * {rows}], neurons.waiting[there : there + BLOCK]
{views}
{reset}
'''

_REGULAR = '''
@inner
def regular_{index}_{number}(r, step, seed, part, neurons, chance):
    """{name}: what runs at the start of every {every} steps."""
    given, constants, real = neurons.table[r, CONSTANT], neurons.constants, neurons.state.dtype.type
    padded, apart = neurons.table[r, PADDED], neurons.table[r, PLACES]
    zero, one = real(0.0), real(1.0)
{shared}
    for begin in range(0, padded, BLOCK):
        here, there = neurons.table[r, STATE] + begin * {rows}, neurons.table[r, WAITING] + begin
        state, paused = neurons.state[here : here + BLOCK * {rows}], neurons.waiting[there : there + BLOCK]
{views}
        for i in range(BLOCK):
{body}
'''

_STATE = "state[i + {k} * BLOCK]"
_OWN = "individual[i + {k} * BLOCK]"


def constant_names(model, order):
    """Names of a model's constants in the order in which they lie in memory, the refractory steps last."""
    probe = {name: rule.default for name, rule in model.parameters.items()}
    return [*model.constants(probe, 1.0, order), "refractory_steps", "size"]


def state_rows(model, driven):
    """Names of a population's rows of state: variables, and the step current if it has one."""
    return [*model.state, *(["i_ext"] if driven else [])]


def draws_noise(model, order):
    """How many random numbers a neuron takes in a step at most."""
    texts = [model.integrate[order] + model.threshold, *(source for source, _ in model.regular)]
    return max(len(drawn_names(text)) for text in texts)


def update_source(index, variant, dt):
    """Functions that advance one kind of population."""
    model, order = variant.model, ORDERS[variant.order]
    rows = state_rows(model, variant.driven)
    local = [model.local(name) for name in rows]
    ringed = () if order.direct else variant.ringed
    given = [*([] if order.direct else _arrivals(model, ringed)), *([] if variant.driven else ["i_ext = zero"])]
    step = "\n".join([*given, _step(variant)])
    after = _reset(variant, local)
    body = [*_per_neuron(variant, step), *_load(local, _STATE), "waiting = paused[i]", step]
    counted = order.direct or model.leave  # at the start of the step, and not at its end
    body += [f"paused[i] = SPIKES if spike else steps({'waiting' if counted else 'waiting - (waiting > 0)'})"]
    body += ["fired |= spike", *_store(local[: len(model.state)])]
    parts = {"index": index, "name": model.name, "rows": len(rows)}
    written = _UPDATE.format(
        **parts,
        order=variant.order,
        shared=_indent([*_shared(variant, f"{step}\n{after}", dt), *([] if order.direct else _noise(variant))], 4),
        views=_indent([*_own_view(variant), *_arrival_views(ringed), *_draws(step)], 8),
        body=_indent(body, 12),
        reset=_indent(["pass" if order.direct else after], 24),
    )
    if order.direct:
        written += _receive(variant, local, parts) if variant.ringed else ""
        written += _RESET.format(
            **parts,
            shared=_indent(_shared(variant, after, dt), 4),
            views=_indent(_own_view(variant), 8),
            reset=_indent([after], 8),
        )
    for number, (source, every) in enumerate(model.regular):
        written += _regular(variant, number, source, every, local, parts, dt)
    return written


def _receive(variant, local, parts):
    """The synapse slot of the orders in which spikes reach the state itself, for what was summed beforehand."""
    model = variant.model
    jumps = [(model.adds[receptor], f"in_{receptor}") for receptor in variant.ringed]
    touched = [model.local(variable) for (variable, _), _ in jumps]
    receive = [*_load(local, _STATE, "\n".join(touched)), *_arrivals(model, variant.ringed)]
    for (variable, sign), arrived in jumps:
        name = model.local(variable)
        sum_ = f"{name} {'+' if sign > 0 else '-'} {arrived}"
        receive.append(
            f"{name} = {sum_} if paused[i] == 0 else {name}" if variable in model.held else f"{name} = {sum_}"
        )
    receive += _store(local, "\n".join(touched))
    return _RECEIVE.format(
        **parts,
        noise=_indent(_noise(variant), 4),
        arrivals=_indent(_arrival_views(variant.ringed), 8),
        receive=_indent(receive, 12),
    )


def _regular(variant, number, source, every, local, parts, dt):
    body = [*_per_neuron(variant, source), *_load(local, _STATE, source), source, *_store(local, source)]
    return _REGULAR.format(
        **parts,
        number=number,
        every=round(every / dt),
        shared=_indent(_shared(variant, source, dt), 4),
        views=_indent([*_own_view(variant), *_draws(source)], 8),
        body=_indent(body, 12),
    )


def _step(variant):
    model = variant.model
    held = [model.local(name) for name in model.held]
    pieces = {
        "integrate": model.integrate[variant.order],
        "decay": model.decay,
        "receive": model.receive.get(variant.order, ""),
        "threshold": model.threshold,
        "leave": f"waiting = waiting if {model.leave} else min(waiting, 0)" if model.leave else "",
        "count": "" if model.leave else "waiting -= waiting > 0",
        "hold": "\n".join(f"held_{variable} = {variable}" for variable in held),
        "restore": "\n".join(f"{v} = held_{v} if waiting != 0 else {v}" for v in held),
    }
    return fill(ORDERS[variant.order].template, pieces)


def _reset(variant, local):
    """Reset of neuron i of a block, from loading to storing."""
    model = variant.model
    after = f"{model.reset}\npaused[i] = {'steps(1)' if model.leave else 'steps(refractory_steps)'}"
    drawn = [
        f"{name}_{k} = {name}(seed, neurons.table[r, OBJECT], {k}, neuron, step)" for name, k in drawn_names(after)
    ]
    text = "\n".join([*drawn, after])
    lines = [*_per_neuron(variant, text), *_load(local[: len(model.state)], _STATE, after), text]
    return "\n".join([*lines, *_store(local, after)])


def _arrivals(model, receptors):
    lines = []
    for receptor in receptors:
        lines += [f"in_{receptor} = arrived_{receptor}[i]", f"arrived_{receptor}[i] = zero"]
    return lines + [f"in_{receptor} = zero" for receptor in model.receptors if receptor not in receptors]


def _arrival_views(receptors):
    begins = [f"places + {k} * apart + begin" for k in range(len(receptors))]
    return [
        f"arrived_{receptor} = arrived[{begin} : {begin} + BLOCK]"
        for receptor, begin in zip(receptors, begins, strict=True)
    ]


def _noise(variant):
    """Draw what the Poisson inputs bring in this step."""
    lines = []
    for k, receptor in enumerate(variant.noisy):
        begin = f"places + {variant.ringed.index(receptor)} * apart"
        lines.append(f"noisy = arrived[{begin} : {begin} + padded]")
        first = "neurons.table[r, OFFSET] // WORDS"
        lines.append(f"add_poisson(seed, neurons.table[r, NOISE] + {k}, {first}, step, part, chance, noisy)")
    return lines


def _own_view(variant):
    """The block's constants with one value per neuron."""
    width = len(variant.own)
    whole = f"constants[own + begin * {width} : own + (begin + BLOCK) * {width}]"
    return [f"individual = {whole}"] if width else []


def _shared(variant, text, dt):
    """Load what all neurons share, where the text uses it."""
    names = shared_names(variant)
    lines = ["own = neurons.table[r, OWN]"] if variant.own else []
    lines += ["t = step * " + repr(dt)] if occurs("t", text) else []
    timed = len(names)
    for name, length, hold, each in variant.timed:
        at = f"min(step // {hold}, {length - 1})"
        place = f"constants[given + {timed} + {at}]" if not each else f"given + {timed} + {at} * apart"
        lines += [f"{f'place_{name}' if each else name} = {place}"] if occurs(name, text) else []
        if occurs(f"timed_rows_{name}", text):
            ticks = ticks_of(hold)
            lines += [f"timed_rows_{name} = given + {timed}", f"timed_last_{name} = {length - 1}"]
            lines += [f"timed_tick_{name} = {hold * dt / ticks!r}", f"timed_ticks_{name} = {ticks}.0"]
        timed = f"{timed} + {length} * apart" if each else f"{timed} + {length}"
    return lines + _load(names, "constants[given + {k}]", text)


def ticks_of(hold):
    """To how many parts of what a TimedArray's value holds, `hold` steps, Brian2 rounds times: a power of two."""
    return 1 << (8 * hold - 1).bit_length()


def shared_names(variant):
    """Names of the constants that all neurons share, as they lie in memory; tables of timed values follow."""
    return [name for name in constant_names(variant.model, variant.order) if name not in variant.own]


def _per_neuron(variant, text):
    """What each neuron has of its own beside its state, where the text uses it."""
    lines = _load([variant.model.local(name) for name in variant.own], _OWN, text)
    timed = [f"{name} = constants[place_{name} + neuron]" for name, _, _, each in variant.timed if each]
    timed = [line for line in timed if occurs(line.split()[0], text)]
    lines += [f"{name}_{k} = drawn_{name}_{k}[i]" for name, k in drawn_names(text) if f"{name}(seed" not in text]
    if timed or occurs("neuron", text):
        lines = ["neuron = neurons.table[r, OFFSET] + begin + i", *lines]
    return lines + timed


def drawn_names(text):
    """Random numbers that a text uses: ("uniform" or "normal", number), in order."""
    return sorted({(name, int(k)) for name, k in re.findall(r"\b(uniform|normal)_(\d+)\b", text)})


def _draws(text):
    """Draw a block's random numbers."""
    lines = []
    for k, (name, number) in enumerate(drawn_names(text)):
        lines.append(f"drawn_{name}_{number} = chance.noise[part, {k}]")
        block = "(neurons.table[r, OFFSET] + begin) // WORDS"
        given = f"seed, neurons.table[r, OBJECT], {number}, {block}, step, chance.words[part]"
        lines.append(f"fill_{name}({given}, drawn_{name}_{number})")
    return lines


def _load(names, place, text=None):
    """Lines `name = place` for the names, by their position k; with `text` only for those that occur in it."""
    return [f"{name} = {place.format(k=k)}" for k, name in enumerate(names) if text is None or occurs(name, text)]


def _store(names, text=None):
    """Lines that write names back to the state; with `text` only those that occur in it."""
    return [f"{_STATE.format(k=k)} = {name}" for k, name in enumerate(names) if text is None or occurs(name, text)]


def occurs(name, text):
    """Whether an identifier stands in a text."""
    return re.search(rf"\b{name}\b", text) is not None


def fill(template, pieces):
    """Put multi-line pieces into the template, each line at the indentation of its place; empty ones leave no line."""
    lines = []
    for line in template.strip("\n").splitlines():
        stripped = line.strip()
        key = stripped[1:-1] if stripped.startswith("{") and stripped.endswith("}") else None
        if key in pieces and pieces[key] in ("", "pass"):
            continue
        if key in pieces:
            lines.append(textwrap.indent(pieces[key], line[: len(line) - len(line.lstrip())]))
        else:
            lines.append(line.format(**pieces))
    return "\n".join(lines)


def _indent(lines, width):
    return textwrap.indent("\n".join(lines), " " * width)
