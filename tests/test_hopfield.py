"""Spins by pattern overlaps: kernels against plain sums over couplings, dynamics against Boltzmann's weights."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compiled import doors
from neuromem.errors import UsageError
from neuromem.kernels import bits, spins
from neuromem.models import Hopfield

KINDS = {
    "distinct": {"interaction": "distinct"},
    "monomial": {"interaction": "monomial"},
    "exponential": {"interaction": "exponential"},
    "pseudoinverse": {"rule": "pseudoinverse", "P": 2},
    "table": {"F": lambda S: abs(S) ** 1.5},
}


def stored(n, K, seed, **options):
    rng = np.random.default_rng(seed)
    memory = Hopfield(n, capacity=K, **options)
    patterns = rng.random((K, n)) < 0.5
    patterns[~patterns.any(axis=1), 0] = True
    memory.store(patterns)
    return memory, np.where(patterns, 1, -1).astype(np.int8), rng


def plain_energy(kind, xi, P, s):
    """E of spins s by sums over couplings, in plain Python."""
    xi, s = xi.astype(int), s.astype(int)
    n, S = len(s), [int(x @ s) for x in xi.astype(int)]
    if kind == "monomial":
        return -sum(one**P for one in S) / (P * n ** (P - 1))
    if kind == "exponential":
        return -math.log(sum(math.exp(one) for one in S))
    if kind == "table":
        return -sum(abs(one) ** 1.5 for one in S)
    if kind == "pseudoinverse":
        J = xi.T @ np.linalg.pinv(xi @ xi.T / n) @ xi / n
        return -(s @ J @ s - np.trace(J)) / 2
    products = sum(math.prod(int(x[i] * s[i]) for i in c) for x in xi for c in itertools.combinations(range(n), P))
    return -math.factorial(P - 1) * products / n ** (P - 1)


@pytest.mark.twin
@given(n=st.sampled_from([1, 2, 7, 63, 64, 65, 200]), B=st.integers(0, 3), K=st.integers(0, 5), seed=st.integers(0, 99))
def test_bits(n, B, K, seed):
    rng = np.random.default_rng(seed)
    patterns, states = rng.random((K, n)) < 0.5, rng.random((B, n)) < 0.5
    out = np.empty((B, K), np.int64)
    bits.overlaps(bits.packed(patterns), bits.packed(states), n, out)
    assert np.array_equal(out, (2 * states.astype(int) - 1) @ (2 * patterns.astype(int) - 1).T)
    numbers = rng.integers(0, 16, n)
    planes = bits.packed(np.array([(numbers >> p) & 1 for p in range(4)], bool))
    total = np.empty(K, np.int64)
    bits.weighted_columns(bits.packed(patterns), planes, total)
    assert np.array_equal(total, patterns @ numbers)
    assert bits.packed(patterns).shape == (K, bits.words(n))


@pytest.mark.twin
@settings(max_examples=40, deadline=None)
@given(
    n=st.integers(4, 9),
    P=st.integers(2, 4),
    K=st.integers(1, 4),
    seed=st.integers(0, 99),
    kind=st.sampled_from([*KINDS]),
)
def test_energies_fields_and_descent_are_those_of_the_couplings(n, P, K, seed, kind):
    memory, xi, rng = stored(n, K, seed, **{"P": P} | KINDS[kind])
    state = rng.choice(np.array([-1, 1], np.int8), n)

    def energy(s):
        return plain_energy(kind, xi, memory.P, s)

    assert memory.energy(state[None])[0] * n == pytest.approx(energy(state), abs=1e-9)
    fields = memory.fields(state)
    for i in range(n):
        other = state.copy()
        other[i] *= -1
        cost = energy(other) - energy(state)
        if kind == "exponential":
            assert np.sign(cost) == np.sign(2 * state[i] * fields[i]) or abs(cost) < 1e-9
        else:
            assert 2 * state[i] * fields[i] == pytest.approx(cost, abs=1e-9)
    end = state.copy()
    overlap = memory.sweep(end, sweeps=100)
    assert np.array_equal(overlap, xi.astype(int) @ end)
    for i in range(n):
        other = end.copy()
        other[i] *= -1
        assert energy(other) >= energy(end) - 1e-9


@pytest.mark.twin
@pytest.mark.parametrize("n", [130, 333])
def test_fields_by_bit_planes_are_those_by_sums(n):
    """At a pattern, where one overlap stands far out, and elsewhere; more patterns than a block of the kernel."""
    memory, xi, rng = stored(n, 150, 5)
    for state in (xi[3], rng.choice(np.array([-1, 1], np.int8), n)):
        S = xi.astype(int) @ state
        assert np.allclose(memory.fields(state) * n, xi.T.astype(int) @ S - 150 * state.astype(int), atol=1e-9)


def test_long_sums_are_exact():
    """The largest overlaps, of more patterns than an int32 sum can take."""
    row, overlap = np.ones(9000, np.int8), np.full(9000, spins.LONGEST, np.int32)
    law = spins.Law(0.0, np.zeros((0, 0)), np.zeros(0), False)
    out = np.empty(1)
    spins.fields(row[None], law, np.ones(1, np.int8), overlap, out)
    assert out[0] == 9000 * spins.LONGEST


@pytest.mark.twin
def test_spins_turn_by_the_heat_bath_at_every_word():
    """The table of limits decides as the formula does, at its edges too, for energies of both signs."""
    rng = np.random.default_rng(0)
    x = np.concatenate([np.linspace(-25, 25, 201), rng.normal(0, 4, 300), [-math.inf, math.inf, 0.0]])
    with np.errstate(over="ignore"):
        border = np.clip(2.0**32 / (1 + np.exp(x)), 0, 2.0**32 - 1).astype(np.int64)
        for shift in (-5, -4, -1, 0, 1, 4, 5, 10**6, -(10**6)):
            words = np.clip(border + shift, 0, 2**32 - 1).astype(np.uint32)
            expected = (words + 0.5) / 2**32 * (1 + np.exp(x)) < 1
            found = np.zeros(x.size, bool)
            doors.heat_bath(x / 2.0, 2.0, words, found)
            assert np.array_equal(found, expected)


@pytest.mark.parametrize("P", [2, 3])
def test_glauber_visits_states_by_their_boltzmann_weights(P):
    """Chi-square over the 32 states, of every fifth sweep of 20,000; the seed is fixed."""
    memory, _, _ = stored(5, 3, 1, P=P)
    T, counts, state = 1.5, np.zeros(32), np.ones(5, np.int8)
    for k in range(20_000):
        memory.sweep(state, T, first=k)
        if k % 5 == 4:
            counts[(state > 0) @ (1 << np.arange(5))] += 1
    states = np.array([[1 if b >> i & 1 else -1 for i in range(5)] for b in range(32)], np.int8)
    weights = np.exp(-5 * memory.energy(states) / T)
    expected = 4000 * weights / weights.sum()
    assert ((counts - expected) ** 2 / expected).sum() < 70  # 31 degrees of freedom: p = 1e-4


def test_the_same_seed_gives_the_same_run():
    memory, xi, _ = stored(100, 5, 2)
    runs = []
    for replica in (0, 0, 1):
        state = xi[0].copy()
        memory.sweep(state, 0.6, 10, replica)
        runs.append(state)
    assert np.array_equal(runs[0], runs[1])
    assert not np.array_equal(runs[0], runs[2])
    split = xi[0].copy()
    memory.sweep(split, 0.6, 4)
    memory.sweep(split, 0.6, 6, first=4)
    assert np.array_equal(split, runs[0])


@pytest.mark.parametrize("T", [0.0, 0.5])
def test_what_is_followed_is_what_sweeps_do(T):
    memory, xi, _ = stored(100, 8, 6)
    state, other = xi[2].copy(), xi[2].copy()
    state[:20] *= -1
    other[:20] *= -1
    trace = memory.follow(state, T, 7, pattern=2, replica=3, first=5)
    for k in range(7):
        assert memory.sweep(other, T, 1, replica=3, first=5 + k)[2] / 100 == trace[k]
    assert np.array_equal(state, other)
    for bad in (-1, 8):
        with pytest.raises(UsageError, match="pattern"):
            memory.follow(state, T, 1, pattern=bad)


@pytest.mark.parametrize("dynamics", ["async", "sync", "glauber"])
@pytest.mark.parametrize("rule", ["hebb", "pseudoinverse"])
def test_pairwise_memories_recall(dynamics, rule):
    options = {"T": 0.1, "max_sweeps": 20} if dynamics == "glauber" else {}
    memory, xi, rng = stored(300, 12, 3, dynamics=dynamics, rule=rule, **options)
    noisy = np.where(rng.random(xi.shape) < 0.1, -xi, xi) > 0
    recall = memory.recall(noisy)
    assert [keys.tolist() for keys in recall.keys] == [[k] for k in range(12)]
    assert np.array_equal(recall.patterns, xi > 0)


def test_the_pseudo_inverse_holds_correlated_patterns_which_hebb_does_not():
    rng = np.random.default_rng(0)
    patterns = rng.random((60, 200)) < 0.8
    for rule, held in (("hebb", False), ("pseudoinverse", True)):
        memory = Hopfield(200, capacity=60, rule=rule)
        memory.store(patterns)
        assert (memory.recall(patterns).patterns == patterns).all() == held


def test_exponentially_many_patterns_are_recalled():
    """K = e^(0.2 n) at n = 45, each from 2 wrong spins; a pairwise memory holds some 6."""
    memory, xi, rng = stored(45, 8000, 4, interaction="exponential")
    states = xi[:20].copy()
    states[:, :2] *= -1
    assert np.array_equal(memory.recall(states > 0).patterns, xi[:20] > 0)


def test_patterns_are_kept_as_bits():
    memory = Hopfield(6400, capacity=1000)
    assert memory._rows.nbytes == 6400 * 1000 // 8


@pytest.mark.parametrize(
    "options",
    [
        {"P": 1}, {"P": 2.0}, {"P": True}, {"interaction": "x"}, {"dynamics": "x"}, {"T": -1.0, "dynamics": "glauber"},
        {"T": math.nan, "dynamics": "glauber"}, {"T": 0.1}, {"max_sweeps": 0}, {"seed": -1}, {"seed": 2**63},
        {"capacity": 0}, {"P": 100, "n": 1000, "interaction": "monomial"},
        {"rule": "x"}, {"rule": "pseudoinverse", "P": 3}, {"n": 2**20},
        {"F": [1.0, 2.0]}, {"F": [math.inf] * 21}, {"T": 1.0, "interaction": "exponential", "dynamics": "glauber"},
    ],
)  # fmt: skip
def test_bad_parameters_are_refused(options):
    with pytest.raises(UsageError, match=f"Hopfield.{next(iter(options))}"):
        Hopfield(**{"n": 10} | options)
