"""What every memory promises: one suite over all of `neuromem.models.MEMORIES`."""

import numpy as np
import pytest

from neuromem import io, simulate
from neuromem.errors import CapacityError, NeuromemError, NotSupportedError, PatternError, StoreError
from neuromem.memory import AssociativeMemory, Counts, Recall, WeightArray
from neuromem.models import (
    MEMORIES,
    CA3Memory,
    DendriticMemory,
    DenseHebbian,
    Hopfield,
    ModernHopfield,
    MultitaskingHopfield,
    SparseHopfield,
    Sparsey,
    Willshaw,
)
from neuromem.network import Network

N, PLACES = 24, 6

# One line per kind of memory: an empty one for patterns of N bits, with PLACES places if it counts them.
FACTORIES = {
    "CA3Memory any": lambda: CA3Memory(PLACES, N, rule="any"),
    "CA3Memory best": lambda: CA3Memory(PLACES, N, rule="best"),
    "DendriticMemory": lambda: DendriticMemory(N, PLACES),
    "Hopfield": lambda: Hopfield(N, P=4, capacity=PLACES, reach=0.2),  # P = 2 would confuse patterns so much alike
    "Hopfield sync": lambda: Hopfield(N, P=4, capacity=PLACES, dynamics="sync"),
    "ModernHopfield": lambda: ModernHopfield(N, PLACES),
    "DenseHebbian": lambda: DenseHebbian(N, P=4, capacity=PLACES, M=41, r=0.8, reach=0.2),
    "DenseHebbian unsupervised": lambda: DenseHebbian(
        N, P=4, capacity=PLACES, M=15, r=0.9, supervised=False, reach=0.2
    ),
    "MultitaskingHopfield": lambda: MultitaskingHopfield(N, P=4, capacity=PLACES, reach=0.2),
    "SparseHopfield": lambda: SparseHopfield(N, f=4 / N, capacity=PLACES),
    "Willshaw": lambda: Willshaw(N, PLACES),
    "Willshaw largest": lambda: Willshaw(N, PLACES, threshold="largest"),
    "Sparsey": lambda: Sparsey(N, 16, 32, PLACES),
}


@pytest.fixture(params=FACTORIES)
def empty(request):
    return FACTORIES[request.param]()


@pytest.fixture
def patterns():
    """Six patterns without a bit in common, in an order that is not that of their bits."""
    rng = np.random.default_rng(0)
    return rng.permutation(np.eye(PLACES, dtype=bool).repeat(4, axis=1))


@pytest.fixture
def half_full(empty, patterns):
    """The first three patterns under keys 4, 0 and 2."""
    empty.store(patterns[:3], keys=[4, 0, 2])
    return empty


def snapshot(memory):
    """All a user can see of what is stored."""
    weights = {name: weight.values.copy() for name, weight in memory.weights().items()}
    return weights, memory.keys.copy(), memory.patterns.copy(), memory.counts


def same(a, b):
    weights = a[0].keys() == b[0].keys() and all(np.array_equal(a[0][name], b[0][name]) for name in a[0])
    return weights and np.array_equal(a[1], b[1]) and np.array_equal(a[2], b[2]) and a[3] == b[3]


def assert_same_recall(a, b):
    assert [keys.tolist() for keys in a.keys] == [keys.tolist() for keys in b.keys]
    for name in ("patterns", "converged", "steps", "spikes"):
        assert np.array_equal(getattr(a, name), getattr(b, name)), name


def test_every_memory_is_in_this_suite():
    assert {type(make()).__name__ for make in FACTORIES.values()} == set(MEMORIES)
    assert all(MEMORIES[name].__name__ == name and issubclass(MEMORIES[name], AssociativeMemory) for name in MEMORIES)


def test_new_memory_is_empty(empty):
    assert (empty.n, empty.capacity) == (N, PLACES)
    assert empty.keys.shape == (0,)
    assert empty.keys.dtype.kind == "i"
    assert (empty.patterns.shape, empty.patterns.dtype) == ((0, N), bool)
    recall = empty.recall(np.ones((2, N), bool))
    assert [keys.size for keys in recall.keys] == [0, 0]
    assert not recall.patterns.any()
    assert not recall.converged.any()


# store, recall, forget


