"""A network as a nested dict of arrays and plain values (what files hold), and back."""

from dataclasses import fields

import numpy as np

from neuromem.errors import DescriptionError, StoreError
from neuromem.network.celltype import Neuron
from neuromem.network.check import check_network
from neuromem.network.connectors import CONNECTORS
from neuromem.network.inputs import SOURCES, TimedArray
from neuromem.network.network import Network
from neuromem.network.neurons import CELLS, MODELS, built_in
from neuromem.network.plasticity import RULES
from neuromem.network.random import DISTRIBUTIONS

FROM_EQUATIONS = "NeuronModel"
"""Kind of the neurons whose model was made of equations, which a file holds whole."""


def to_tree(network):
    """Return the network as a nested dict of arrays, numbers and text."""
    return {
        "dt": network.dt,
        "order": network.order,
        "populations": {p.name: _population(p, index) for index, p in enumerate(network.populations.values())},
        "projections": {p.name: _projection(p, index) for index, p in enumerate(network.projections.values())},
        "currents": {str(index): _fields(current) for index, current in enumerate(network.currents)},
        "poisson_inputs": {str(index): _fields(given) for index, given in enumerate(network.poisson_inputs)},
        "probes": {str(index): _fields(probe) for index, probe in enumerate(network.probes)},
    }


def from_tree(tree):
    """Build the network again, validating every part.

    Raises
    ------
    DescriptionError
        If a part is missing or of a kind this version does not know.
    """
    for part in ("populations", "projections", "currents", "probes"):
        if not isinstance(tree.get(part), dict):
            raise DescriptionError(f"network: the stored description has no {part}")
    try:
        network = Network(tree["dt"], tree["order"])
        for name, item in _in_order(tree["populations"]):
            network.population(name, item["size"], _neuron(item["neuron"]), item["initial"])
        for name, item in _in_order(tree["projections"]):
            connector = _build(CONNECTORS, item["connector"])
            if item.get("model"):
                model, late = _remade("synapse", item["model"]), item["delay_post"]
                ends = item["pre"], item["post"]
                network.project(*ends, connector, model=model, delay=_value(item["delay"]), delay_post=late, name=name)
                continue
            network.project(
                item["pre"],
                item["post"],
                connector,
                weight=_value(item["weight"]),
                delay=_value(item["delay"]),
                receptor=item["receptor"],
                plasticity=_build(RULES, item["plasticity"]) if item["plasticity"] else None,
                name=name,
            )
        for _, item in sorted(tree["currents"].items(), key=lambda pair: int(pair[0])):
            network.current(item["population"], item["times"], item["amplitudes"], item["ids"])
        for _, item in sorted(tree.get("poisson_inputs", {}).items(), key=lambda pair: int(pair[0])):
            network.poisson(**item)
        for _, item in sorted(tree["probes"].items(), key=lambda pair: int(pair[0])):
            network.probe(item["target"], item["variable"], item["every"], item["ids"])
    except KeyError as missing:
        raise DescriptionError(f"network: the stored description lacks {missing}") from None
    except (TypeError, AttributeError) as error:
        raise DescriptionError(f"network: the stored description has a part of the wrong form ({error})") from None
    return network


def same(a, b):
    """True if two trees hold the same keys and bit-identical values."""
    if isinstance(a, dict):
        return isinstance(b, dict) and sorted(a) == sorted(b) and all(same(a[key], b[key]) for key in a)
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return np.shape(a) == np.shape(b) and np.array_equal(a, b)
    return a == b


def _population(population, index):
    neuron = population.neuron
    if isinstance(neuron, Neuron) and built_in(neuron.model.name) is neuron.model:
        described = {"type": neuron.model.name, **neuron.parameters}
    elif isinstance(neuron, Neuron):
        described = {"type": FROM_EQUATIONS, **_made(neuron)}
    else:
        described = {"type": type(neuron).__name__, **_fields(neuron)}
    return {"index": index, "size": population.size, "neuron": described, "initial": dict(population.initial)}


def _projection(projection, index):
    rule = projection.plasticity
    return {
        "index": index,
        "pre": projection.pre,
        "post": projection.post,
        "connector": {"type": type(projection.connector).__name__, **_fields(projection.connector)},
        "weight": _drawn(projection.weight),
        "delay": _drawn(projection.delay),
        "receptor": projection.receptor,
        "plasticity": {"type": type(rule).__name__, **_fields(rule)} if rule else {},
        "model": _made(projection.model) if projection.model else {},
        "delay_post": projection.delay_post,
    }


def _made(item):
    """A neuron or synapse whose model was made of equations: the definition, and the values given."""
    from neuromem.network.equations.stored import definition

    given = {name: _timed(value) for name, value in item.parameters.items()}
    return {"definition": definition(getattr(item.model, "made_of", item.model)), "parameters": given}


def _timed(value):
    return _fields(value) if isinstance(value, TimedArray) else value


def _remade(kind, item):
    from neuromem.network.equations.stored import model_of

    given = item["parameters"].items()
    values = {key: TimedArray(**value) if isinstance(value, dict) else value for key, value in given}
    return model_of(kind, item["definition"])(**values)


def _fields(item):
    return {field.name: getattr(item, field.name) for field in fields(item)}


def _drawn(value):
    """A distribution as a dict; arrays and numbers as they are."""
    drawn = type(value).__name__ in DISTRIBUTIONS
    return {"type": type(value).__name__, **_fields(value)} if drawn else value


def _value(item):
    return _build(DISTRIBUTIONS, item) if isinstance(item, dict) else item


def _build(family, item):
    item = dict(item)
    kind = item.pop("type")
    if kind not in family:
        raise DescriptionError(f"network: unknown kind {kind!r}; this version knows {', '.join(family)}")
    return family[kind](**item)


def _neuron(item):
    if item["type"] == FROM_EQUATIONS:
        return _remade("neuron", item)
    if item["type"] in CELLS:
        item = dict(item)
        return built_in(item.pop("type"))(**item)
    return _build(SOURCES if item["type"] in SOURCES else MODELS, item)


def _in_order(items):
    return sorted(items.items(), key=lambda pair: pair[1]["index"])


def check_listed(network):
    """Raise DescriptionError if a population has a model that no file could name."""
    for population in network.populations.values():
        model = getattr(population.neuron, "model", None)
        if model is not None and built_in(model.name) is not model and not hasattr(model, "recipe"):
            raise DescriptionError(
                f"{population.name}.neuron: {model.name} is not among the listed models, so that no file could name it"
            )


def save_network(network, path):
    """Write a network to an HDF5 file, atomically.

    Raises
    ------
    StoreError, DescriptionError
        If it has a neuron model that is not in `neuromem.network.neurons`.
    """
    from neuromem import io

    check_network(network, "save_network")
    check_listed(network)
    io.save(path, "network", to_tree(network))


def load_network(path):
    """Read the network of a network or memory file.

    Raises
    ------
    StoreError
        If the file is damaged or holds neither.
    """
    from neuromem import io

    file = io.load(path)
    tree = file.tree if file.kind == "network" else file.tree.get("network")
    if file.kind not in ("network", "memory") or tree is None:
        raise StoreError(f"{path}: holds no network but a file of kind {file.kind!r}")
    try:
        return from_tree(tree)
    except DescriptionError as error:
        raise StoreError(f"{path}: the network in it is incomplete or inconsistent ({error})") from None
