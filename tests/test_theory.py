"""Theory against published and independently solved values, closed forms, and refusals."""

import math

import numpy as np
import pytest

from neuromem.errors import NotSupportedError, UsageError
from neuromem.theory import dataset, exponential, multitasking, sparse
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

IN_UNITS = {"gardner": 0.0329767, "krotov": 0.0131907, "barra": 0.395720, "v": 0.197860}


def near(value, digits=6):
    """As many digits as the value was given with."""
    return pytest.approx(value, abs=0.51 * 10**-digits)


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


# Examples


@pytest.mark.parametrize(
    ("P", "rho", "load"),
    [
        (2, 0.05, 0.09915),
        (2, 0.2, 0.03876),
        (2, 1.0, 0.00179),
        (3, 0.1, 0.19913),
        (4, 0.05, 0.15745),
        (6, 1.0, 0.01304),
    ],
)
def test_supervised_spinodals(P, rho, load):
    assert critical_load(0, P, rho, normalisation="v").load == near(load, 5)


def test_blurred_archetypes_without_load():
    for rho in (0.5, 1.0, 2.0):
        for P in (2, 5):
            assert retrieval(0, 0, P, rho).m == pytest.approx(math.erf(1 / math.sqrt(2 * rho)), abs=1e-9)


def test_data_sets():
    assert dataset.entropy(0.8, 10) == pytest.approx(0.36 / 6.4, rel=1e-14)
    assert dataset.entropy(1.0, 3) == 0.0
    assert dataset.examples_needed(0.8, 0.36 / 6.4) == 10
    one = dataset.unsupervised_critical_load(0, 0.8, 1)  # a single example needs no teacher
    assert one.load == pytest.approx(critical_load(0, rho=dataset.entropy(0.8, 1)).load, rel=1e-9)
    for P in (2, 4):
        alone = dataset.unsupervised_critical_load(0.1, 0.6, 20, P).load
        assert 0 < alone < critical_load(0.1, P, dataset.entropy(0.6, 20)).load
        assert dataset.unsupervised_retrieval(0.9 * alone, 0.1, 0.6, 20, P).residual < 1e-10
        assert dataset.unsupervised_critical_load(0.1, 1.0, 20, P).load == pytest.approx(
            critical_load(0.1, P).load, rel=1e-9
        )


# Other memories


@pytest.mark.parametrize(
    ("f", "alpha", "m", "critical", "best", "at"),
    [(0.5, 0.13791, 0.9674, 0.1213, 0.1245, 0.1353), (0.05, 0.98377, 0.7645, 0.1720, 0.2111, 0.881)],
)
def test_tsodyks_feigelman(f, alpha, m, critical, best, at):
    found = sparse.tsodyks_feigelman(f)
    assert found.alpha_c == near(alpha, 5)
    assert found.m == near(m, 4)
    assert found.bits_at_critical == near(critical, 4)
    assert found.bits_max == near(best, 4)
    assert found.alpha_at_bits_max == near(at, 3)


def test_half_active_is_the_hopfield_network():
    load, m = critical_load(0)
    assert sparse.tsodyks_feigelman(0.5).alpha_c == pytest.approx(load, abs=1e-9)
    assert sparse.tsodyks_feigelman(0.5).m == pytest.approx(m, abs=1e-6)


@pytest.mark.parametrize(("n", "k", "M", "bits"), [(10**3, 12, 4431, 0.411), (10**6, 21, 1.487e9, 0.528)])
def test_willshaw(n, k, M, bits):
    found, state = sparse.willshaw_capacity(n, n, k, k, 0.01)
    assert found == pytest.approx(M, rel=5e-4)
    assert state.bits == near(bits, 3)
    assert state.errors == pytest.approx(0.01 * k, rel=1e-9)
    assert sparse.willshaw(n, n, k, k, found) == state
    assert sparse.willshaw(n, n, k, k, 0) == (0.0, 0.0, 0.0, 0.0)
    assert sparse.willshaw(5, 5, 5, 5, 1).p1 == 1.0


def test_exponential_thresholds():
    assert exponential.threshold(0.5) == pytest.approx(0.375, abs=1e-12)
    assert exponential.threshold(7.0) == 0.5
    for lam, alpha in ((0.5, 0.38701), (1, 0.62257), (2, 0.90875), (4, 1.22436)):
        assert exponential.threshold(lam, "spherical") == near(alpha, 5)
    assert exponential.threshold(1, "ising") == pytest.approx(1 - math.log(math.cosh(1)), abs=1e-12)
    assert exponential.threshold(1e9, "ising") == pytest.approx(math.log(2), abs=1e-12)
    assert exponential.threshold(1e-9, "spherical") == pytest.approx(1e-9, rel=1e-6)
    for kind in exponential.KINDS:
        assert exponential.threshold(0, kind) == 0.0
    for x, alpha in ((0, 0.34657), (0.1, 0.18403), (0.5, 0.0)):
        assert exponential.dense_exponential(x) == near(alpha, 5)
    assert exponential.sphere_capacity(20, 0.001, 1, 3)[0] == near(3.15461, 5)
    assert exponential.sphere_capacity(75, 0.001)[0] == near(1.371878)


