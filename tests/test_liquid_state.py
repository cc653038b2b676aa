"""The liquid state machine: its twin, random weights of devices, readouts, and the digits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from networks import examples
from neuromem import datasets
from neuromem.errors import NeuromemError, UsageError
from neuromem.events import from_dense, regular, shrunk
from neuromem.hardware.resistive import deploy, device, random_weights
from neuromem.learning.readout import Ridge, SmallANN
from neuromem.models import LiquidState

SHAPES = ((256, 200), (200, 200))


def naive(spikes, W_in, W, decay, threshold):
    """Spike counts of one item, bool (T, inputs), in loops."""
    n = W.shape[0]
    v, s, counts = [0.0] * n, [0] * n, [0] * n
    for x in spikes:
        current = [
            sum(W_in[i][j] for i in np.flatnonzero(x)) + sum(W[i][j] for i in np.flatnonzero(s)) for j in range(n)
        ]
        v = [decay * v[j] * (1 - s[j]) + current[j] for j in range(n)]
        s = [int(v[j] >= threshold) for j in range(n)]
        counts = [c + k for c, k in zip(counts, s)]
    return counts


@pytest.mark.twin
@examples(30)
@given(st.sampled_from([0, 1, 2, 7]), st.sampled_from([1, 2, 7, 20]), st.sampled_from([1, 2, 7]), st.integers(0, 2**32))
def test_reservoir_and_its_twin(steps, inputs, neurons, seed):
    """Weights in steps of 1/8 and a decay of 1/2, so that no sum is rounded."""
    rng = np.random.default_rng(seed)
    spikes = rng.random((3, steps, inputs)) < 0.4
    weights = [np.rint(rng.normal(size=shape) * 8) / 8 for shape in ((inputs, neurons), (neurons, neurons))]
    liquid = LiquidState(inputs, neurons, decay=0.5, gain=1.0, recurrent=1.0, weights=weights)
    expected = [naive(item, *weights, 0.5, 1.0) for item in spikes]
    assert liquid.run(from_dense(spikes)).tolist() == expected


@pytest.fixture(scope="module")
def digits():
    images = datasets.digits()
    train, test = np.arange(0, 8000, 4), np.arange(0, 2000, 4)
    trains = (regular(shrunk(images.x_train[train])), regular(shrunk(images.x_test[test])))
    return trains, images.y_train[train], images.y_test[test]


def liquids(seed):
    given_ = [random_weights("random-forming", shape, seed, k) for k, shape in enumerate(SHAPES)]
    return LiquidState(seed=seed), LiquidState(seed=seed, weights=given_)


def test_device_random_is_as_good_as_gaussian(digits):
    """A quarter of the digits; all of them, with the published marks, are the experiment lsm-device-random."""
    (train, test), y, y_test = digits
    linear = np.empty((3, 2))
    for seed in range(3):
        for k, liquid in enumerate(liquids(seed)):
            linear[seed, k] = Ridge().fit(liquid.run(train), y).accuracy(liquid.run(test), y_test)
    assert linear.min() > 0.8
    assert abs(linear[:, 0].mean() - linear[:, 1].mean()) < 0.025
    features = liquids(0)[1].run(train), liquids(0)[1].run(test)
    assert SmallANN(epochs=15).fit(features[0], y).accuracy(features[1], y_test) > 0.87


def test_a_deployed_liquid_is_one(digits):
    (_, test), _, _ = digits
    liquid = LiquidState()
    assert np.array_equal(deploy(liquid, "ideal").weights()["input"].values, liquid.weights()["input"].values)
    drifted = deploy(liquid, "pcm-like", time=3600.0)
    assert isinstance(drifted, LiquidState)
    assert drifted.run(test).mean() < 0.9 * liquid.run(test).mean(), "weaker weights, fewer spikes"


def test_random_weights_are_standard_and_repeatable():
    a, b, other = (random_weights("random-forming", (200, 200), seed) for seed in (1, 1, 2))
    assert np.array_equal(a, b)
    assert not np.array_equal(a, other)
    assert not np.array_equal(a, random_weights("random-forming", (200, 200), 1, 1))
    assert (a.mean(), a.std()) == (pytest.approx(0, abs=0.02), pytest.approx(1))
    assert (np.abs(a) > 2).mean() == pytest.approx(0.0455, abs=0.005), "like a normal number"
    with pytest.raises(UsageError, match="alike"):
        random_weights(device("ideal"), (3, 3))


def test_ridge_is_the_closed_form():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(500, 6)) * [1, 2, 3, 4, 5, 0], rng.integers(0, 3, 500)
    readout = Ridge(3, strength=5.0).fit(x, y)
    z = (x - x.mean(0)) / np.where(x.std(0) > 0, x.std(0), 1)
    target = np.eye(3)[y] - np.eye(3)[y].mean(0)
    w = np.linalg.lstsq(np.vstack([z, np.sqrt(5.0) * np.eye(6)]), np.vstack([target, np.zeros((6, 3))]), rcond=None)[0]
    np.testing.assert_allclose(readout.weights, w, atol=1e-9)
    np.testing.assert_allclose(readout.scores(x), z @ w + np.eye(3)[y].mean(0), atol=1e-9)


def test_the_small_network_has_the_gradient_of_its_loss():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(20, 5)), rng.integers(0, 3, 20)
    net = SmallANN(3, hidden=7, epochs=1, dropout=0.0).fit(x, y)
    net.weights = [w.astype(float) for w in net.weights]

    def loss():
        hidden = np.maximum(x @ net.weights[0] + net.weights[2], 0)
        z = hidden @ net.weights[1] + net.weights[3]
        return (np.log(np.exp(z).sum(axis=1)) - z[np.arange(20), y]).mean()

    found = net._gradients(x, y, rng)
    for w, g in zip(net.weights, found):
        place = tuple(rng.integers(0, size) for size in w.shape)
        w[place] += 1e-6
        above = loss()
        w[place] -= 2e-6
        below = loss()
        w[place] += 1e-6
        assert g[place] == pytest.approx((above - below) / 2e-6, abs=1e-6)


def test_what_no_line_can_tell_apart_the_small_network_learns():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(1500, 2))
    y = (x[:, 0] * x[:, 1] > 0).astype(int)
    assert Ridge(2).fit(x[:1000], y[:1000]).accuracy(x[1000:], y[1000:]) < 0.75
    assert SmallANN(2, hidden=32, dropout=0.0).fit(x[:1000], y[:1000]).accuracy(x[1000:], y[1000:]) > 0.93
    a, b = (SmallANN(2, epochs=2, seed=3).fit(x, y).weights[0] for _ in range(2))
    assert np.array_equal(a, b)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: LiquidState(inputs=0), "inputs"),
        (lambda: LiquidState(decay=1.5), "decay"),
        (lambda: LiquidState(threshold=0), "threshold"),
        (lambda: LiquidState(2, 3, weights=[np.zeros((2, 3)), np.full((3, 3), np.nan)]), "recurrent"),
        (lambda: LiquidState(2, 3, weights=[np.zeros((3, 2)), np.zeros((3, 3))]), "input"),
        (lambda: LiquidState().run(np.zeros((1, 2, 256), bool)), "Trains"),
        (lambda: LiquidState().run(from_dense(np.zeros((1, 2, 3), bool))), "256 inputs"),
        (lambda: LiquidState().with_weights({}), "input"),
        (lambda: Ridge(1), "classes"),
        (lambda: Ridge(strength=0), "strength"),
        (lambda: Ridge().fit(np.zeros((3, 2)), [0, 1, 10]), "classes from 0 to 9"),
        (lambda: Ridge().fit([[np.nan]], [0]), "finite"),
        (lambda: SmallANN(dropout=1), "dropout"),
        (lambda: SmallANN(epochs=0), "epochs"),
    ],
)
def test_bad_input_is_named(call, said):
    with pytest.raises(NeuromemError, match=said):
        call()
