"""What sequence memories are expected to do, after the test plans of the public suites, on `TemporalMemory`.

B1 to B11 and H1 to H10 are the names that NuPIC's and htm.core's shared tests give to these behaviours; the last tests
restate those of their TemporalMemoryTest. Memories are of 100 columns, patterns of 23 of them, as there.
"""

import numpy as np
import pytest

from neuromem.codes import Codes
from neuromem.kernels.synapse_lists import OWNER, SIZE
from neuromem.models import TemporalMemory

FAST = {"initial_permanence": 0.8, "permanence_increment": 0.4}
SLOW = {"initial_permanence": 0.2, "permanence_increment": 0.2}
ACTIVE = 23


def memory(cells=1, **changes):
    given = {
        "activation_threshold": 11,
        "min_threshold": 11,
        "connected_permanence": 0.7,
        "permanence_decrement": 0.0,
        "max_new_synapses": 11,
        "max_segments": 30_000,
        "max_segments_per_cell": 4096,
        "seed": 42,
    }
    return TemporalMemory(100, cells, **given | changes)


def patterns(count, seed=1):
    return [np.flatnonzero(row) for row in Codes.random(count, 100, ACTIVE, seed).patterns]


def teach(heard, sequences, passes):
    for _ in range(passes):
        for sequence in sequences:
            heard.reset()
            for columns in sequence:
                heard.step(columns)


def listen(heard, sequence):
    """How many columns came unpredicted, and how many predicted ones did not come, from the second element on."""
    heard.reset()
    heard.step(sequence[0], learn=False)
    surprised, vain = [], []
    for columns in sequence[1:]:
        expected = heard.predicted_columns
        surprised.append(np.setdiff1d(columns, expected).size)
        vain.append(np.setdiff1d(expected, columns).size)
        heard.step(columns, learn=False)
    return np.array(surprised), np.array(vain)


@pytest.mark.parametrize(
    ("sequences", "length", "cells", "rule", "passes"),
    [
        pytest.param(1, 100, 1, FAST, 1, id="B1 one sequence, one pass"),
        pytest.param(1, 300, 1, FAST, 1, id="B3 a long one"),
        pytest.param(3, 100, 1, FAST, 1, id="B4 several"),
        pytest.param(3, 100, 4, FAST, 1, id="B5 B6 several, with four cells"),
        pytest.param(1, 100, 1, SLOW, 4, id="B7 slow learning, four passes"),
        pytest.param(1, 100, 4, SLOW, 4, id="B8 the same with four cells"),
    ],
)
def test_sequences_are_learned(sequences, length, cells, rule, passes):
    heard, drawn = memory(cells, **rule), patterns(sequences * length)
    songs = [drawn[k * length : (k + 1) * length] for k in range(sequences)]
    teach(heard, songs, passes)
    for song in songs:
        surprised, vain = listen(heard, song)
        assert not surprised.any()
        assert vain.mean() < 1


def test_b9_slow_learning_is_not_done_after_three_passes():
    heard, song = memory(**SLOW), patterns(30)
    teach(heard, [song], 3)
    assert (listen(heard, song)[0] == ACTIVE).all()
    teach(heard, [song], 1)
    assert not listen(heard, song)[0].any()


def test_b11_spatial_noise():
    """With one of 23 columns replaced and a threshold of 8 of 11, nearly everything is still predicted."""
    codes = Codes.random(100, 100, ACTIVE, seed=3)
    song, noisy = ([np.flatnonzero(row) for row in x.patterns] for x in (codes, codes.corrupt(1, seed=4)))
    heard = memory(4, activation_threshold=8, min_threshold=8, **FAST)
    teach(heard, [song], 2)
    heard.reset()
    heard.step(noisy[0], learn=False)
    missed = []
    for columns, came in zip(song[1:], noisy[1:], strict=True):
        missed.append(np.setdiff1d(columns, heard.predicted_columns).size)
        heard.step(came, learn=False)
    assert np.mean(missed) < 0.5


def two_songs(shared, length=12, order=False):
    """Two sequences that share the elements of some places; with `order`, the same elements in another order."""
    drawn = patterns(2 * length, seed=6)
    first, second = drawn[:length], drawn[length:]
    if order:
        return first, [first[k] for k in np.random.default_rng(0).permutation(length)]
    return first, [first[k] if k in shared else second[k] for k in range(length)]


