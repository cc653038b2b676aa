"""Live Brian2 objects as plain descriptions: what `from_brian2` builds a network from.

Nothing here knows of networks of ours. What cannot be described is collected in `Refusals`, so that a user sees all of
it at once.
"""

import numpy as np

from neuromem.bridges import brian2_text as text
from neuromem.bridges.brian2_described import (
    Described,
    Group,
    Lumped,
    Pathway,
    Poisson,
    Refusals,
    Trains,
    Watch,
    Wiring,
)

SCHEDULE = ["start", "groups", "thresholds", "synapses", "resets", "end"]
BEFORE_GROUPS = ("before_start", "start", "after_start", "before_groups")
ON_TIME = 1e-3
"""So much later a spike of a SpikeGeneratorGroup is taken to be, in steps: Brian2's rule for times between steps."""


def read(network, namespace):
    """Describe a Brian2 network. Returns a Described; raises DescriptionError with all that cannot be."""
    import brian2
    from brian2.groups.subgroup import Subgroup
    from brian2.spatialneuron.spatialneuron import SpatialNeuron

    refusals = Refusals()
    objects = sorted(_top(network), key=lambda item: item.name)
    families = {
        "groups": (brian2.NeuronGroup, brian2.PoissonGroup, brian2.SpikeGeneratorGroup),
        "wirings": (brian2.Synapses,),
        "lumped": (brian2.PoissonInput,),
        "monitors": (brian2.StateMonitor, brian2.SpikeMonitor, brian2.PopulationRateMonitor),
    }
    found = {family: [item for item in objects if isinstance(item, kinds)] for family, kinds in families.items()}
    dt = _clock(network, [item for family in ("groups", "wirings") for item in found[family]], refusals)
    for item in objects:
        if isinstance(item, SpatialNeuron):
            refusals.add(item.name, "has several compartments; only point neurons can be translated")
        elif not isinstance(item, (*sum(families.values(), ()), Subgroup)):
            refusals.add(item.name, f"is a {type(item).__name__}, which has no counterpart here")
        elif not item.active:
            refusals.add(item.name, "is switched off (active=False); leave it out of the network")
    readers = {brian2.NeuronGroup: _neurons, brian2.PoissonGroup: _poisson, brian2.SpikeGeneratorGroup: _trains}
    groups = []
    for item in found["groups"]:
        if not isinstance(item, SpatialNeuron):
            reader = next(reader for kind, reader in readers.items() if isinstance(item, kind))
            groups.append(reader(item, namespace, dt, refusals))
    wirings = [_synapses(item, namespace, dt, refusals) for item in found["wirings"]]
    lumped = [_lumped(item, namespace, refusals) for item in found["lumped"]]
    recorded, watches, notes = _monitors(found["monitors"], dt)
    refusals.check()
    return Described(dt, groups, wirings, lumped, watches, recorded, notes)


def _top(network):
    """The objects of a network that are not parts of others."""
    objects = set(network.objects)
    inner = set()
    for item in objects:
        inner |= set(item.contained_objects)
    return objects - inner


def _clock(network, items, refusals):
    """The time step in ms that all share."""
    import brian2

    schedule = list(getattr(network, "schedule", SCHEDULE))
    if schedule != SCHEDULE:
        refusals.add("network", f"runs in the order {schedule}, where {SCHEDULE} is expected")
    if not items:
        refusals.add("network", "holds no group of neurons or spike sources")
        return float(brian2.defaultclock.dt / brian2.ms)
    for item in items:
        if item.clock.dt_ != items[0].clock.dt_:
            refusals.add(
                item.name,
                f"has a time step of {item.clock.dt}, {items[0].name} one of {items[0].clock.dt}; give both one",
            )
    if float(network.t_) > 0:
        refusals.add("network", f"has run already, for {network.t}; translate it before its first run")
    return milliseconds(items[0].clock.dt_)


def milliseconds(seconds):
    """Seconds as ms, rounded to what a decimal number of microseconds looks like where that is what was meant."""
    ms = np.asarray(seconds, np.float64).item() * 1e3
    return round(ms, 9) if abs(round(ms, 9) - ms) < 1e-12 * max(1.0, ms) else ms


