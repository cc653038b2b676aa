"""Bit for bit as in Lava's fixed-point simulation: single groups, and exported folders as they are run by their script.

`tests/lava_environment.py` makes the environment; without it these tests are skipped.
"""

import subprocess
from pathlib import Path

import numpy as np
import pytest

from lava_environment import python
from neuromem import hardware
from neuromem.hardware.loihi import emulate_lif
from neuromem.network import AllToAll, FixedTotalNumber, IF_curr_delta, IF_curr_exp, Network, SpikeSourceArray

pytestmark = [pytest.mark.lava, pytest.mark.slow]
PEER = Path(__file__).with_name("lava_peer.py")
LONGEST = 1800


@pytest.fixture(autouse=True)
def lava():
    """Ask before anything is computed."""
    if python() is None:
        pytest.skip("no environment with lava-nc; python tests/lava_environment.py makes one")


def in_lava(*arguments):
    result = subprocess.run(
        [python(), *map(str, arguments)], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=LONGEST
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def case(seed, n_in, n, steps, delayed):
    rng = np.random.default_rng(seed)
    weights = 2 * rng.integers(-60, 80, (n_in + n, n))
    given = {
        "weights": weights,
        "input_spikes": (rng.random((steps, n_in)) < 0.1).astype(int),
        "du": rng.integers(0, 2000),
        "dv": rng.integers(0, 800),
        "vth": rng.integers(100, 600),
        "bias_mant": rng.integers(-50, 100, n),
        "bias_exp": rng.integers(0, 7, n),
        "weight_exp": rng.integers(0, 2),
    }
    if delayed:
        given["delays"] = rng.integers(0, 20, weights.shape)
    return given


@pytest.mark.parametrize(
    ("seed", "n_in", "n", "steps", "delayed"), [(7, 16, 64, 300, False), (8, 5, 12, 100, True)], ids=["plain", "delays"]
)
def test_a_group_is_lava_s_to_the_bit(tmp_path, seed, n_in, n, steps, delayed):
    given = case(seed, n_in, n, steps, delayed)
    np.savez(tmp_path / "given.npz", **given)
    in_lava(PEER, tmp_path / "given.npz", tmp_path / "out.npz")
    theirs = np.load(tmp_path / "out.npz")
    given["input_spikes"] = np.vstack([np.zeros((1, n_in), int), given["input_spikes"][:-1]])
    weights, spikes = given.pop("weights"), given.pop("input_spikes")
    ours = emulate_lif(weights, spikes, **given)
    assert ours[0].sum() > 50
    for name, values in zip(("spikes", "u", "v"), ours, strict=True):
        assert (values == theirs[name]).all(), name


def everything():
    """Plain and programmed groups, both receptors with decays of their own, delays, several synapses between a pair."""
    rng = np.random.default_rng(4)
    net = Network(1.0, "spinnaker")
    times = np.argwhere(rng.random((40, 6)) < 0.4)
    net.population("in", 6, SpikeSourceArray(times[:, 0], times[:, 1]))
    net.population("plain", 5, IF_curr_exp(tau_m=8.0, i_offset=0.5))
    net.population("program", 4, IF_curr_delta(tau_m=rng.uniform(3, 9, 4), tau_refrac=2.0), {"v": -60.0})
    net.population("two", 3, IF_curr_exp(tau_syn_E=2.0, tau_syn_I=6.0, tau_refrac=1.0))
    net.project("in", "plain", AllToAll(), weight=rng.uniform(1, 9, (6, 5)))
    net.project("plain", "program", AllToAll(), weight=4.0, delay=rng.integers(1, 9, (5, 4)))
    net.project("program", "two", FixedTotalNumber(20), weight=15.0, delay=2.0)
    net.project("plain", "two", AllToAll(), weight=2.0, receptor="inhibitory")
    net.project("two", "plain", AllToAll(), weight=3.0, receptor="inhibitory")
    return net


def test_an_export_runs_in_lava_as_expected(tmp_path):
    made = hardware.target("loihi").export(everything(), tmp_path / "out", duration=40.0)
    said = in_lava(made.path / "run.py")
    assert "40 steps" in said
    assert said.strip().endswith(" 0 different")
    assert int(said.split(", ")[1].split()[0]) > 50
