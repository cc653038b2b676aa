"""Populations and inputs of ours as groups of Brian2."""

import re

import numpy as np

from neuromem.bridges.brian2_exact import exact_step
from neuromem.bridges.brian2_learning import counts
from neuromem.bridges.units import quantity, unit_of
from neuromem.errors import DescriptionError
from neuromem.network.check import steps
from neuromem.network.inputs import SpikeSourceArray, SpikeSourcePoisson, TimedArray
from neuromem.network.neurons import COUNTING_ERROR

_MEMBRANE = "dv/dt = rate_m*(v_rest - v + resistance*({current})) : volt (unless refractory)"
_CURRENTS = "di_e/dt = -rate_e*i_e : amp\ndi_i/dt = -rate_i*i_i : amp"
BUILT_IN = {
    "IF_curr_exp": f"{_MEMBRANE.format(current='i_e - i_i + i_offset + i_ext')}\n{_CURRENTS}",
    "IF_curr_delta": _MEMBRANE.format(current="i_offset + i_ext"),
    "IF_curr_exp_nmda": f"{_MEMBRANE.format(current='i_e - i_i + i_d + i_offset + i_ext')}\n{_CURRENTS}\n"
    "i_d : amp\nleft : 1\narrived_d : amp",
    "NMDA_segment": "ds/dt = -rate_s*s : 1 (unless refractory)",
}
"""Models that are not made of equations, in Brian2's syntax; of rates, with which its symbolic solver is quick."""

DERIVED = {
    "tau_m": lambda p: {"rate_m": (1e3 / np.asarray(p["tau_m"]), "1/s")},
    "cm": lambda p: {"resistance": (np.asarray(p["tau_m"]) / p["cm"], "MOhm")},
    "tau_syn_E": lambda p: {"rate_e": (1e3 / np.asarray(p["tau_syn_E"]), "1/s")},
    "tau_syn_I": lambda p: {"rate_i": (1e3 / np.asarray(p["tau_syn_I"]), "1/s")},
    "tau": lambda p: {"rate_s": (1e3 / np.asarray(p["tau"]), "1/s")},
    "threshold": lambda p: {"level": (np.asarray(p["threshold"]) - COUNTING_ERROR, "1")},
}
"""Parameter of a built-in model -> what stands in its place there: (value, unit) by name."""

JUMPS = {
    "IF_curr_exp": {"excitatory": ("i_e", 1), "inhibitory": ("i_i", 1)},
    "IF_curr_delta": {"excitatory": ("v", 1), "inhibitory": ("v", -1)},
    "IF_curr_exp_nmda": {"excitatory": ("i_e", 1), "inhibitory": ("i_i", 1), "dendritic": ("arrived_d", 1)},
    "NMDA_segment": {"excitatory": ("s", 1), "inhibitory": ("s", -1)},
}

SLOTS = {
    "IF_curr_exp_nmda": (
        ("left = clip(left - 1, 0, inf)\ni_d = i_d*int(left > 0)", "after_groups"),
        (
            "i_d = arrived_d*int(arrived_d > i_d) + i_d*int(arrived_d <= i_d)\n"
            "left = plateau/dt*int(arrived_d > 0*nA) + left*int(arrived_d <= 0*nA)\narrived_d = 0*nA",
            "after_synapses",
        ),
    )
}
"""What a built-in model does in other slots of a step: (statements, slot)."""


def add_population(made, population, number):
    """Add a group and its SpikeMonitor."""
    brian2 = made.brian2
    source, counted = population.neuron, counts(made.network, population)
    if isinstance(source, SpikeSourceArray) and counted:
        group = _listed(made, population)
    elif isinstance(source, SpikeSourceArray):
        when = steps(source.times, made.network.dt, population.name, "times")
        times = (np.atleast_1d(when) + 0.5) * made.network.dt * brian2.ms  # within the step: no rounding can move it
        group = brian2.SpikeGeneratorGroup(
            population.size, source.ids, times, clock=made.clock, name=_name(made, population)
        )
    elif isinstance(source, SpikeSourcePoisson):
        group = _poisson(made, population)
    else:
        group = _neurons(made, population)
    for variable in counted:
        group.run_regularly(f"{variable} = 0", when="start")
    made.groups[population.name] = group
    made.add(group)
    if "spike" in group.events:
        made.add(brian2.SpikeMonitor(group, name=made.name(f"spikes_of_{population.name}")))


