"""Leaky units with trained time constants, and curricula: plain Python, finite differences, known time scales."""

import json

import numpy as np
import pytest

import naive_units
from neuromem.errors import NeuromemError, UsageError
from neuromem.experiments import runner, timescales
from neuromem.learning import LeakyNetwork
from neuromem.learning import leaky as leaky_units


def small(tau=None, heads=2):
    network, rng = LeakyNetwork(5, tau, seed=1), np.random.default_rng(2)
    for _ in range(heads):
        network.add_head()
    return network, rng.normal(size=(6, 3)), rng.integers(0, 2, (heads, 3)), rng.normal(size=(3, 5))


def test_units_are_those_of_plain_python():
    network, x, _, start = small()
    found = network.activity(x, start)
    R, W, b, tau = (w.tolist() for w in network.weights[:4])
    for k in range(3):
        expected = naive_units.leaky(x[:, k].tolist(), R, W, b, tau, start[k].tolist())
        assert np.allclose(found[1:, k], expected, rtol=0, atol=1e-13)
    assert (found[0] == start).all()
    assert np.allclose(network.activity(x[3:], found[3])[-1], found[-1], rtol=0, atol=1e-13)


@pytest.mark.parametrize("tau", [None, 1.5])
def test_gradients_are_finite_differences(tau):
    network, x, y, start = small(tau)
    found = network.gradients(x, y, start)
    assert found.right.shape == y.shape
    for k, (w, g) in enumerate(zip(network.weights, found.weights)):
        for place in np.ndindex(w.shape):
            if (k == 0 and place[0] == place[1]) or (k == 3 and tau):
                assert g[place] == 0
                continue
            kept, sides = w[place], []
            for sign in (1, -1):
                w[place] = kept + sign * 1e-6
                sides.append(network.gradients(x, y, start).loss)
            w[place] = kept
            assert g[place] == pytest.approx((sides[0] - sides[1]) / 2e-6, rel=1e-5, abs=1e-8)


def test_time_constants_stay_above_one_and_units_free_of_themselves():
    network = small()[0]
    for w in network.weights:
        w -= 1.5
    network.settle()
    assert (network.weights[3] == 1).all()
    assert not np.diag(network.weights[0]).any()


def test_time_scales_are_those_of_the_process():
    """An autoregressive process that keeps exp(-1/tau) of itself loses its autocorrelation within tau."""
    rng = np.random.default_rng(0)
    taus, a = np.array([2.0, 8.0, 30.0]), np.zeros((3000, 20, 3))
    for t in range(1, len(a)):
        a[t] = np.exp(-1 / taus) * a[t - 1] + rng.normal(size=a[t].shape)
    assert leaky_units.timescales(a[200:]) == pytest.approx(taus, rel=0.08)
    assert np.isnan(leaky_units.timescales(np.ones((10, 2)))).all()


def test_what_is_asked_is_parity_and_match():
    x = np.array([[1, -1, 1], [1, 1, -1], [-1, 1, -1.0]])
    assert timescales.answers("parity", x, 2).tolist() == [1, 0, 0]
    assert timescales.answers("parity", x, 3).tolist() == [0, 0, 1]
    assert timescales.answers("match", x, 3).tolist() == [0, 0, 0]
    assert timescales.answers("match", x, 2).tolist() == [0, 1, 1]


def test_the_experiment_runs_and_several_heads_get_on(tmp_path):
    runner.run("timescales", {**timescales.QUICK, "tasks": ("match",)}, out=tmp_path / "out")
    numbers = json.loads((tmp_path / "out" / "result.json").read_text())
    assert numbers["match_multi_reached"] >= 2
    assert numbers["match_multi_tau"] >= 1
    assert (tmp_path / "out" / "timescales.png").exists()
    with pytest.raises(UsageError, match="promote"):
        runner.run("timescales", {"promote": 0.4})


@pytest.mark.parametrize(
    "make",
    [
        lambda: LeakyNetwork(1),
        lambda: LeakyNetwork(5, tau=0.5),
        lambda: LeakyNetwork(5, seed=-1),
        lambda: small()[0].activity(np.zeros(3)),
        lambda: small()[0].activity([[np.nan]]),
        lambda: small()[0].activity(np.zeros((3, 2)), np.zeros((3, 5))),
        lambda: small()[0].gradients(np.zeros((3, 2)), np.zeros((1, 2), int)),
        lambda: small()[0].gradients(np.zeros((3, 2)), np.full((2, 2), 2)),
        lambda: small(heads=0)[0].gradients(np.zeros((3, 2)), np.zeros((0, 2), int)),
    ],
)
def test_bad_input_is_refused_in_a_sentence(make):
    with pytest.raises(NeuromemError) as error:
        make()
    assert str(error.value)
