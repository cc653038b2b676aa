"""Whether neurons, sources and synapse models fit the network they are added to."""

import numpy as np

from neuromem.errors import DescriptionError
from neuromem.network.check import steps
from neuromem.network.connectors import FixedProbability
from neuromem.network.inputs import TimedArray
from neuromem.network.orders import ORDERS
from neuromem.network.synapsetype import Synapse


def check_neuron(network, name, size, neuron):
    """Raise DescriptionError if a neuron does not fit a population of that size, or the time step and order."""
    for key, value in neuron.parameters.items():
        value = value.values[0] if isinstance(value, TimedArray) else value
        per_neuron(value, size, name, key)
    period = "tau_refrac" if "tau_refrac" in neuron.parameters else "refractory"
    steps(neuron.model.refractory(neuron.parameters), network.dt, name, period)
    if network.order not in neuron.model.integrate:
        known = ", ".join(neuron.model.integrate)
        raise DescriptionError(
            f"{name}.neuron: {neuron.model.name} has no form for order {network.order!r}, but {known}"
        )
    for _, every in neuron.model.regular:
        steps(every, network.dt, name, "interval of what runs regularly", least=1)


def check_trains(network, name, source):
    """Raise DescriptionError if a source spikes twice in a step."""
    when = np.atleast_1d(steps(source.times, network.dt, name, "times"))
    order = np.lexsort((source.ids, when))
    again = (np.diff(when[order]) == 0) & (np.diff(source.ids[order]) == 0)
    if again.any():
        first = order[np.flatnonzero(again)[0]]
        raise DescriptionError(
            f"{name}.times: source {source.ids[first]} spikes twice in the same step, at {source.times[first]:g} ms"
        )


def check_poisson(network, name, size, source):
    """Raise DescriptionError if rates do not fit the population or the time step."""
    per_neuron(source.rate, size, name, "rate")
    if np.any(np.asarray(source.rate) * network.dt > 1000.0):
        raise DescriptionError(
            f"{name}.rate: at most one spike per step, {1000.0 / network.dt:g} per second, is possible"
        )
    steps(source.start, network.dt, name, "start")
    if source.duration is not None:
        steps(source.duration, network.dt, name, "duration")


def per_neuron(value, size, owner, name):
    """Raise DescriptionError unless there is one value, or one for each neuron."""
    if np.ndim(value) and np.shape(value) != (size,):
        raise DescriptionError(
            f"{owner}.{name}: one value, or one for each of {size} neurons, is expected, got shape {np.shape(value)}"
        )


def checked_synapse(network, label, model, connector, before, after, others):
    """Return the Synapse of a projection, or raise DescriptionError if it does not fit."""
    model = model() if callable(model) else model
    if hasattr(model, "onto"):  # a rule, for which the receptor says where its synapses transmit
        model, others = model.onto(after.neuron.model, others[1]), (others[0], None, others[2])
    model = model.bound(before, after) if hasattr(model, "bound") else model
    if not isinstance(model, Synapse):
        raise DescriptionError(f"{label}.model: a SynapseModel is expected, got {model!r}")
    if not ORDERS[network.order].direct:
        raise DescriptionError(f'{label}.model: synapse models need Network(order="brian2"), not {network.order!r}')
    if not np.array_equal(others[0], 1.0) or others[1:] != (None, None):
        raise DescriptionError(f"{label}: a synapse model takes the place of weight, receptor and plasticity")
    if getattr(connector, "procedural", False):
        raise DescriptionError(f"{label}.connector: procedural synapses are static and cannot have a model")
    expected = connector.expected(before.size, after.size)
    if model.size is not None and (isinstance(connector, FixedProbability) or model.size != expected):
        raise DescriptionError(
            f"{label}.model: one value, or one for each synapse of a connector that lists them, is expected, "
            f"got {model.size} values for {expected} synapses"
        )
    return model
