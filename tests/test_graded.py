"""Graded patterns against sums over all products of different spins; what diluted and taught memories retrieve."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuromem.errors import PatternError, UsageError
from neuromem.models import DenseHebbian, MultitaskingHopfield, SparseHopfield, Willshaw


def plain_energy(entries, P, unit, s):
    """E of spins s, in plain Python, over all choices of P different spins."""
    total = 0.0
    for x in entries:
        for chosen in itertools.combinations(range(len(s)), P):
            total += math.prod(int(x[i]) * int(s[i]) for i in chosen)
    return -unit * total


@pytest.mark.twin
@settings(max_examples=25, deadline=None)
@given(n=st.integers(4, 8), P=st.integers(2, 4), K=st.integers(1, 3), supervised=st.booleans(), seed=st.integers(0, 99))
def test_energies_and_descent_are_those_of_all_products(n, P, K, supervised, seed):
    rng = np.random.default_rng(seed)
    memory = DenseHebbian(n, P, K, M=3, r=0.6, supervised=supervised, seed=seed)
    memory.learn(rng.random((K, 3, n)) < 0.5)
    rows = memory.weights()["entries"].values.reshape(-1, n).astype(int)
    assert len(rows) == (K if supervised else 3 * K)
    state = rng.choice(np.array([-1, 1], np.int8), n)
    assert memory.energy(state) * n == pytest.approx(plain_energy(rows, P, memory.unit, state), abs=1e-9)
    assert memory.sweep(state, sweeps=100)
    for i in range(n):
        other = state.copy()
        other[i] *= -1
        assert memory.energy(other) >= memory.energy(state) - 1e-12


@pytest.mark.parametrize("P", [2, 4])
def test_glauber_visits_states_by_their_boltzmann_weights(P):
    """Chi-square over 32 states, every fifth of 10,000 sweeps; the seed is fixed."""
    memory = MultitaskingHopfield(5, P)
    memory.store([[1, 1, 0, 1, 0], [1, 0, 1, 1, 1]], relevant=np.array([[1, 1, 1, 0, 1], [1, 1, 0, 1, 1]], bool))
    T, counts, state = 1.0, np.zeros(32), np.ones(5, np.int8)
    for k in range(10_000):
        memory.sweep(state, T, first=k)
        if k % 5 == 4:
            counts[(state > 0) @ (1 << np.arange(5))] += 1
    states = [np.array([1 if b >> i & 1 else -1 for i in range(5)], np.int8) for b in range(32)]
    weights = np.exp(-5 * np.array([memory.energy(s) for s in states]) / T)
    expected = 2000 * weights / weights.sum()
    assert ((counts - expected) ** 2 / expected).sum() < 70  # 31 degrees of freedom: p = 1e-4


def test_one_state_retrieves_several_diluted_patterns():
    """Of three patterns with 40 % blanks, the hierarchical state equals the first, and the others where it may."""
    rng = np.random.default_rng(1)
    patterns, relevant = rng.random((3, 400)) < 0.5, rng.random((3, 400)) > 0.4
    memory = MultitaskingHopfield(400, capacity=3)
    memory.store(patterns, relevant=relevant)
    assert np.array_equal(memory.patterns, patterns & relevant)
    cue = np.where(relevant[0], patterns[0], np.where(relevant[1], patterns[1], patterns[2]))
    assert memory.recall(cue).keys.tolist() == [0, 1, 2]
    only = MultitaskingHopfield(400, capacity=3)
    only.store(patterns)
    assert only.recall(patterns[1]).keys.tolist() == [1]


@pytest.mark.parametrize("supervised", [True, False])
def test_archetypes_are_recalled_which_were_never_seen(supervised):
    rng = np.random.default_rng(2)
    archetypes = rng.random((5, 200)) < 0.5
    memory = DenseHebbian(200, 3, capacity=5, M=60, r=0.5, supervised=supervised)
    memory.store(archetypes)
    noisy = archetypes ^ (rng.random(archetypes.shape) < 0.15)
    assert (memory.recall(noisy).patterns == archetypes).mean() > 0.99
    assert memory.rho == pytest.approx(0.05)


def test_learned_examples_are_checked():
    memory = DenseHebbian(6, capacity=2, M=3, r=0.5)
    for bad in (np.ones((1, 2, 6), bool), np.ones((3, 6), bool), np.full((1, 3, 6), 2), np.full((1, 3, 6), np.nan)):
        with pytest.raises(PatternError, match="examples"):
            memory.learn(bad)
    with pytest.raises(PatternError, match="relevant"):
        MultitaskingHopfield(6).store(np.ones((1, 6), bool), relevant=np.ones((1, 5), bool))
    with pytest.raises(PatternError, match="blank"):
        MultitaskingHopfield(6).store(np.ones((1, 6), bool), relevant=np.zeros((1, 6), bool))
    assert memory.keys.size == 0


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        (DenseHebbian, {"P": 5}), (DenseHebbian, {"P": True}), (DenseHebbian, {"M": 0}), (DenseHebbian, {"r": 0.0}),
        (DenseHebbian, {"r": 1.1}), (DenseHebbian, {"r": math.nan}), (DenseHebbian, {"supervised": 1}),
        (DenseHebbian, {"capacity": 0}), (DenseHebbian, {"reach": -0.1}), (DenseHebbian, {"seed": 2**63}),
        (MultitaskingHopfield, {"P": 1}), (MultitaskingHopfield, {"n": 0}), (MultitaskingHopfield, {"max_sweeps": 0}),
        (SparseHopfield, {"f": 0.0}), (SparseHopfield, {"f": 1.0}), (SparseHopfield, {"f": math.nan}),
        (SparseHopfield, {"active": 11, "f": 0.1}), (SparseHopfield, {"max_steps": 0, "f": 0.1}),
        (Willshaw, {"threshold": "x"}), (Willshaw, {"n": 1.0}), (Willshaw, {"capacity": -1}),
    ],
)  # fmt: skip
def test_bad_parameters_are_refused(kind, options):
    with pytest.raises(UsageError, match=f"{kind.__name__}.{next(iter(options))}"):
        kind(**{"n": 10} | options)


@pytest.mark.twin
def test_winners_have_the_largest_of_plainly_summed_inputs():
    rng = np.random.default_rng(3)
    f, n = 0.2, 30
    memory = SparseHopfield(n, f, capacity=5)
    patterns = rng.random((5, n)) < f
    patterns[~patterns.any(axis=1), 0] = True
    memory.store(patterns)
    J = (patterns - f).T @ (patterns - f) / (n * f * (1 - f))
    np.fill_diagonal(J, 0)
    V = rng.random((4, n)) < f
    assert np.allclose(memory.inputs(V), (V - f) @ J, atol=1e-12)
    assert (memory.update(V).sum(axis=1) == memory.active).all()


@pytest.mark.twin
def test_a_clipped_matrix_is_the_union_of_its_patterns():
    rng = np.random.default_rng(4)
    patterns = rng.random((6, 70)) < 0.2
    patterns[:, 0] = True
    memory = Willshaw(70, capacity=6)
    memory.store(patterns)
    W = (patterns.T.astype(int) @ patterns.astype(int)) > 0
    assert np.array_equal(memory.weights()["synapses"].values > 0, W)
    assert np.array_equal(memory.sums(patterns[0]), W @ patterns[0].astype(int))
    memory.forget([1, 3])
    rest = patterns[[0, 2, 4, 5]].astype(int)
    assert np.array_equal(memory.weights()["synapses"].values > 0, (rest.T @ rest) > 0)
