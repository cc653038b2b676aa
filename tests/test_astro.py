"""Units gated by astrocytes: plain Python, finite differences, the engine's neuron, and what bad input does."""

import json

import numpy as np
import pytest

import naive_units
from neuromem.engine import simulate
from neuromem.errors import NeuromemError, UsageError
from neuromem.experiments import retention, runner
from neuromem.experiments.retention_tasks import LETTERS, TASKS
from neuromem.learning import LIF, Adam, AstroLIF, AstroNetwork
from neuromem.network import Network, SpikeSourceArray
from neuromem.network.astro_unit import astro_lif
from neuromem.network.connectors import FromArrays


def small(**options):
    """A network with gates and weights large enough for spikes, and a batch."""
    network = AstroNetwork(3, 5, 4, neuron=AstroLIF(tau_astro=(2.0, 9.0)), seed=2, **options)
    rng = np.random.default_rng(3)
    for w in network.weights:
        w += rng.normal(0, 0.6, w.shape)
    return network, rng.normal(0.5, 1.0, (7, 2, 3)), rng.integers(-1, 4, (7, 2))


@pytest.mark.twin
@pytest.mark.parametrize("n", [1, 2, 7])
def test_units_are_those_of_plain_python(n):
    rng, neuron = np.random.default_rng(n), AstroLIF(tau_astro=(2.0, 30.0))
    currents, recurrent, gates = (
        rng.normal(0.5, 1, (40, 3, n)),
        rng.normal(0, 0.5, (n, n)),
        tuple(rng.normal(size=(2, n))),
    )
    given = currents.copy()
    u, s, before = neuron.through(currents, recurrent, gates)
    for b in range(3):
        law = [k.tolist() for k in neuron.keeps(n)], 0.5, 1.0
        spikes, states = naive_units.astro(given[:, b].tolist(), recurrent.tolist(), [g.tolist() for g in gates], *law)
        assert s[:, b].tolist() == spikes
        assert np.allclose(before[1:, b], states[:-1], rtol=0, atol=1e-12)
    assert 0.1 < s.mean() < 0.9


def test_without_gates_and_wires_a_unit_is_a_leaky_neuron():
    currents = np.random.default_rng(0).normal(0.5, 1, (30, 2, 4))
    expected, _ = LIF().run(currents.reshape(30, 8).copy(), 30)
    _, s, _ = AstroLIF().through(currents, np.zeros((4, 4)), tuple(np.zeros((2, 4))))
    assert (s.reshape(30, 8) == expected).all()


def test_time_can_be_cut_anywhere():
    rng, neuron = np.random.default_rng(1), AstroLIF()
    currents, R, gates = rng.normal(0.5, 1, (30, 2, 4)), rng.normal(0, 0.5, (4, 4)), tuple(rng.normal(size=(2, 4)))
    whole = neuron.through(currents.copy(), R, gates)
    state = list(np.zeros((3, 2, 4)))
    parts = [neuron.through(currents[k].copy(), R, gates, state) for k in (slice(0, 11), slice(11, 30))]
    assert all((np.concatenate([a, b]) == c).all() for a, b, c in zip(*parts, whole))


@pytest.mark.parametrize("astrocytes", [True, False])
def test_gradients_are_finite_differences_with_resets_held(astrocytes):
    network, x, y = small(astrocytes=astrocytes)
    held = network._run(x, smooth=True)[1][1].copy()
    found = network.gradients(x, y, smooth=True)
    assert len(found.weights) == len(network.weights) == 5 + 2 * astrocytes
    for w, g in zip(network.weights, found.weights):
        for place in np.ndindex(w.shape):
            kept, sides = w[place], []
            for sign in (1, -1):
                w[place] = kept + sign * 1e-6
                sides.append(network.gradients(x, y, smooth=True, resets=held).loss)
            w[place] = kept
            assert g[place] == pytest.approx((sides[0] - sides[1]) / 2e-6, rel=1e-5, abs=1e-8)


