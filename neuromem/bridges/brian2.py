"""`from_brian2`: a Network from a live Brian2 network, in Brian2's order of operations."""

import inspect
import warnings

import numpy as np

from neuromem.bridges.brian2_static import adds_to, connector, jumps, same_for_all
from neuromem.bridges.brian2_text import brian2_module
from neuromem.errors import DescriptionError, UsageError


def from_brian2(network=None, namespace=None):
    """Translate a Brian2 network, as it stands before its first run, into a Network that runs and exports here.

    Groups become populations of the same names with models made of the user's equations, Synapses become projections
    with the synapses, weights, delays and variables that Brian2 drew, and state starts at the values it has there.
    Groups that a StateMonitor samples get probes.

    Parameters
    ----------
    network : brian2.Network, optional
        Default: what Brian2's magic `run` would run, the objects visible in the caller's frame.
    namespace : dict, optional
        Values of names that the equations use, as for Brian2's `run`; default: the caller's variables.

    Returns
    -------
    Network
        In the order of operations "brian2". `simulate` records every group under its name.

    Warns
    -----
    UserWarning
        For what monitors of Brian2 hold and probes do not; it changes nothing in the run.

    Raises
    ------
    DescriptionError
        Names everything that has no translation, with the user's equation, at once.
    NotSupportedError
        Without Brian2, which is in the extra `brian2`.

    Examples
    --------
    >>> import neuromem, brian2
    >>> group = brian2.NeuronGroup(2, "dv/dt = (1.1 - v)/(10*ms) : 1", threshold="v > 1", reset="v = 0", method="exact")
    >>> spikes = brian2.SpikeMonitor(group, name="spikes")
    >>> net = neuromem.from_brian2(brian2.Network(group, spikes))
    >>> neuromem.simulate(net, 100.0).spikes[group.name].ids.size
    8
    """
    brian2 = brian2_module("from_brian2")
    frame = inspect.currentframe().f_back
    if namespace is None:
        namespace = {**frame.f_globals, **frame.f_locals}
    if network is None or isinstance(network, brian2.MagicNetwork) and not network.objects:
        network = brian2.Network(brian2.collect(level=1))
    if not isinstance(network, brian2.Network):
        raise UsageError(f"from_brian2: a Network of Brian2 is expected, got {network!r}")
    from neuromem.bridges.brian2_read import read

    described = read(network, namespace)
    made, notes = build(described)
    if notes:
        warnings.warn(f"from_brian2: {'; '.join(notes)}", UserWarning, stacklevel=2)
    return made


def build(described):
    """(Network, notes) of what was read; raises DescriptionError with all that cannot be."""
    from neuromem.bridges.brian2_described import Group, Poisson, Refusals, Trains
    from neuromem.bridges.brian2_trains import repeated
    from neuromem.network.inputs import SpikeSourceArray, SpikeSourcePoisson
    from neuromem.network.network import Network

    refusals = Refusals()
    network = Network(described.dt, "brian2")
    written = _written(described)
    plans = {wiring.name: jumps(wiring, _variables_of(described, wiring.target)) for wiring in described.wirings}
    for group in described.groups:
        with _refused(refusals, group.name):
            if isinstance(group, Group):
                neuron, initial = _neuron(group, written.get(group.name, set()))
                network.population(group.name, group.size, neuron, initial)
            elif isinstance(group, Trains) and group.period:
                network.population(group.name, group.size, repeated(group, described.dt))
            elif isinstance(group, Trains):
                network.population(group.name, group.size, SpikeSourceArray(group.steps * described.dt, group.ids))
            elif isinstance(group, Poisson):
                network.population(group.name, group.size, SpikeSourcePoisson(same_for_all(group.rates)))
    if not refusals.sentences:  # else projections would be refused for want of their populations
        for name, wiring, pathways in _in_order(described):
            with _refused(refusals, wiring.name):
                _project(network, name, wiring, pathways, plans[wiring.name])
        for given in described.lumped:
            with _refused(refusals, given.name):
                _input(network, given)
    refusals.check()
    notes = list(described.notes)
    for watch in described.watches:
        try:
            network.probe(watch.target, watch.variable, watch.every * described.dt, watch.ids)
        except DescriptionError:
            notes.append(f"{watch.name} samples {watch.variable} of {watch.target}, of which there is no probe")
    return network, list(dict.fromkeys(notes))


class _refused:
    """Collects a DescriptionError as one more refusal."""

    def __init__(self, refusals, name):
        self.refusals, self.name = refusals, name

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if kind is None or not issubclass(kind, DescriptionError):
            return False
        said = str(error)
        self.refusals.sentences.append(said if said.startswith(self.name) else f"{self.name}: {said}")
        return True


def _variables_of(described, name):
    group = next(group for group in described.groups if group.name == name)
    return getattr(group, "values", {})


def _written(described):
    """Group -> variables that synapses and inputs write."""
    found = {}
    for wiring in described.wirings:
        post, pre = adds_to(wiring)
        found.setdefault(wiring.target, set()).update(post)
        found.setdefault(wiring.source, set()).update(pre)
    for given in described.lumped:
        found.setdefault(given.group, set()).add(given.variable)
    return found


def _neuron(group, written):
    """(Neuron, initial state) of a group."""
    from neuromem.network.equations.neuron import NeuronModel

    model = NeuronModel(
        group.equations,
        threshold=group.threshold,
        reset=group.reset,
        refractory=group.refractory,
        parameters=group.outside
        | {name: _first(value) for name, value in group.values.items() if _declared(group, name)},
        method=group.method,
        regularly=group.regular,
        variables=tuple(sorted(name for name in written if _declared(group, name))),
        name=group.name,
    )
    values = {name: same_for_all(value) for name, value in group.values.items()}
    parameters = {name: value for name, value in values.items() if name in model.parameters and name not in model.state}
    initial = {name: value for name, value in values.items() if name in model.state}
    return model(**parameters), initial


def _declared(group, name):
    """Whether a name is a parameter of the equations: declared with a unit, without an expression."""
    return any(line.split(":")[0].strip() == name for line in group.equations.splitlines())


def _first(value):
    return value if np.ndim(value) == 0 else value[0]


def _in_order(described):
    """(name, wiring, pathways) of projections, in the order in which Brian2 runs their code."""
    found = []
    for wiring in described.wirings:
        key = min((f"{wiring.name}_{pathway.name}" for pathway in wiring.pathways), default=wiring.name)
        found.append((key, wiring))
    return [(wiring.name, wiring, wiring.pathways) for _, wiring in sorted(found, key=lambda item: item[0])]


def _project(network, name, wiring, pathways, plan):
    before, after = (network.populations[side].size for side in (wiring.source, wiring.target))
    if wiring.pre.size == 0 or not (pathways or wiring.equations):
        return
    wires = connector(wiring, before, after)
    if plan is None:
        from neuromem.bridges.brian2_synapses import project

        project(network, name, wiring, wires)
        return
    for pathway, delay, variable, weight in plan:
        label = name if len(plan) == 1 else f"{name}_{pathway}"
        label = label if label not in network.projections else f"{label}_{variable}"
        wait = np.asarray(delay) * network.dt
        network.project(
            wiring.source,
            wiring.target,
            wires,
            weight=weight,
            delay=wait if wait.ndim else float(wait),
            receptor=variable,
            name=label,
        )


def _input(network, given):
    size = network.populations[given.group].size
    network.poisson(
        given.group,
        rate=given.rate,
        weight=given.weight,
        receptor=given.variable,
        sources=given.sources,
        start=given.first,
        stop=None if given.last == size else given.last,
    )