def _name(made, population):
    return made.name(population.name)


def _counted(made, population):
    """Equations of what learning counts in every step."""
    return "".join(f"\n{variable} : 1" for variable in counts(made.network, population))


def _listed(made, population):
    """Spike trains as a NeuronGroup, which can have variables."""
    brian2, network = made.brian2, made.network
    when = np.atleast_1d(steps(population.neuron.times, network.dt, population.name, "times"))
    table = np.zeros((int(when.max(initial=0)) + 2, population.size))
    table[when, population.neuron.ids] = 1.0
    return brian2.NeuronGroup(
        population.size,
        _counted(made, population),
        threshold="listed(t, i) > 0",
        reset="",
        namespace={"listed": brian2.TimedArray(table, dt=network.dt * brian2.ms)},
        clock=made.clock,
        name=_name(made, population),
    )


def _poisson(made, population):
    brian2, source = made.brian2, population.neuron
    rates = np.broadcast_to(np.asarray(source.rate, float), population.size)
    group = brian2.NeuronGroup(
        population.size,
        "chance : 1 (constant)\nbegins : 1 (constant, shared)\nends : 1 (constant, shared)"
        + _counted(made, population),
        threshold="rand() < chance and t/dt > begins - 0.5 and t/dt < ends - 0.5",
        reset="",
        clock=made.clock,
        name=_name(made, population),
    )
    group.chance = rates * made.network.dt / 1000.0
    start = steps(source.start, made.network.dt, population.name, "start")
    length = source.duration
    group.begins = start
    group.ends = np.inf if length is None else start + steps(length, made.network.dt, population.name, "duration")
    return group


def _neurons(made, population):
    """A NeuronGroup: equations, parameters and initial values."""
    brian2, neuron = made.brian2, population.neuron
    model, values = neuron.model, dict(neuron.parameters)
    given = _text(made, population)
    rename = {name: f"{name}_" for name in values if _means_something(name)}
    given = {key: renamed(value, rename) for key, value in given.items()}
    equations, namespace = given["equations"] + _counted(made, population), {}
    declared = {equation.varname for equation in brian2.Equations(equations).values()}
    own = {}
    measured = {name: (value, model.parameters[name].unit) for name, value in values.items()}
    if model.name in BUILT_IN and not hasattr(model, "text"):
        for name in DERIVED.keys() & values.keys():
            measured.pop(name)
            measured |= DERIVED[name](values)
    for name, (value, unit) in measured.items():
        name = rename.get(name, name)
        if isinstance(value, TimedArray):
            namespace[name] = brian2.TimedArray(quantity(value.values, value.unit), dt=value.dt * brian2.ms)
        elif name in declared:
            own[name] = quantity(value, unit)
        elif name.startswith("initial_") and name.removeprefix("initial_") in model.state:
            continue
        elif np.ndim(value):
            equations += f"\n{name} : {unit_of(quantity(1.0, unit))} (constant)"
            own[name] = quantity(value, unit)
        else:
            namespace[name] = quantity(value, unit)
    if any(current.population == population.name for current in made.network.currents):
        equations += "\ni_ext = stepped_current(t, i) : amp"
        namespace["stepped_current"] = _currents(made, population)
    else:
        namespace["i_ext"] = 0 * brian2.amp
    method = exact_step(model, values, made.network.dt) or given["method"]
    for name, value in getattr(method, "constants", {}).items():
        if value.ndim:
            equations += f"\n{name} : 1 (constant)"
            own[name] = value
        else:
            namespace[name] = value.item()
    group = brian2.NeuronGroup(
        population.size,
        equations,
        threshold=given["threshold"],
        reset=given["reset"] or "",
        refractory=_refractory(made, given["refractory"]),
        method=method,
        namespace=namespace,
        clock=made.clock,
        name=_name(made, population),
    )
    start = {name: values[source] for name, source in model.initial.items()} | population.initial
    for name, value in own.items():
        setattr(group, name, value)
    for name, value in start.items():
        if name != "lastspike":
            setattr(group, name, quantity(value, model.state[name]))
    for statements, slot in SLOTS.get(model.name, ()) if model.name in BUILT_IN else ():
        group.run_regularly(statements, when=slot)
    for statements, every in given["regularly"]:
        group.run_regularly(statements, dt=every * brian2.ms)
    return group


