"""Loihi's exports: the Lava script's data, the NetX file, the folder."""

import json
import sys

import h5py
import numpy as np
import pytest

from loihi_networks import STEPS, chain
from networks import raster
from neuromem import hardware, io
from neuromem.errors import StoreError
from neuromem.hardware.loihi import emulate_lif
from neuromem.hardware.loihi.target import Loihi
from neuromem.network import FixedTotalNumber, FromArrays, IF_curr_exp, Network, SpikeSourceArray


@pytest.fixture
def no_engine(monkeypatch):
    """An export compares with the engine, which takes long to compile: here the chip is compared with itself."""
    monkeypatch.setattr("neuromem.hardware.comparison.simulate", Loihi().emulate)


def test_an_export_holds_what_it_says(tmp_path):
    net = chain()
    made = hardware.target("loihi").export(net, tmp_path / "out", duration=float(STEPS), explain=True)
    names = {path.name for path in made.path.iterdir()}
    assert names == {
        "run.py",
        "network.npz",
        "network.net",
        "expected_spikes.h5",
        "fit.json",
        "loss.json",
        "fit.txt",
        "loss.txt",
        "explanation.txt",
    }
    fit, loss = (json.loads((made.path / f"{name}.json").read_text()) for name in ("fit", "loss"))
    assert fit["fits"]
    assert fit == json.loads(json.dumps(made.fit.to_dict()))
    assert loss["spike_agreement"] == made.loss.spike_agreement > 0.9
    assert loss["compared_ms"] == STEPS
    assert "p0->p1" in (made.path / "loss.txt").read_text()
    compile((made.path / "run.py").read_text(), "run.py", "exec")
    chip = hardware.target("loihi").emulate(net, float(STEPS))
    stored = io.read_spikes(made.path / "expected_spikes.h5")
    data = np.load(made.path / "network.npz")
    about = json.loads(str(data["about"]))
    for number, name in enumerate(("p1", "p2")):
        assert (stored[name][0] == chip.spikes[name].times).all()
        assert (data[f"group{number}/expected_ids"] == chip.spikes[name].ids).all()
    assert [group["plain"] for group in about["groups"]] == [True, True]


def test_the_netx_file_runs_as_its_loader_does(tmp_path, no_engine):
    """What NetX makes of a file, in plain integers: layer after layer, each a step later, du = iDecay - 1."""
    net = chain(tau_m=8.0)
    target = hardware.target("loihi")
    target.export(net, tmp_path / "out", duration=float(STEPS))
    expected = target.emulate(net, float(STEPS))
    spikes = np.zeros((STEPS, 5), int)
    for t, i in raster(expected, "p0"):
        spikes[t, i] = 1
    with h5py.File(tmp_path / "out" / "network.net") as file:
        assert file["layer/0/type"][()] == b"input"
        assert file["layer/0/shape"][()].tolist() == [5, 1, 1]
        for number, name in ((1, "p1"), (2, "p2")):
            layer = file[f"layer/{number}"]
            assert layer["type"][()] == b"dense"
            assert layer["neuron/type"][()] == b"CUBA"
            n = int(np.prod(layer["shape"][()]))
            weight, delay = layer["weight"][()].T, layer["delay"][()].T
            none = np.zeros((n, n), int)
            late = np.vstack([np.zeros((1, len(weight)), int), spikes[:-1]])
            fired, _, _ = emulate_lif(
                np.vstack([weight, none]),
                late,
                du=int(layer["neuron/iDecay"][()]) - 1,
                dv=int(layer["neuron/vDecay"][()]),
                vth=int(layer["neuron/vThMant"][()]),
                delays=np.vstack([delay, none]),
            )
            assert set(map(tuple, np.argwhere(fired))) == set(raster(expected, name))
            assert fired.any()
            spikes = fired


def test_without_netx_the_report_says_why(tmp_path, no_engine):
    made = hardware.target("loihi").export(chain(tau_refrac=3.0), tmp_path / "out", duration=5.0)
    assert not (made.path / "network.net").exists()
    assert any("No NetX file: p1 needs more than NetX describes" in note for note in made.loss.notes)


def test_several_synapses_between_two_neurons_are_written_apart(tmp_path, no_engine):
    net = Network(1.0, "spinnaker")
    net.population("in", 3, SpikeSourceArray([1.0]))
    net.population("out", 2, IF_curr_exp())
    net.project("in", "out", FixedTotalNumber(40), weight=1.0)
    net.project("in", "out", FromArrays([], []), weight=1.0, name="none")
    made = hardware.target("loihi").export(net, tmp_path / "out", duration=5.0)
    data = np.load(made.path / "network.npz")
    layers = json.loads(str(data["about"]))["connections"]
    assert len(layers) > 1
    seen = 0
    for layer in layers:
        pairs = list(zip(data[f"{layer['key']}/source"], data[f"{layer['key']}/target"], strict=True))
        assert len(set(pairs)) == len(pairs)
        seen += len(pairs)
    assert seen == 40


def test_a_folder_appears_whole_or_not_at_all(tmp_path, monkeypatch, no_engine):
    target, net = hardware.target("loihi"), chain()
    with pytest.raises(StoreError, match="no such file or directory"):
        target.export(net, tmp_path / "missing" / "out", duration=5.0)
    (tmp_path / "file").write_text("mine")
    with pytest.raises(StoreError, match="exists already"):
        target.export(net, tmp_path / "file", duration=5.0, force=True)
    target.export(net, tmp_path / "out", duration=5.0)
    (tmp_path / "out" / "kept").write_text("mine")
    with pytest.raises(StoreError, match="exists already"):
        target.export(net, tmp_path / "out", duration=5.0)

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(sys.modules["neuromem.hardware.target"], "write_reports", full)
        with pytest.raises(StoreError, match="no space left on device; nothing was changed"):
            target.export(net, tmp_path / "out", duration=5.0, force=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "out"]
    assert (tmp_path / "out" / "kept").exists()
    target.export(net, tmp_path / "out", duration=5.0, force=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "out"]
    assert not (tmp_path / "out" / "kept").exists()


def test_explanation_names_the_weights_that_are_coarse(tmp_path):
    """A synapse that is never used takes the exponent up; the other, of 10.5 nA, becomes 0 or more than it is."""
    net = Network(1.0, "spinnaker")
    net.population("in", 2, SpikeSourceArray([1.0], [1]))
    net.population("out", 1, IF_curr_exp(cm=0.9, tau_syn_E=2.0, tau_m=13.0))
    net.project("in", "out", FromArrays([0, 1], [0, 0]), weight=[4000.0, 10.5])
    made = hardware.target("loihi").export(net, tmp_path / "out", duration=40.0, explain=True)
    (loss,) = made.loss.projections
    assert loss.quantum > 15.0
    assert made.explanation.startswith("First difference: out neuron 0 spikes on the ")
    assert f"Why: the weights of in->out are rounded to multiples of {loss.quantum:.4g} nA" in made.explanation
    assert made.loss.spike_agreement < 1.0
