"""Temporal memory: its plain twin, what sequence memories must do, bad input."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from naive_temporal import Twin
from networks import examples
from neuromem import io
from neuromem.errors import NeuromemError, StoreError
from neuromem.kernels.dendrites import DEAD, GENERATION
from neuromem.kernels.synapse_lists import KEY, KEY_BITS, NONE, OWNER, SIZE
from neuromem.models import TemporalMemory


def small(**changes):
    """A memory whose caps are reached within a few steps."""
    given_ = {
        "activation_threshold": 2,
        "min_threshold": 1,
        "max_new_synapses": 3,
        "max_synapses": 4,
        "max_segments": 12,
        "max_segments_per_cell": 2,
        "initial_permanence": 0.45,
        "predicted_segment_decrement": 0.05,
    }
    return TemporalMemory(8, 3, **given_ | changes)


@pytest.mark.twin
@examples(60)
@given(st.integers(0, 2**32), st.integers(1, 40), st.booleans(), st.booleans())
def test_steps_are_those_of_the_twin(seed, steps, punished, grows):
    rng = np.random.default_rng(seed)
    memory = small(seed=seed, predicted_segment_decrement=0.05 if punished else 0.0, grow_predicted=grows)
    twin = Twin(8, 12, memory._rule)
    songs = [[rng.choice(8, rng.integers(0, 4), replace=False) for _ in range(5)] for _ in range(2)]
    stream = [columns for song in rng.integers(0, 2, steps) for columns in songs[song]]
    for k, columns in enumerate(stream[:steps]):
        learn = k % 7 != 3
        if k == 20:
            dying = rng.choice(24, 8, replace=False)
            memory.kill(dying)
            twin.kill(dying.tolist())
        step, hits = memory.step(columns, learn), twin.step(columns.tolist(), learn)
        assert step.active_cells.tolist() == sorted(twin.active)
        assert memory.winner_cells.tolist() == sorted(twin.winners)
        assert step.predicted_columns.tolist() == twin.predicted()
        assert step.anomaly == pytest.approx(1 - hits / len(columns) if len(columns) else 0.0)
        assert learned(memory) == {s: (x["owner"], x["synapses"]) for s, x in twin.segments.items()}


def learned(memory):
    """Segment -> (owner, [[cell, permanence]])."""
    table, synapses, width = memory._segments.table, memory._synapses, memory._rule.width
    found = {}
    for s in np.flatnonzero(table[:, OWNER] != NONE).tolist():
        span = slice(s * width, s * width + table[s, SIZE])
        pairs = zip(synapses.cell[span].tolist(), synapses.permanence[span].tolist(), strict=True)
        found[s] = int(table[s, OWNER]), [list(pair) for pair in pairs]
    return found


def songs(count, length, columns=512, active=10, seed=0):
    """Random sequences of column codes, each code used once."""
    rng = np.random.default_rng(seed)
    return [[rng.choice(columns, active, replace=False) for _ in range(length)] for _ in range(count)]


def memory(**changes):
    """512 columns of 8 cells."""
    given_ = {"activation_threshold": 6, "min_threshold": 4, "max_new_synapses": 10, "max_synapses": 16, "seed": 1}
    return TemporalMemory(512, 8, **given_ | {"initial_permanence": 0.51} | changes)


def sing(memory, song, learn=True):
    """Anomalies of a song from its beginning."""
    memory.reset()
    return [memory.step(columns, learn).anomaly for columns in song]


def test_a_sequence_is_predicted_once_it_was_heard():
    """First-order sequences: everything bursts at first, nothing but the start does the second time."""
    heard = memory()
    for song in songs(4, 10):
        assert sing(heard, song) == [1.0] * 10
    for song in songs(4, 10):
        assert sing(heard, song, learn=False) == [1.0] + [0.0] * 9


def test_predicted_columns_fire_with_one_cell_and_others_burst():
    heard, (song,) = memory(), songs(1, 3)
    sing(heard, song)
    heard.reset()
    assert heard.step(song[0]).active_cells.size == 80
    assert heard.step(song[1]).active_cells.size == 10


def test_high_order_sequences_are_told_apart_by_their_beginnings():
    """A B C D and X B C Y: after C, only the right one of D and Y is predicted."""
    a, b, c, d, x, y = songs(1, 6)[0]
    heard = memory(predicted_segment_decrement=0.02)  # the first time, C burst and foretold both
    for _ in range(20):
        sing(heard, [a, b, c, d])
        sing(heard, [x, b, c, y])
    for first, last in ((a, d), (x, y)):
        heard.reset()
        for columns in (first, b, c):
            step = heard.step(columns, learn=False)
        assert step.predicted_columns.tolist() == sorted(last.tolist())


def test_replay_from_the_beginning_and_from_the_middle():
    heard, (song,) = memory(), songs(1, 8)
    for _ in range(3):
        sing(heard, song)
    for start in (0, 4):
        heard.reset()
        heard.step(song[start], learn=False)
        replayed = heard.replay(20)
        assert [columns.tolist() for columns in replayed] == [sorted(s.tolist()) for s in song[start + 1 :]]


def test_noise_and_what_is_not_learned():
    """With two of ten columns replaced the rest is still predicted; learn=False changes nothing."""
    rng = np.random.default_rng(5)
    heard, (song,) = memory(), songs(1, 10)
    for _ in range(3):
        sing(heard, song)
    noisy = [np.unique(np.concatenate([columns[2:], rng.choice(512, 2, replace=False)])) for columns in song]
    before = learned(heard)
    assert np.mean(sing(heard, noisy, learn=False)[1:]) < 0.35
    assert learned(heard) == before


def test_a_false_prediction_is_unlearned():
    """With punishment, what no longer follows stops being predicted."""
    a, b, c = songs(1, 3)[0]
    heard = memory(predicted_segment_decrement=0.05)
    sing(heard, [a, b])
    for _ in range(30):
        sing(heard, [a, c])
    heard.reset()
    assert heard.step(a, learn=False).predicted_columns.tolist() == sorted(c.tolist())


def test_segments_keep_to_their_number():
    """The one that has not matched for longest makes room; a sequence that is repeated stays known."""
    heard = memory(max_segments=200)
    kept, *others = songs(30, 10)
    for song in others:
        sing(heard, song)
        sing(heard, kept)
        assert heard.segment_count <= 200
    assert sing(heard, kept, learn=False) == [1.0] + [0.0] * 9
    assert sing(heard, others[0], learn=False) == [1.0] * 10


def test_lists_of_synapses_survive_packing():
    """Every synapse is found from both ends, also after the pool has been laid anew many times."""
    heard = memory(max_segments=300)
    heard._synapses = heard._synapses._replace(pool=np.zeros(64, np.int32))
    for song in songs(40, 10):
        sing(heard, song)
        both_ends(heard)
    assert heard._synapses.pool.size > 64


def both_ends(heard):
    """The valid entries in the lists of cells are the synapses that segments have."""
    segments, synapses, width = heard._segments, heard._synapses, heard._rule.width
    entries = [synapses.pool[begin : begin + count] for begin, count, *_ in synapses.lists.tolist()]
    cells = np.repeat(np.arange(len(entries)), [len(some) for some in entries])
    entries = np.concatenate(entries)
    number = (entries >> 1) & ((1 << heard._rule.bits) - 1)
    valid = segments.heat[number, KEY] == entries >> 1
    found = sorted(zip(number[valid].tolist(), cells[valid].tolist(), (entries[valid] & 1).tolist(), strict=True))
    k = np.flatnonzero(np.arange(width) < segments.table[:, SIZE, None])
    connected = synapses.permanence[k] >= heard._rule.connected
    assert found == sorted(zip((k // width).tolist(), synapses.cell[k].tolist(), connected.tolist(), strict=True))


@pytest.mark.parametrize("at", [0, 3, 27])
def test_file_round_trip(tmp_path, at):
    """A memory that was saved in the middle of a song goes on to the same bits."""
    heard, path = memory(max_segments=300, predicted_segment_decrement=0.02), tmp_path / "memory.h5"
    stream = [columns for song in songs(4, 10) * 2 for columns in song]
    for columns in stream[:at]:
        heard.step(columns)
    heard.kill([5, 6] if at else [])
    heard.save(path)
    loaded = TemporalMemory.load(path)
    assert loaded.parameters == heard.parameters
    for columns in stream[at:]:
        mine, other = heard.step(columns), loaded.step(columns)
        assert mine.active_cells.tolist() == other.active_cells.tolist()
        assert mine.predicted_columns.tolist() == other.predicted_columns.tolist()
        assert mine.anomaly == other.anomaly
    assert learned(loaded) == learned(heard)


def test_file_of_something_else_is_refused(tmp_path):
    path, heard = tmp_path / "memory.h5", small()
    for columns in ([1, 2], [3, 4], [1, 2]):
        heard.step(columns)
    heard.save(path)
    tree = io.load(path, "temporal_memory").tree
    wrong = [
        tree | {"parameters": tree["parameters"] | {"columns": 7}},
        tree | {"active": tree["active"] + 24},
        tree | {"synapses": tree["synapses"] | {"cell": tree["synapses"]["cell"] + 24}},
        tree | {"dead": np.array([24])},
        {"parameters": tree["parameters"]},
    ]
    for bad in wrong:
        io.save(path, "temporal_memory", bad)
        with pytest.raises(StoreError, match="incomplete or inconsistent"):
            TemporalMemory.load(path)
    io.save(path, "memory", tree)
    with pytest.raises(StoreError):
        TemporalMemory.load(path)


def test_dead_cells_stay_silent_and_the_others_learn_on():
    heard, (song,) = memory(), songs(1, 8)
    for _ in range(3):
        sing(heard, song)
    dying = np.random.default_rng(3).choice(512 * 8, 512 * 3, replace=False)
    heard.kill(dying)
    assert 0.1 < np.mean(sing(heard, song, learn=False)[1:]) < 0.8
    for _ in range(6):
        sing(heard, song)
        assert not np.isin(heard.active_cells, dying).any()
    assert sing(heard, song, learn=False)[1:] == [0.0] * 7
    heard.kill(np.arange(512 * 8))
    assert sing(heard, song) == [1.0] * 8
    assert heard.active_cells.size == heard.segment_count == heard.synapse_count == 0


def test_the_same_input_gives_the_same_memory():
    first, second = memory(), memory()
    for song in songs(5, 8):
        assert sing(first, song) == sing(second, song)
    assert learned(first) == learned(second)
    other = memory(seed=2)
    for song in songs(5, 8):
        sing(other, song)
    assert learned(other) != learned(first)


@pytest.mark.parametrize(
    ("message", "columns"),
    [
        ("8 is none of the 8 columns", [1, 8]),
        ("-1 is none", [-1]),
        ("listed twice", [1, 1]),
        ("a list of column numbers", [0.5]),
        ("a list of column numbers", [[1]]),
        ("a list of column numbers", "abc"),
        ("a list of column numbers", [float("nan")]),
    ],
)
def test_bad_columns(message, columns):
    """The memory is as it was."""
    heard = small()
    heard.step([1, 2])
    before = heard.active_cells.tolist(), learned(heard)
    with pytest.raises(NeuromemError, match=message):
        heard.step(columns)
    assert (heard.active_cells.tolist(), learned(heard)) == before


@pytest.mark.parametrize("cells", [[24], [-1], [0.5], "abc", [[1], [2, 3]]])
def test_bad_cells(cells):
    heard = small()
    with pytest.raises(NeuromemError, match="cells: "):
        heard.kill(cells)
    assert not (heard._segments.owned == DEAD).any()


@pytest.mark.parametrize(
    ("message", "changes"),
    [
        ("max_synapses: at most 2048", {"max_synapses": 2049}),
        ("max_segments: at most 16777216", {"max_segments": 1 << 25}),
        ("activation_threshold", {"activation_threshold": 0}),
        ("initial_permanence", {"initial_permanence": 1.5}),
        ("permanence_increment", {"permanence_increment": float("nan")}),
        ("max_segments", {"max_segments": 0}),
        ("seed", {"seed": -1}),
    ],
)
def test_bad_parameters(message, changes):
    with pytest.raises(NeuromemError, match=message):
        small(**changes)


def test_generations_and_stamps_that_run_out():
    """Eight generations of a segment, 255 stamps: lists are laid anew, counts cleared, and nothing else changes."""
    rng = np.random.default_rng(7)
    memory = small(seed=7)
    memory._rule = memory._rule._replace(bits=KEY_BITS - 3)
    twin = Twin(8, 12, memory._rule)
    songs = [[rng.choice(8, 3, replace=False) for _ in range(5)] for _ in range(4)]
    for song in rng.integers(0, 4, 60):
        for columns in songs[song]:
            memory.step(columns)
            twin.step(columns.tolist(), True)
        assert memory._segments.number[GENERATION] < 8
        both_ends(memory)
        assert learned(memory) == {s: (x["owner"], x["synapses"]) for s, x in twin.segments.items()}
        assert memory.predicted_columns.tolist() == twin.predicted()