def _means_something(name):
    """Whether Brian2 has a unit, constant or function of that name, `cm` for instance, which would come first."""
    from brian2.core.namespace import DEFAULT_CONSTANTS, DEFAULT_FUNCTIONS, DEFAULT_UNITS

    return any(name in known for known in (DEFAULT_CONSTANTS, DEFAULT_FUNCTIONS, DEFAULT_UNITS))


def renamed(text, names):
    """A text, or a list of (text, interval), with other names for some things."""
    if isinstance(text, (list, tuple)):
        return [(renamed(part, names), every) for part, every in text]
    for name, other in names.items() if isinstance(text, str) else ():
        text = re.sub(rf"\b{name}\b", other, text)
    return text


def _text(made, population):
    """A model's text: equations, threshold, reset, refractory, method, regularly."""
    model = population.neuron.model
    if hasattr(model, "text"):
        recipe = model.recipe[1]
        return model.text | {"equations": model.equations, "method": model.method, "regularly": recipe["regularly"]}
    if model.name not in BUILT_IN:
        raise DescriptionError(
            f"{population.name}: {model.name} is not made of equations, and has no counterpart in Brian2"
        )
    return {
        "equations": BUILT_IN[model.name],
        "threshold": model.threshold,
        "reset": model.reset.replace("zero", "0"),
        "refractory": "tau_refrac",
        "method": "exact",
        "regularly": [],
    }


def _refractory(made, given):
    """The refractory period or condition as Brian2 counts it; a period of nothing there is none."""
    brian2, more = made.brian2, made.shift * made.network.dt
    if given is False or given is None:
        return more * brian2.ms if more else False
    if isinstance(given, str):
        timed = more and not any(sign in given for sign in "<>=") and " and " not in given and " or " not in given
        return f"({given}) + {more!r}*ms" if timed else given
    ms = float(given / brian2.ms) if hasattr(given, "dim") else float(given)
    return (ms + more) * brian2.ms


def _currents(made, population):
    """All step currents of a population as one table over time."""
    network, brian2 = made.network, made.brian2
    given = [current for current in network.currents if current.population == population.name]
    starts = [np.atleast_1d(steps(current.times, network.dt, population.name, "times")) for current in given]
    last = max((int(start.max()) for start in starts if start.size), default=0)
    table = np.zeros((last + 1, population.size))
    for current, start in zip(given, starts, strict=True):
        level = np.zeros(last + 1)
        for when, amplitude in zip(start, current.amplitudes, strict=True):
            level[when:] = amplitude
        table[:, slice(None) if current.ids is None else current.ids] += level[:, None]
    return brian2.TimedArray(table * brian2.nA, dt=network.dt * brian2.ms)


def jump(model, receptor):
    """(variable, sign) that a spike through a receptor changes."""
    found = JUMPS.get(model.name, {}).get(receptor) or model.adds.get(receptor)
    if found is None:
        raise DescriptionError(f"the receptor {receptor!r} of {model.name} has no counterpart in Brian2")
    return found


def add_input(made, given):
    """Add a lumped Poisson input; numbers of spikes of the Poisson law are drawn by what runs regularly."""
    brian2, network = made.brian2, made.network
    group, model = made.groups[given.population], network.populations[given.population].neuron.model
    variable, sign = jump(model, given.receptor)
    weight = quantity(sign * given.weight, model.unit_of(given.receptor))
    stop = network.populations[given.population].size if given.stop is None else given.stop
    if stop <= given.start:
        return
    some = group[given.start : stop]
    if given.sources is not None:
        made.add(brian2.PoissonInput(some, variable, given.sources, given.rate * brian2.Hz, weight))
        return
    mean = given.rate * network.dt / 1000.0
    number = len([name for name in group.namespace if name.startswith("noise_weight")])
    group.namespace[f"noise_weight_{number}"] = weight
    slot = "synapses" if network.order == "brian2" or model.name == "IF_curr_exp" else "after_groups"
    some.run_regularly(f"{variable} += noise_weight_{number}*poisson({mean!r})", when=slot)
