"""Every memory: its weights are what they declare, carry all that is stored, and are counted."""

import numpy as np
import pytest

from contract.memories import assert_same_recall, same, snapshot
from neuromem.errors import NeuromemError
from neuromem.memory import Counts, WeightArray


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
