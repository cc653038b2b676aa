"""`to_standard_cells`: equations that say what a standard cell of PyNN says, as that cell, for chips and simulators.

A leaky integrate-and-fire neuron with exponential currents is the linear system

    dv/dt = (v_rest - v)/tau_m + sum_x c_x x,     dx/dt = -x/tau_x,

whatever its variables are called. Its coefficients are read from the model's exact integration.
"""

import ast
from dataclasses import dataclass

import numpy as np

from neuromem.errors import DescriptionError
from neuromem.network.check import check_network
from neuromem.network.network import Network
from neuromem.network.neurons import IF_curr_delta, IF_curr_exp

_SIGNS = {1: "excitatory", -1: "inhibitory"}


@dataclass(frozen=True)
class _Cell:
    """A population as a standard cell: what it becomes, and how weights onto each variable are rescaled."""

    neuron: object
    initial: dict
    gains: dict  # variable -> nA, or mV, per unit of it


def to_standard_cells(network):
    """Translate a network in the order "brian2" into standard cells of PyNN in the order "pynn".

    Currents arrive in the same steps in both orders, so that spikes are the same up to rounding; what cannot be the
    same is said in notes: delays of 0 become one step, and jumps of the potential meet the threshold in the step in
    which they arrive.

    Parameters
    ----------
    network : Network

    Returns
    -------
    (Network, list of str)
        The network and the notes.

    Raises
    ------
    DescriptionError
        Names everything that is no standard cell, at once.
    """
    check_network(network, "to_standard_cells")
    if network.order != "brian2":
        raise DescriptionError(f'to_standard_cells: a network in the order "brian2" is expected, got {network.order!r}')
    made, refused, cells, notes = Network(network.dt, "pynn"), [], {}, []
    for population in network.populations.values():
        if population.is_source:
            made.population(population.name, population.size, population.neuron)
            continue
        try:
            cells[population.name] = _cell(population, network)
        except _NotStandardError as error:
            refused.append(f"{population.name}: {error}")
    refused += [
        f"{p.name}: synapses of model {p.model.model.name} have no standard form"
        for p in network.projections.values()
        if p.model is not None
    ]
    if refused:
        raise DescriptionError("; ".join(refused))
    for name, cell in cells.items():
        made.population(name, network.populations[name].size, cell.neuron, cell.initial)
    for projection in network.projections.values():
        notes += _project(made, projection, cells[projection.post], network.dt)
    for given in network.poisson_inputs:
        weight, receptor = _signed(
            given.weight, given.receptor, cells[given.population], f"input to {given.population}"
        )
        made.poisson(given.population, rate=given.rate, weight=weight, receptor=receptor)
    for probe in network.probes:
        if probe.variable == "v":
            made.probe(probe.target, "v", probe.every, probe.ids)
        else:
            notes.append(f"{probe.name} is not recorded: the variable has another name and unit in a standard cell")
    return made, notes


class _NotStandardError(Exception):
    """Why a model is no standard cell."""


def _cell(population, network):
    neuron, dt = population.neuron, network.dt
    pause = np.maximum(np.asarray(neuron.model.refractory(neuron.parameters)) - dt, 0.0)
    if neuron.model in (IF_curr_exp, IF_curr_delta):
        gains = {"excitatory": 1.0, "inhibitory": -1.0}
        return _Cell(neuron.model(**{**neuron.parameters, "tau_refrac": pause[()]}), population.initial, gains)
    matrix, drive, membrane = _linear(neuron)
    others = [x for x in matrix if x != membrane]
    if any(set(matrix[x]) - {x} or x not in matrix[x] for x in others):
        raise _NotStandardError(f"{neuron.model.name}: a synaptic variable that does more than decay is not standard")
    leak = matrix[membrane].get(membrane, 0.0)
    if np.any(np.asarray(leak) >= 0):
        raise _NotStandardError(f"{neuron.model.name}: the potential does not leak")
    limits = _limits(neuron, membrane)
    limits |= {"tau_m": -1.0 / leak, "cm": 1.0, "v_rest": -drive[membrane] / leak, "tau_refrac": pause[()]}
    start = _start(population)
    if not others:
        return _Cell(IF_curr_delta(**limits), {"v": start[membrane]}, {membrane: 1.0})
    gains = {x: matrix[membrane].get(x, 0.0) for x in others}
    receptors = _receptors(population.name, network, gains)
    taus = {receptor: -1.0 / matrix[x][x] for x, names in receptors.items() for receptor in names}
    currents = {"excitatory": "i_e", "inhibitory": "i_i"}
    initial = {"v": start[membrane]}
    for x, names in receptors.items():
        value = np.asarray(start[x]) * gains[x]
        if np.any(value):
            initial[currents[names[0]]] = value if names[0] == "excitatory" else -value
    model = IF_curr_exp(**limits, **{f"tau_syn_{name[0].upper()}": tau for name, tau in taus.items()})
    return _Cell(model, initial, gains)