def _steps(seconds, dt):
    return np.rint(np.asarray(seconds, np.float64) * 1e3 / dt).astype(np.int64)


def _plain_schedule(item, expected, refusals, owner):
    """Refuse what was moved to another slot of the schedule."""
    slot, order = expected
    if item is not None and (item.when != slot or item.order != order):
        refusals.add(
            owner, f"{item.name} runs in slot {item.when!r} with order {item.order}, not in {slot!r} with {order}"
        )


def _method(choice, default, name, refusals):
    """A numerical method by name; None if it was left to Brian2."""
    choice = getattr(choice, "instead_of", choice)  # of a network that to_brian2 made
    if isinstance(choice, str):
        return choice
    if tuple(choice) != default if isinstance(choice, (tuple, list)) else True:
        refusals.add(name, f"method {choice!r} is not one method by name")
    return None


def _variables(equations):
    """Names of variables that hold values: of differential equations and parameters."""
    return [item.varname for item in equations.values() if item.type != "subexpression"]


def _not_linked(equations, name, refusals):
    for item in equations.values():
        if "linked" in item.flags:
            refusals.add(name, f"'{text.one_equation(item)}' is linked to a variable of another group")


def _regular(group, dt, refusals):
    """What runs regularly on a group or its subgroups: (statements, ms)."""
    from brian2.groups.group import CodeRunner
    from brian2.groups.subgroup import Subgroup

    owners = [group, *(item for item in group.contained_objects if isinstance(item, Subgroup))]
    found = []
    for owner in owners:
        for item in owner.contained_objects:
            if type(item) is not CodeRunner:
                if type(item).__name__ == "NetworkOperation":
                    refusals.add(owner.name, f"{item.name} is a function of Python that runs in every step")
                continue
            every = milliseconds(item.clock.dt_)
            if item.when not in BEFORE_GROUPS:
                refusals.add(
                    owner.name,
                    f"'{text.statements_text(item.abstract_code)}' runs in slot {item.when!r}, not at the start",
                )
            if abs(every / dt - round(every / dt)) > 1e-9 * every / dt:
                refusals.add(owner.name, f"{item.name} runs every {every:g} ms, which is no multiple of {dt:g} ms")
            code = text.statements_text(item.abstract_code)
            if owner is not group:
                code = _for_some(code, owner)
            found.append((item.when, item.order, item.name, code, every))
    order = list(BEFORE_GROUPS)
    found.sort(key=lambda entry: (order.index(entry[0]) if entry[0] in order else 0, *entry[1:3]))
    return [entry[3:] for entry in found]


def _for_some(code, subgroup):
    """Statements of a subgroup as statements of the whole group, in which the others keep their values."""
    import re

    inside = f"int(i >= {subgroup.start} and i < {subgroup.stop})"
    lines = []
    for line in code.splitlines():
        target, sign, value = re.match(r"\s*(\w+)\s*([-+*/]?=)\s*(.*)", line).groups()
        value = re.sub(r"\bi\b", f"(i - {subgroup.start})", value)
        value = re.sub(r"\bN\b", str(subgroup.stop - subgroup.start), value)
        if sign in ("+=", "-="):
            lines.append(f"{target} {sign} {inside}*({value})")
            continue
        value = value if sign == "=" else f"{target} {sign[0]} ({value})"
        known = target in subgroup.variables
        lines.append(f"{target} = {inside}*({value}) + (1 - {inside})*{target}" if known else f"{target} = {value}")
    return "\n".join(lines)


def _neurons(group, namespace, dt, refusals):
    equations, name = group.user_equations, group.name
    _not_linked(equations, name, refusals)
    for event in group.events:
        if event != "spike":
            refusals.add(
                name, f"has an event {event!r} of its own, '{group.events[event]}'; only spikes are known here"
            )
    _plain_schedule(group.thresholder.get("spike"), ("thresholds", 0), refusals, name)
    _plain_schedule(group.resetter.get("spike"), ("resets", 0), refusals, name)
    _plain_schedule(group.state_updater, ("groups", 0), refusals, name)
    threshold = group.events.get("spike")
    threshold = None if threshold is None else text.one_line(threshold)
    reset = text.statements_text(group.event_codes.get("spike", ""))
    refractory = group._refractory
    regular = _regular(group, dt, refusals)
    used = [item.expr.code for item in equations.values() if item.expr is not None]
    used += [threshold, reset, refractory if isinstance(refractory, str) else "", *(code for code, _ in regular)]
    values, useless = text.outside(group, text.identifiers(*used), namespace)
    for word, what in useless:
        where = next(part for part in used if part and word in text.identifiers(part))
        refusals.add(name, f"'{word}' in '{text.one_line(where)}' is {what}")
    return Group(
        name,
        group.N,
        text.equation_text(equations),
        threshold,
        reset,
        refractory,
        _method(group.method_choice, ("exact", "euler", "heun"), name, refusals),
        {
            variable: text.values_of(group, variable)
            for variable in _variables(equations)
            if variable in group.variables
        },
        values,
        regular,
    )


