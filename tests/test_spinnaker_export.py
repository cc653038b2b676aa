"""SpiNNaker's exports: the folder, the explanation, and the command."""

import json

import numpy as np
import pytest

from neuromem import simulate
from neuromem.cli import main
from neuromem.errors import StoreError
from neuromem.hardware import target
from neuromem.io import read_spikes
from neuromem.models import CA3Memory
from neuromem.network import IF_curr_exp, Network, SpikeSourceArray
from neuromem.network.tree import save_network
from spinnaker_networks import small

CHIP = target("spinnaker")


def test_export_writes_what_the_emulator_says(tmp_path):
    net = small()
    done = CHIP.export(net, tmp_path / "out", duration=130.0, explain=True)
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {
        "run.py", "spynnaker.cfg", "network.npz", "expected_spikes.h5", "explanation.txt",
        "fit.json", "fit.txt", "loss.json", "loss.txt",
    }  # fmt: skip
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    result = CHIP.emulate(net, 130.0)
    times, ids = read_spikes(tmp_path / "out" / "expected_spikes.h5")["out"]
    np.testing.assert_array_equal(times, result.spikes["out"].times)
    np.testing.assert_array_equal(ids, result.spikes["out"].ids)
    loss = json.loads((tmp_path / "out" / "loss.json").read_text())
    assert 0.0 <= loss["spike_agreement"] <= 1.0
    assert loss["spike_agreement"] == done.loss.spike_agreement
    assert json.loads((tmp_path / "out" / "fit.json").read_text())["fits"]
    compile((tmp_path / "out" / "run.py").read_text(), "run.py", "exec")


def test_an_existing_place_stays_as_it_is(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").write_text("kept")
    (tmp_path / "file").write_text("kept")
    for name in ("out", "file"):
        with pytest.raises(StoreError, match=f"{name} exists already"):
            CHIP.export(small(), tmp_path / name, duration=5.0)
    with pytest.raises(StoreError, match="file exists already"):
        CHIP.export(small(), tmp_path / "file", duration=5.0, force=True)
    with pytest.raises(StoreError, match="cannot write"):
        CHIP.export(small(), tmp_path / "missing" / "out", duration=5.0)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "mine", "out"]
    with pytest.raises(StoreError, match="out exists already and is no export"):
        CHIP.export(small(), tmp_path / "out", duration=5.0, force=True)
    (tmp_path / "out" / "mine").unlink()
    for _ in range(2):  # an empty folder, then an export
        CHIP.export(small(), tmp_path / "out", duration=5.0, force=True)
    with pytest.raises(StoreError, match="replace it with force"):
        CHIP.export(small(), tmp_path / "out", duration=5.0)


def near_threshold(order="spinnaker", weight=1.0, cm=0.9):
    """One input that nearly lifts its target to the threshold."""
    net = Network(dt=1.0, order=order)
    net.population("in", 1, SpikeSourceArray([1.0]))
    net.population("out", 1, IF_curr_exp(cm=cm, tau_syn_E=2.0))
    net.project("in", "out", weight=weight)
    return net


def edge(run):
    """The smallest weight at which `out` spikes."""
    low, high = 1.0, 300.0
    for _ in range(32):
        middle = (low + high) / 2.0
        low, high = (low, middle) if len(run(near_threshold(weight=middle), 30.0).spikes["out"]) else (middle, high)
    return high


def test_explanation_names_the_spike_its_cause_and_a_remedy(tmp_path):
    """Between the two edges only one of them spikes."""
    engine, chip = edge(simulate), edge(CHIP.emulate)
    done = CHIP.export(near_threshold(weight=(engine + chip) / 2.0), tmp_path / "out", duration=60.0, explain=True)
    lone = "chip" if chip < engine else "engine"
    assert f"First difference: out neuron 0 spikes on the {lone} in step" in done.explanation
    assert "Why: " in done.explanation
    assert "v_thresh of out by" in done.explanation
    assert "removes it: engine and chip then agree to the end" in done.explanation
    assert done.loss.spike_agreement == 0.0


def test_explanation_names_the_order_of_operations(tmp_path):
    done = CHIP.export(near_threshold("pynn", weight=60.0), tmp_path / "out", duration=60.0, explain=True)
    assert "Why: the order of operations; the network's is pynn" in done.explanation


def test_command_exports_a_memory_and_refuses_a_network(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    memory = CA3Memory(4, 12)
    memory.store(np.eye(4, 12, dtype=bool) | np.eye(4, 12, 3, dtype=bool))
    memory.save("memory.h5")
    assert main(["export", "memory.h5", "--to", "spinnaker", "--out", "chip"]) == 0
    said = capsys.readouterr().out
    assert "fits spinnaker" in said
    assert "spike agreement of float engine and chip over 240 ms: 1.000000" in said
    assert len(read_spikes("chip/expected_spikes.h5")["Out"][0]) > 0
    net = near_threshold()
    net.poisson("out", rate=10.0, weight=1.0)
    save_network(net, "net.h5")
    assert main(["export", "net.h5", "--to", "spinnaker", "--out", "no", "--force"]) == 1
    assert "PoissonInput into out" in capsys.readouterr().err
    assert main(["export", "memory.h5", "--to", "spinnaker", "--out", "chip"]) == 1
    assert main(["export", "memory.h5", "--to", "nothing", "--out", "chip2"]) == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["chip", "memory.h5", "net.h5"]