@pytest.mark.parametrize("count", [0, 1, 6])
def test_store_returns_one_key_per_pattern_and_recall_finds_them(empty, patterns, count):
    keys = empty.store(patterns[:count])
    assert (keys.shape, keys.dtype) == ((count,), np.int64)
    assert np.unique(keys).size == count
    assert np.array_equal(empty.keys, np.sort(keys))
    assert np.array_equal(empty.patterns, patterns[:count][np.argsort(keys)])
    recall = empty.recall(patterns[:count])
    assert [found.tolist() for found in recall.keys] == [[key] for key in keys]
    assert np.array_equal(recall.patterns, patterns[:count])


def test_store_takes_one_pattern_and_named_keys(empty, patterns):
    key = empty.store(patterns[0])
    assert (key.shape, key.dtype) == ((1,), np.int64)
    assert empty.store(patterns[1], keys=5).tolist() == [5]
    assert empty.store(patterns[2:4], keys=np.array([3, 2], np.uint8)).tolist() == [3, 2]
    assert empty.recall(patterns[2]).keys.tolist() == [3]


def test_a_key_in_use_is_overwritten(half_full, patterns):
    half_full.store(patterns[3], keys=[0])
    assert half_full.keys.tolist() == [0, 2, 4]
    assert half_full.recall(patterns[3]).keys.tolist() == [0]
    assert half_full.recall(patterns[1]).keys.tolist() == []


@pytest.mark.parametrize("batch", [0, 1, 7])
def test_recall_of_a_batch(half_full, patterns, batch):
    fragments = np.resize(patterns, (batch, N)) & (np.arange(N) % 2 == 0)
    recall = half_full.recall(fragments)
    assert isinstance(recall, Recall)
    assert isinstance(recall.keys, list)
    assert len(recall.keys) == batch
    assert all(keys.dtype == np.int64 and keys.ndim == 1 for keys in recall.keys)
    assert (recall.patterns.shape, recall.patterns.dtype) == ((batch, N), bool)
    assert (recall.converged.shape, recall.converged.dtype) == ((batch,), bool)
    for name in ("steps", "spikes"):
        value = getattr(recall, name)
        assert (value.shape, value.dtype) == ((batch,), np.int64), name
        assert (value >= 0).all()
    expected = np.resize([[4], [0], [2], [-1], [-1], [-1]], batch)
    assert [keys.tolist() for keys in recall.keys] == [[k] if k >= 0 else [] for k in expected]
    assert recall.converged.tolist() == (expected >= 0).tolist()
    assert not recall.patterns[expected < 0].any()
    assert np.array_equal(recall.patterns[expected >= 0], np.resize(patterns, (batch, N))[expected >= 0])


def test_recall_of_one_fragment_drops_the_leading_axis(half_full, patterns):
    one, batch = half_full.recall(patterns[0]), half_full.recall(patterns[:1])
    assert one.keys.tolist() == batch.keys[0].tolist() == [4]
    assert one.patterns.shape == (N,)
    assert (np.ndim(one.converged), np.ndim(one.steps), np.ndim(one.spikes)) == (0, 0, 0)
    assert (one.converged, one.steps, one.spikes) == (batch.converged[0], batch.steps[0], batch.spikes[0])


@pytest.mark.parametrize("kind", [bool, np.uint8, np.int64, np.float32, list, "fortran", "strided"])
def test_patterns_may_be_bool_or_zeros_and_ones_of_any_layout(empty, patterns, kind):
    given = {
        "fortran": lambda x: np.asfortranarray(x),
        "strided": lambda x: np.repeat(x, 2, axis=1)[:, ::2],
        list: lambda x: x.astype(int).tolist(),
    }.get(kind, lambda x: x.astype(kind))(patterns)
    keys = empty.store(given)
    recall = empty.recall(given)
    assert [found.tolist() for found in recall.keys] == [[key] for key in keys]
    assert recall.patterns.dtype == bool
    assert np.array_equal(recall.patterns, patterns)


def test_recall_leaves_the_memory_and_the_fragments_alone(half_full, patterns):
    before, fragments = snapshot(half_full), patterns.copy()
    first = half_full.recall(fragments)
    assert_same_recall(first, half_full.recall(fragments))
    assert same(before, snapshot(half_full))
    assert np.array_equal(fragments, patterns)


def test_stored_patterns_are_copies(empty, patterns):
    mine = patterns.copy()
    empty.store(mine)
    mine[...] = False
    assert np.array_equal(empty.recall(patterns).patterns, patterns)


