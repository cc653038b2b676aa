"""A network as two text tables: populations and projections."""

from io import StringIO

import numpy as np

from neuromem.network.inputs import SpikeSourcePoisson, TimedArray
from neuromem.network.random import Normal


def as_table(network):
    """Return the description as text, one row per population and projection."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    populations = Table(title=f"Network: dt {network.dt:g} ms, order {network.order}", title_justify="left")
    for column in ("population", "size", "neuron", "parameters other than default"):
        populations.add_column(column)
    for population in network.populations.values():
        populations.add_row(escape(population.name), str(population.size), *_neuron(population.neuron))
    projections = Table()
    for column in ("projection", "connector", "synapses", "weight", "delay (ms)", "receptor", "plasticity or model"):
        projections.add_column(column)
    for projection in network.projections.values():
        sizes = (network.populations[side].size for side in (projection.pre, projection.post))
        projections.add_row(
            escape(projection.name),
            type(projection.connector).__name__,
            f"{projection.connector.expected(*sizes):,}",
            *_synapses(network, projection),
        )
    inputs = Table()
    for column in ("Poisson input into", "rate (1/s)", "weight", "receptor"):
        inputs.add_column(column)
    for given in network.poisson_inputs:
        unit = network.populations[given.population].neuron.model.unit_of(given.receptor)
        many = "" if given.sources is None else f"{given.sources:,} x "
        inputs.add_row(escape(given.population), f"{many}{given.rate:g}", f"{given.weight:g} {unit}", given.receptor)
    text = StringIO()
    console = Console(file=text, width=140, force_terminal=False)
    console.print(populations)
    if network.poisson_inputs:
        console.print(inputs)
    if network.projections:
        console.print(projections)
    return text.getvalue().rstrip("\n")


def _neuron(neuron):
    model = getattr(neuron, "model", None)
    if model is None:
        if isinstance(neuron, SpikeSourcePoisson):
            return type(neuron).__name__, f"rate {_range(neuron.rate)}"
        return type(neuron).__name__, f"{neuron.times.size:,} spikes"
    changed = [
        f"{name} {_range(value)}"
        for name, value in neuron.parameters.items()
        if np.ndim(value) or value != model.parameters[name].default
    ]
    return model.name, ", ".join(changed)


def _synapses(network, projection):
    """Weight, delay, receptor and plasticity."""
    if projection.model is not None:
        return "-", _range(projection.delay), "-", projection.model.model.name
    unit = network.populations[projection.post].neuron.model.unit_of(projection.receptor)
    rule = type(projection.plasticity).__name__ if projection.plasticity else "-"
    return f"{_range(projection.weight)} {unit}", _range(projection.delay), projection.receptor, rule


def _range(value):
    value = value.values if isinstance(value, TimedArray) else value
    if isinstance(value, Normal):
        return f"{value.mean:g} ± {value.sd:g}"
    if np.ndim(value) == 0:
        return f"{value:g}"
    if np.size(value) == 0:
        return "-"
    return f"{np.min(value):g} to {np.max(value):g}"
