"""The Li-Rinzel astrocyte: against SciPy always and NEST where it is, its known states, currents, pools, bad input."""

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import odeint

from neuromem import Network, NeuronModel, Simulation, SpikeSourceArray, simulate
from neuromem.errors import NeuromemError, UsageError
from neuromem.experiments import runner
from neuromem.models import LiRinzel
from neuromem.network import load_network, save_network
from neuromem.network.astrocytes import astrocyte_lr_1994, pooled, tripartite

ROOT = Path(__file__).resolve().parent.parent
NEST = Path(os.environ.get("NEUROMEM_NEST", ROOT / ".peers" / "nest" / "bin" / "python"))
HIGH = {"IP3": 1.0, "Ca": 1.0, "h": 1.0}


def flow(x, t):
    """The equations as they are printed, with NEST's defaults: uM and ms."""
    ip3, ca, h = x
    store = (2.0 - ca) / 0.185
    m, n = ip3 / (ip3 + 0.13), ca / (ca + 0.08234)
    channel = 0.185 * 0.006 * m**3 * n**3 * h**3 * (store - ca)
    pump = 0.0009 * ca**2 / (0.1**2 + ca**2)
    leak = 0.185 * 0.00011 * (store - ca)
    up, down = 0.0002 * 1.049 * (ip3 + 0.13) / (ip3 + 0.9434), 0.0002 * ca
    return (0.16 - ip3) / 7142.0, channel - pump + leak, up * (1 - h) - down * h


def test_traces_are_those_of_scipy():
    """As NEST's own test: everything begins at 1, and IP3 jumps once at the end of a step."""
    found = LiRinzel().run(100.0, spikes=[9.9], initial=HIGH)
    before = odeint(flow, [1.0, 1.0, 1.0], np.linspace(0, 10.1, 102), rtol=1e-12, atol=1e-14)
    after = odeint(flow, before[-1] + [2e-4, 0, 0], np.linspace(0, 89.8, 899), rtol=1e-12, atol=1e-14)
    got = np.column_stack([found[name] for name in ("IP3", "Ca", "h")])
    np.testing.assert_allclose(got, np.concatenate([before[:-1], after]), rtol=1e-9)


@pytest.mark.foreign
@pytest.mark.skipif(not NEST.exists(), reason="no environment with NEST; NEUROMEM_NEST=/path/to/its/python")
def test_traces_are_those_of_nest(tmp_path):
    out = tmp_path / "traces.json"
    parameters = {"IP3": 1.0, "Ca_astro": 1.0, "h_IP3R": 1.0}
    given = {"dt": 0.1, "duration": 100.0, "spikes": [10.0, 30.0], "weight": 5.0, "parameters": parameters}
    subprocess.run([NEST, ROOT / "tests/foreign/nest_astrocyte.py"], input=json.dumps(given | {"out": str(out)}),
                   text=True, check=True, capture_output=True, cwd=tmp_path, timeout=300)  # fmt: skip
    theirs = json.loads(out.read_text())
    # NEST writes what is after a step; a spike of its generator arrives at the end of the step that a spike at the
    # step before reaches here.
    found = LiRinzel().run(100.0, spikes=[9.9, 29.9], weight=5 * 2e-4, initial=HIGH)
    for name, other in (("IP3", "IP3"), ("Ca", "Ca_astro"), ("h", "h_IP3R")):
        np.testing.assert_allclose(found[name][1:, 0], theirs[other], rtol=1e-6, err_msg=name)
    sent = 1000 * found["sic"][1:, 0]
    received = np.array(theirs["I_SIC"])
    first = int(np.argmax(received > 0))
    assert 0 < first <= 2
    np.testing.assert_allclose(received[first:], sent[: received.size - first], rtol=1e-6)


@pytest.mark.parametrize(
    ("ip3", "calcium"),
    [(0.16, 0.0722), (0.3, 0.1231), (0.34, 0.1465), (0.7, 0.352), (0.8, 0.391), (1.0, 0.453)],
)
def test_calcium_rests_where_it_is_known_to(ip3, calcium):
    ((found, h, stable),) = LiRinzel().steady(ip3)
    assert found == pytest.approx(calcium, rel=0.01)
    assert stable
    rates = flow((ip3, found, h), 0.0)
    assert np.abs(rates[1:]).max() < 1e-15


def test_calcium_oscillates_within_a_window():
    astrocyte = LiRinzel()
    low, high = astrocyte.window()
    assert 0.34 < low < 0.36
    assert 0.62 < high < 0.66
    for ip3, inside in ((low - 1e-6, False), (low + 1e-6, True), (high - 1e-6, True), (high + 1e-6, False)):
        assert [not stable for _, _, stable in astrocyte.steady(ip3)] == [inside]
    with pytest.raises(UsageError, match="rest"):
        astrocyte.window(0.01, 0.3)


@pytest.mark.slow
def test_the_experiment_finds_the_known_extremes():
    found = runner.run("astrocyte-li-rinzel", {"points": 2, "dt": 2.0})
    known = {0.36: (0.129, 0.196), 0.4: (0.105, 0.313), 0.5: (0.108, 0.445), 0.6: (0.136, 0.5)}
    for ip3, (low, high) in known.items():
        assert found[f"low_{ip3:g}"] == pytest.approx(low, rel=0.01)
        assert found[f"high_{ip3:g}"] == pytest.approx(high, rel=0.01)
        assert not found[f"stable_{ip3:g}"]
    for ip3 in (0.16, 0.3, 0.8, 1.0):
        assert found[f"low_{ip3:g}"] == pytest.approx(found[f"rest_{ip3:g}"], rel=1e-3)
    assert 13 / 150 < found["cycles_per_second_0.5"] < 15 / 150
    assert found["largest_slow_inward_current_pA"] > 3


