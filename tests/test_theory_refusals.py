"""Theory: bad numbers and names are refused in one sentence; what is not solved, or does not exist, says so."""

import math

import pytest

from neuromem.errors import NotSupportedError, UsageError
from neuromem.theory import dataset, exponential, multitasking, sparse
from neuromem.theory.hopfield import (
    critical_load,
    glass_temperature,
    paramagnet,
    retrieval,
    spin_glass,
    transition_load,
)

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
