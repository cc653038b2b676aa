"""The expressive leaky memory neuron against plain Python, finite differences, and its published parameter counts."""

import json

import numpy as np
import pytest

import naive_units
from neuromem.errors import NeuromemError, UsageError
from neuromem.experiments import elm_fit, runner
from neuromem.learning import Adam
from neuromem.models import ELM
from neuromem.models.elm import windows


def small(**options):
    given = {"inputs": 7, "branches": 3, "synapses": 4, "tau": (2.0, 20.0), "seed": 3}
    unit = ELM(options.pop("memory_units", 4), **given | options)
    rng = np.random.default_rng(5)
    unit.weights[0][:] = rng.normal(0.3, 0.5, unit.weights[0].shape)
    return unit, rng.normal(size=(9, 2, 7))


@pytest.mark.parametrize(("units", "count"), [(1, 4601), (5, 5077), (10, 5852), (20, 8002), (50, 19252), (100, 54002)])
def test_parameters_are_as_many_as_published(units, count):
    assert ELM(units).parameter_count == count


def test_the_published_routing_takes_turns_between_excitation_and_inhibition():
    routing = windows(1278, 45, 100)
    assert routing.shape == (45, 100)
    assert routing[0, :4].tolist() == [0, 639, 1, 640]
    assert routing[-1, -1] == 1277
    assert ((routing < 639).sum(axis=1) == 50).all()
    assert np.unique(routing).size == 1278
    assert windows(3, 2, 5).max() == 2


@pytest.mark.twin
@pytest.mark.parametrize("options", [{}, {"activation": "relu", "version": 2}, {"memory_units": 1, "outputs": 1}])
def test_steps_are_those_of_plain_python(options):
    unit, x = small(**options)
    y, (branch, m) = unit.run(x)
    y_next, after = unit.run(x, (branch, m))
    weights = [w.tolist() for w in unit.weights]
    for b in range(2):
        rest = [0.0] * 3, [0.0] * unit.memory_units
        ys, ms = naive_units.elm([*x[:, b].tolist()] * 2, unit.routing.tolist(), weights, unit._law, *rest)
        assert np.allclose(np.concatenate([y, y_next])[:, b], ys, rtol=0, atol=1e-12)
        assert np.allclose(after[1][b], ms[-1], rtol=0, atol=1e-12)


def test_time_and_batches_can_be_cut_anywhere():
    unit, x = small()
    y, state = unit.run(x)
    first, half = unit.run(x[:4])
    kept = [s.copy() for s in half]
    second, end = unit.run(x[4:], half)
    assert (np.concatenate([first, second]) == y).all()
    assert all((a == b).all() for a, b in zip(state, end))
    assert all((a == b).all() for a, b in zip(half, kept))
    assert (unit.run(x[:, 1])[0] == y[:, 1]).all()
    assert unit.run(x[:0])[0].shape == (0, 2, 2)


@pytest.mark.parametrize("options", [{}, {"version": 2}, {"activation": "relu"}])
def test_gradients_are_finite_differences(options):
    unit, x = small(**options)
    rng = np.random.default_rng(1)
    wanted, state = rng.normal(size=(9, 2, 2)), tuple(rng.normal(size=s.shape) for s in unit.start(2))

    def loss(y):
        return 0.5 * ((y - wanted) ** 2).sum(), y - wanted

    value, found = unit.gradients(x, loss, state)
    assert value == pytest.approx(loss(unit.run(x, state)[0])[0])
    for w, g in zip(unit.weights, found):
        for place in list(np.ndindex(w.shape))[::3]:
            kept, sides = w[place], []
            for sign in (1, -1):
                w[place] = kept + sign * 1e-6
                sides.append(loss(unit.run(x, state)[0])[0])
            w[place] = kept
            assert g[place] == pytest.approx((sides[0] - sides[1]) / 2e-6, rel=1e-5, abs=1e-6)


def test_it_learns_to_hold_a_number():
    """Output the input's sum over the last steps: the loss falls to a tenth."""
    rng, unit = np.random.default_rng(0), ELM(4, 2, 2, 2, 1, tau=(2.0, 20.0))
    x = rng.normal(size=(30, 8, 2))
    kernel = np.exp(-np.arange(30) / 10.0)
    wanted = np.array([np.convolve(x[:, b, 0], kernel)[:30] for b in range(8)]).T[:, :, None]

    def loss(y):
        return ((y - wanted) ** 2).mean(), 2 * (y - wanted) / y.size

    optimizer, values = Adam(0.01), []
    for _ in range(250):
        value, gradients = unit.gradients(x, loss)
        optimizer.step(unit.weights, gradients)
        values.append(value)
    assert values[-1] < 0.1 * values[0]


@pytest.mark.parametrize(
    "make",
    [
        lambda: ELM(0),
        lambda: ELM(2, inputs=0),
        lambda: ELM(2, tau=5.0),
        lambda: ELM(2, tau=(20.0, 2.0)),
        lambda: ELM(2, tau=(0.0, 2.0)),
        lambda: ELM(2, gain=-1.0),
        lambda: ELM(2, activation="step"),
        lambda: ELM(2, version=3),
        lambda: ELM(2, 7, 3, 4, routing=np.full((3, 4), 7)),
        lambda: small()[0].run(np.zeros((3, 6))),
        lambda: small()[0].run(np.full((3, 7), np.inf)),
        lambda: small()[0].run([[0.0] * 7, [0.0]]),
        lambda: small()[0].run(np.zeros((3, 7)), (np.zeros((2, 3)), np.zeros((2, 4)))),
        lambda: small()[0].run(np.zeros((3, 7)), np.zeros(3)),
        lambda: small()[0].gradients(np.zeros((3, 7)), lambda y: (0.0, y[:1])),
    ],
)
def test_bad_input_is_refused_in_a_sentence(make):
    with pytest.raises(NeuromemError) as error:
        make()
    assert str(error.value)


def test_the_experiment_runs(tmp_path):
    runner.run("elm-fit", elm_fit.QUICK, out=tmp_path / "out")
    numbers = json.loads((tmp_path / "out" / "result.json").read_text())
    assert 0.6 < numbers["auc_linear"] < 1
    assert 0 < numbers["auc_tau_150_units_5"] < 1  # hardly trained
    assert (tmp_path / "out" / "elm_fit.png").exists()
    with pytest.raises(UsageError, match="window"):
        runner.run("elm-fit", {"window": 10})


def test_the_area_under_the_curve_counts_pairs():
    score, fired = np.array([0.1, 0.4, 0.4, 0.8, 0.2]), np.array([False, True, False, True, False])
    pairs = [(a > b) + 0.5 * (a == b) for a in score[fired] for b in score[~fired]]
    assert elm_fit.area(score, fired) == pytest.approx(np.mean(pairs))


def test_the_loss_has_its_derivatives():
    rng = np.random.default_rng(0)
    y, v = rng.normal(size=(elm_fit.BURN + 2, 1, 2)), rng.normal(size=(elm_fit.BURN + 2, 1))
    fired = np.resize([True, False], v.shape)
    found = elm_fit.spike_and_voltage(y, v, fired)[1]
    assert not found[: elm_fit.BURN].any()
    for place in np.ndindex(2, 1, 2):
        sides = []
        for sign in (1, -1):
            near = y.copy()
            near[elm_fit.BURN :][place] += sign * 1e-6
            sides.append(elm_fit.spike_and_voltage(near, v, fired)[0])
        assert found[elm_fit.BURN :][place] == pytest.approx((sides[0] - sides[1]) / 2e-6, abs=1e-8)
