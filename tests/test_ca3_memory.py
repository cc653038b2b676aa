"""`CA3Memory` as a user meets it: learn, recall by cue and by content, forget, change the rule, keep in a file."""

import numpy as np
import pytest

from neuromem.engine import Simulation
from neuromem.errors import CapacityError, PatternError, UsageError
from neuromem.memory import AssociativeMemory
from neuromem.models import CA3Memory
from neuromem.network import Network
from neuromem.network.tree import from_tree, to_tree

RULES = ("any", "best")


def contents_of(m, n, density, rng):
    """m contents with at least one bit each."""
    contents = rng.random((m, n)) < density
    contents[np.arange(m), rng.integers(n, size=m)] = True
    return contents


def state(memory):
    """All that a failed call must leave as it was."""
    return {name: weight.values for name, weight in memory.weights().items()}


def unchanged(memory, before):
    return all(np.array_equal(before[name], values) for name, values in state(memory).items())


def assert_recalls_the_union(memory, stored, fragments):
    """Rule any: exactly the cues that share a bit; the pattern is the content of the first. stored: cue -> bits."""
    recall = memory.recall_by_content(fragments)
    for b, fragment in enumerate(fragments):
        expected = [cue for cue in sorted(stored) if (stored[cue] & fragment).any()]
        assert recall.keys[b].tolist() == expected
        assert np.array_equal(recall.patterns[b], stored[expected[0]] if expected else np.zeros(memory.n, bool))
        assert recall.converged[b] == bool(expected)


# Rule any