def test_forget(half_full, patterns):
    half_full.forget(0)
    assert half_full.keys.tolist() == [2, 4]
    assert half_full.recall(patterns[1]).keys.size == 0
    assert half_full.recall(patterns[0]).keys.tolist() == [4]
    before = snapshot(half_full)
    half_full.forget([0, 1, 5])  # none of them in use
    half_full.forget([])
    assert same(before, snapshot(half_full))
    half_full.forget(np.array([4, 2]))
    assert half_full.keys.size == 0
    assert half_full.counts.existing == 0
    assert half_full.store(patterns).size == PLACES


# Refusals


def bad_patterns():
    nan = np.zeros((1, N))
    nan[0, 3] = np.nan
    return {
        "too short": np.ones((1, N - 1), bool),
        "too long": np.ones(N + 1, bool),
        "three axes": np.ones((1, 1, N), bool),
        "no axis": True,
        "NaN": nan,
        "infinite": np.full((1, N), np.inf),
        "not binary": np.full((1, N), 2),
        "negative": np.full((1, N), -1.0),
        "text": ["1" * N],
        "letters": [["a"] * N],
        "uneven": [[1, 0], [1]],
        "objects": [[None] * N],
        "complex": np.ones((1, N), complex),
        "nothing": None,
    }


@pytest.mark.parametrize("what", bad_patterns())
def test_bad_patterns_are_refused_and_change_nothing(half_full, what):
    before = snapshot(half_full)
    with pytest.raises(PatternError, match="patterns") as error:
        half_full.store(bad_patterns()[what])
    assert "\n" not in str(error.value)
    with pytest.raises(PatternError, match="fragments"):
        half_full.recall(bad_patterns()[what])
    assert same(before, snapshot(half_full))


def test_one_bad_pattern_in_a_batch_stores_none(half_full, patterns):
    before = snapshot(half_full)
    batch = patterns[3:].astype(float)
    batch[1, 0] = 0.5
    with pytest.raises(PatternError, match="pattern 1"):
        half_full.store(batch)
    batch[1] = 0.0  # no active unit
    with pytest.raises(PatternError, match="pattern 1"):
        half_full.store(batch)
    assert same(before, snapshot(half_full))


@pytest.mark.parametrize(
    ("keys", "error"),
    [
        ([1, PLACES], CapacityError),
        ([-1, 1], CapacityError),
        ([1.0, 3.0], CapacityError),
        (["1", "3"], CapacityError),
        ([None, 1], CapacityError),
        ([True, False], CapacityError),
        ([2**64, 1], CapacityError),
        ([1, 1], PatternError),
        ([1], PatternError),
        ([1, 3, 5], PatternError),
        ([[1, 3], [5]], NeuromemError),
    ],
)
def test_bad_keys_are_refused_and_change_nothing(half_full, patterns, keys, error):
    before = snapshot(half_full)
    with pytest.raises(error):
        half_full.store(patterns[3:5], keys=keys)
    assert same(before, snapshot(half_full))


@pytest.mark.parametrize("keys", [PLACES, [0, -1], 0.0, "0", None, [[0], [1, 2]]])
def test_forget_refuses_bad_keys_and_forgets_none(half_full, keys):
    before = snapshot(half_full)
    with pytest.raises(NeuromemError):
        half_full.forget(keys)
    assert same(before, snapshot(half_full))


def test_full_memory_stores_nothing(half_full, patterns):
    before = snapshot(half_full)
    with pytest.raises(CapacityError, match="full"):
        half_full.store(patterns[:4])
    assert same(before, snapshot(half_full))
    assert half_full.store(patterns[:3]).tolist() == [1, 3, 5]
    with pytest.raises(CapacityError, match="full"):
        half_full.store(patterns[0])
    assert half_full.store(patterns[:0]).size == 0


# Weights


def test_weights_keep_what_they_declare(half_full):
    weights = half_full.weights()
    assert weights
    for name, weight in weights.items():
        assert isinstance(weight, WeightArray), name
        assert np.isfinite(weight.values).all()
        assert weight.low < weight.high
        assert weight.values.min() >= weight.low
        assert weight.values.max() <= weight.high * (1 + 1e-6)
        assert weight.values.max() > weight.low, "something is stored"
        assert weight.signed == (weight.low < 0)
        if weight.binary:
            assert np.isin(weight.values, np.array([weight.low, weight.high], weight.values.dtype)).all()
        assert isinstance(weight.unit, str)


