"""Synapses of Brian2 that do more than add a weight, as projections with a synapse model."""

import re

import numpy as np

from neuromem.bridges.brian2_static import same_for_all
from neuromem.errors import DescriptionError


def project(network, name, wiring, wires):
    """Add the projection of a Wiring with the connector `wires`."""
    from neuromem.network.equations.synapse import SynapseModel

    sides = {side: [pathway for pathway in wiring.pathways if pathway.side == side] for side in ("pre", "post")}
    delays = {side: _delay(name, pathways) for side, pathways in sides.items()}
    if np.ndim(delays["post"]):
        raise DescriptionError(f"{name}: its post pathway has a delay for each synapse; give it one for all")
    code = {side: "\n".join(pathway.code for pathway in pathways) for side, pathways in sides.items()}
    declared = {line.split(":")[0].strip() for line in wiring.equations.splitlines()}
    model = SynapseModel(
        _shifted(wiring.equations, wiring.offsets),
        on_pre=_shifted(code["pre"], wiring.offsets),
        on_post=_shifted(code["post"], wiring.offsets),
        parameters=wiring.outside | {key: _first(value) for key, value in wiring.values.items() if key in declared},
        method=wiring.method,
        name=name,
    )
    wait = np.asarray(delays["pre"]) * network.dt
    network.project(
        wiring.source,
        wiring.target,
        wires,
        model=model(**{key: same_for_all(value) for key, value in wiring.values.items()}),
        delay=wait if wait.ndim else float(wait),
        delay_post=float(delays["post"] * network.dt),
        name=name,
    )


def _delay(name, pathways):
    """The delay in steps that the pathways of one side share."""
    if not pathways:
        return 0
    first = pathways[0].delay
    for other in pathways[1:]:
        if not np.array_equal(np.asarray(first), np.asarray(other.delay)):
            raise DescriptionError(
                f"{name}: its pathways {pathways[0].name!r} and {other.name!r} have different delays, which goes only "
                f"where each adds a weight that never changes, not with '{'; '.join(other.code.splitlines())}'"
            )
    return first


def _shifted(text, offsets):
    """The user's text with the indices of neurons in subgroups as those in their whole groups."""
    for word in ("i", "j"):
        if offsets[word]:
            text = re.sub(rf"\b{word}\b", f"({word} - {offsets[word]})", text)
    for word in ("N_pre", "N_post"):
        text = re.sub(rf"\b{word}\b", str(offsets[word]), text)
    return text


def _first(value):
    return value if np.ndim(value) == 0 else value[0] if len(value) else value.sum()
