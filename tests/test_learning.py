"""Trainable layers against plain Python, finite differences and, where it is installed, snnTorch's autograd."""

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import config

import naive_learning
from neuromem.errors import PatternError, TrainingError, UsageError
from neuromem.learning import DSRLIF, LIF, SGD, Adam, DendriticNetwork, Sides, SpikingNetwork, bptt, dsr
from neuromem.learning.gradients import cross_entropy
from neuromem.learning.threads import _blas, one_thread

NEURONS = [LIF(reset=reset, surrogate=s, detach_reset=d) for reset, s, d in (
    ("soft", "sigmoid", False), ("hard", "sigmoid", False), ("soft", "atan", True), ("hard", "atan", True),
)]  # fmt: skip


@pytest.mark.twin
@settings(max_examples=20, deadline=None)
@given(
    n=st.sampled_from([1, 2, 7, 64]), T=st.integers(1, 9), constant=st.booleans(), which=st.integers(0, 3),
    seed=st.integers(0, 99),
)  # fmt: skip
def test_neurons_are_those_of_plain_python(n, T, constant, which, seed):
    rng, neuron = np.random.default_rng(seed), NEURONS[which]
    currents = rng.normal(0.6, 0.8, (1 if constant else T, n))
    given = np.broadcast_to(currents, (T, n)).T.tolist()
    for found, spike in (
        (neuron.run(currents, T), lambda x: float(x >= 0)),
        (neuron.run_smooth(currents, T), lambda x: naive_learning.smooth(x, neuron)),
    ):
        expected = [naive_learning.lif(row, neuron, spike) for row in given]
        for k in range(2):
            assert np.allclose(found[k].T, [one[k] for one in expected], rtol=0, atol=1e-12)
    rated = DSRLIF()
    spikes, rates = rated.run(4 * currents, T)
    expected = [naive_learning.dsr([4 * c for c in row], rated) for row in given]
    assert np.allclose(spikes.T, [one[0] for one in expected], atol=1e-12)
    assert np.allclose(rates, [one[1] for one in expected], atol=1e-12)
    assert rated.run(np.full((1, 1), 1e3), T)[1][0] == pytest.approx(rated.highest)


def small(gradient, neuron=None, sizes=(5, 7, 6, 4), steps=5, seed=3):
    """A network of doubles with weights large enough for spikes, and a batch."""
    network, rng = SpikingNetwork(sizes, gradient, neuron, steps, seed, np.float64), np.random.default_rng(seed)
    network.weights = [3 * w for w in network.weights]
    return network, rng.normal(0.5, 1.0, (3, sizes[0])), rng.integers(0, sizes[-1], 3)


def differences(network, loss, step=1e-6):
    """The gradient of loss() by central differences."""
    out = [np.empty_like(w) for w in network.weights]
    for w, g in zip(network.weights, out):
        for place in np.ndindex(w.shape):
            kept, sides = w[place], []
            for sign in (1, -1):
                w[place] = kept + sign * step
                sides.append(loss())
            w[place], g[place] = kept, (sides[0] - sides[1]) / (2 * step)
    return out


def agree(found, expected, tolerance=1e-8):
    return all(np.abs(a - b).max() < tolerance * max(1.0, np.abs(b).max()) for a, b in zip(found, expected))


@pytest.mark.twin
@pytest.mark.parametrize("neuron", NEURONS, ids=str)
def test_gradients_through_time_are_differences_of_the_smoothed_network(neuron):
    """Surrogate gradients are exact for smooth spikes; a detached reset is one that is held fixed."""
    network, x, y = small("bptt", neuron)
    runs = bptt.hidden(network, x, neuron.run_smooth)
    held = [spikes for spikes, _ in runs]

    def loss():
        again = iter(held)
        run = neuron.run_smooth
        if neuron.detach_reset:
            run = lambda currents, T: neuron.run_smooth(currents, T, next(again))  # noqa: E731
        out = bptt.readout(network, x, bptt.hidden(network, x, run))[1]
        return cross_entropy(out, y)[0].mean()

    found = bptt.gradients(network, x, y, runs=runs)
    assert agree(found.weights, differences(network, loss))
    assert found.loss == pytest.approx(loss())


@pytest.mark.twin
def test_gradients_by_rates_are_differences_of_the_rates_that_currents_imply():
    network, x, y = small("dsr")
    network.weights[0] *= 3  # some rates saturate, some are 0
    found = dsr.gradients(network, x, y, found=dsr.implied(network, x))

    def loss():
        return cross_entropy(dsr.implied(network, x)[-1] @ network.weights[-1].T, y)[0].mean()

    assert agree(found.weights, differences(network, loss))
    rates = dsr.implied(network, x)[1]
    assert 0 < (rates == 0).sum() < rates.size
    assert (rates == network.neuron.highest).any()


