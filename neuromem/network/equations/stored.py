"""Models made of equations as plain values for a file, and back."""

import numpy as np

from neuromem.network.inputs import TimedArray


def definition(model):
    """What a `NeuronModel` or `SynapseModel` was made of, as a nested dict of numbers, text and arrays."""
    arguments, options = model.recipe
    plain = {"equations": arguments[0], **options}
    if "regularly" in plain:
        plain["regularly"] = [list(pair) for pair in plain["regularly"]]
    return {key: _plain(value) for key, value in plain.items()}


def model_of(kind, tree):
    """The model of a definition; `kind` is "neuron" or "synapse"."""
    from neuromem.network.equations.neuron import NeuronModel
    from neuromem.network.equations.synapse import SynapseModel

    make = NeuronModel if kind == "neuron" else SynapseModel
    options = {key: _value(value) for key, value in tree.items()}
    if "regularly" in options:
        options["regularly"] = [tuple(pair) for pair in options["regularly"]]
        options["variables"] = tuple(options["variables"])
    return make(options.pop("equations"), **options)


def _plain(value):
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, TimedArray):
        return {"type": "TimedArray", "values": value.values, "dt": value.dt, "unit": value.unit}
    if hasattr(value, "get_best_unit"):  # a quantity of Brian2: its number in SI and its unit
        from neuromem.network.equations import units

        dimension = units.dimension_of(value)
        shown = units.shown(dimension)
        inside = units.to_inside(np.asarray(value, np.float64), dimension) / units.shown_scale(dimension)
        return {"type": "quantity", "value": inside, "unit": shown}
    return value


def _value(value):
    kind = value.get("type") if isinstance(value, dict) else None
    if kind == "TimedArray":
        return TimedArray(value["values"], value["dt"], value["unit"])
    if kind == "quantity":
        return f"{float(value['value'])!r}*({value['unit']})" if np.ndim(value["value"]) == 0 else value["value"]
    return {key: _value(item) for key, item in value.items()} if isinstance(value, dict) else value