@pytest.mark.parametrize(
    ("d", "K", "expected"),
    [
        (0.2, 3, [0.8, 0.16, 0.032]),
        (0.5, 3, [0.5, 0.25, 0.125]),
        (0.7, 3, [0.2865, 0.2235, 0.1605]),
        (0.0, 2, [1.0, 0.0]),
        (1.0, 2, [0.0, 0.0]),
    ],
)
def test_multitasking_at_zero_temperature(d, K, expected):
    m = multitasking.magnetisations(d, K, 0)
    assert np.allclose(m, expected, rtol=0, atol=1e-12)
    assert multitasking.free_energy(m, d, 0) == pytest.approx(-0.5 * float(m @ m), abs=1e-12)


def test_multitasking_at_a_temperature():
    assert np.allclose(multitasking.magnetisations(0.2, 3, 1e-4), [0.8, 0.16, 0.032], atol=1e-9)
    assert multitasking.magnetisations(0.2, 3, 0.05)[2] == 0.0
    assert not multitasking.magnetisations(0.4, 3, 0.6).any()
    warm = multitasking.magnetisations(0.4, 3, 0.59)[0]
    assert warm == pytest.approx(0.6 * math.tanh(warm / 0.59), abs=1e-12)
    assert warm > 0.1
    parallel = multitasking.magnetisations(0.8, 5, 0)
    assert np.allclose(parallel, [0.1826, 0.161, 0.1403, 0.1195, 0.0979], atol=3e-4)


# Refusals

NUMBERS = [-1e-9, math.nan, math.inf, "0.1x", None, True, [0.1, 0.2]]


@pytest.mark.parametrize("bad", NUMBERS)
def test_bad_numbers_are_refused(bad):
    calls = [
        lambda: retrieval(bad, 0.1),
        lambda: retrieval(0.1, bad),
        lambda: retrieval(0.1, 0.1, 3, bad),
        lambda: critical_load(bad),
        lambda: transition_load(bad),
        lambda: glass_temperature(bad),
        lambda: spin_glass(bad, 1),
        lambda: exponential.threshold(bad),
        lambda: sparse.tsodyks_feigelman(bad),
        lambda: sparse.willshaw(10, 10, 2, 2, bad),
        lambda: multitasking.magnetisations(bad, 3, 0),
        lambda: multitasking.magnetisations(0.2, 3, bad),
        lambda: dataset.entropy(bad, 3),
    ]
    for call in calls:
        with pytest.raises(UsageError, match="expected") as error:
            call()
        assert "\n" not in str(error.value)


@pytest.mark.parametrize("P", [1, 0, -2, 2.0, 2.5, math.nan, "3", None, True, 65])
def test_bad_bodies_are_refused(P):
    for call in (lambda: retrieval(0.1, 0.1, P), lambda: critical_load(0, P), lambda: glass_temperature(0.1, P)):
        with pytest.raises(UsageError, match="P: a whole number"):
            call()


def test_unknown_names_are_refused():
    with pytest.raises(UsageError, match="gardner, krotov, barra, v"):
        retrieval(0.1, 0, normalisation="hopfield")
    with pytest.raises(UsageError, match="normalisation"):
        critical_load(0, normalisation=None)
    with pytest.raises(UsageError, match="gaussian, spherical, ising"):
        exponential.threshold(1, "cubic")
    for sizes in ((10, 10, 11, 2), (10, 10, 2, 0), (0, 10, 1, 1)):
        with pytest.raises(UsageError):
            sparse.willshaw(*sizes, 5)
    with pytest.raises(UsageError, match="K"):
        multitasking.magnetisations(0.2, 0, 0)


@pytest.mark.parametrize(
    "call",
    [
        lambda: critical_load(0.1, 2, rsb=1),
        lambda: critical_load(0, 3, rsb=2),
        lambda: transition_load(0, 3, rsb=1),
        lambda: transition_load(0, 4, normalisation="krotov"),
        lambda: glass_temperature(0.1, 4, "krotov"),
        lambda: spin_glass(0.1, 0.1, 3, "krotov"),
        lambda: paramagnet(0.1, 0.9),
        lambda: paramagnet(0.1, 0, 3),
        lambda: dataset.unsupervised_retrieval(0.1, 0, 0.8, 5, 4, "krotov"),
    ],
)
def test_what_is_not_solved_is_refused(call):
    with pytest.raises(NotSupportedError):
        call()


def test_beyond_the_spinodal_there_is_nothing():
    state = retrieval(0.2, 0)
    assert not state.exists
    assert not state.at_stable
    assert all(math.isnan(x) for x in (state.m, state.q, state.free_energy))
    assert not retrieval(0, 1.0).exists
    assert retrieval(*critical_load(0.3)[:1], 0.3).exists
    assert float(critical_load(0)) == critical_load(0).load