def test_rates_tend_to_what_currents_imply():
    """The more steps within a time, the closer: the error falls about as 1 / steps."""
    rng, off = np.random.default_rng(0), []
    for steps in (20, 80, 320):
        neuron = DSRLIF(dt=0.05, alpha=0.5)
        current = rng.uniform(-1, neuron.highest, (1, 500))
        off.append(np.abs(neuron.run(current, steps)[1] - neuron.rate(current[0])).mean())
    assert off[0] < 0.15 * neuron.highest
    assert off[1] < off[0]
    assert off[2] < off[0]


@pytest.mark.twin
@pytest.mark.parametrize("reset", ["soft", "hard"])
def test_online_gradients_are_those_of_plain_python(reset):
    network, x, y = small("ottt", LIF(reset=reset))
    expected = [
        naive_learning.ottt([w.tolist() for w in network.weights], a, b, network.neuron, 5) for a, b in zip(x, y)
    ]
    means = [np.mean([one[k] for one in expected], axis=0) for k in range(3)]
    assert agree(network.gradients(x, y).weights, means, 1e-12)


def test_online_and_through_time_agree_where_nothing_is_left_out():
    """With one hidden layer and soft, detached resets the errors of all steps can as well go back through time."""
    network, x, y = small("ottt", LIF(), (5, 7, 4))
    ((spikes, potentials),) = bptt.hidden(network, x)
    per_step = spikes.reshape(5, 3, 7)
    errors = [cross_entropy(s @ network.weights[1].T, y)[2] / 15 for s in per_step]
    by_spike = np.array([e @ network.weights[1] for e in errors]).reshape(5, -1)
    by_current = network.neuron.back(by_spike, spikes, potentials).reshape(5, 3, 7).sum(axis=0)
    expected = [by_current.T @ x, sum(e.T @ s for e, s in zip(errors, per_step))]
    assert agree(network.gradients(x, y).weights, expected, 1e-13)


def test_online_memory_does_not_grow_with_time():
    import tracemalloc

    peaks = []
    for steps in (4, 64):
        network = SpikingNetwork((50, 100, 100, 5), "ottt", steps=steps)
        x, y = np.ones((20, 50), np.float32), np.zeros(20, np.int64)
        network.gradients(x, y)
        tracemalloc.start()
        network.gradients(x, y)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.05 * peaks[0]


@pytest.mark.parametrize("gradient", ["bptt", "ottt", "dsr"])
@pytest.mark.parametrize("optimizer", [SGD(0.1), SGD(0.05, 0.9), Adam(0.005)], ids=lambda o: type(o).__name__)
def test_small_networks_learn(gradient, optimizer):
    """Four directions of a space of 20, with noise."""
    rng = np.random.default_rng(1)
    centres = 2 * rng.normal(size=(4, 20))
    y = rng.integers(0, 4, 200)
    x = centres[y] + rng.normal(size=(200, 20))
    network = SpikingNetwork((20, 30, 20, 4), gradient)
    optimizer.reset()
    first = network.gradients(x, y).loss
    for _ in range(150):
        optimizer.step(network.weights, network.gradients(x, y).weights)
    last = network.gradients(x, y)
    assert last.loss < 0.3 * first
    assert (network.predict(x) == y).mean() > 0.95
    assert np.array_equal(last.right, network.predict(x) == y)


def test_adam_steps_are_the_published_ones():
    rng, w = np.random.default_rng(0), np.array([[1.0, -2.0]])
    plain, m, v, optimizer = w.copy(), 0, 0, Adam(0.01)
    for t in range(1, 6):
        g = rng.normal(size=(1, 2))
        optimizer.step([w], [g])
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        plain -= 0.01 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
    assert np.allclose(w, plain, rtol=1e-12)


def test_projection_touches_only_the_gradient_of_the_weights():
    class Half:
        def project(self, x):
            return x / 2

    network, x, y = small("bptt")
    free = network.gradients(x, y)
    for laterals in ([Half(), None, None], [None, Half(), Half()]):
        found = network.gradients(x, y, Sides(laterals=laterals))
        for a, b, lateral in zip(found.weights, free.weights, laterals):
            assert np.allclose(a, b / 2 if lateral else b, rtol=1e-13)


@pytest.mark.parametrize("gradient", ["bptt", "ottt", "dsr"])
def test_only_allowed_classes_have_errors(gradient):
    network, x, _ = small(gradient)
    allowed = np.array([True, False, True, False])
    found = network.gradients(x, np.array([0, 2, 0]), Sides(allowed=allowed))
    assert np.abs(found.weights[-1][~allowed]).max() == 0
    assert (np.abs(found.weights[-1][allowed]).max(axis=1) > 0).all()
    assert set(network.predict(x, allowed)) <= {0, 2}
    with pytest.raises(PatternError, match="allows"):
        network.gradients(x, np.array([0, 1, 0]), Sides(allowed=allowed))


