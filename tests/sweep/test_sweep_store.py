"""Points that are kept: found again, damaged, foreign, of other code; full and vanishing folders."""

import threading

import pytest
from sweep_cases import assert_same, calls, points, stored_files

import sweep_points as functions
from neuromem import io, sweep
from neuromem.errors import StoreError
from neuromem.sweep import naming, store


def test_points_found_are_not_computed_again(tmp_path, marks):
    sweep.map(functions.draw, points(3, folder=str(marks)), path=tmp_path / "kept")
    notes = []
    results = sweep.map(functions.draw, points(5, folder=str(marks)), path=tmp_path / "kept", note=notes.append)
    assert calls(marks) == dict.fromkeys(range(5), 1)
    assert notes == [f"3 finished points found in {tmp_path / 'kept'}"]
    assert_same(results, sweep.map(functions.draw, points(5, folder=str(marks))))


def truncated(file):
    file.write_bytes(file.read_bytes()[:-100])


def flipped(file):
    whole = bytearray(file.read_bytes())
    whole[len(whole) // 2] ^= 1
    file.write_bytes(whole)


def foreign(file):
    file.write_text("a shopping list")


def other_kind(file):
    io.save(file, "patterns", {"a": 1})


def other_function(file):
    io.save(file, "sweep", {"function": "a:b", "code": "", "points": [], "results": []})


@pytest.mark.parametrize("damage", [truncated, flipped, foreign, other_kind, other_function])
def test_damaged_points_are_said_set_aside_and_computed_again(tmp_path, marks, damage):
    want = sweep.map(functions.draw, points(1, folder=str(marks)), path=tmp_path / "kept")
    (file,) = stored_files(tmp_path)
    damage(file)
    notes, seen = [], []
    settings = {"path": tmp_path / "kept", "note": notes.append, "progress": lambda *text: seen.append(text)}
    assert_same(sweep.map(functions.draw, points(1, folder=str(marks)), **settings), want)
    assert calls(marks) == {0: 2}
    assert len(notes) == 1
    assert "1 stored file was damaged" in notes[0]
    assert notes[0] in [text for _, _, text in seen]
    assert file.with_suffix(".damaged").exists()
    sweep.map(functions.draw, points(1, folder=str(marks)), **settings)
    assert notes[1:] == [f"1 finished point found in {tmp_path / 'kept'}"]


def test_points_of_other_code_versions_and_settings_are_left_alone(tmp_path, marks, monkeypatch):
    here = points(2, folder=str(marks))
    sweep.map(functions.draw, here, path=tmp_path / "kept")
    before = {file: file.read_bytes() for file in stored_files(tmp_path)}
    notes = []

    def again(some):
        sweep.map(functions.draw, some, path=tmp_path / "kept", note=notes.append)
        return notes.pop()

    with monkeypatch.context() as patch:
        patch.setattr(naming, "_version", lambda: "9.9")
        patch.setattr("neuromem.io.container._library_version", lambda: "9.9")
        assert "left alone" in again(here)
    with monkeypatch.context() as patch:
        patch.setattr(naming, "code_digest", lambda function: "edited")
        assert "left alone" in again(here)
    assert calls(marks) == {0: 3, 1: 3}
    assert "left alone" in again(points(1, size=7))
    assert calls(marks) == {0: 3, 1: 3}
    assert {file: file.read_bytes() for file in before} == before


def test_forget_removes_what_was_mapped_and_nothing_else(tmp_path):
    sweep.map(functions.draw, points(2), path=tmp_path / "kept")
    other = stored_files(tmp_path)
    one = sweep.Sweep(tmp_path / "kept")
    one.map(functions.draw, points(2, size=1))
    one.map(functions.echo, [1, 2])
    assert len(stored_files(tmp_path)) > len(other)
    one.forget()
    assert stored_files(tmp_path) == other
    last = sweep.Sweep(tmp_path / "kept")
    last.map(functions.draw, points(2))
    last.forget()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_said_before_the_work(tmp_path, marks):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match="cannot write to the folder"):
        sweep.map(functions.draw, points(1, folder=str(marks)), path=tmp_path / "file" / "kept")
    assert calls(marks) == {}


def test_a_disk_that_fills_up_stops_the_sweep(tmp_path, monkeypatch):
    def full(*_):
        raise StoreError("no space left")

    monkeypatch.setattr(io, "save", full)
    with pytest.raises(StoreError, match="no space left"):
        sweep.map(functions.draw, points(3, wait=0.05), path=tmp_path)


def test_short_points_share_a_file_and_all_of_them_are_there_at_the_end(tmp_path):
    sweep.map(functions.draw, points(40), path=tmp_path)
    files = stored_files(tmp_path)
    assert len(files) < 40
    assert sum(len(io.load(file, "sweep").tree["points"]) for file in files) == 40


def test_runs_at_once_on_one_folder_agree_even_when_one_of_them_tidies_up(tmp_path):
    some, outcomes = points(12, wait=0.01), {}

    def work(name):
        one = sweep.Sweep(tmp_path / "kept")
        try:
            outcomes[name] = one.map(functions.draw, some if name % 2 else some[::-1])
            one.forget()
        except BaseException as error:
            outcomes[name] = error

    threads = [threading.Thread(target=work, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    want = sweep.map(functions.draw, some)
    for name in range(4):
        assert_same(outcomes[name], want if name % 2 else want[::-1])
    assert list(tmp_path.iterdir()) == []


def test_a_writer_keeps_up_with_a_folder_that_disappears(tmp_path, monkeypatch):
    task = naming.Task.of(functions.echo)
    kept = store.Store(tmp_path / "kept", task)
    save = io.save

    def vanishing(path, *content):
        monkeypatch.setattr(io, "save", save)
        kept.folder.rmdir()
        save(path, *content)

    monkeypatch.setattr(io, "save", vanishing)
    kept.save([("1", 2)])
    assert kept.load({task.key("1")}) == ({task.key("1"): 2}, [f"1 finished point found in {tmp_path / 'kept'}"])
