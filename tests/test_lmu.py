"""Legendre memories against plain Python, the Fourier transform, an integrator of SciPy, and signals they must hold."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

import naive_units
from neuromem.errors import NeuromemError
from neuromem.experiments import lmu_delay, runner
from neuromem.models import LMU, SpikingLMU


@pytest.mark.twin
@settings(max_examples=15, deadline=None)
@given(order=st.integers(1, 9), T=st.sampled_from([0, 1, 2, 7, 64]), n=st.integers(0, 3), seed=st.integers(0, 99))
def test_steps_are_those_of_plain_python_and_of_the_transform(order, T, n, seed):
    rng, unit = np.random.default_rng(seed), LMU(order, 12.0)
    u, m = rng.normal(size=(T, n)), rng.normal(size=(n, order))
    found = unit.run(u, m)
    for k in range(n):
        expected = naive_units.legendre(unit.Ad.tolist(), unit.Bd.tolist(), u[:, k].tolist(), m[k].tolist())
        assert np.allclose(found[:, k], np.reshape(expected, (T, order)), rtol=0, atol=1e-10)
    assert np.allclose(unit.transform(u), unit.run(u), rtol=0, atol=1e-11)
    cut = T // 3
    if cut:
        assert (unit.run(u[cut:], unit.run(u[:cut], m)[-1]) == found[cut:]).all()


def test_a_step_solves_the_differential_equation_while_the_input_is_held():
    unit = LMU(5, 3.0, dt=0.5)
    i, j = np.ogrid[:5, :5]
    A = (2 * i + 1) * np.where(i < j, -1.0, (-1.0) ** (i - j + 1)) / 3.0
    B = (2 * i + 1)[:, 0] * (-1.0) ** i[:, 0] / 3.0
    m, u = np.linspace(-1, 1, 5), [0.7, -0.4]
    for x in u:
        m = solve_ivp(lambda t, y: A @ y + B * x, (0, 0.5), m, rtol=1e-11, atol=1e-12).y[:, -1]  # noqa: B023
    assert np.allclose(unit.run(u, np.linspace(-1, 1, 5))[-1], m, atol=1e-9)


def test_a_window_of_smooth_input_is_held():
    rng, unit = np.random.default_rng(0), LMU(24, 100.0)
    delays = np.array([0.0, 10.0, 50.0, 99.0])
    for cycles in (2, 5, 9):
        u = lmu_delay.signal(rng, 1500, cycles)[:, None]
        assert lmu_delay.errors(u, unit.decode(unit.run(u), delays), delays, 100.0).max() < 0.02
    constant = LMU(4, 10.0).run(np.ones(400))[-1]
    assert np.allclose(constant, [1, 0, 0, 0], atol=1e-9)
    assert LMU(4, 10.0).decode(constant, 3.0) == pytest.approx(1.0)


def test_a_higher_order_holds_faster_signals():
    u, delays = lmu_delay.signal(np.random.default_rng(1), 1500, 20)[:, None], np.array([0.0, 40.0, 80.0])
    off = [
        lmu_delay.errors(u, LMU(d, 100.0).decode(LMU(d, 100.0).run(u), delays), delays, 100.0).mean()
        for d in (3, 6, 12)
    ]
    assert off[0] > 2 * off[1] > 10 * off[2]


@pytest.mark.twin
@settings(max_examples=10, deadline=None)
@given(T=st.sampled_from([0, 1, 7, 64]), leak=st.sampled_from([1.0, 0.5]), seed=st.integers(0, 99))
def test_spikes_are_those_of_plain_python_and_of_the_transform(T, leak, seed):
    unit = SpikingLMU(3, 9.0, threshold=0.8, memory_threshold=0.3, tau=2.0 if leak == 0.5 else np.inf)
    u = np.random.default_rng(seed).normal(0, 0.6, T)
    found, state = unit.run(u)
    s, v = naive_units.signed(u.tolist(), leak, 0.8)
    m = naive_units.legendre(unit.memory.Ad.tolist(), unit.memory.Bd.tolist(), [0.8 * x for x in s], [0.0] * 3)
    expected = [naive_units.signed([row[k] for row in m], leak, 0.3)[0] for k in range(3)]
    assert found.tolist() == np.reshape(expected, (3, T)).T.tolist()
    assert state["input"][0] == pytest.approx(v)
    assert (unit.transform(u) == found).all()
    kept = {name: values.copy() for name, values in state.items()}
    again, _ = unit.run(u, state)
    assert all((state[name] == kept[name]).all() for name in kept)
    assert (unit.run(np.concatenate([u, u]))[0][T:] == again).all()


def test_the_window_is_heard_in_spikes():
    u, unit = lmu_delay.signal(np.random.default_rng(0), 1500, 2), SpikingLMU(24, 100.0)
    spikes, _ = unit.run(u)
    delays = np.array([20.0, 50.0, 90.0])
    read = unit.read(spikes, delays, 12.0)
    assert lmu_delay.errors(u[:, None], read[:, None], delays, 100.0).max() < 0.15
    assert set(np.unique(spikes)) == {-1.0, 0.0, 1.0}


def test_the_experiment_runs(tmp_path):
    runner.run("lmu-delay", lmu_delay.QUICK, out=tmp_path / "out")
    numbers = json.loads((tmp_path / "out" / "result.json").read_text())
    assert numbers["streaming_and_transform_apart"] < 1e-12
    assert numbers["nrmse_order_24_cycles_5_worst"] < 0.02
    assert (tmp_path / "out" / "lmu_delay.png").exists()


@pytest.mark.parametrize(
    "make",
    [
        lambda: LMU(0, 10.0),
        lambda: LMU(2.5, 10.0),
        lambda: LMU(300, 1000.0),
        lambda: LMU(4, 0.5),
        lambda: LMU(4, np.nan),
        lambda: LMU(4, 10.0, dt=0),
        lambda: LMU(4, 10.0).run([[0.0], [1.0, 2.0]]),
        lambda: LMU(4, 10.0).run("noise"),
        lambda: LMU(4, 10.0).run([np.nan]),
        lambda: LMU(4, 10.0).run([0.0], np.zeros(3)),
        lambda: LMU(4, 10.0).transform(np.zeros((2, 2, 2))),
        lambda: LMU(4, 10.0).response(-1),
        lambda: LMU(4, 10.0).decode(np.zeros(3), 1.0),
        lambda: LMU(4, 10.0).decode(np.zeros(4), 11.0),
        lambda: SpikingLMU(4, 10.0, threshold=0),
        lambda: SpikingLMU(4, 10.0, tau=0.1),
        lambda: SpikingLMU(4, 10.0).run(np.zeros((2, 2))),
        lambda: SpikingLMU(4, 10.0).run([0.0], {"input": 0}),
        lambda: SpikingLMU(4, 10.0).run([0.0], SpikingLMU(3, 10.0).start()),
        lambda: runner.run("lmu-delay", {"steps": 10}),
        lambda: runner.run("lmu-delay", {"orders": (0,)}),
    ],
)
def test_bad_input_is_refused_in_a_sentence(make):
    with pytest.raises(NeuromemError) as error:
        make()
    assert str(error.value)
