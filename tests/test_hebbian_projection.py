"""The lateral circuit: rows of plain Python, subspaces of the singular value decomposition, what stays protected."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import naive_learning
from neuromem.errors import CapacityError, PatternError, TrainingError, UsageError
from neuromem.learning import Sides, SpikingNetwork
from neuromem.models import HebbianProjection
from neuromem.models.hebbian_projection import principal_angles, row_budget
from neuromem.models.hebbian_torch import attach


def inputs(n, rank, rng, count=200):
    """Inputs of which `rank` directions are strong, and those directions."""
    directions = np.linalg.qr(rng.normal(size=(n, n)))[0]
    sizes = np.where(np.arange(n) < rank, np.linspace(3, 2, n), 0.2)
    return (rng.normal(size=(count, n)) * sizes) @ directions.T, directions[:, :rank].T


def exact(n=12, rank=4, seed=0):
    """A circuit that protects an exact basis of doubles."""
    rng = np.random.default_rng(seed)
    circuit = HebbianProjection(n, rows=(rank, 3), dtype=np.float64)
    x = rng.normal(size=(50, rank)) @ np.linalg.qr(rng.normal(size=(n, rank)))[0].T
    for _ in range(400):
        circuit.learn(3 * x)
    circuit.freeze()
    return circuit, rng


@settings(max_examples=15, deadline=None)
@given(n=st.integers(4, 9), count=st.integers(1, 6), levels=st.sampled_from([None, 7]), seed=st.integers(0, 99))
def test_rows_are_those_of_plain_python(n, count, levels, seed):
    rng = np.random.default_rng(seed)
    options = {"laterals": "spiking", "levels": levels} if levels else {}
    circuit = HebbianProjection(n, (2, 1), eta=0.02, clip=1.5, dtype=np.float64, seed=seed, **options)
    rows = []
    for frozen in (0, 2):
        x = 3 * rng.normal(size=(count, n))
        circuit._m = None
        start = [*rows, *circuit._fresh().tolist()]
        circuit.learn(x)
        found = np.concatenate([circuit.basis, circuit.learning])
        expected = naive_learning.oja(start, frozen, x.tolist(), 0.02, 0.9, 1.5, 5, levels)
        assert np.allclose(found, expected, atol=1e-12)
        circuit.freeze()
        rows = found.tolist()


@pytest.mark.parametrize("orthogonal", [True, False])
def test_rows_span_the_largest_singular_vectors_of_both_tasks(orthogonal):
    rng = np.random.default_rng(1)
    circuit = HebbianProjection(40, (6, 5), eta=0.02, dtype=np.float64, orthogonal=orthogonal)
    seen = []
    for rank in (6, 5):
        x = inputs(40, rank, rng)[0]
        for vector in seen:
            x = x - np.outer(x @ vector, vector)
        vectors = np.linalg.svd(x)[2][:rank]
        angles = []
        for _ in range(4):
            for _ in range(60):
                circuit.learn(x)
            angles.append(principal_angles(circuit.learning, vectors).max())
        assert angles[0] > angles[-1]
        assert angles[-1] < 1e-4
        seen = [*seen, *vectors]
        kept = circuit.basis
        circuit.freeze()
        assert np.array_equal(circuit.basis[: len(kept)], kept)
    assert np.abs(circuit.eigenvalues() - 1).max() < 1e-6
    assert circuit.angles(np.array(seen)).max() < 1e-4


def test_frozen_rows_stay_bit_for_bit():
    rng = np.random.default_rng(2)
    circuit = HebbianProjection(30, (5, 4, 3))
    circuit.learn(rng.normal(size=(20, 30)))
    assert circuit.basis.shape == (0, 30)
    assert np.array_equal(circuit.project(np.ones(30)), np.ones(30))
    circuit.freeze()
    first = circuit.basis.tobytes()
    for rows in (9, 12):
        for _ in range(5):
            circuit.learn(rng.normal(size=(20, 30)))
        circuit.freeze()
        circuit.freeze()  # nothing was learned since
        assert circuit.basis.shape == (rows, 30)
        assert circuit.basis[:5].tobytes() == first


def test_what_lies_in_the_protected_basis_changes_no_weight():
    circuit, rng = exact()
    inside = rng.normal(size=(9, 4)) @ circuit.basis
    assert not circuit.project(inside).any()
    outside = rng.normal(size=(9, 12))
    assert np.abs(circuit.project(outside) @ circuit.basis.T).max() < 1e-12
    assert np.allclose(circuit.project(outside)[0], circuit.project(outside[0]))
    for gradient in ("bptt", "ottt", "dsr"):
        network = SpikingNetwork((12, 8, 3), gradient, dtype=np.float64, seed=1)
        network.weights = [4 * w for w in network.weights]
        y = rng.integers(0, 3, 9)
        sides = Sides(laterals=[circuit, None])
        assert np.abs(network.gradients(inside, y).weights[0]).max() > 1e-4
        assert not network.gradients(inside, y, sides).weights[0].any()
        other = network.gradients(outside, y, sides).weights[0]
        assert np.abs(other).max() > 1e-4
        assert np.abs(other @ inside.T).max() < 1e-13


def test_spiking_laterals_are_linear_ones_in_steps():
    rng = np.random.default_rng(3)
    x, off = rng.normal(size=(50, 20)), []
    for levels in (2, 40, 100_000):
        pair = [HebbianProjection(20, (5, 5), laterals=kind, levels=levels) for kind in ("linear", "spiking")]
        for circuit in pair:
            for _ in range(20):
                circuit.learn(x)
            circuit.freeze()
        off.append(np.abs(pair[0].project(x) - pair[1].project(x)).max())
    assert off[0] > 10 * off[2]
    assert off[2] < 1e-3
    y = pair[1]._answers(100 * x.astype(np.float32), pair[1].basis)
    assert np.abs(y).max() == 20


def test_new_rows_begin_outside_the_frozen_ones():
    rng = np.random.default_rng(4)
    largest = []
    for orthogonal in (True, False):
        circuit = HebbianProjection(40, (15, 15), orthogonal=orthogonal, eta=1e-6)
        for _ in range(2):
            circuit.learn(rng.normal(size=(10, 40)))
            circuit.freeze()
        largest.append(circuit.eigenvalues()[-1])
    assert largest[0] == pytest.approx(1, abs=1e-3)
    assert largest[1] > 1.5


@pytest.mark.parametrize(("n", "tasks"), [(784, 10), (200, 5), (10, 3), (4, 3), (800, 1), (400, 300)])
def test_default_rows_fit(n, tasks):
    rows = row_budget(n, tasks)
    assert len(rows) == tasks
    assert min(rows) >= 1
    assert sum(rows) <= 0.75 * n
    assert HebbianProjection(n, tasks=tasks).rows == rows


@pytest.mark.parametrize("options", [
    {"n": 0}, {"eta": 0}, {"eta": float("nan")}, {"clip": 0}, {"laterals": "lif"},
    {"levels": 0}, {"rows": 0}, {"rows": (3, -1)}, {"rows": (1.5,)}, {"tasks": 0}, {"seed": -1},
    {"dtype": np.int32},
])  # fmt: skip
def test_bad_circuits_are_refused(options):
    with pytest.raises(UsageError, match="HebbianProjection"):
        HebbianProjection(**{"n": 20, "rows": 2, "tasks": 2, **options})


def test_too_many_rows_are_refused_before_anything_is_learned():
    for options in ({"rows": (10, 9)}, {"rows": 5, "tasks": 4}, {"rows": ()}, {"tasks": 16}):
        with pytest.raises(CapacityError, match=r"fit|rows"):
            HebbianProjection(20, **options)
    circuit = HebbianProjection(20, (3, 2))
    x = np.random.default_rng(5).normal(size=(10, 20))
    for _ in range(2):
        circuit.learn(x)
        circuit.freeze()
    kept = circuit.basis
    with pytest.raises(CapacityError, match="2 tasks"):
        circuit.learn(x)
    assert np.array_equal(circuit.basis, kept)


def test_bad_inputs_are_refused_and_change_nothing():
    circuit = HebbianProjection(20, (3, 2))
    x = np.random.default_rng(6).normal(size=(10, 20))
    circuit.learn(x)
    kept = circuit.learning
    for bad in (x[:, :5], x[0], x * np.nan, x.astype(str), None):
        with pytest.raises(PatternError, match=r"HebbianProjection\.x"):
            circuit.learn(bad)
    assert np.array_equal(circuit.learning, kept)
    wild = HebbianProjection(20, (3, 2), eta=100.0, clip=np.inf)
    with pytest.raises(TrainingError, match="eta"):
        wild.learn(1e3 * x)
    assert wild.learning.shape == (0, 20)
    for bad in (x[:, :5], x * np.inf, None):
        with pytest.raises(PatternError, match=r"HebbianProjection\.x"):
            circuit.project(bad)


def test_circuits_learn_and_protect_beside_a_layer_of_snntorch():
    torch, snn = pytest.importorskip("torch"), pytest.importorskip("snntorch")
    rng = np.random.default_rng(7)
    layer, leaky = torch.nn.Linear(20, 6, bias=False), snn.Leaky(beta=0.9)
    circuit, beside = HebbianProjection(20, (4, 4), eta=0.05), HebbianProjection(20, (4, 4), eta=0.05)
    attached = attach(circuit, layer)
    x = (rng.normal(size=(30, 3)) @ np.linalg.qr(rng.normal(size=(20, 3)))[0].T).astype("f4")
    for _ in range(80):
        layer(torch.tensor(x))
        beside.learn(x)
    layer.eval()
    layer(torch.tensor(x))
    layer.train()
    assert np.array_equal(circuit.learning, beside.learning)
    circuit.freeze()
    attached.learning = False
    for batch, changes in ((x, False), (rng.normal(size=(30, 20)).astype("f4"), True)):
        layer.weight.grad = None
        leaky(3 * layer(torch.tensor(batch)), torch.zeros(30, 6))[0].sum().backward()
        assert (float(layer.weight.grad.abs().max()) > 1e-2) == changes
        assert np.abs(layer.weight.grad.numpy() @ x.T).max() < 1e-2
    attached.remove()
    layer.weight.grad = None
    layer(torch.tensor(x)).sum().backward()
    assert float(layer.weight.grad.abs().max()) > 0.1


def test_only_a_linear_layer_of_the_same_inputs_can_be_attached_to():
    class Layer:
        weight = np.zeros((3, 21))

    with pytest.raises(UsageError, match="20 inputs"):
        attach(HebbianProjection(20, 2, tasks=2), Layer())
    with pytest.raises(UsageError, match="20 inputs"):
        attach(HebbianProjection(20, 2, tasks=2), None)
    with pytest.raises(UsageError, match="linear laterals"):
        attach(HebbianProjection(21, 2, tasks=2, laterals="spiking"), Layer())
