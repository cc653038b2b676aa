"""Segments and synapses, after what the public suites ask of their Connections, on `TemporalMemory`."""

import numpy as np

from neuromem.kernels.dendrites import ACTIVE, MATCHING
from neuromem.kernels.synapse_lists import COUNT, COUNTS, OWNER, SIZE
from neuromem.models import TemporalMemory
from test_sequence_memory import tiny
from test_temporal_memory import both_ends, learned


def teach(heard, first, then):
    heard.reset()
    heard.step(list(first))
    heard.step(list(then))


def counts(heard, segment):
    """(active, connected among them) synapses of a segment, by hand."""
    low, size = segment * heard._rule.width, heard._segments.table[segment, SIZE]
    active = np.isin(heard._synapses.cell[low : low + size], heard.active_cells)
    return active.sum(), (active & (heard._synapses.permanence[low : low + size] >= heard._rule.connected)).sum()


def test_activity_counts_synapses_and_connected_ones():
    """As many as there are from active cells, for every segment; those at their thresholds are listed, once each."""
    heard, rng = tiny(initial_permanence=0.45, max_new_synapses=3), np.random.default_rng(3)
    songs = [[rng.choice(32, 4, replace=False) for _ in range(4)] for _ in range(3)]
    seen = 0
    for _ in range(6):
        for song in songs:
            for columns in song:
                heard.step(columns)
                number, listed = heard._segments.number, heard._activity.listed
                expected = {s: counts(heard, s) for s in learned(heard)}
                active = sorted(s for s, (_, connected) in expected.items() if connected >= 3)
                matching = sorted(s for s, (some, _) in expected.items() if some >= 2)
                assert sorted(listed[0, : number[ACTIVE]].tolist()) == active
                assert sorted(listed[1, : number[MATCHING]].tolist()) == matching
                for s in matching:
                    count = int(heard._segments.heat[s, COUNTS])
                    assert (count & 0xFFF, (count >> 12) & 0xFFF) == tuple(expected[s])
                seen += len(active)
    assert seen > 50


def test_a_segment_that_is_used_again_keeps_nothing():
    """Neither its synapses nor their entries, also where it grows to a cell that it had a synapse from."""
    heard = tiny(max_segments=1)
    teach(heard, (0, 1, 2, 3), (9,))
    before = learned(heard)
    heard.reset()
    heard.step([0, 20, 21, 22])  # shares a column with the first: its cells are in the lists already
    heard.step([11])
    after = learned(heard)
    assert list(after) == list(before) == [0]
    assert after[0][0] // 4 == 11
    assert {cell // 4 for cell, _ in after[0][1]} == {0, 20, 21, 22}
    heard.reset()
    assert heard.step([0, 1, 2, 3], learn=False).predicted_columns.size == 0
    heard.reset()
    assert heard.step([0, 20, 21, 22], learn=False).predicted_columns.tolist() == [11]
    both_ends(heard)


def test_entries_of_recycled_segments_leave_the_lists_when_cells_fire():
    heard = tiny(max_segments=1)
    teach(heard, (0, 1, 2, 3), (9,))
    teach(heard, (4, 5, 6, 7), (10,))
    lists = heard._synapses.lists
    assert lists[:16, COUNT].sum() == 4  # of the first, invalid
    heard.reset()
    heard.step([0, 1, 2, 3], learn=False)
    assert lists[:16, COUNT].sum() == 0
    assert lists[16:32, COUNT].sum() == 4


def test_a_cell_has_at_most_so_many_segments():
    """The one that has not matched for longest goes, and the others keep their synapses."""
    heard = TemporalMemory(
        32, 1, activation_threshold=3, min_threshold=2, initial_permanence=0.6, max_segments_per_cell=2, max_synapses=4
    )
    for k in range(3):
        teach(heard, range(4 * k, 4 * k + 4), (31,))
    assert heard.segment_count == 2
    assert heard._segments.owned[31] == (heard._segments.table[:, OWNER] == 31).sum() == 2
    for k, known in enumerate((False, True, True)):
        heard.reset()
        assert (heard.step(range(4 * k, 4 * k + 4), learn=False).predicted_columns.size == 1) == known


def test_no_second_synapse_from_a_cell():
    """However often it is taught, a segment has a cell at most once."""
    heard = tiny(max_new_synapses=8, max_synapses=16)
    for _ in range(5):
        teach(heard, (0, 1, 2, 3), (9,))
        teach(heard, (0, 1, 4, 5), (9,))
    for _, pairs in learned(heard).values():
        cells = [cell for cell, _ in pairs]
        assert len(set(cells)) == len(cells) > 0


def test_a_synapse_connects_and_disconnects_at_its_threshold():
    heard = tiny(initial_permanence=0.45, permanence_increment=0.05, permanence_decrement=0.06)
    teach(heard, (0, 1, 2, 3), (9,))
    predicted = []
    for first in ((0, 1, 2, 3), (0, 1, 2, 3), (0, 1, 20, 21), (0, 1, 2, 3)):
        heard.reset()
        predicted.append(heard.step(list(first)).predicted_columns.size)
        heard.step([9])
        both_ends(heard)
    assert predicted == [0, 1, 0, 0]  # .45, .5, (.55, .55, .49, .49 after it), two of four are too few


def test_dead_cells_are_never_used_but_synapses_from_them_stay():
    heard = tiny()
    teach(heard, (0, 1, 2, 3), (9,))
    ((owner, pairs),) = learned(heard).values()
    heard.kill([pairs[0][0]])
    assert learned(heard) == {0: (owner, pairs)}
    heard.kill([owner])
    assert heard.segment_count == heard.synapse_count == 0
    both_ends(heard)
