"""Points that fail, Ctrl-C, kills, settings that cannot be; progress."""

import importlib.util
import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from sweep_cases import WAYS, assert_same, calls, points, stored_files

import sweep_points as functions
from neuromem import sweep
from neuromem.errors import NotSupportedError, UsageError
from neuromem.sweep.progress import Clock, duration
from sweep_points import Point


@pytest.mark.parametrize("way", WAYS)
def test_a_point_that_fails_is_named_and_the_others_stay_stored(tmp_path, way):
    kind, said = WAYS[way]
    some = [Point(seed, folder=way) for seed in range(5)]
    with pytest.raises(kind) as caught:
        sweep.map(functions.fails, some, path=tmp_path)
    text = str(caught.value)
    assert text.startswith("fails failed at point 3, Point(seed=3, ")
    assert said in text
    assert text.endswith(f"; 3 of 5 points are stored in {tmp_path}: the same call goes on from there")
    with pytest.raises(kind) as caught:
        sweep.map(functions.fails, some)
    assert "stored in" not in str(caught.value)
    assert caught.value.__cause__ is not None


def test_control_c_keeps_what_is_finished_and_says_so(tmp_path):
    some = [Point(seed, folder="interrupt") for seed in range(5)]
    with pytest.raises(KeyboardInterrupt, match="3 of 5 points are stored in .*: press play"):
        sweep.Sweep(tmp_path, again="press play").map(functions.fails, some)
    assert len(stored_files(tmp_path)) > 0
    with pytest.raises(KeyboardInterrupt) as caught:
        sweep.map(functions.fails, some)
    assert str(caught.value) == ""
    with pytest.raises(KeyboardInterrupt):
        sweep.map(functions.fails, some[3:], path=tmp_path / "new")
    assert not (tmp_path / "new").exists()


SCRIPT = """
import sys
import sweep_points
from neuromem import sweep
points = [sweep_points.Point(seed, wait=0.02, folder=sys.argv[2]) for seed in range(3000)]
sweep.map(sweep_points.draw, points, path=sys.argv[1], workers=int(sys.argv[3]))
"""  # no `if __name__ == "__main__"`: workers must not need it


@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_killed_and_resumed_equals_uninterrupted_and_leaves_no_process(tmp_path, marks, workers):
    (tmp_path / "script.py").write_text(SCRIPT)
    kept = tmp_path / "kept"
    command = [sys.executable, "-W", "error", tmp_path / "script.py", kept, marks, str(workers)]
    (tmp_path / "tmp").mkdir()
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1]), "TMPDIR": str(tmp_path / "tmp")}
    with subprocess.Popen(command, stderr=subprocess.PIPE, env=environment) as process:
        deadline = time.monotonic() + 120
        while not stored_files(kept):
            assert process.poll() is None, process.stderr.read()
            assert time.monotonic() < deadline
            time.sleep(0.02)
        helpers = psutil.Process(process.pid).children(recursive=True)
        assert len(helpers) == (workers if workers > 1 else 0)
        process.kill()
        assert process.stderr.read() == b""
    assert psutil.wait_procs(helpers, timeout=60)[1] == []
    assert list((tmp_path / "tmp").iterdir()) == []
    finished, notes = calls(marks), []
    some = points(len(finished) + 5, wait=0.02, folder=str(marks))
    results = sweep.map(functions.draw, some, path=kept, note=notes.append)
    assert " found in " in notes[0]
    assert sum(calls(marks).values()) < sum(finished.values()) + len(some)
    assert_same(results, sweep.map(functions.draw, some))


def test_progress_counts_to_the_end_and_tells_the_time_left():
    seen = []

    def halfway(point):
        sweep.tell(1, 2, "half of it")
        return 1

    sweep.map(halfway, range(3), progress=lambda *heard: seen.append(heard))
    assert [done for done, _, _ in seen] == [0, 0.5, 1, 1.5, 2, 2.5, 3]
    assert {total for _, total, _ in seen} == {3}
    assert seen[0][2] == "0 of 3 points"
    assert seen[1][2].startswith("half of it, ")
    assert seen[2][2].startswith("1 of 3 points, ")
    assert seen[2][2].endswith(" left")
    assert seen[-1][2] == "3 of 3 points"
    sweep.tell(1, 2, "nobody listens here")


def test_time_left_counts_only_what_was_computed_here(monkeypatch):
    now, seen = [100.0], []
    monkeypatch.setattr("neuromem.sweep.progress.time.perf_counter", lambda: now[0])
    clock = Clock(lambda *heard: seen.append(heard), 10, 5)
    clock.step(0)
    now[0] += 60
    clock.step()
    assert seen == [(5, 10, "5 of 10 points"), (6, 10, "6 of 10 points, 4 min left")]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "1 s"), (59.4, "59 s"), (59.6, "1 min"), (3540, "59 min"), (3599, "1 h 0 min"), (190000, "2 d 4 h")],
)
def test_durations_read_well(seconds, text):
    assert duration(seconds) == text


@pytest.mark.parametrize(
    "settings",
    [{"workers": 0}, {"workers": True}, {"workers": "2"}, {"workers": 1.5}, {"scheduler": ""}, {"scheduler": 8786}]
    + [{"workers": 2, "scheduler": "tcp://127.0.0.1:1"}],
)
def test_impossible_settings_are_refused(settings):
    with pytest.raises(UsageError, match="workers|scheduler"):
        sweep.map(functions.echo, [1], **settings)


def test_without_dask_the_install_command_is_said(monkeypatch):
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *more: None if name == "distributed" else found(name))
    for settings in ({"workers": 2}, {"scheduler": "tcp://127.0.0.1:1"}):
        with pytest.raises(NotSupportedError, match=r"install neuromem\[dask\]"):
            sweep.map(functions.echo, [1, 2], **settings)