@pytest.mark.parametrize("density", [0.1, 0.3, 0.6])
@pytest.mark.parametrize(("m", "n"), [(5, 10), (16, 16), (30, 100)])
def test_any_is_an_exact_union_also_after_overwriting_and_forgetting(m, n, density):
    rng = np.random.default_rng(m + n)
    memory = CA3Memory(m, n)
    fragments = np.zeros((24, n), bool)
    for fragment in fragments[1:]:
        fragment[rng.choice(n, rng.integers(1, n // 2), replace=False)] = True
    first = contents_of(m, n, density, rng)
    memory.store(first)
    stored = dict(enumerate(first))
    assert_recalls_the_union(memory, stored, fragments)
    again = rng.permutation(m)[: m // 2 + 1]
    second = contents_of(again.size, n, density, rng)
    memory.store(second, keys=again)
    stored |= dict(zip(again.tolist(), second))
    assert_recalls_the_union(memory, stored, fragments)
    gone = rng.permutation(m)[: m // 3 + 1]
    memory.forget(gone)
    stored = {cue: bits for cue, bits in stored.items() if cue not in gone}
    assert_recalls_the_union(memory, stored, fragments)
    assert memory.keys.tolist() == sorted(stored)
    third = contents_of(1, n, density, rng)
    memory.store(third, keys=gone[:1])
    stored[int(gone[0])] = third[0]
    assert_recalls_the_union(memory, stored, fragments)


# Both rules


@pytest.mark.parametrize("rule", RULES)
def test_learn_recall_by_cue_and_forget(rule):
    memory = CA3Memory(5, 10, rule=rule)
    contents = np.zeros((3, 10), bool)
    contents[0, [0, 1, 8, 9]] = contents[1, [1, 5, 6]] = contents[2, [4, 5, 6]] = True
    for cue, bits in zip((0, 4, 3), contents):
        memory.learn(cue, bits)
    for cue, bits in zip((0, 4, 3), contents):
        recalled = memory.recall_by_cue(cue)
        assert recalled.dtype == bool
        assert np.array_equal(recalled, bits)
    for unknown in (1, 2, 5, -1, 10**12):
        assert np.array_equal(memory.recall_by_cue(unknown), np.zeros(10, bool))
    memory.forget(4)
    assert not memory.recall_by_cue(4).any()
    assert np.array_equal(memory.recall_by_cue(3), contents[2])
    assert memory.keys.tolist() == [0, 3]
    memory.learn(4, contents[0])
    assert np.array_equal(memory.recall_by_cue(4), contents[0])


@pytest.mark.parametrize("rule", RULES)
def test_overwriting_leaves_nothing_of_the_old_content(rule):
    rng = np.random.default_rng(1)
    memory = CA3Memory(4, 30, rule=rule)
    fresh = CA3Memory(4, 30, rule=rule)
    old, new = contents_of(4, 30, 0.4, rng), contents_of(4, 30, 0.4, rng)
    memory.store(old)
    memory.store(new, keys=[3, 1, 2, 0])
    fresh.store(new, keys=[3, 1, 2, 0])
    assert np.array_equal(memory.patterns, new[[3, 1, 2, 0]])
    fragments = np.eye(30, dtype=bool)
    a, b = memory.recall(fragments), fresh.recall(fragments)
    assert [keys.tolist() for keys in a.keys] == [keys.tolist() for keys in b.keys]
    assert np.array_equal(a.patterns, b.patterns)


@pytest.mark.parametrize("rule", RULES)
def test_cues_are_assigned_from_the_free_ones(rule):
    memory = CA3Memory(6, 8, rule=rule)
    one = np.arange(8) < 3
    memory.learn(1, one)
    assert memory.store(np.eye(8, dtype=bool)[:3]).tolist() == [0, 2, 3]
    memory.forget([2])
    assert memory.store(np.eye(8, dtype=bool)[5]).tolist() == [2]
    assert memory.store(np.eye(8, dtype=bool)[6:]).tolist() == [4, 5]
    assert np.array_equal(memory.recall_by_cue(2), np.arange(8) == 5)


@pytest.mark.parametrize("rule", RULES)
def test_full_memory_stores_nothing(rule):
    memory = CA3Memory(3, 8, rule=rule)
    memory.store(np.eye(8, dtype=bool)[:2])
    before = state(memory)
    with pytest.raises(CapacityError, match="full"):
        memory.store(np.eye(8, dtype=bool)[3:5])
    with pytest.raises(CapacityError, match="3"):
        memory.learn(3, np.ones(8, bool))
    assert unchanged(memory, before)
    assert memory.keys.tolist() == [0, 1]


@pytest.mark.parametrize("rule", RULES)
def test_store_that_is_interrupted_stores_nothing(rule, monkeypatch):
    rows = np.eye(8, dtype=bool)
    memory = CA3Memory(4, 8, rule=rule)
    memory.store(rows[:2], keys=[3, 1])
    before, run = state(memory), Simulation.run_steps
    calls = []

    def interrupted(simulation, *args, **options):
        calls.append(1)
        if len(calls) > 1:
            raise KeyboardInterrupt
        return run(simulation, *args, **options)

    with monkeypatch.context() as patch:
        patch.setattr(Simulation, "run_steps", interrupted)
        with pytest.raises(KeyboardInterrupt):
            memory.store(rows[2:5], keys=[0, 3, 2])
    assert unchanged(memory, before)
    memory.store(rows[6], keys=[2])
    assert memory.keys.tolist() == [1, 2, 3]
    assert np.array_equal(memory.patterns, rows[[1, 6, 0]])
    assert memory.recall(rows[2]).keys.size == 0


def test_counts_follow_the_weights_in_use():
    memory = CA3Memory(4, 10, rule="best")
    assert memory.counts.existing == 0
    memory.learn(2, np.arange(10) < 3)
    assert memory.counts.existing == 2 * 3
    memory.learn(2, np.arange(10) < 7)
    assert memory.counts.existing == 2 * 7
    assert memory.counts.potential == 2 * 4 * 10
    assert memory.counts.state_bits == 32 * 2 * 4 * 10
    memory.forget([2])
    assert memory.counts.existing == 0


def test_weights_of_best_are_homeostatic():
    memory = CA3Memory(3, 20, rule="best")
    contents = np.arange(20) < np.array([[1], [5], [20]])
    memory.store(contents)
    backward = memory.weights()["content_to_cue"]
    squares = (backward.values.astype(float) ** 2).sum(axis=0)
    assert squares == pytest.approx(backward.high**2, rel=1e-5)
    assert np.array_equal(backward.values > 0, contents.T)


@pytest.mark.parametrize("rule", RULES)
def test_with_rule_holds_the_same_contents_under_the_same_cues(rule):
    rng = np.random.default_rng(3)
    other = RULES[1 - RULES.index(rule)]
    memory = CA3Memory(6, 40, rule=rule)
    contents = contents_of(4, 40, 0.3, rng)
    memory.store(contents, keys=[5, 0, 2, 3])
    changed = memory.with_rule(other)
    assert (changed.rule, memory.rule) == (other, rule)
    assert memory.with_rule(rule) is memory
    assert changed.keys.tolist() == [0, 2, 3, 5]
    assert np.array_equal(changed.patterns, memory.patterns)
    direct = CA3Memory(6, 40, rule=other)
    direct.store(contents, keys=[5, 0, 2, 3])
    a, b = changed.recall(np.eye(40, dtype=bool)), direct.recall(np.eye(40, dtype=bool))
    assert [keys.tolist() for keys in a.keys] == [keys.tolist() for keys in b.keys]
    assert CA3Memory(2, 3).with_rule("best").keys.size == 0
    with pytest.raises(UsageError, match="rule"):
        memory.with_rule("both")


@pytest.mark.parametrize("rule", RULES)
def test_a_reloaded_memory_goes_on_learning_and_forgetting(rule, tmp_path):
    memory = CA3Memory(3, 12, rule=rule)
    memory.forget([0, 1])
    memory.store(np.eye(12, dtype=bool)[:2])
    memory.save(tmp_path / "memory.h5")
    loaded = AssociativeMemory.load(tmp_path / "memory.h5")
    assert (type(loaded), loaded.rule, loaded.cues, loaded.n) == (CA3Memory, rule, 3, 12)
    loaded.forget(0)
    assert loaded.store(np.eye(12, dtype=bool)[5]).tolist() == [0]
    assert np.array_equal(loaded.patterns, np.eye(12, dtype=bool)[[5, 1]])
    assert np.array_equal(memory.patterns, np.eye(12, dtype=bool)[:2])


@pytest.mark.parametrize("rule", RULES)
def test_network_of_the_memory_is_a_description_that_survives_its_tree(rule):
    memory = CA3Memory(3, 5, rule=rule)
    memory.learn(1, np.arange(5) < 2)
    network = memory.to_network()
    assert isinstance(network, Network)
    assert from_tree(to_tree(network)) == network
    assert network != CA3Memory(3, 5, rule=rule).to_network()
    assert network != memory.to_network(plastic=True)
    name = {"any": "S1Cue->S1Cont", "best": "Winner->Full"}[rule]
    network.projections[name].weight[...] = 0.0  # a copy: the memory still knows
    assert memory.recall_by_cue(1).sum() == 2


# Refusals


@pytest.mark.parametrize(
    "arguments",
    [
        {"cues": 0},
        {"cues": 2.0},
        {"content": True},
        {"content": -1},
        {"variant": "ours"},
        {"rule": "worst"},
        {"rule": None},
        {"seed": -1},
        {"seed": "a"},
    ],
)
def test_constructor_refuses(arguments):
    with pytest.raises(UsageError, match=next(iter(arguments))):
        CA3Memory(**({"cues": 3, "content": 4} | arguments))


@pytest.mark.parametrize("rule", RULES)
def test_recall_by_cue_refuses_what_is_not_a_whole_number(rule):
    memory = CA3Memory(3, 4, rule=rule)
    for bad in (1.0, "1", None, True, [1]):
        with pytest.raises(CapacityError, match="whole number"):
            memory.recall_by_cue(bad)


@pytest.mark.parametrize(
    ("spikes", "steps", "error"),
    [
        ([(0, 7)], 5, PatternError),
        ([(0, -1)], 5, PatternError),
        ([(-1, 0)], 5, PatternError),
        ([(0.5, 0)], 5, PatternError),
        ([(0, float("nan"))], 5, PatternError),
        ([(0, 1, 2)], 5, PatternError),
        ([0, 1], 5, PatternError),
        ([("0", "1")], 5, PatternError),
        ([(0, 1), (2,)], 5, PatternError),
        ([(0, 0)], -1, UsageError),
        ([(0, 0)], 2.5, UsageError),
        ([(0, 0)], True, UsageError),
        ([(0, 0)], "5", UsageError),
    ],
)
def test_replay_refuses(spikes, steps, error):
    with pytest.raises(error, match="replay"):
        CA3Memory(3, 4).replay(spikes, steps)


def test_replay_of_nothing_is_empty_and_leaves_the_memory_alone():
    memory = CA3Memory(3, 4)
    memory.learn(0, [1, 0, 1, 0])
    before = state(memory)
    for raster in (memory.replay([], 5), memory.replay([(7, 0)], 5), memory.replay([(0, 0)], 0)):
        assert all(pairs.shape == (0, 2) and pairs.dtype.kind == "i" for pairs in raster.values())
    again = memory.replay(np.array([(k, i) for k in range(3) for i in (1, 3, 6)]), 12)
    assert len(again["Out"]) == 6
    assert memory.replay([(0, 0), (0, 0)], 12)["In"].tolist() == [[0, 0]]  # the same spike twice is one
    assert unchanged(memory, before)
    assert memory.keys.tolist() == [0]
