"""Equilibrium averages against sums over all states, and Plefka's magnetisations against Glauber dynamics."""

import math

import numpy as np
import pytest

from neuromem.errors import NotSupportedError, UsageError
from neuromem.models import Hopfield
from neuromem.models.plefka import magnetisations
from neuromem.models.tempering import crossing, free_energy, temper
from neuromem.theory.hopfield import retrieval


def stored(n, K, seed, **options):
    rng = np.random.default_rng(seed)
    memory = Hopfield(n, capacity=K, seed=seed, **options)
    patterns = rng.random((K, n)) < 0.5
    memory.store(patterns)
    return memory, np.where(patterns, 1, -1).astype(np.int8)


@pytest.fixture(scope="module")
def exact():
    """A memory of 8 spins, its patterns, temperatures, and the mean E/n that sums over its 256 states give."""
    memory, xi = stored(8, 2, 3)
    states = np.array([[1 if b >> i & 1 else -1 for i in range(8)] for b in range(256)], np.int8)
    e, T = memory.energy(states), np.geomspace(0.3, 6.0, 12)
    weights = np.exp(-8 * e / T[:, None])
    return memory, xi, T, weights @ e / weights.sum(axis=1)


def test_tempering_from_both_starts_finds_the_equilibrium(exact):
    memory, xi, T, energy = exact
    other = -xi[1]
    for replica, start in ((0, xi[0]), (100, other)):
        run = temper(memory, T, start, sweeps=600, discarded=50, replica=replica)
        assert np.abs(run.energy - energy).max() < 0.05
        assert (run.swaps > 0.2).all()
        assert (run.swaps <= 1).all()
        assert run.halves.shape == (2, 12)


def test_free_energies_are_integrals_of_energies(exact):
    memory = exact[0]
    T = np.geomspace(0.05, 40.0, 400)
    states = np.array([[1 if b >> i & 1 else -1 for i in range(8)] for b in range(256)], np.int8)
    e = memory.energy(states)
    weights = np.exp(-8 * (e - e.min()) / T[:, None])
    energy = weights @ e / weights.sum(axis=1)
    f = e.min() - T * np.log(weights.sum(axis=1)) / 8
    assert np.allclose(free_energy(T, energy), f, atol=1e-4)
    ground = np.log((e == e.min()).sum()) / 8  # the entropy that is taken to be zero
    assert np.allclose(free_energy(T, energy, cold=True)[:200], f[:200] + T[:200] * ground, atol=1e-3)
    assert crossing([1.0, 2.0, 3.0], [0.0, 0.0, 2.0], [1.0, 1.0, 1.0]) == pytest.approx(2.5)
    assert math.isnan(crossing([1.0, 2.0], [0.0, 0.0], [1.0, 1.0]))


@pytest.mark.parametrize(("n", "P", "alpha", "T"), [(600, 2, 0.05, 0.4), (40, 4, 0.01, 0.15)])
def test_plefka_agrees_with_glauber_dynamics(n, P, alpha, T):
    memory, xi = stored(n, round(alpha * n ** (P - 1)), 5, P=P)
    found = magnetisations(memory, xi[0], T)
    assert found.converged
    state, total = xi[0].copy(), np.zeros(n)
    memory.sweep(state, T, 30)
    for k in range(60):
        memory.sweep(state, T, 1, first=30 + k)
        total += state
    theory = retrieval(alpha, T, P).m
    assert found.m @ xi[0] / n == pytest.approx(total @ xi[0] / (60 * n), abs=0.015 if P == 2 else 0.04)
    assert found.m @ xi[0] / n == pytest.approx(theory, abs=0.03 if P == 2 else 0.06)


def test_what_cannot_be_done_is_refused():
    memory, xi = stored(20, 2, 0)
    for T in ([], [0.0, 1.0], [2.0, 1.0], [math.nan]):
        with pytest.raises(UsageError, match="temperatures"):
            temper(memory, T, xi[0])
    with pytest.raises(UsageError, match="T"):
        magnetisations(memory, xi[0], 0.0)
    with pytest.raises(UsageError, match="start"):
        magnetisations(memory, xi[0][:-1], 1.0)
    with pytest.raises(NotSupportedError):
        magnetisations(Hopfield(20, rule="pseudoinverse"), xi[0], 1.0)
    with pytest.raises(UsageError, match="three"):
        free_energy([1.0, 2.0], [0.0, 0.0])
