"""The whole plane: retrieval is a solution, and the one of largest overlap, or there is none."""

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import naive_theory
from neuromem.theory.hopfield import critical_load, retrieval

TEMPERATURES = st.one_of(st.just(0.0), st.floats(0.03, 1.05))


def load_scale(P, normalisation):
    return math.prod(range(2 * P - 3, 0, -2)) if normalisation == "krotov" and P > 2 else 1


@settings(max_examples=25)
@given(
    P=st.integers(2, 8),
    T=TEMPERATURES,
    rho=st.one_of(st.just(0.0), st.floats(0, 1)),
    load=st.floats(1e-3, 0.4),
    normalisation=st.sampled_from(["v", "krotov"]),
)
@example(P=3, T=0.2, rho=0.3, load=0.23, normalisation="v")  # a magnetised glass, but no retrieval
@example(P=3, T=0.2, rho=0.3, load=0.2, normalisation="v")  # both
@example(P=4, T=0.12, rho=0.6, load=0.1, normalisation="v")
@example(P=2, T=0.0, rho=0.05, load=0.0991, normalisation="v")
@example(P=2, T=0.0, rho=0.05, load=0.0992, normalisation="v")
def test_retrieval_is_the_solution_of_largest_overlap_or_none(P, T, rho, load, normalisation):
    load = load / load_scale(P, normalisation)
    state = retrieval(load, T, P, rho, normalisation)
    found = naive_theory.solutions(load, T, P, rho, normalisation == "krotov", cells=40)
    spinodal = critical_load(T, P, rho, normalisation=normalisation).load
    if state.exists:
        assert load <= spinodal
        assert state.residual < 1e-10
        w = math.sqrt(load * float(naive_theory.crosstalk(P, normalisation == "krotov", *both(state, T, P, rho, load))))
        first, second, (m, q) = naive_theory.residuals(
            state.n, w, load, T, P, rho, normalisation == "krotov", fine=True
        )
        assert abs(float(first)) < 1e-10
        assert abs(float(second)) < 1e-9
        assert abs(float(m) - state.m) < 1e-10
        assert not found or found[0][0] <= state.n + 1e-7
    else:
        assert load > spinodal
        for n, w, m, q in found[:1]:  # all there is besides retrieval is a magnetised glass
            assert P > 2
            assert T > 0
            assert at_unstable(n, w, m, q, load, T, P, rho, normalisation)


def both(state, T, P, rho, load):
    """q and C of a state; at T = 0 C is solved for again, by brute force where it feeds back."""
    q = np.array(state.q)
    if T > 0:
        return q, (1 - q) / T
    if P > 2:
        return q, np.array(0.0)
    g = state.n / math.sqrt(1 + rho)
    C = 0.0
    for _ in range(20000):
        before = C
        s = math.sqrt(rho * g * g + load / (1 - C) ** 2)
        C = float(naive_theory.averages(g, s, 0.0)[1])
        if abs(C - before) < 1e-15:
            break
    return q, np.array(C)


def at_unstable(n, w, m, q, load, T, P, rho, normalisation):
    g = n ** (P - 1) / math.sqrt(1 + rho)
    s = math.sqrt(rho * g * g + w * w)
    z = np.linspace(-8.5, 8.5, 1201)
    gauss = np.exp(-z * z / 2) / np.exp(-z * z / 2).sum()
    spread = float(gauss @ (1 - np.tanh((g + s * z) / T) ** 2) ** 2)
    d = 1e-6
    slope = naive_theory.crosstalk(P, normalisation == "krotov", np.array([q - d, q + d]), 0)
    return load * (slope[1] - slope[0]) / (2 * d) * spread / T**2 > 0.9


TINY = st.integers(2, 300).map(lambda power: 10.0**-power)


@settings(max_examples=60)
@given(
    P=st.integers(2, 8),
    T=st.one_of(st.just(0.0), TINY, st.floats(1e-6, 1.5), st.floats(1e-9, 0.02)),
    rho=st.one_of(st.floats(0, 1), st.just(1.0), TINY),
    part=st.one_of(st.floats(0, 1), st.floats(0.999, 1.0), st.just(1.0), TINY),
    normalisation=st.sampled_from(["gardner", "krotov", "barra", "v"]),
)
@example(P=2, T=0.82, rho=1.0, part=1e-200, normalisation="v")  # noise far below the rounding of the overlap
@example(P=8, T=0.0, rho=0.9865557661922519, part=1e-250, normalisation="gardner")
@example(P=5, T=0.0129, rho=1.0, part=1e-120, normalisation="v")
@example(P=7, T=0.0, rho=1e-9, part=0.012, normalisation="v")  # an overlap that rounding puts above 1
def test_residual_over_the_whole_plane(P, T, rho, part, normalisation):
    spinodal, m = critical_load(T, P, rho, normalisation=normalisation)
    state = retrieval(part * spinodal, T, P, rho, normalisation)
    if spinodal == 0.0:
        assert not state.exists
        return
    assert state.exists
    assert state.residual < 1e-10
    assert m - 1e-9 <= state.m <= 1
    assert 0 <= state.q <= 1
    assert math.isfinite(state.free_energy)
    assert not retrieval(spinodal * (1 + 1e-9), T, P, rho, normalisation).exists


@settings(max_examples=15)
@given(
    P=st.integers(2, 8),
    T=st.one_of(st.just(0.0), st.floats(0.02, 0.6)),
    rho=st.floats(0, 0.5),
    part=st.floats(0.05, 0.95),
)
def test_the_free_energy_is_stationary_and_its_slope_is_the_crosstalk(P, T, rho, part):
    """At fixed T the total derivative of f by the load is the crosstalk's own energy, all else being stationary."""
    spinodal, _ = critical_load(T, P, rho, normalisation="v")
    if spinodal == 0.0:
        return
    load, d = part * spinodal, 1e-5 * spinodal
    below, here, above = (retrieval(x, T, P, rho, "v") for x in (load - d, load, load + d))
    slope = (above.free_energy - below.free_energy) / (2 * d)
    if P > 2 and T > 0:
        expected = -(1 - here.q**P) / (2 * P * T)
    elif P > 2:  # the limit of that, -C/2
        g = here.n ** (P - 1) / math.sqrt(1 + rho)
        expected = -float(naive_theory.averages(g, math.sqrt(rho * g * g + load), 0.0)[1]) / 2
    else:
        _, C = both(here, T, P, rho, load)
        expected = 0.5 + (T * math.log1p(-C) - here.q / (1 - C)) / 2
    assert slope == pytest.approx(expected, abs=2e-5)


@pytest.mark.parametrize("normalisation", ["gardner", "krotov", "barra", "v"])
def test_the_normalisations_of_pairwise_memories_agree(normalisation):
    assert critical_load(0.3, 2, 0.1, normalisation=normalisation) == critical_load(0.3, 2, 0.1)
    assert retrieval(0.05, 0.3, normalisation=normalisation) == retrieval(0.05, 0.3)