def test_threads_and_pieces_give_the_same_bits():
    net = Network(dt=0.1)
    net.population("in", 3, SpikeSourceArray([1.0, 2.0, 2.0, 7.0], [0, 1, 2, 1]))
    net.population("a", 600, astrocyte_lr_1994(), initial={"IP3": np.linspace(0.1, 1.0, 600)})
    net.project("in", "a", weight=0.01)
    found = []
    for threads, pieces in ((1, [10.0]), (2, [3.0, 7.0])):
        simulation = Simulation(net, threads=threads)
        for piece in pieces:
            simulation.run(piece)
        found.append([simulation.state("a", name).tolist() for name in ("IP3", "Ca", "h")])
    assert found[0] == found[1]


def test_synapses_are_pooled_per_astrocyte():
    rng = np.random.default_rng(0)
    i, j = rng.integers(0, 50, 4000), rng.integers(0, 40, 4000)
    owner = pooled(i, j, 40, 20, share=0.75, size=3, rng=rng)
    assert (owner >= 0).mean() == pytest.approx(0.75, abs=0.03)
    assert max(np.unique(owner[(j == k) & (owner >= 0)]).size for k in range(40)) == 3
    alone = pooled(i, j, 40, 20, pools="block", rng=rng)
    assert np.array_equal(alone, j // 2)
    assert set(pooled(i, j, 40, 4, pools="block", size=4, rng=rng)) == {0, 1, 2, 3}
    assert pooled([], [], 40, 20, rng=rng).size == 0


def test_a_tripartite_connection_covers_its_synapses(tmp_path):
    """IP3 per spike and covered synapse; currents of several astrocytes add up onto a neuron in every step."""
    cell = NeuronModel("dv/dt = i_sic/(1*nF) : volt\ni_sic : amp", variables=("i_sic",))
    net = Network(dt=0.1, order="brian2")
    net.population("in", 2, SpikeSourceArray([1.0], [0]))
    net.population("n", 3, cell())
    net.population("a", 2, astrocyte_lr_1994(), initial={"Ca": [1.0, 0.5]})
    i, j, owner = [0, 0, 1, 0, 1], [0, 1, 2, 1, 1], [0, 0, 1, -1, 1]
    before = net.copy()
    with pytest.raises(NeuromemError):
        tripartite(net, "in", "n", "a", i, j, [0, 0, 2, 0, 1])
    with pytest.raises(NeuromemError, match="per synapse"):
        tripartite(net, "in", "n", "a", i, j, [0])
    assert net == before
    up, down = tripartite(net, "in", "n", "a", i, j, owner, ip3=0.1, sic=2.0)
    assert (up.connector.pre.tolist(), up.connector.post.tolist()) == ([0, 0, 1, 1], [0, 0, 1, 1])
    assert (down.connector.pre.tolist(), down.connector.post.tolist()) == ([0, 0, 1, 1], [0, 1, 1, 2])
    for target, variable in (("a", "IP3"), ("a", "Ca"), ("n", "i_sic")):
        net.probe(target, variable)
    save_network(net, tmp_path / "network.h5")
    assert load_network(tmp_path / "network.h5") == net
    traces = simulate(net, 2.0).traces
    assert traces["a.IP3"].values[-1] == pytest.approx([0.36, 0.16], rel=1e-4)
    sic = LiRinzel().current(traces["a.Ca"].values)
    assert sic[0, 0] == pytest.approx(1e-3 * np.log(1000 * (1.0 - 0.19669)))
    want = 2 * np.column_stack([sic[:, 0], sic.sum(axis=1), sic[:, 1]])
    np.testing.assert_allclose(traces["n.i_sic"].values[1:], want[:-1], rtol=1e-12)


@pytest.mark.parametrize(
    "make",
    [
        lambda: LiRinzel(rate=1.0),
        lambda: LiRinzel(tau_IP3="1*mV"),
        lambda: LiRinzel().steady(-1),
        lambda: LiRinzel().steady("much"),
        lambda: LiRinzel().run(10.0, ip3=[]),
        lambda: LiRinzel().run(10.0, ip3=[0.1, np.nan]),
        lambda: LiRinzel().run(10.0, initial={"Cb": 1.0}),
        lambda: LiRinzel().run(-10.0),
        lambda: pooled([0], [0, 1], 2, 2, rng=None),
        lambda: pooled([0], [5], 2, 2, rng=None),
        lambda: pooled([0], [0], 2, 2, size=3, rng=None),
        lambda: pooled([0], [0], 2, 2, share=2.0, rng=None),
        lambda: pooled([0], [0], 2, 2, pools="near", rng=None),
        lambda: runner.run("astrocyte-li-rinzel", {"dt": 0.3}),
        lambda: runner.run("astrocyte-li-rinzel", {"points": 0}),
    ],
)
def test_bad_input_is_refused_in_a_sentence(make):
    with pytest.raises(NeuromemError) as error:
        make()
    assert str(error.value)
