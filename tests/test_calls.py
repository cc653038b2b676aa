"""Calls that make no sense are answered in one sentence that names the argument."""

import pytest

from neuromem import (
    FixedProbability,
    IF_curr_exp,
    Network,
    NeuromemError,
    Simulation,
    footprint,
    load_network,
    save_network,
    simulate,
)
from neuromem.engine import run_long
from neuromem.models import CA3Memory


def one():
    """A network of two neurons."""
    net = Network(1.0)
    net.population("a", 2, IF_curr_exp())
    return net


def drawn():
    """A network whose synapses are not stored."""
    net = one()
    net.project("a", "a", FixedProbability(0.5, procedural=True), weight=1.0)
    return net


@pytest.mark.parametrize(
    ("message", "call"),
    [
        ("run_long: a Simulation is expected, got int", lambda folder: run_long(5)),
        ("a->a: its synapses are procedural", lambda folder: Simulation(drawn()).weights("a->a")),
        ("simulate: a Network is expected, got 3", lambda folder: simulate(3, 1)),
        ("footprint: a Network is expected", lambda folder: footprint(5)),
        ("save_network: a Network is expected", lambda folder: save_network(5, folder / "n.h5")),
        ('record: "all", None or names', lambda folder: simulate(one(), 1.0, record=5)),
        ("record: unknown population 5", lambda folder: simulate(one(), 1.0, record=[5])),
        ("b.initial: a dict of state variables", lambda folder: one().population("b", 1, IF_curr_exp(), initial=[1])),
        ("a path is expected, got None", lambda folder: Simulation(one()).save(None)),
        ("a path is expected, got 5", lambda folder: Simulation.load(5)),
        ("a path is expected, got ''", lambda folder: load_network("")),
        ("a path is expected, got None", lambda folder: CA3Memory(cues=2, content=4).save(None)),
        ("it is a folder", lambda folder: simulate(one(), 1.0, path=folder)),
    ],
)
def test_absurd_calls(tmp_path, message, call):
    with pytest.raises(NeuromemError, match=message):
        call(tmp_path)
    assert not list(tmp_path.iterdir())
