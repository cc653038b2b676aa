"""Synapses of Brian2 that do more than add a weight, as projections with a synapse model."""

from neuromem.errors import DescriptionError


def project(network, name, wiring, wires):
    """Add the projection."""
    code = "; ".join(" ".join(pathway.code.splitlines()) for pathway in wiring.pathways) or wiring.equations
    raise DescriptionError(f"{name}: '{code}' does more than add a weight")