def test_weights_are_copies(half_full, patterns):
    before = snapshot(half_full)
    for weight in half_full.weights().values():
        weight.values[...] = weight.high
    assert same(before, snapshot(half_full))
    assert half_full.recall(patterns[0]).keys.tolist() == [4]


def test_with_weights_carries_everything_stored(half_full, patterns):
    before = snapshot(half_full)
    values = {name: weight.values for name, weight in half_full.weights().items()}
    other = half_full.with_weights(values)
    assert type(other) is type(half_full)
    assert other is not half_full
    assert same(before, snapshot(other))
    assert_same_recall(half_full.recall(patterns), other.recall(patterns))
    for array in values.values():
        array[...] = 0
    assert same(before, snapshot(other))
    other.store(patterns[4])
    assert same(before, snapshot(half_full))
    none = half_full.with_weights(values)
    assert none.keys.size == 0
    assert none.recall(patterns[0]).keys.size == 0


def test_with_weights_refuses_what_does_not_fit(half_full):
    values = {name: weight.values for name, weight in half_full.weights().items()}
    name, array = next(iter(values.items()))
    nan = array.copy()
    nan.flat[0] = np.nan
    before = snapshot(half_full)
    wrong = [array[:-1], array.T[None], nan, array.astype(str), None, [[1.0], [1.0, 2.0]], array * 1j]
    wrong += [] if half_full.weights()[name].signed else [-1 - array]
    for bad in wrong:
        with pytest.raises(NeuromemError, match=name):
            half_full.with_weights(values | {name: bad})
    with pytest.raises(NeuromemError, match="unheard_of"):
        half_full.with_weights(values | {"unheard_of": array})
    with pytest.raises(NeuromemError, match=name):
        half_full.with_weights({other: given for other, given in values.items() if other != name})
    assert same(before, snapshot(half_full))


def test_counts_add_up(empty, patterns):
    fresh = empty.counts
    assert isinstance(fresh, Counts)
    assert all(isinstance(value, int) for value in (fresh.existing, fresh.potential, fresh.state_bits))
    assert fresh.existing == 0
    assert 0 < fresh.potential <= fresh.state_bits
    keys = empty.store(patterns[:2])
    some = empty.counts
    assert 0 < some.existing <= some.potential
    assert (some.potential, some.state_bits) == (fresh.potential, fresh.state_bits)
    assert some.existing == sum(np.count_nonzero(weight.values) for weight in empty.weights().values())
    empty.forget(keys)
    assert empty.counts == fresh


# Files and networks


@pytest.mark.parametrize("stored", [0, 3])
def test_file_round_trip(empty, patterns, tmp_path, stored):
    empty.store(patterns[:stored])
    path = tmp_path / "memory.h5"
    path.write_bytes(b"something older")
    empty.save(path)
    loaded = AssociativeMemory.load(path)
    assert type(loaded) is type(empty)
    assert (loaded.n, loaded.capacity) == (empty.n, empty.capacity)
    assert same(snapshot(empty), snapshot(loaded))
    assert_same_recall(empty.recall(patterns), loaded.recall(patterns))
    keys = loaded.store(patterns[stored:])
    assert loaded.recall(patterns[stored]).keys.tolist() == [keys[0]]
    loaded.save(path)
    assert same(snapshot(AssociativeMemory.load(path)), snapshot(loaded))


def test_file_of_something_else_is_refused(half_full, tmp_path):
    path = tmp_path / "memory.h5"
    half_full.save(path)
    tree = io.load(path, "memory").tree
    io.save(path, "memory", tree | {"model": "Unheard"})
    with pytest.raises(StoreError, match="Unheard"):
        AssociativeMemory.load(path)
    io.save(path, "memory", {"model": tree["model"]})
    with pytest.raises(StoreError, match="incomplete"):
        AssociativeMemory.load(path)
    io.save(path, "patterns", tree)
    with pytest.raises(StoreError):
        AssociativeMemory.load(path)
    with pytest.raises(StoreError):
        AssociativeMemory.load(tmp_path / "none.h5")


def test_network_of_it_is_one_or_is_refused_by_name(half_full):
    try:
        network = half_full.to_network()
    except NotSupportedError:
        with pytest.raises(NotSupportedError, match=type(half_full).__name__):
            half_full.to_network()
        return
    assert isinstance(network, Network)
    before = snapshot(half_full)
    assert simulate(network, 10 * network.dt).status in ("finished", "silent")
    assert same(before, snapshot(half_full))
    assert network == half_full.to_network()