@pytest.mark.parametrize("options", [
    {"sizes": (5,)}, {"sizes": (5, 0)}, {"gradient": "exact"}, {"neuron": DSRLIF()}, {"steps": 0}, {"steps": 1.5},
    {"dtype": np.int32}, {"seed": -1}, {"gradient": "dsr", "neuron": LIF()},
])  # fmt: skip
def test_bad_networks_are_refused(options):
    with pytest.raises(UsageError, match="SpikingNetwork"):
        SpikingNetwork(**{"sizes": (5, 4), **options})


@pytest.mark.parametrize("make", [
    lambda: LIF(tau=0.5), lambda: LIF(tau=float("nan")), lambda: LIF(threshold=0), lambda: LIF(reset="none"),
    lambda: LIF(surrogate="step"), lambda: LIF(slope=float("inf")), lambda: DSRLIF(dt=0), lambda: DSRLIF(alpha=1.5),
    lambda: DSRLIF(threshold="1"), lambda: SGD(0), lambda: SGD(0.1, 1.0), lambda: Adam(beta1=1), lambda: Adam(-1),
])  # fmt: skip
def test_bad_neurons_and_steps_are_refused(make):
    with pytest.raises(UsageError, match="expected"):
        make()


def test_bad_batches_are_refused_and_change_nothing():
    network, x, y = small("bptt")
    kept = [w.copy() for w in network.weights]
    for bad_x, bad_y in (
        (x[:, :4], y), (x[0], y), (x * np.nan, y), (x.astype(str), y), (x, y[:2]), (x, y + 4), (x, y - 4),
        (x, y.astype(float)), (x[:0], y[:0]), ([[1], [1, 2]], y),
    ):  # fmt: skip
        with pytest.raises(PatternError, match=r"SpikingNetwork\.[xy]"):
            network.gradients(bad_x, bad_y)
    good = network.gradients(x, y).weights
    bad = [*good[:2], np.full_like(good[2], np.inf)]
    for optimizer in (SGD(), Adam()):
        with pytest.raises(TrainingError, match="layer 2"):
            optimizer.step(network.weights, bad)
        with pytest.raises(PatternError, match="shapes"):
            optimizer.step(network.weights, good[:2])
    assert all(np.array_equal(a, b) for a, b in zip(network.weights, kept))


@pytest.mark.parametrize("reset", ["soft", "hard"])
def test_gradients_are_those_of_snntorch(reset):
    torch, snn = pytest.importorskip("torch"), pytest.importorskip("snntorch")
    neuron = LIF(tau=10.0, reset=reset, surrogate="atan", slope=2.0, detach_reset=False)
    network, x, y = small("bptt", neuron, steps=8)
    network.weights = [w * scale for w, scale in zip(network.weights, (0.15, 0.5, 1.0))]
    runs = bptt.hidden(network, x)
    assert all(spikes.any() and (u < 2 * neuron.threshold).all() for spikes, u in runs)  # above it, it resets twice
    leaky = snn.Leaky(
        beta=neuron.leak, spike_grad=snn.surrogate.atan(alpha=2.0), reset_delay=False,
        reset_mechanism="subtract" if reset == "soft" else "zero",
    )  # fmt: skip
    weights = [torch.tensor(w, requires_grad=True) for w in network.weights]
    states, total = [torch.zeros(3, n, dtype=torch.float64) for n in network.sizes[1:-1]], 0
    for _ in range(8):
        s = torch.tensor(x)
        for k, w in enumerate(weights[:-1]):
            s, states[k] = leaky(s.double() @ w.T, states[k])
        total = total + s.double() @ weights[-1].T / 8
    loss = torch.nn.functional.cross_entropy(total, torch.tensor(y))
    loss.backward()
    found = network.gradients(x, y)
    assert found.loss == pytest.approx(float(loss.detach()), rel=1e-12)
    assert agree(found.weights, [w.grad.numpy() for w in weights], 1e-6)  # its spikes are float32


@pytest.mark.twin
@pytest.mark.parametrize("gradient", ["dsr", "bptt", "ottt"])
def test_the_readout_is_linear_in_the_last_activity(gradient):
    network = SpikingNetwork((8, 12, 9, 3), gradient, dtype=np.float64, seed=3)
    network.weights = [3 * w for w in network.weights]
    x = np.random.default_rng(4).normal(size=(7, 8))
    active = network.activity(x)
    assert [a.shape for a in active] == [(7, 12), (7, 9)]
    assert all((a >= 0).all() and a.any() for a in active)
    assert np.allclose(active[-1] @ network.weights[-1].T, network.logits(x), atol=1e-12)
    with pytest.raises(PatternError, match=r"SpikingNetwork\.x"):
        network.activity(x[:, :3])