def _linear(neuron):
    """(coefficients {variable: {variable: value}}, constant drive, the membrane variable) of an exact integration."""
    from neuromem.network.equations.neuron import inside
    from neuromem.network.equations.pieces import evaluate
    from neuromem.network.equations.syntax import DIFFERENTIAL

    found = getattr(neuron.model, "analysis", None)
    if found is None or found.method != "exact" or len(found.pieces.propagators) != 1 or found.leave or found.regular:
        raise _NotStandardError(f"{neuron.model.name}: only linear equations with constant coefficients are standard")
    system, values = found.pieces.propagators[0], inside(found, neuron.parameters)
    rows = [e.name for e in found.of_kind(DIFFERENTIAL)]
    if system.drives or set(neuron.model.state) != set(rows):
        raise _NotStandardError(
            f"{neuron.model.name}: variables without an equation, or drives over time, are not standard"
        )
    matrix = {
        v: {w: evaluate(tree, found.pieces, values) for w, tree in system.matrix[v].items()} for v in system.variables
    }
    drive = {v: evaluate(system.constant[v], found.pieces, values) if v in system.constant else 0.0 for v in matrix}
    membrane = [v for v in matrix if set(matrix[v]) - {v}] or list(matrix)[:1]
    if len(membrane) != 1 or set(found.held) - set(membrane):
        raise _NotStandardError(f"{neuron.model.name}: one potential, which alone may be held, is standard")
    return matrix, drive, membrane[0]


def _limits(neuron, membrane):
    """v_thresh and v_reset: the threshold compares the potential with a constant, the reset sets it to one."""
    model, local = neuron.model, neuron.model.local(membrane)
    values = model.constants(neuron.parameters, 1.0, "brian2")
    try:
        compared, reset = ast.parse(model.threshold, mode="eval").body, ast.parse(model.reset).body
        above = isinstance(compared, ast.Compare) and isinstance(compared.ops[0], (ast.Gt, ast.GtE))
        if (
            not above
            or ast.unparse(compared.left) != local
            or len(reset) != 1
            or ast.unparse(reset[0].targets[0]) != local
        ):
            raise _NotStandardError(
                f"{model.name}: a threshold above which the potential is set to a value is standard"
            )
        return {
            "v_thresh": _value(compared.comparators[0], values),
            "v_reset": _value(reset[0].value, values),
        }
    except (SyntaxError, AttributeError, KeyError, ValueError):
        raise _NotStandardError(f"{model.name}: its threshold or reset is not standard") from None


def _value(node, values):
    """A constant in the source: a name, or a number in `real(...)`."""
    if isinstance(node, ast.Name):
        return 0.0 if node.id == "zero" else 1.0 if node.id == "one" else values[node.id]
    if isinstance(node, ast.Call):
        node = node.args[0]
    return float(ast.literal_eval(node))


def _start(population):
    """Initial value of every variable."""
    model, given = population.neuron.model, population.neuron.parameters
    values = dict.fromkeys(model.state, 0.0) | {v: given[name] for v, name in model.initial.items()}
    return values | population.initial


def _receptors(name, network, gains):
    """Variable -> the receptors it stands for, by the signs of what arrives at it."""
    signs = {x: set() for x in gains}
    for p in network.projections.values():
        if p.post == name and p.receptor in signs:
            signs[p.receptor] |= _sign(np.asarray(getattr(p.weight, "mean", p.weight)) * gains[p.receptor])
    for given in network.poisson_inputs:
        if given.population == name and given.receptor in signs:
            signs[given.receptor] |= _sign(given.weight * gains[given.receptor])
    found = {x: [_SIGNS[sign] for sign in sorted(s, reverse=True)] for x, s in signs.items() if s}
    taken = [receptor for receptors in found.values() for receptor in receptors]
    if len(taken) > len(set(taken)):
        raise _NotStandardError("several variables of one sign: a standard cell has one excitatory and one inhibitory")
    return found


def _sign(values):
    return set(np.sign(values[values != 0]).astype(int).ravel().tolist())


def _signed(weight, variable, cell, owner):
    """(magnitude, receptor) of a weight onto a variable."""
    scaled = np.asarray(weight) * cell.gains[variable]
    signs = _sign(scaled)
    if len(signs) > 1:
        raise DescriptionError(f"{owner}: weights of both signs in one projection; make one of each")
    return np.abs(scaled)[()], _SIGNS[next(iter(signs), 1)]


def _project(made, projection, cell, dt):
    """Add a projection; returns notes."""
    delay, notes = projection.delay, []
    if np.min(getattr(delay, "mean", delay), initial=np.inf) == 0:
        delay = np.maximum(delay, dt)[()]
        notes.append(f"{projection.name}: delays of 0 became one step, {dt:g} ms")
    if cell.neuron.model is IF_curr_delta:
        notes.append(f"{projection.name}: jumps of the potential meet the threshold in the step in which they arrive")
    weight, receptor = _signed(projection.weight, projection.receptor, cell, projection.name)
    ends = projection.pre, projection.post, projection.connector
    made.project(*ends, weight=weight, delay=delay, receptor=receptor, name=projection.name)
    return notes
