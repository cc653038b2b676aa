"""What every memory promises, one suite over all of `neuromem.models.MEMORIES`: store, recall and forget."""

import numpy as np
import pytest

from contract.memories import FACTORIES, PLACES, N, assert_same_recall, same, snapshot
from neuromem.memory import AssociativeMemory, Recall
from neuromem.models import MEMORIES


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