@pytest.mark.skipif(config.DISABLE_JIT, reason="too slow without the compiler")
def test_bits_are_the_same_for_any_number_of_blas_threads():
    program = """
import hashlib, numpy as np
from neuromem.learning import SGD, SpikingNetwork
rng, digest = np.random.default_rng(0), hashlib.sha256()
x, y = rng.normal(size=(64, 784)), rng.integers(0, 10, 64)
for gradient in ("dsr", "ottt", "bptt"):
    network = SpikingNetwork((784, 300, 150, 10), gradient)
    for _ in range(3):
        SGD().step(network.weights, network.gradients(x, y).weights)
    digest.update(b"".join(w.tobytes() for w in network.weights))
print(digest.hexdigest())
"""
    found = set()
    for threads in "123":
        environment = {**os.environ, **{f"{name}_NUM_THREADS": threads for name in ("OPENBLAS", "OMP", "MKL")}}
        result = subprocess.run(
            [sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=300
        )
        assert result.returncode == 0, result.stderr
        found.add(result.stdout)
    assert len(found) == 1


@pytest.mark.twin
def test_dendritic_gradients_are_differences_of_the_rates_that_currents_imply():
    rng = np.random.default_rng(3)
    network = DendriticNetwork((5, 9, 8, 4), segments=3, context=6, winners=0.5, dtype=np.float64, seed=2)
    network.weights = [3 * w for w in network.weights]
    x, y, context = rng.normal(0.5, 1.0, (4, 5)), rng.integers(0, 4, 4), rng.normal(size=6)

    def loss():
        rate = network.implied(x, [gate for gate, _ in network.gates([context])])[1]
        return cross_entropy(rate @ network.weights[2].T, y)[0].mean()

    found = network.gradients(x, y, context, run=network.implied)
    assert agree(found.weights, differences(network, loss))
    assert all(np.abs(g).max() > 1e-4 for g in found.weights)
    assert ((found.weights[3] != 0).any(axis=2).sum(axis=1) <= 1).all()  # one segment of each neuron


def test_dendritic_gates_and_winners_are_those_of_their_definition():
    rng = np.random.default_rng(4)
    network = DendriticNetwork((6, 20, 3), segments=4, winners=0.2, dtype=np.float64)
    network.weights[1] *= 5
    x, contexts = rng.normal(size=(7, 6)), rng.normal(size=(3, 6))
    ((gate, chosen),) = network.gates(contexts)
    for c, context in enumerate(contexts):
        for n, segments in enumerate(network.weights[2].tolist()):
            answers = [sum(a * b for a, b in zip(u, context)) for u in segments]
            best = max(answers, key=abs)
            assert gate[c, n] == pytest.approx(1 / (1 + np.exp(-best)))
            assert answers[chosen[c, n]] == best
    ((_, current, open_),) = network.rates(x, [gate[:1]])[0]
    for i in range(7):
        first = np.argsort(-(current[i] * gate[0]))[:4]
        assert set(np.flatnonzero(open_[i])) == set(first)
        assert np.allclose(open_[i, first], gate[0, first])
    which = np.array([0, 2, 1, 0, 2, 1, 0])
    one_by_one = [network.logits(x[i : i + 1], contexts[w : w + 1])[0] for i, w in enumerate(which)]
    assert np.allclose(network.logits(x, contexts, which), one_by_one)


def test_bad_dendrites_are_refused():
    for options in ({"sizes": (5, 4)}, {"segments": 0}, {"context": 0}, {"winners": 0.0}, {"winners": float("nan")}):
        with pytest.raises(UsageError, match="Dendritic"):
            DendriticNetwork(**{"sizes": (5, 6, 4), **options})
    network = DendriticNetwork((5, 6, 4))
    x = np.ones((3, 5))
    for bad in (lambda: network.gradients(x, [0, 1, 4], x[0]), lambda: network.gradients(x, [0, 1, 2], x[0, :3]),
                lambda: network.predict(x, x, [0, 1, 3]), lambda: network.predict(x, x[:, :2])):  # fmt: skip
        with pytest.raises(PatternError, match="Dendritic"):
            bad()


def test_blas_has_one_thread_inside_and_its_own_number_outside():
    def threads():
        return {library.num_threads for library in _blas().lib_controllers}

    before = threads()
    with one_thread:
        assert threads() == {1}
        with one_thread:
            assert threads() == {1}
        assert threads() == {1}
    assert threads() == before
    with pytest.raises(PatternError):
        SpikingNetwork((3, 2)).gradients(np.ones((1, 2)), [0])
    assert threads() == before
