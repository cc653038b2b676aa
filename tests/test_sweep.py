"""Sweeps: the same results in process, on workers, after kills and resumed; names, stored points and errors."""

import functools
import importlib.util
import math
import os
import pickle
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

import sweep_points as functions
from neuromem import io, sweep
from neuromem.errors import CapacityError, DataError, NotSupportedError, StoreError, SweepError, UsageError
from neuromem.sweep import cluster, compute, local, naming, store
from neuromem.sweep.progress import Clock, duration
from sweep_points import Point


def points(count, **settings):
    return [Point(seed, **settings) for seed in range(count)]


def assert_same(got, want):
    """The same types, values and bits, all the way down."""
    assert type(got) is type(want)
    if isinstance(want, dict):
        assert list(got) == list(want)
        for key in want:
            assert_same(got[key], want[key])
    elif isinstance(want, list):
        assert len(got) == len(want)
        for one, other in zip(got, want):
            assert_same(one, other)
    elif isinstance(want, np.ndarray):
        assert (got.dtype, got.shape, got.tobytes()) == (want.dtype, want.shape, want.tobytes())
        assert got.flags.writeable
        assert got.flags.c_contiguous
    elif isinstance(want, float):
        assert np.float64(got).tobytes() == np.float64(want).tobytes()
    else:
        assert got == want


def calls(folder):
    """{seed: number of calls} of `draw` with this folder."""
    return {int(path.stem): path.stat().st_size for path in Path(folder).glob("*.calls")}


def stored_files(path):
    return sorted(file for file in Path(path).rglob("*.h5") if not file.name.startswith("."))


@pytest.fixture
def marks(tmp_path):
    folder = tmp_path / "marks"
    folder.mkdir()
    return folder


# in process


def test_results_come_in_the_order_of_the_points_as_plain_data():
    results = sweep.map(functions.draw, reversed(points(4)))
    assert [result["seed"] for result in results] == [3, 2, 1, 0]
    first = results[-1]
    assert type(first["seed"]) is int
    assert type(first["mean"]) is float
    assert first["rows"][:4] == [1, 2.5, None, "text"]
    assert first["turned"].dtype == np.dtype(">f4")
    assert first["values"].tolist() == np.random.default_rng(0).standard_normal((3, 2)).tolist()


def test_a_stored_result_is_the_same_as_one_just_computed(tmp_path):
    fresh = sweep.map(functions.draw, points(3))
    assert_same(sweep.map(functions.draw, points(3), path=tmp_path), fresh)
    assert_same(sweep.map(functions.draw, points(3), path=tmp_path), fresh)


def test_neither_buffers_nor_points_are_shared(tmp_path):
    given_points = [{"x": 1.0}, {"x": 2.0}, {"x": 1.0}]
    for path in (None, tmp_path, tmp_path):
        first, second, third = sweep.map(functions.reuses, given_points, path=path)
        assert (first[0], second[0], third[0]) == (1.0, 2.0, 1.0)
        third[0] = 9.0
        assert first[0] == 1.0
    assert given_points == [{"x": 1.0}, {"x": 2.0}, {"x": 1.0}]


def test_equal_points_are_computed_once(marks):
    sweep.map(functions.draw, points(2, folder=str(marks)) * 3)
    assert calls(marks) == {0: 1, 1: 1}


@pytest.mark.parametrize("settings", [{}, {"workers": 2}, {"path": "new"}])
def test_no_points_are_no_work_and_no_files(tmp_path, monkeypatch, settings):
    monkeypatch.chdir(tmp_path)
    assert sweep.map(functions.draw, [], **settings) == []
    assert list(tmp_path.iterdir()) == []


def test_a_function_without_a_name_is_welcome_in_this_process():
    assert sweep.map(lambda point: {"twice": 2 * point["x"]}, [{"x": 4}]) == [{"twice": 8}]


# names of points and functions

UNUSUAL = (
    *(0, 1, -1, 1.0, True, False, None, "", "1", 0.0, -0.0, math.inf, -math.inf, math.nan, 2**70, 1e-320, "\ud800α/"),
    *(np.int8(1), np.int64(1), np.float32(1), np.float64(1), np.bool_(True), np.str_("1"), np.float64("nan")),
    *((), [], {}, (1,), [1], [[1]], {"a": 1}, {"a": 1.0}, {"a": {"b": (1, [None])}}, ["int", "0x1"], [["int", "0x1"]]),
    *(np.zeros(0), np.zeros((0, 1)), np.zeros(1), np.zeros(1, np.float32), np.arange(4), np.arange(4).reshape(2, 2)),
    *(Point(1), Point(1.0), {"seed": 1, "size": 3, "wait": 0.0, "folder": ""}),
)


def test_points_that_differ_have_different_names():
    texts = [naming.canonical(point, "it") for point in UNUSUAL]
    assert len(set(texts)) == len(texts)