def test_the_engine_runs_what_a_layer_learned():
    """In steps of 1 ms the engine's neuron fires the layer's spikes and has its astrocytes' states."""
    n, T = 4, 200
    rng, neuron = np.random.default_rng(4), AstroLIF(tau_astro=(5.0, 80.0))
    W = rng.normal(0.3, 0.6, (3, n)).astype(np.float32).astype(float)
    gates = tuple(rng.normal(0, 0.8, (2, n)))
    arrive = rng.random((T, 3)) < 0.4
    _, s, before = neuron.through((arrive @ W)[:, None], np.zeros((n, n)), gates)
    net = Network(dt=1.0)
    at, ids = np.nonzero(arrive)
    net.population("in", 3, SpikeSourceArray(at.astype(float), ids))
    tau_astro = 1 / (1 - neuron.keeps(n)[0])
    net.population("units", n, astro_lif(tau_astro=tau_astro, g=gates[0], h=gates[1]))
    pre, post = np.indices(W.shape).reshape(2, -1)
    net.project("in", "units", FromArrays(pre, post), weight=W.ravel(), receptor="excitatory")
    net.probe("units", "a")
    found = simulate(net, T + 3.0)
    layer = np.argwhere(s[:, 0])
    shift = int(found.spikes["units"].times.min()) - layer[0, 0]
    engine = sorted(zip(found.spikes["units"].times.astype(int) - shift, found.spikes["units"].ids))
    assert [pair for pair in engine if pair[0] < T] == [tuple(row) for row in layer]
    assert len(layer) > 100
    a = found.traces["units.a"].values
    assert min(np.abs(a[k : k + T - 5] - before[: T - 5, 0]).max() for k in range(4)) < 1e-12


def test_a_gate_learns_to_hold_what_was_seen():
    """Which of two inputs came, asked long after: without astrocytes and wires that is not to be told."""
    rng, right = np.random.default_rng(0), {}
    y = np.full((25, 16), -1)
    y[-1] = rng.integers(0, 2, 16)
    x = np.zeros((25, 16, 2))
    x[:4, np.arange(16), y[-1]] = 2.0
    for astrocytes in (True, False):
        network, optimizer = AstroNetwork(2, 12, 2, astrocytes, AstroLIF(tau_astro=(10.0, 40.0))), Adam(0.02)
        for _ in range(120):
            network.weights[1][:] = 0
            optimizer.step(network.weights, network.gradients(x, y).weights)
        network.weights[1][:] = 0
        right[astrocytes] = network.gradients(x, y).loss
    assert right[True] < 0.2 * right[False]


@pytest.mark.parametrize(
    "make",
    [
        lambda: AstroLIF(reset="hard"),
        lambda: AstroLIF(detach_reset=False),
        lambda: AstroLIF(tau_astro=3.0),
        lambda: AstroLIF(tau_astro=(0.5, 3.0)),
        lambda: AstroLIF(tau_astro=(5.0, 3.0)),
        lambda: AstroNetwork(0, 5, 2),
        lambda: AstroNetwork(3, 5, 2, neuron=LIF()),
        lambda: AstroNetwork(3, 5, 2, tau_out=0.0),
        lambda: small()[0].logits(np.zeros((7, 3))),
        lambda: small()[0].logits(np.full((7, 2, 3), np.nan)),
        lambda: small()[0].logits([[["a"]]]),
        lambda: small()[0].gradients(np.zeros((7, 2, 3)), np.full((7, 2), -1)),
        lambda: small()[0].gradients(np.zeros((7, 2, 3)), np.full((7, 2), 4)),
        lambda: small()[0].gradients(np.zeros((7, 2, 3)), np.zeros((7, 3), int)),
    ],
)
def test_bad_input_is_refused_in_a_sentence(make):
    with pytest.raises(NeuromemError) as error:
        make()
    assert str(error.value)


def test_the_experiment_runs(tmp_path):
    runner.run("retention", retention.QUICK, out=tmp_path / "out")
    numbers = json.loads((tmp_path / "out" / "result.json").read_text())
    assert numbers["match_none_parameters"] >= numbers["match_astrocytes_parameters"]
    assert 0 <= numbers["text_astrocytes_right"] <= 1
    assert (tmp_path / "out" / "retention.png").exists()
    with pytest.raises(UsageError, match="tasks"):
        runner.run("retention", {"tasks": ("matsch",)})


def test_tasks_ask_for_what_was_shown():
    p, rng = retention.Parameters(delay=5, lag=2, bits=3, letters=50), np.random.default_rng(0)
    x, y, _ = TASKS["match"][1](rng, 20, p)
    assert ((x[0].argmax(1) == x[9].argmax(1)) == y[-1]).all()
    assert not x[3:8].any()
    x, y, _ = TASKS["copy"][1](rng, 20, p)
    assert (y[8::3] == x[2::3].argmax(2)[:-2]).all()
    assert (y[:8] == -1).all()
    x, y, _ = TASKS["parity"][1](rng, 20, p)
    bits = x[2::3].argmax(2)
    assert (y[8::3] == (bits[:-2] + bits[1:-1] + bits[2:]) % 2).all()
    x, y, classes = TASKS["text"][1](rng, 20, p)
    assert (y[1:-2:2] == x[2::2].argmax(2)).all()
    assert (y[::2] == -1).all()
    assert classes == len(LETTERS)