@pytest.mark.parametrize(
    ("songs", "ambiguous"),
    [
        pytest.param(two_songs(range(4, 8)), (), id="H1 a shared middle"),
        pytest.param(two_songs(range(0, 4)), (0, 1, 2, 3), id="H2 a shared beginning"),
        pytest.param(two_songs(range(8, 12)), (), id="H3 a shared end"),
        pytest.param(two_songs((), order=True), (), id="H4 the same patterns in another order"),
    ],
)
def test_high_order_sequences_are_learned(songs, ambiguous):
    """Everything is predicted, and little else, but where a shared beginning leaves both open."""
    heard = memory(
        8, permanence_decrement=0.02, predicted_segment_decrement=0.02, **FAST | {"initial_permanence": 0.71}
    )
    teach(heard, songs, 25)
    for song in songs:
        surprised, vain = listen(heard, song)
        assert not surprised.any()
        clear = [k for k in range(len(vain)) if k not in ambiguous]
        assert vain[clear].mean() < 2


def test_h9_high_order_with_noise():
    """A shared middle, one of 23 columns replaced throughout: the endings are still told apart."""
    songs, rng = two_songs(range(4, 8)), np.random.default_rng(1)
    heard = memory(8, activation_threshold=8, min_threshold=8, predicted_segment_decrement=0.02, **FAST)
    teach(heard, songs, 25)
    for song, other in (songs, songs[::-1]):
        heard.reset()
        for columns in song[:8]:
            replaced = rng.choice(np.setdiff1d(np.arange(100), columns), 1)
            heard.step(np.union1d(rng.permutation(columns)[1:], replaced), learn=False)
        expected = heard.predicted_columns
        assert np.intersect1d(expected, song[8]).size > 20
        assert np.setdiff1d(np.intersect1d(expected, other[8]), song[8]).size < 5


def test_h5_shared_patterns_in_another_order_with_a_shared_middle():
    """H4 and H2 together: the same twelve patterns, four of them in one stretch that both sequences have."""
    drawn = patterns(12, seed=8)
    middle = drawn[4:8]
    songs = drawn[:4] + middle + drawn[8:], drawn[9:] + drawn[:1] + middle + drawn[1:4] + drawn[8:9]
    heard = memory(
        8, permanence_decrement=0.02, predicted_segment_decrement=0.02, **FAST | {"initial_permanence": 0.71}
    )
    teach(heard, songs, 25)
    for song in songs:
        surprised, vain = listen(heard, song)
        assert not surprised.any()
        assert vain.mean() < 2


def test_h10_predictions_that_fail_are_unlearned():
    """Taught sequences that are noisy in another way each time, a memory that punishes expects less in vain."""
    songs, rng = two_songs(range(4, 8)), np.random.default_rng(2)
    noisy = [[noise(columns, 2, rng) for columns in song] for _ in range(10) for song in songs]
    vain, missed = {}, {}
    for punishment in (0.0, 0.04):
        rule = {"activation_threshold": 8, "min_threshold": 8, "predicted_segment_decrement": punishment}
        heard = memory(4, **FAST | rule)
        teach(heard, noisy, 1)
        found = [listen(heard, song) for song in songs]
        missed[punishment], vain[punishment] = np.mean(found, axis=(0, 2))
    assert missed[0.04] < 2
    assert vain[0.0] > 3
    assert vain[0.04] < vain[0.0] / 2


def noise(columns, count, rng):
    """With `count` of the columns replaced by others."""
    kept = rng.permutation(columns)[count:]
    return np.union1d(kept, rng.choice(np.setdiff1d(np.arange(100), columns), count, replace=False))


def test_h10_alternating_elements():
    """ABABAC, ABABDE, ABFGHI and AJKLMN: known from the second element on, and the second AB is not the first."""
    drawn = dict(zip("ABCDEFGHIJKLMN", patterns(14, seed=9), strict=True))
    texts = ("ABABAC", "ABABDE", "ABFGHI", "AJKLMN")
    songs = [[drawn[letter] for letter in text] for text in texts]
    heard = memory(
        8, permanence_decrement=0.02, predicted_segment_decrement=0.02, **FAST | {"initial_permanence": 0.71}
    )
    teach(heard, songs, 30)
    for song in songs:
        assert not listen(heard, song)[0].any()
    heard.reset()
    steps = [heard.step(columns, learn=False) for columns in songs[0][:4]]
    assert steps[0].active_cells.size == 8 * ACTIVE  # only the first A bursts
    assert max(step.active_cells.size for step in steps[1:]) < 4 * ACTIVE
    after = [{x: np.isin(drawn[x], step.predicted_columns).mean() for x in "ADF"} for step in steps]
    assert after[1]["A"] == after[1]["F"] == after[3]["A"] == after[3]["D"] == 1.0
    assert after[3]["F"] < 0.6  # the columns that F shares with A and D


# ---- single steps


def tiny(**changes):
    """32 columns of 4 cells; three active synapses activate a segment, two match, one presentation connects."""
    given = {
        "activation_threshold": 3,
        "min_threshold": 2,
        "max_new_synapses": 4,
        "initial_permanence": 0.6,
        "max_synapses": 4,
        "max_segments": 128,
    }
    return TemporalMemory(32, 4, **given | changes)


