"""Theory of examples and of other memories against published values: sparse, exponential, multitasking."""

import math

import numpy as np
import pytest

from neuromem.theory import dataset, exponential, multitasking, sparse
from neuromem.theory.hopfield import critical_load, retrieval
from theory_values import near

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
