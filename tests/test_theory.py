"""Theory of retrieval against published and independently solved values, and closed forms: pairs and P bodies."""

import math

import pytest

from neuromem.theory.hopfield import (
    at_temperature,
    critical_load,
    glass_temperature,
    paramagnet,
    retrieval,
    spin_glass,
    spinodal_temperature,
    transition_load,
)
from neuromem.theory.normalisation import NORMALISATIONS
from theory_values import near

IN_UNITS = {"gardner": 0.0329767, "krotov": 0.0131907, "barra": 0.395720, "v": 0.197860}


# Pairwise


def test_the_spinodal_at_zero_temperature():
    load, m = critical_load(0)
    assert load == pytest.approx(0.1379055665, abs=1e-9)
    assert m == near(0.9674171, 7)
    for name in NORMALISATIONS:
        assert critical_load(0, normalisation=name) == critical_load(0)


def test_closed_form_at_zero_temperature():
    """sqrt(2 alpha) = erf(y)/y - 2/sqrt(pi) exp(-y^2), m = erf(y)."""
    for y in (1.52, 1.7, 2.0, 2.5, 3.0):
        alpha = (math.erf(y) / y - 2 / math.sqrt(math.pi) * math.exp(-y * y)) ** 2 / 2
        assert retrieval(alpha, 0).m == pytest.approx(math.erf(y), abs=1e-9)


@pytest.mark.parametrize(
    ("alpha", "m"),
    [(0.05, 0.99999223), (0.08, 0.99955738), (0.10, 0.99799927), (0.12, 0.99322273), (0.13, 0.98721189)],
)
def test_overlap_at_zero_temperature(alpha, m):
    assert retrieval(alpha, 0).m == near(m, 8)


@pytest.mark.parametrize(
    ("T", "alpha", "m", "q", "transition"),
    [
        (0.10, 0.135049, 0.96255, 0.98022, 0.053092),
        (0.30, 0.103330, 0.92921, 0.91098, 0.045031),
        (0.70, 0.022322, 0.69327, 0.53452, 0.011482),
    ],
)
def test_spinodal_and_transition_at_a_temperature(T, alpha, m, q, transition):
    load, overlap = critical_load(T)
    assert load == near(alpha)
    assert overlap == near(m, 5)
    assert retrieval(load, T).q == near(q, 5)
    assert transition_load(T).load == near(transition)


def test_the_transition_at_zero_temperature():
    load, m = transition_load(0)
    assert load == near(0.0518543, 7)
    assert retrieval(load, 0).free_energy == pytest.approx(-1 / math.pi - math.sqrt(2 * load / math.pi), abs=1e-12)


def test_the_glass_at_zero_temperature_in_closed_form():
    for alpha in (0.001, 0.1, 2.0):
        assert spin_glass(alpha, 0).free_energy == pytest.approx(
            -1 / math.pi - math.sqrt(2 * alpha / math.pi), abs=1e-9
        )
    assert glass_temperature(0.09) == pytest.approx(1.3, abs=1e-12)
    assert spin_glass(0.09, 1.31).q == 0.0
    assert 0 < spin_glass(0.09, 1.299).q < 0.01
    assert paramagnet(0.09, 1.3001) == pytest.approx(spin_glass(0.09, 1.2999).free_energy, abs=2e-4)


@pytest.mark.parametrize(("alpha", "T"), [(1e-4, 0.98042), (0.05, 0.54226), (0.12, 0.21509)])
def test_spinodal_temperature(alpha, T):
    assert spinodal_temperature(alpha) == near(T, 5)


def test_the_highest_temperature_at_the_largest_load_of_all():
    """P = 4: the spinodal load is largest at T = .23, and higher than it is 0.02 away."""
    T = spinodal_temperature(0.03834, 4)
    assert 0.2 < T < 0.25
    assert critical_load(T, 4).load == near(0.03834, 9)


def test_where_replica_symmetry_breaks():
    assert at_temperature(0.13) == near(0.00947, 5)
    assert not retrieval(0.13, 0.009).at_stable
    assert retrieval(0.13, 0.010).at_stable
    assert retrieval(0.0, 0.0).at_stable
    assert not retrieval(0.05, 0.0).at_stable


def test_where_it_breaks_though_retrieval_ends_below():
    """P = 4, v = .2275: retrieval from T = .193 up, broken up to .214; between .1 and .193 there is none."""
    T = at_temperature(0.2275 / 6, 4)
    assert 0.19 < T < 0.23
    assert retrieval(0.2275 / 6, T + 1e-4, 4).at_stable
    assert not retrieval(0.2275 / 6, T - 1e-4, 4).at_stable
    assert not retrieval(0.2275 / 6, 0.1, 4).exists


def test_one_step_of_breaking_at_zero_temperature():
    load, m = critical_load(0, rsb=1)
    assert load == near(0.138186)
    assert m == pytest.approx(0.96674, abs=1e-4)  # the maximum is flat