def test_equal_points_have_the_same_name():
    def same(a, b):
        return naming.canonical(a, "it") == naming.canonical(b, "it")

    assert same({"a": 1, "b": 2}, {"b": 2, "a": 1})
    assert same((math.nan,), (float("nan"),))
    assert same(np.arange(4).reshape(2, 2).T, np.asfortranarray(np.arange(4).reshape(2, 2).T))
    assert same(Point(1), Point(seed=1))


def test_unusual_points_are_stored_and_found_again(tmp_path):
    notes = []
    assert sweep.map(functions.echo, UNUSUAL, path=tmp_path) == [1] * len(UNUSUAL)
    assert sweep.map(functions.echo, UNUSUAL, path=tmp_path, note=notes.append) == [1] * len(UNUSUAL)
    assert notes == [f"{len(UNUSUAL)} finished points found in {tmp_path}"]


endless = []
endless.append(endless)


@pytest.mark.parametrize("point", [object(), {1: 2}, {"rng": np.random.default_rng(0)}, endless, Point, b"", 1j])
def test_points_without_plain_content_are_refused_by_name(point):
    with pytest.raises(UsageError, match="point 1 of echo, "):
        sweep.map(functions.echo, [0, point])


class Holder:
    def method(self, point):
        return 1


NAMELESS = {
    "lambda": lambda point: 1,
    "partial": functools.partial(functions.echo),
    "method": Holder().method,
    "instance": Holder(),
    "wrapper": functools.wraps(functions.echo)(lambda point: 2),
}


@pytest.mark.parametrize("kind", [*NAMELESS, "local", "number"])
@pytest.mark.parametrize("how", ["path", "workers"])
def test_functions_that_cannot_be_found_by_name_are_refused(tmp_path, kind, how):
    def inner(point):
        return 1

    function = {"local": inner, "number": 3, **NAMELESS}[kind]
    with pytest.raises(UsageError, match="top level of a module|a function is expected"):
        sweep.map(function, [1], **({"path": tmp_path / "new"} if how == "path" else {"workers": 2}))
    assert list(tmp_path.iterdir()) == []


def test_a_function_of_the_script_itself_cannot_go_to_workers(monkeypatch):
    monkeypatch.setattr(functions.echo, "__module__", "__main__")
    monkeypatch.setattr(sys.modules["__main__"], "echo", functions.echo, raising=False)
    with pytest.raises(UsageError, match="module of its own"):
        sweep.map(functions.echo, [1], workers=2)


def test_code_has_the_same_name_until_it_changes():
    def digest(text):
        space = {}
        exec(text, space)
        return naming.code_digest(space["f"])

    plain = digest("def f(p):\n    return {p + 1 for p in {1, 2}}")
    assert digest("\n\n# a comment\ndef f(p):\n    return {p + 1\n  for p in {1, 2}}") == plain
    changed = ("p + 2 for p in {1, 2}", "p + 1 for p in {1, 3}", "p - 1 for p in {1, 2}", "f(p) for p in {1, 2}")
    assert plain not in [digest(f"def f(p):\n    return {{{text}}}") for text in changed]
    assert naming.code_digest(math.sqrt) == ""


# stored points


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


# points that fail, runs that are stopped

WAYS = {
    "bug": (SweepError, "KeyError: 'missing'"),
    "typed": (CapacityError, "no room"),
    "exit": (SweepError, "SystemExit: enough"),
    "object": (DataError, "the result cannot be stored: file: a"),
}


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
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent), "TMPDIR": str(tmp_path / "tmp")}
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


# progress


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


# settings


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


# batches


