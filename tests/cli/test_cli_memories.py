"""store, recall and replay: what they write and print."""

import os

import numpy as np
from commands import COUNT, SHAPE, read_csv, shell

from neuromem import models, patterns


def test_store_makes_a_memory_with_room_to_spare(made):
    memory = models.load(made / "memory.h5")
    assert (memory.capacity, memory.rule, list(memory.keys)) == (2 * COUNT, "best", list(range(COUNT)))
    assert np.array_equal(memory.patterns, patterns.load(made / "patterns.npz").patterns)


def test_store_adds_to_a_memory_that_exists(work, call):
    more = patterns.random_patterns(2, SHAPE[0] * SHAPE[1], 16, np.random.default_rng(9))
    np.save(work / "more.npy", more)
    before = models.load(work / "memory.h5").patterns
    status, out, _ = call("store", work / "memory.h5", work / "more.npy")
    memory = models.load(work / "memory.h5")
    assert status == 0
    assert "8 of 12" in out
    assert np.array_equal(memory.patterns, np.concatenate([before, more]))


def test_store_keeps_the_keys_of_a_file_and_never_overwrites_one(work, call, refused):
    stored = patterns.load(work / "patterns.npz").patterns
    patterns.save(work / "keyed.npz", stored[:2], SHAPE, keys=[9, 7])
    call("store", work / "memory.h5", work / "keyed.npz")
    before = (work / "memory.h5").read_bytes()
    assert set(models.load(work / "memory.h5").keys) == {*range(COUNT), 7, 9}
    assert "7, 9" in refused("store", work / "memory.h5", work / "keyed.npz", status=2)
    assert (work / "memory.h5").read_bytes() == before


def test_store_takes_rule_cues_and_a_folder_that_is_not_there_yet(work, call):
    path = work / "new" / "m.h5"
    status, _, _ = call("store", path, work / "patterns.npz", "--rule", "any", "--cues", 7)
    memory = models.load(path)
    assert (status, memory.rule, memory.capacity) == (0, "any", 7)


def test_recall_prints_a_table_that_is_not_cut_in_a_pipe(work):
    done = shell("recall", work / "memory.h5", work / "fragments.npz", env={**os.environ, "COLUMNS": "40"})
    assert done.returncode == 0
    assert done.stderr == ""
    table = [line.split() for line in done.stdout.splitlines() if line.strip()[:1].isdigit()]
    assert [row[:3] for row in table[:COUNT]] == [[str(i), "8", str(i)] for i in range(COUNT)]
    assert f"{COUNT} of {COUNT} fragments matched" in done.stdout
    assert "…" not in done.stdout


def test_recall_writes_patterns_table_and_picture(work, call):
    status, out, _ = call("recall", work / "memory.h5", work / "fragments.npz", "--out", work / "out")
    assert status == 0
    assert {p.name for p in (work / "out").iterdir()} == {"recalled.npz", "recalled.csv", "recalled.png"}
    recalled, stored = (patterns.load(p) for p in (work / "out" / "recalled.npz", work / "patterns.npz"))
    assert np.array_equal(recalled.patterns, stored.patterns)
    assert recalled.shape == SHAPE
    rows = read_csv(work / "out" / "recalled.csv")
    assert [row["keys recalled"] for row in rows] == [str(i) for i in range(COUNT)]
    assert "recalled.png" in out


def test_recall_of_patterns_without_a_shape_writes_no_picture(work, call):
    np.save(work / "plain.npy", patterns.load(work / "fragments.npz").patterns)
    call("recall", work / "memory.h5", work / "plain.npy", "--out", work / "out")
    assert {p.name for p in (work / "out").iterdir()} == {"recalled.npz", "recalled.csv"}


def test_recall_by_the_published_rule_names_every_key_that_shares_a_bit(work, call):
    stored = patterns.load(work / "patterns.npz").patterns
    one = np.zeros((1, stored.shape[1]), bool)
    one[0, np.argmax(stored.sum(axis=0))] = True
    np.save(work / "one.npy", one)
    call("recall", work / "memory.h5", work / "one.npy", "--rule", "any", "--out", work / "out")
    (row,) = read_csv(work / "out" / "recalled.csv")
    assert row["keys recalled"].split() == [str(k) for k in np.flatnonzero((stored & one).any(axis=1))]


def test_recall_of_nothing_known_says_none(work, call):
    np.save(work / "zero.npy", np.zeros((1, SHAPE[0] * SHAPE[1]), bool))
    status, out, _ = call("recall", work / "memory.h5", work / "zero.npy")
    assert status == 0
    assert "none" in out
    assert "0 of 1 fragments matched" in out


def test_long_tables_are_cut_by_rows_and_say_so(work, call):
    _, out, _ = call("recall", work / "memory.h5", work / "fragments.npz", "--rows", 2)
    assert "... and 4 more; --rows 0 prints them all" in out
    _, out, _ = call("recall", work / "memory.h5", work / "fragments.npz", "--rows", 0)
    assert "more;" not in out


def test_long_lists_of_keys_are_cut_on_screen_and_whole_in_the_csv(work, call):
    call("store", work / "any.h5", work / "patterns.npz", "--rule", "any")
    call("store", work / "any.h5", work / "patterns.npz")
    np.save(work / "all.npy", np.ones((1, SHAPE[0] * SHAPE[1]), bool))
    _, out, _ = call("recall", work / "any.h5", work / "all.npy", "--out", work / "out")
    assert "0 1 2 3 4 5 6 7 ... (12)" in out
    assert read_csv(work / "out" / "recalled.csv")[0]["keys recalled"] == " ".join(map(str, range(2 * COUNT)))


def test_replay_plays_everything_back_and_repeats_itself(work, call):
    status, out, _ = call("replay", work / "memory.h5", "--keep", 0.5)
    assert status == 0
    assert f"{COUNT} of {COUNT} patterns came back exactly from 50%" in out
    assert call("replay", work / "memory.h5", "--keep", 0.5)[1] == out
    few = call("replay", work / "memory.h5", "--keep", 0.05, "--rule", "any")[1]
    assert f"{COUNT} of {COUNT}" not in few


def test_png_folders_are_patterns(work, call):
    from matplotlib.image import imsave

    (work / "images").mkdir()
    for i, pattern in enumerate(patterns.load(work / "fragments.npz").patterns):
        imsave(work / "images" / f"{i}.png", pattern.reshape(SHAPE), cmap="gray", vmin=0, vmax=1)
    status, out, _ = call("recall", work / "memory.h5", work / "images", "--out", work / "out")
    assert status == 0
    assert f"{COUNT} of {COUNT}" in out
    assert (work / "out" / "recalled.png").exists()