def synapses(heard, segment):
    """{presynaptic cell: permanence} of a segment."""
    low = segment * heard._rule.width
    span = slice(low, low + heard._segments.table[segment, SIZE])
    return dict(zip(heard._synapses.cell[span].tolist(), heard._synapses.permanence[span].tolist(), strict=True))


def segments(heard):
    """Numbers of the segments there are."""
    return np.flatnonzero(heard._segments.table[:, OWNER] >= 0).tolist()


def heard_pair(first=(0, 1, 2, 3), then=(9,), **changes):
    heard = tiny(**changes)
    heard.step(list(first))
    heard.step(list(then))
    return heard


def test_an_unpredicted_column_bursts_and_no_column_is_silence():
    heard = tiny()
    assert heard.step([5]).active_cells.tolist() == [20, 21, 22, 23]
    step = heard.step([])
    assert (step.active_cells.size, step.anomaly, step.predicted_columns.size) == (0, 0.0, 0)


def test_a_new_segment_reaches_all_winners_or_a_random_part_of_them():
    heard = heard_pair()
    (only,) = segments(heard)
    assert len(synapses(heard, only)) == 4
    heard = heard_pair(first=range(8))
    (only,) = segments(heard)
    assert len(synapses(heard, only)) == 4
    assert {cell // 4 for cell in synapses(heard, only)} < set(range(8))
    assert heard_pair(first=()).segment_count == 0  # no winners, no segment


def test_a_predicted_cell_wins_and_its_segment_is_strengthened():
    heard = heard_pair()
    (only,) = segments(heard)
    owner = int(heard._segments.table[only, OWNER])
    heard.reset()
    assert heard.step([0, 1, 2, 3]).predicted_columns.tolist() == [9]
    assert heard.step([9]).active_cells.tolist() == heard.winner_cells.tolist() == [owner]
    np.testing.assert_allclose(list(synapses(heard, only).values()), 0.7, rtol=1e-6)


def test_a_matching_segment_of_a_bursting_column_learns_and_grows():
    """Two of its four cells active: too few to predict, enough to be chosen; others weaken, and it grows."""
    heard = heard_pair(max_synapses=8)
    (only,) = segments(heard)
    before = synapses(heard, only)
    heard.reset()
    heard.step([0, 1, 20, 21])
    heard.step([9])
    after = synapses(heard, only)
    assert heard._segments.table[only, OWNER] in heard.winner_cells
    changes = {cell // 4: after[cell] - before[cell] for cell in before}
    np.testing.assert_allclose([changes[k] for k in range(4)], [0.1, 0.1, -0.1, -0.1], atol=1e-6)
    assert len(set(after) - set(before)) == 2  # now it has four active ones, any of the winners before
    assert {cell // 4 for cell in set(after) - set(before)} <= {0, 1, 20, 21}


def test_weak_synapses_are_pruned_and_replaced():
    heard = heard_pair(initial_permanence=0.6, permanence_decrement=0.6)
    (only,) = segments(heard)
    heard.reset()
    heard.step([0, 1, 2])
    heard.step([9])
    assert {cell // 4 for cell in synapses(heard, only)} == {0, 1, 2}


def test_a_prediction_that_fails_is_punished_and_others_are_not():
    heard = heard_pair(predicted_segment_decrement=0.05)
    (only,) = segments(heard)
    heard.reset()
    heard.step([0, 1, 2, 3])
    heard.step([30])
    np.testing.assert_allclose(list(synapses(heard, only).values()), 0.55, rtol=1e-6)
    quiet = heard_pair()
    quiet.reset()
    quiet.step([0, 1, 2, 3])
    quiet.step([30])
    np.testing.assert_allclose(list(synapses(quiet, only).values()), 0.6, rtol=1e-6)


def test_the_cell_with_fewest_segments_learns_next():
    """Four different predecessors of one column take its four cells in turn."""
    heard = tiny()
    for k in range(4):
        heard.reset()
        heard.step([4 * k, 4 * k + 1, 4 * k + 2, 4 * k + 3])
        heard.step([31])
    assert sorted(heard._segments.table[segments(heard), OWNER].tolist()) == [124, 125, 126, 127]


def test_the_segment_that_has_not_matched_for_longest_is_recycled():
    heard = tiny(max_segments=2)
    for first in (0, 4, 0, 8):  # the second is the one that has rested longest when the third needs room
        heard.reset()
        heard.step(range(first, first + 4))
        heard.step([31])
    heard.reset()
    assert heard.step(range(0, 4), learn=False).predicted_columns.tolist() == [31]
    heard.reset()
    assert heard.step(range(4, 8), learn=False).predicted_columns.size == 0
