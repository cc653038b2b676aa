"""Exports on sPyNNaker itself: its virtual board writes the bytes that a real one would be loaded with.

Needs the environment that tests/foreign/spynnaker.sh makes.
"""

import json
import os
import subprocess
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from neuromem.hardware import target
from neuromem.hardware.spinnaker.fixed import quantum
from neuromem.hardware.spinnaker.quantize import list_synapses, look, quantize
from neuromem.hardware.spinnaker.shifts import own_shift
from neuromem.models.ca3_published import published_network
from neuromem.network import FromArrays, IF_curr_exp, Network, SpikePairSTDP, SpikeSourceArray
from neuromem.network.network import RECEPTORS

ROOT = Path(__file__).resolve().parent.parent
PYTHON = Path(os.environ.get("NEUROMEM_SPYNNAKER", ROOT / ".foreign" / "spynnaker")) / "bin" / "python"
pytestmark = [
    pytest.mark.foreign,
    pytest.mark.slow,
    pytest.mark.skipif(not PYTHON.exists(), reason="sPyNNaker is not installed: sh tests/foreign/spynnaker.sh"),
]


def spread():
    """Two cores, parameters per neuron, spread weights and delays beyond the ring buffers, both receptors, learning."""
    rng = np.random.default_rng(5)
    net = Network(dt=1.0, order="spinnaker")
    net.population("in", 40, SpikeSourceArray(rng.permutation(80)[:40].astype(float), rng.integers(0, 40, 40)))
    net.population("many", 300, IF_curr_exp(tau_m=rng.uniform(5, 25, 300), i_offset=0.25))
    net.population("few", 5, IF_curr_exp(v_rest=-61.3, tau_syn_E=1.7))
    for receptor, largest in (("excitatory", 3.0), ("inhibitory", 0.07)):
        pre, post = rng.integers(0, 40, 2000), rng.integers(0, 300, 2000)
        weight, delay = rng.uniform(0, largest, 2000), rng.integers(1, 41, 2000).astype(float)
        net.project("in", "many", FromArrays(pre, post), weight=weight, delay=delay, receptor=receptor)
    rule = SpikePairSTDP(20.0, 15.0, 0.1, 0.12, 0.5, 5.0, update="deferred", dependence="multiplicative")
    net.project("many", "few", weight=rng.uniform(0.5, 5, (300, 5)), delay=2.0, plasticity=rule)
    net.project("in", "few", weight=1.5, delay=5.0)
    net.current("few", [10.0, 40.0], [0.5, 0.0], ids=[1, 3])
    return net


CASES = {"ca3": lambda: published_network(5, 10), "spread": spread}


def on_board(folder, *options):
    """What sPyNNaker makes of an export."""
    home = folder.parent / "home"
    home.mkdir(exist_ok=True)
    (home / ".spynnaker.cfg").touch()
    run = subprocess.run(
        [PYTHON, ROOT / "tests" / "foreign" / "spynnaker_board.py", folder, *options],
        env=os.environ | {"HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert run.returncode == 0, run.stderr[-3000:]
    return json.loads(run.stdout)


@pytest.fixture(scope="module", params=CASES)
def exported(request, tmp_path_factory):
    """(ChipNetwork, what the board says of the export)."""
    network = CASES[request.param]()
    folder = tmp_path_factory.mktemp(request.param) / "export"
    target("spinnaker").export(network, folder, duration=100.0)
    return quantize(network), on_board(folder)


def test_own_shifts_are_those_of_its_own_rule(tmp_path):
    """What sPyNNaker chooses where the script does not say, for weights and delays that differ."""
    network = spread()
    target("spinnaker").export(network, tmp_path / "export", duration=100.0)
    listed = list_synapses(network, 0)
    for name, found in on_board(tmp_path / "export", "own")["shifts"].items():
        for receptor, shift in zip(RECEPTORS, found, strict=True):
            into = [p for p in network.projections.values() if p.post == name and p.receptor == receptor]
            assert own_shift([look(network, p, listed[p.name]) for p in into], network.dt) == shift


def test_ring_buffer_shifts_are_ours(exported):
    chip, board = exported
    for name, found in board["shifts"].items():
        assert tuple(found) == chip.populations[name].shifts
        for region in regions(board, name):
            assert tuple(region["SynapseParams"][7:9]) == chip.populations[name].shifts
            assert 1 << region["SynapseParams"][4] == chip.populations[name].slots


def test_projections_hold_our_weights_and_delays(exported):
    chip, board = exported
    for name, rows in board["get"].items():
        projection = chip.projections[name]
        want = projection.rows(quantum(chip.populations[projection.post_population].shifts[projection.receptor]))
        np.testing.assert_allclose(sorted(want.tolist()), rows, rtol=0, atol=0)


def test_the_rows_to_be_loaded_are_our_words(exported):
    chip, board = exported
    for name in board["shifts"]:
        population = chip.populations[name]
        for first, region in zip(range(0, population.size, population.per_core), regions(board, name), strict=True):
            _, _, neuron_bits, type_bits, *_ = region["SynapseParams"]
            want = Counter()
            for projection in chip.projections.values():
                if projection.post_population != name or projection.plastic:
                    continue
                delay = np.broadcast_to(projection.delay, projection.post.shape).astype(np.int64)
                mine = (projection.post >= first) & (projection.post < first + population.per_core)
                mine &= delay <= population.slots
                word = np.broadcast_to(projection.weight, projection.post.shape).astype(np.int64) << 16
                word |= (delay << (neuron_bits + type_bits)) | (projection.receptor << neuron_bits)
                want.update((word | (projection.post - first))[mine].tolist())
            there = Counter(region["SynBlocks"])
            assert not want - there


def regions(board, name):
    """Regions of a population's cores, in order of their first neuron."""
    mine = {}
    for label, words in board["regions"].items():
        population, _, stretch = label.rpartition("(")
        if population == name:
            mine[int(stretch.split(":")[0])] = words
    return [mine[first] for first in sorted(mine)]


def test_the_script_runs_as_it_is(tmp_path):
    target("spinnaker").export(published_network(5, 10), tmp_path / "export", duration=20.0)
    home = tmp_path / "home"
    home.mkdir()
    run = subprocess.run(
        [PYTHON, tmp_path / "export" / "run.py"],
        env=os.environ | {"HOME": str(home)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert run.returncode == 0, run.stderr[-3000:]
    assert "a virtual board records none" in run.stdout
