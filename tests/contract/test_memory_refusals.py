"""Every memory: bad patterns and keys are refused and change nothing, and a full one stores nothing."""

import numpy as np
import pytest

from contract.memories import PLACES, N, same, snapshot
from neuromem.errors import CapacityError, NeuromemError, PatternError


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
