"""Critical periods, what forgetting spares, and synapses that fade."""

import numpy as np
import pytest

from neuromem.errors import CapacityError
from neuromem.models import Sparsey
from neuromem.models.sparsey_mac import Mac, U
from neuromem.patterns import random_patterns
from sparsey_cases import FADING, filled, unchanged


def test_a_critical_period_protects_the_first_and_stops_the_last():
    patterns = random_patterns(400, 144, 12, np.random.default_rng(1))
    open_, closing = (Sparsey(144, 24, 8, capacity=400, saturation=s, seed=1) for s in (1.0, 0.25))
    open_.store(patterns)
    for pattern in patterns:
        if closing.frozen:
            break
        closing.store(pattern)
    with pytest.raises(CapacityError, match="critical period"):
        closing.store(patterns[-1])
    stored = len(closing.keys)
    assert 50 < stored < 400
    early = [(m.recognise(patterns[:20])[0] == m.codes[:20]).mean() for m in (open_, closing)]
    assert early[1] > early[0] + 0.2


def test_a_frozen_memory_stores_nothing_and_recalls_as_before():
    memory, patterns = filled()
    before = memory.recall(patterns)
    memory.freeze()
    assert memory.frozen
    state = memory._mac.state()
    for keys in (None, [3]):  # a key in use is not forgotten either
        with pytest.raises(CapacityError, match="critical period is over"):
            memory.store(~patterns[:1], keys)
    assert all(np.array_equal(state[name], value) for name, value in memory._mac.state().items())
    assert memory.keys.tolist() == list(range(20))
    assert np.array_equal(memory.recall(patterns).patterns, before.patterns)


def test_critical_periods_end_by_freezing_only_if_nothing_else_is_said():
    mac = Mac(10, 2, 3, seed=1)
    mac.learn(mac.pixels(np.ones((6, 10), bool)))
    assert not mac.paths[U].frozen.any()
    mac.freeze()
    assert mac.frozen


def test_a_batch_that_outlasts_the_critical_period_is_refused_whole():
    """One at a time as many fit as the error says, and that many give the same as one at a time."""
    patterns = random_patterns(400, 144, 12, np.random.default_rng(1))
    one, batch = (Sparsey(144, 24, 8, capacity=400, saturation=0.25, seed=1) for _ in range(2))
    while not one.frozen:
        one.store(patterns[len(one.keys)])
    fit = len(one.keys)
    batch.store(patterns[:3])
    before, codes = batch._mac.state(), batch.codes
    with pytest.raises(CapacityError, match=f"only {fit - 3} of 397 patterns fit"):
        batch.store(patterns[3:])
    with pytest.raises(CapacityError, match="of 397 patterns fit"):
        batch.store(patterns[3:], np.arange(397))  # three are overwritten
    assert unchanged(before, batch._mac.state())
    assert np.array_equal(batch.codes, codes)
    assert [batch._book.find(code).tolist() for code in codes] == [[0], [1], [2]]
    batch.store(patterns[3:fit])
    assert batch.frozen
    assert unchanged(one._mac.state(), batch._mac.state())
    assert np.array_equal(one.codes, batch.codes)


@pytest.mark.parametrize("agreement", [0.3, 1.0])
def test_forgetting_takes_nothing_from_what_stays_where_units_are_frozen(agreement):
    """Every winner keeps the synapses from its pattern that it had, though frozen winners know less of it."""
    patterns = random_patterns(60, 144, 12, np.random.default_rng(1))
    memory = Sparsey(144, 24, 8, capacity=400, saturation=0.25, agreement=agreement, seed=1)
    memory.store(patterns)
    assert 0.2 < (memory._mac.paths[U].frozen > 0).mean() < 1
    codes = {key: memory._book.codes[key].copy() for key in range(20, 59)}
    before = memory._mac.set_bits(U)
    memory.forget(np.arange(20))
    memory.store(patterns[:1], [59])  # overwritten
    after = memory._mac.set_bits(U)
    assert (before & ~after).any()
    for key, code in codes.items():
        units = np.arange(24) * 8 + code
        assert after[units][:, patterns[key]][before[units][:, patterns[key]]].all()


def test_forgetting_does_not_end_a_freeze():
    memory, patterns = filled(5)
    memory.freeze()
    memory.forget([0, 1, 2, 3, 4])
    assert memory.frozen
    assert memory.counts.existing == 0
    with pytest.raises(CapacityError, match="critical period is over"):
        memory.store(patterns)
    half, _ = filled(5)
    half._mac.paths[U].frozen[:] = np.arange(192) % 8 < 7  # some units have closed, not all
    half.forget(half.keys)
    assert not half._mac.paths[U].frozen[np.unique(np.arange(24) * 8 + memory._book.codes[:5])].any()


def test_synapses_fade_unless_they_are_met_again():
    """A pattern stored twice outlasts one stored once; of the table, 4, 6, 9 steps and 8, 12, 16."""
    rng = np.random.default_rng(2)
    once, twice = random_patterns(2, 400, 12, rng)
    memory = Sparsey(400, 24, 40, permanence=FADING, seed=1)
    memory.store(np.array([once, twice]))
    memory.store(random_patterns(1, 400, 12, rng))
    memory.store(twice)  # 2 steps later
    memory.store(random_patterns(1, 400, 12, rng))
    assert 0.85 < memory.recognise(once)[1] < 0.95  # 5 steps old
    memory.store(random_patterns(4, 400, 12, rng))
    assert memory.recognise(once)[1] < 0.4  # 9 steps
    assert memory.recognise(twice)[1] > 0.95  # 6 steps, in the next stage
