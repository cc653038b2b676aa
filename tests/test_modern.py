"""Softmax retrieval: attention, energy, fixed points."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuromem.errors import NeuromemError, UsageError
from neuromem.models import ModernHopfield, retrieve
from neuromem.models.modern import energy, separation


@given(n=st.sampled_from([1, 2, 7, 64]), K=st.sampled_from([1, 2, 7, 64]), B=st.integers(0, 3), seed=st.integers(0, 99))
def test_retrieve_is_softmax_attention(n, K, B, seed):
    rng = np.random.default_rng(seed)
    X, x, beta = rng.normal(size=(K, n)), rng.normal(size=(B, n)), rng.uniform(0.01, 30)
    for b in range(B):
        logits = [beta * sum(X[k] * x[b]) for k in range(K)]
        weights = np.exp(np.array(logits) - max(logits))
        expected = (weights / weights.sum()) @ X
        assert np.abs(retrieve(X, x[b], beta) - expected).max() < 1e-12
    assert retrieve(X, x, beta).shape == (B, n)
    if n != K and B:
        assert np.array_equal(retrieve(X.T, x, beta), retrieve(X, x, beta))
    assert np.array_equal(retrieve(X, x, beta, steps=2), retrieve(X, retrieve(X, x, beta), beta))
    assert np.array_equal(retrieve(X, x, beta, steps=0), x)


@given(beta=st.floats(0.01, 50), seed=st.integers(0, 99))
def test_the_energy_never_rises_and_stays_in_its_bounds(beta, seed):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(30, 12))
    x = retrieve(X, rng.normal(size=(5, 12)), beta)
    largest = (X * X).sum(axis=1).max()
    before = energy(X, x, beta)
    for _ in range(10):
        x = retrieve(X, x, beta)
        after = energy(X, x, beta)
        assert (after <= before + 1e-9).all()
        assert (after > -1e-9).all()
        assert (after < 2 * largest + 1e-9).all()
        before = after
    assert energy(X, x[0], beta) == pytest.approx(before[0])


def test_from_the_mean_of_all_to_a_single_pattern():
    rng = np.random.default_rng(3)
    X = rng.normal(size=(1000, 64))
    X *= 8 / np.linalg.norm(X, axis=1, keepdims=True)
    x = X[0] + 0.3 * rng.normal(size=64)
    assert np.linalg.norm(retrieve(X, x, 0.02, 50) - X.mean(axis=0)) < 0.05
    assert np.linalg.norm(retrieve(X, x, 1.0, 3) - X[0]) < 1e-9
    assert separation(X)[0] > 2 / 1000 + np.log(2 * 999 * 1000 * 64)


def test_near_duplicates_are_retrieved_as_their_mean():
    rng = np.random.default_rng(4)
    centres = rng.choice([-1.0, 1.0], (5, 100))
    X = np.repeat(centres, 4, axis=0)
    for i in range(20):
        X[i, rng.choice(100, 2, replace=False)] *= -1
    assert np.allclose(retrieve(X, centres[0], 0.12, 20), X[:4].mean(axis=0), atol=0.1)


def test_more_patterns_than_units_are_recalled():
    rng = np.random.default_rng(5)
    memory = ModernHopfield(64, 2000, beta=1.0)
    patterns = rng.random((2000, 64)) < 0.5
    memory.store(patterns)
    fragments = patterns.copy()
    fragments[:, :6] = False
    recall = memory.recall(fragments)
    right = [keys.tolist() == [k] for k, keys in enumerate(recall.keys)]
    assert np.mean(right) > 0.97
    assert recall.steps.max() < 100


@pytest.mark.parametrize(
    "call",
    [
        lambda: retrieve(np.ones((2, 3)), np.ones(4), 1.0),
        lambda: retrieve(np.ones((0, 3)), np.ones(3), 1.0),
        lambda: retrieve(np.full((2, 3), np.nan), np.ones(3), 1.0),
        lambda: retrieve(np.ones((2, 3)), np.ones(3), 0.0),
        lambda: retrieve(np.ones((2, 3)), np.ones(3), np.nan),
        lambda: retrieve(np.ones((2, 3)), np.ones(3), 1.0, -1),
        lambda: retrieve([[1.0], [1.0, 2.0]], np.ones(3), 1.0),
        lambda: retrieve("text", np.ones(3), 1.0),
    ],
)
def test_what_makes_no_sense_is_refused(call):
    with pytest.raises(NeuromemError, match="expected"):
        call()


@pytest.mark.parametrize(
    "options", [{"n": 0}, {"capacity": 0}, {"beta": -1}, {"beta": "x"}, {"max_steps": 0}, {"n": 2.0}]
)
def test_bad_parameters_are_refused(options):
    with pytest.raises(UsageError, match=f"ModernHopfield.{next(iter(options))}"):
        ModernHopfield(**{"n": 4} | options)


@pytest.mark.foreign
@pytest.mark.parametrize(("K", "n", "B", "beta"), [(20, 12, 5, 0.7), (200, 64, 7, 0.125), (3, 2, 4, 5.0)])
def test_retrieve_is_the_attention_of_torch(K, n, B, beta):
    """Float64, patterns as keys and values, and the answer asked again: what hflayers does without projections."""
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(7)
    X, x = rng.normal(size=(K, n)), rng.normal(size=(B, n))
    patterns, states = torch.tensor(X)[None], torch.tensor(x)[None]
    for steps in (1, 2, 3):
        states = torch.nn.functional.scaled_dot_product_attention(states, patterns, patterns, scale=beta)
        assert np.abs(states[0].numpy() - retrieve(X, x, beta, steps)).max() < 1e-12


@pytest.mark.foreign
@pytest.mark.parametrize("more", [0, 2])
def test_retrieve_is_hflayers_in_its_fully_static_mode(more):
    """hflayers 1.0.2 of ml-jku, which is not on PyPI: no projections, no normalisation, `more` updates after one."""
    torch, hflayers = pytest.importorskip("torch"), pytest.importorskip("hflayers")
    rng = np.random.default_rng(7)
    X, x = rng.normal(size=(20, 12)), rng.normal(size=(5, 12))
    off = ("stored_pattern", "state_pattern", "pattern_projection")
    layer = hflayers.Hopfield(
        input_size=12, scaling=0.7, update_steps_max=more, update_steps_eps=1e-300, disable_out_projection=True,
        **{f"normalize_{name}": False for name in off}, **{f"normalize_{name}_affine": False for name in off},
        **{f"{name}_as_static": True for name in off},
    )  # fmt: skip
    data = tuple(torch.tensor(one)[None] for one in (X, x, X))
    assert np.abs(layer(data)[0].detach().numpy() - retrieve(X, x, 0.7, 1 + more)).max() < 1e-12