def _poisson(group, namespace, dt, refusals):
    import brian2

    name = group.name
    _plain_schedule(group.thresholder["spike"], ("thresholds", 0), refusals, name)
    regular = _regular(group, dt, refusals)
    if not isinstance(group._rates, str) and not regular:
        return Poisson(name, group.N, np.array(group.variables["rates"].get_value(), np.float64))
    threshold = "rand() < rates*dt"
    if isinstance(group._rates, str):
        rates = text.one_line(group._rates)
        values, useless = text.outside(group, text.identifiers(rates), namespace)
        for word, what in useless:
            refusals.add(name, f"'{word}' in '{rates}' is {what}")
        return Group(name, group.N, f"rates = {rates} : Hz", threshold, outside=values, regular=regular)
    values, useless = text.outside(group, text.identifiers(*(code for code, _ in regular)), namespace)
    for word, what in useless:
        refusals.add(name, f"'{word}' in '{regular[0][0]}' is {what}")
    rates = brian2.Quantity(np.array(group.variables["rates"].get_value()), dim=brian2.Hz.dim)
    return Group(name, group.N, "rates : Hz", threshold, values={"rates": rates}, outside=values, regular=regular)


def _trains(group, namespace, dt, refusals):
    _plain_schedule(group, ("thresholds", 0), refusals, group.name)
    times = np.asarray(group._spike_time, np.float64) * 1e3
    steps = np.floor(times / dt + ON_TIME).astype(np.int64)
    period = int(_steps(group.variables["period"].get_value().item(), dt))
    return Trains(group.name, group.N, steps, np.asarray(group._neuron_index, np.int64), period)


def whole(group):
    """The group of which one is a part, and the first index of that part."""
    source = getattr(group, "source", None)
    return (source, group.start) if source is not None and hasattr(group, "start") else (group, 0)


def _synapses(synapses, namespace, dt, refusals):
    import brian2

    name = synapses.name
    (source, first), (target, begin) = whole(synapses.source), whole(synapses.target)
    if isinstance(synapses.target, brian2.Synapses) or isinstance(synapses.source, brian2.Synapses):
        refusals.add(name, "connects to other synapses, which nothing here can do")
    equations = {}
    for part in (synapses.equations, synapses.event_driven or {}):
        equations |= {key: item for key, item in part.items() if key not in equations}
    _not_linked(equations, name, refusals)
    lines = [text.equation_text(equations)] if equations else []
    for variable, updater in synapses.summed_updaters.items():
        unit = text.unit_text(synapses.variables[variable].dim)
        lines.append(f"{variable} = {text.one_line(updater.expression.code)} : {unit} (summed)")
    if synapses.subexpression_updater is not None:
        refusals.add(name, "has a subexpression that is constant over dt")
    pathways = []
    for pathway in sorted(synapses._pathways, key=lambda item: (item.order, item.name)):
        _plain_schedule(pathway, ("synapses", -1 if pathway.prepost == "pre" else 1), refusals, name)
        if pathway.event != "spike":
            refusals.add(
                name, f"'{text.statements_text(pathway.code)}' runs on an event {pathway.event!r}, not on spikes"
            )
        delay = np.asarray(pathway.variables["delay"].get_value())
        delay = _steps(delay, dt)
        delay = int(delay[0]) if delay.size and (delay == delay[0]).all() else delay if delay.size else 0
        pathways.append(Pathway(pathway.objname, pathway.prepost, text.statements_text(pathway.code), delay))
    used = ["\n".join(item.expr.code for item in equations.values() if item.expr is not None)]
    used += [updater.expression.code for updater in synapses.summed_updaters.values()]
    used += [pathway.code for pathway in pathways]
    values, useless = text.outside(synapses, text.identifiers(*used), namespace)
    for word, what in useless:
        where = next(part for part in used if part and word in text.identifiers(part))
        refusals.add(name, f"'{word}' in '{text.one_line(where)}' is {what}")
    updater = synapses.state_updater
    method = None
    if updater is not None:
        method = _method(updater.method_choice, ("exact", "euler", "heun"), name, refusals)
        _after_neurons(synapses, updater, (source, target), equations, refusals)
    stored = [variable for variable in _variables(equations) if variable in synapses.variables]
    return Wiring(
        name,
        source.name,
        target.name,
        np.array(synapses.variables["_synaptic_pre"].get_value(), np.int64),
        np.array(synapses.variables["_synaptic_post"].get_value(), np.int64),
        "\n".join(lines),
        pathways,
        {variable: text.values_of(synapses, variable) for variable in stored},
        values,
        method,
        {"i": first, "j": begin, "N_pre": len(synapses.source), "N_post": len(synapses.target)},
    )