# P bodies


@pytest.mark.parametrize(
    ("P", "load", "m"),
    [(3, 0.252190, 0.838482), (4, 0.197860, 0.917922), (5, 0.172773, 0.947243), (6, 0.157680, 0.961987)],
)
def test_dense_spinodals_at_zero_temperature(P, load, m):
    found = critical_load(0, P, normalisation="v")
    assert found.load == near(load)
    assert found.m == near(m)
    y = 2.0
    v = math.erf(y) ** (2 * (P - 1)) / (2 * y * y)
    assert retrieval(v, 0, P, normalisation="v").m == pytest.approx(math.erf(y), abs=1e-9)


@pytest.mark.parametrize("name", IN_UNITS)
def test_four_bodies_in_all_normalisations(name):
    load, m = critical_load(0, 4, normalisation=name)
    assert load == pytest.approx(IN_UNITS[name], abs=1e-6)
    assert m == near(0.917922)
    assert retrieval(0.8 * load, 0, 4, normalisation=name).m == pytest.approx(
        retrieval(0.8 * 0.0329767, 0, 4).m, abs=1e-6
    )


def test_temperatures_of_the_normalisations():
    ours, theirs = retrieval(0.1, 0.2, 4, normalisation="v"), retrieval(0.2, 0.4, 4, normalisation="barra")
    assert (theirs.m, theirs.q) == (ours.m, ours.q)
    assert theirs.free_energy == pytest.approx(2 * ours.free_energy, rel=1e-14)
    assert glass_temperature(0.2, 4, "barra") == pytest.approx(2 * glass_temperature(0.1, 4, "v"), rel=1e-14)
    # with diagonals couplings of two bodies remain, and at T > 0 less is retrieved
    assert critical_load(0.2, 4, normalisation="krotov").load < critical_load(0.2, 4, normalisation="v").load / 15


@pytest.mark.parametrize(
    ("P", "T", "load"),
    [
        (3, 0.05, 0.266431),
        (3, 0.3, 0.309585),
        (3, 0.5, 0.154925),
        (4, 0.1, 0.217668),
        (6, 0.4, 0.030688),
    ],
)
def test_dense_spinodals_at_a_temperature(P, T, load):
    assert critical_load(T, P, normalisation="v").load == near(load)


@pytest.mark.parametrize(("P", "T"), [(3, 0.582583), (4, 0.495786), (6, 0.422720)])
def test_the_highest_temperature_of_retrieval(P, T):
    assert critical_load(T - 2e-6, P).load > 0
    assert critical_load(T + 2e-6, P).load == 0.0
    assert math.isnan(critical_load(T + 2e-6, P).m)


@pytest.mark.parametrize(("P", "load"), [(4, 0.190287), (5, 0.147245), (8, 0.090330)])
def test_dense_transitions_at_zero_temperature(P, load):
    assert transition_load(0, P, normalisation="v").load == near(load)


def test_three_bodies_have_their_ground_state_in_retrieval_up_to_the_spinodal():
    assert math.isnan(transition_load(0, 3).load)
    assert transition_load(0.55, 3).load == 0.0


@pytest.mark.parametrize(
    ("P", "unit", "energy"), [(3, 0.5319, -0.813535), (4, 0.4362, -0.825471), (6, 0.3483, -0.831276)]
)
def test_the_glass_of_many_bodies(P, unit, energy):
    assert glass_temperature(1.0, P, "v") == near(unit, 4)
    assert spin_glass(P / 2, 0, P, "v").free_energy == near(energy)  # couplings of variance 1 in the usual units
    T = glass_temperature(1.0, P, "v")
    assert spin_glass(1.0, 1.001 * T, P, "v").q == 0.0
    assert spin_glass(1.0, 0.999 * T, P, "v").mu * T == pytest.approx(1.0, abs=0.01)
    assert spin_glass(1.0, 0.999 * T, P, "v").free_energy == pytest.approx(paramagnet(1.0, T, P, "v"), abs=1e-3)


def test_one_step_of_breaking_of_many_bodies():
    """Breaking undoes the reentrance: the boundary is nearly vertical (Parisi and Toulouse) below the AT line."""
    cold, warm = (critical_load(T, 4, rsb=1, normalisation="v") for T in (0.0, 0.2))
    stable = critical_load(0.25, 4, rsb=1, normalisation="v")
    assert stable == critical_load(0.25, 4, normalisation="v")
    assert warm.load == pytest.approx(stable.load, rel=0.003)
    assert cold.load == pytest.approx(warm.load, rel=0.005)
    assert cold.load > critical_load(0, 4, normalisation="v").load
    assert cold.load == near(0.229172)
    assert critical_load(0, 4, rsb=1, normalisation="krotov").load < cold.load / 15  # two bodies in the glass