@given(st.floats(1e-9, 1e4), st.integers(1, 10**6), st.integers(1, 1000), st.floats(0, 1))
def test_a_batch_lasts_long_enough_and_not_too_long(seconds, waiting, slots, cost):
    wanted = compute.pace(cost)
    assert compute.SHORTEST <= wanted <= compute.LONGEST
    assert wanted in (compute.SHORTEST, compute.LONGEST) or cost / wanted == pytest.approx(compute.SHARE)
    size = compute.batch_size(seconds, waiting, slots, wanted)
    assert 1 <= size <= min(waiting, compute.MOST)
    assert size * seconds >= compute.SHORTEST * 0.999 or size in (waiting, compute.MOST)
    assert size == 1 or (size - 1) * seconds < wanted
    assert size == 1 or size <= -(-waiting // slots) or (size - 1) * seconds < compute.SHORTEST
    assert compute.batch_size(None, waiting, slots, wanted) == 1


def test_a_batch_ends_early_when_it_takes_long_and_at_a_failure():
    def outcomes(function, some, longest=60.0):
        return pickle.loads(compute.run_batch(naming.Task.of(function), pickle.dumps(some), longest))

    assert len(outcomes(functions.draw, points(3))) == 3
    got = outcomes(functions.fails, [Point(seed, folder="bug") for seed in range(5)])
    assert [outcome.failure is None for outcome in got] == [True, True, True, False]
    assert "KeyError" in got[-1].failure.trace
    assert outcomes(functions.fails, [Point(3, folder="interrupt")])[0].failure.kind == "KeyboardInterrupt"
    assert len(outcomes(functions.draw, points(3), 0.0)) == 1


def test_a_batch_that_killed_its_workers_is_tried_point_by_point():
    class KilledWorker(Exception):
        pass

    batches = cluster.Batches(None, None, [1, 2, 3], None)
    batches._waiting.clear()
    assert list(batches._blame([0, 2], KilledWorker())) == []
    assert list(batches._alone) == [0, 2]
    ((index, outcome),) = batches._blame([2], KilledWorker())
    assert index == 2
    assert "every worker that took it died" in outcome.failure.text


# on workers


@pytest.fixture(scope="module")
def workers():
    """Two worker processes of a scheduler on this machine; a batch may outlive one of them."""
    before, local.ALLOWED_FAILURES = local.ALLOWED_FAILURES, 1
    with local.LocalWorkers(2) as pool:
        local.ALLOWED_FAILURES = before
        yield pool


def test_workers_give_the_same_bits_as_this_process(workers, tmp_path):
    some = points(300)
    serial = sweep.map(functions.draw, some)
    assert_same(sweep.map(functions.draw, some, scheduler=workers.address, path=tmp_path), serial)
    assert_same(sweep.map(functions.draw, some, path=tmp_path), serial)


def test_a_worker_killed_in_mid_sweep_changes_nothing(workers, tmp_path, marks):
    some = points(12, wait=0.05, folder=str(marks))
    before = workers.pids()
    results = sweep.map(functions.dies_once, some, scheduler=workers.address, path=tmp_path / "kept")
    assert (marks / "died").exists()
    assert_same(results, sweep.map(functions.dies_once, some))
    deadline = time.monotonic() + 60
    while workers.pids() == before:  # and it is replaced
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize("way", WAYS)
def test_a_point_that_fails_on_a_worker_is_named_alike(workers, tmp_path, way):
    some = [Point(seed, folder=way) for seed in range(5)]
    texts = []
    for settings in ({}, {"scheduler": workers.address}):
        with pytest.raises(WAYS[way][0]) as caught:
            sweep.map(functions.fails, some, path=tmp_path / str(len(settings)), **settings)
        texts.append(str(caught.value).partition(";")[0])
    assert texts[0] == texts[1]
    assert "On the worker" in caught.value.__notes__[0]


def test_a_worker_with_other_code_is_refused(workers, monkeypatch):
    monkeypatch.setattr(naming, "code_digest", lambda function: "edited here")
    with pytest.raises(UsageError, match="another version of sweep_points:draw"):
        sweep.map(functions.draw, points(1), scheduler=workers.address)


def test_workers_compute_on_one_thread_and_find_no_input_and_listen_at_home(workers):
    sockets = [psutil.Process(pid).net_connections("inet") for pid in (os.getpid(), *workers.pids())]
    assert {place.laddr.ip for place in sum(sockets, []) if place.status == "LISTEN"} == {"127.0.0.1"}
    with cluster.connected(workers.address) as client:
        assert set(client.nthreads().values()) == {1}
        numbers = client.run(lambda: [os.environ[f"{name}_NUM_THREADS"] for name in ("OMP", "NUMBA", "OPENBLAS")])
        assert list(numbers.values()) == [["1"] * 3] * len(numbers)
        assert set(client.run(lambda: os.read(0, 1)).values()) == {b""}


def test_a_point_that_kills_every_worker_ends_the_sweep(workers):
    with pytest.raises(SweepError, match="dies_always failed at point 0, .*every worker that took it died"):
        sweep.map(functions.dies_always, points(1), scheduler=workers.address)


def test_workers_with_more_threads_are_refused():
    import distributed

    options = {"processes": False, "scheduler_kwargs": local.NO_DASHBOARD}
    with (
        cluster.quiet(),
        distributed.LocalCluster(n_workers=1, threads_per_worker=2, **options) as crowd,
        pytest.raises(UsageError, match="--nthreads 1"),
    ):
        sweep.map(functions.echo, [1], scheduler=crowd.scheduler_address)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "nonsense://x", "tcp://"])
def test_a_scheduler_that_does_not_answer_is_said(monkeypatch, address):
    monkeypatch.setattr(cluster, "CONNECT", 0.5)
    with pytest.raises(SweepError, match="no dask scheduler answers at"):
        sweep.map(functions.echo, [1], scheduler=address)


def test_workers_that_never_start_are_given_up(monkeypatch):
    monkeypatch.setattr(local, "DEATHS", 1)
    monkeypatch.setattr(local, "WORKER", ["-c", "import sys; sys.exit('no luck today')"])
    with pytest.raises(SweepError, match="die as soon as they start: no luck today"):
        sweep.map(functions.echo, [1, 2], workers=2)