def _after_neurons(synapses, updater, ends, equations, refusals):
    """Refuse clock-driven equations that read neurons before those have made their step, as here they do after it."""
    read = text.identifiers(*(item.expr.code for item in equations.values() if item.expr is not None))
    for group in ends:
        first = getattr(group, "state_updater", None)
        owners = {name: getattr(synapses.variables[name], "owner", None) for name in synapses.variables}
        own = {name for name, owner in owners.items() if getattr(owner, "name", None) == group.name}
        if first is None or not read & own or (updater.order, updater.name) > (first.order, first.name):
            continue
        refusals.add(
            synapses.name,
            f"its clock-driven equations read {', '.join(sorted(read & own))} of {group.name} before its step, as the "
            f"names come in this order; set {synapses.name}.state_updater.order = 1",
        )


def _lumped(given, namespace, refusals):
    import brian2

    group, first = whole(given._group)
    weight = given.weight
    if isinstance(weight, str):
        words = text.identifiers(weight)
        known, useless = text.outside(given._group, words, namespace)
        inside = words & set(given._group.variables)
        timed = [word for word, value in known.items() if isinstance(value, brian2.TimedArray)]
        if inside or timed or useless or {"t", "i"} & set(weight.replace("(", " ").replace(")", " ").split()):
            refusals.add(given.name, f"its weight '{weight}' is no constant")
        else:
            space = {**brian2.__dict__, **known}
            weight = eval(weight, {"__builtins__": {}}, space)  # the user's own text, as Brian2 would evaluate it
    return Lumped(
        given.name,
        group.name,
        given.target_var,
        int(given.N),
        float(given.rate / brian2.Hz),
        weight,
        first,
        first + len(given._group),
    )


def _monitors(monitors, dt):
    """(names of recorded groups, what is watched, what will not be held)."""
    recorded, watches, notes = [], [], []
    for monitor in monitors:
        kind = type(monitor).__name__
        if kind in ("SpikeMonitor", "EventMonitor", "PopulationRateMonitor"):
            group, _ = whole(monitor.source)
            recorded.append(group.name)
            extra = [name for name in getattr(monitor, "record_variables", ()) if name not in ("i", "t")]
            if extra:
                notes.append(f"{monitor.name} does not hold {', '.join(extra)} at spikes")
            continue
        source, first = whole(monitor.source)
        ids = None if monitor.record is True else np.asarray(monitor.record, np.int64)
        held = np.asarray(
            monitor.variables["_indices"].get_value() if "_indices" in monitor.variables else [], np.int64
        )
        ids = (
            held + first if ids is None and (first or held.size != len(source)) else ids if ids is None else ids + first
        )
        every = max(1, round(milliseconds(monitor.clock.dt_) / dt))
        if monitor.when not in BEFORE_GROUPS:
            notes.append(f"{monitor.name} samples at the start of a step, not in slot {monitor.when!r}")
        watches += [Watch(monitor.name, source.name, name, every, ids) for name in monitor.record_variables]
    return list(dict.fromkeys(recorded)), watches, notes
