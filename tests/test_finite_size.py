"""T_c by thermodynamic integration and m over sizes: extrapolated simulations against theory, and the fit itself."""

import math

import numpy as np
import pytest

from neuromem.errors import UsageError
from neuromem.experiments import finite_size, runner, transition
from neuromem.theory import hopfield


def test_lines_in_the_inverse_size_are_found_with_their_error():
    rng, sizes = np.random.default_rng(0), (100, 200, 400)
    pulls = []
    for seed in range(40):
        noise = rng.normal(0, 1, (3, 12)) * np.array([[0.03], [0.02], [0.02]])
        value, error, slope = finite_size.extrapolate(sizes, 0.7 + 5 / np.array(sizes)[:, None] + noise, seed)
        pulls.append((value - 0.7) / error)
        assert slope == pytest.approx(5, abs=8)
    assert abs(np.mean(pulls)) < 0.5
    assert 0.7 < np.std(pulls) < 1.4
    exact = finite_size.extrapolate(sizes, np.repeat([[0.71], [0.705], [0.7025]], 3, axis=1), 0)
    assert exact == pytest.approx((0.7, 0.0, 1.0), abs=1e-9)
    gaps = np.repeat([[0.71], [0.705]], 3, axis=1)
    gaps[0, 0] = math.nan
    assert finite_size.extrapolate((100, 200), gaps, 0)[0] == pytest.approx(0.7)
    assert math.isnan(finite_size.extrapolate((100, 200), np.where(gaps > 0.706, math.nan, gaps), 0)[0])


def test_where_two_branches_cross():
    T = np.linspace(0.3, 0.5, 20)
    assert transition.crossing_of(T, (T - 0.41) * (1 + T)) == pytest.approx(0.41, abs=1e-3)


@pytest.fixture(scope="module")
def crossed():
    settings = {"P": 3, "load": 0.01, "sizes": (150, 300), "disorders": 3, "temperatures": 10, "sweeps": 40}
    return runner.run("transition", settings | {"discarded": 15})


def test_the_transition_by_integration_is_that_of_theory(crossed):
    """At N = 150 some runs from chance retrieve at T_c, where retrieval is as good; they count above it."""
    assert crossed["T_c_theory"] == pytest.approx(hopfield.transition_temperature(0.01, 3))
    assert crossed["error"] < 0.01
    assert crossed["T_c_extrapolated"] == pytest.approx(crossed["T_c_theory"], abs=3.5 * crossed["error"])
    assert crossed["T_c_largest_size"] == pytest.approx(crossed["T_c_theory"], rel=0.04)


def test_the_overlap_of_large_networks_is_that_of_theory():
    settings = {"sizes": (150, 300, 600), "disorders": 5, "patterns": 3, "sweeps": 15, "measured": 15, "load": 0.05}
    found = runner.run("finite-size", settings)
    assert found["m_theory"] == hopfield.retrieval(0.05, 0.3).m
    assert found["error"] < 0.01
    assert abs(found["errors_from_theory"]) < 3.5


@pytest.mark.parametrize(("P", "load"), [(2, 0.03), (3, 0.05), (4, 0.02)])
def test_transition_temperatures_and_loads_are_one_line(P, load):
    T = hopfield.transition_temperature(load, P)
    assert hopfield.transition_load(T, P).load == pytest.approx(load, rel=1e-7)
    state = hopfield.retrieval(load, T, P)
    assert state.free_energy == pytest.approx(hopfield.spin_glass(load, T, P).free_energy, abs=1e-10)


def test_the_ends_of_the_transition():
    assert math.isnan(hopfield.transition_temperature(0.06))
    assert hopfield.transition_temperature(0, 4) == pytest.approx(0.362949, abs=1e-6)
    assert hopfield.transition_temperature(0.0, 2) == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("transition", {"load": 0.2}), ("transition", {"sizes": (100,)}), ("transition", {"disorders": 1}),
        ("transition", {"load": "nan"}), ("finite-size", {"sizes": (100, 100)}), ("finite-size", {"T": -1}),
        ("finite-size", {"load": 0}), ("transition", {"P": 1}),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(name, settings):
    with pytest.raises(UsageError):
        runner.run(name, settings)
