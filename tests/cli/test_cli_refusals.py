"""What the command line refuses, and what interrupts it: one sentence, and nothing half-written."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from commands import COUNT, NEUROMEM, assert_one_sentence

from neuromem import io, patterns
from neuromem.cli import guard
from neuromem.experiments import ca3_functional
from neuromem.memory import AssociativeMemory


def _spoil(work, kind):
    """A file of fragments that must be refused."""
    good = patterns.load(work / "fragments.npz").patterns.astype(float)
    path = work / "bad.npy"
    if kind == "wrong shape":
        np.save(path, good[:, :-1])
    elif kind == "three dimensions":
        np.save(path, np.zeros((2, 3, 4, 5)))
    elif kind == "nan":
        good[2, 3] = np.nan
        np.save(path, good)
    elif kind == "not binary":
        np.save(path, good * 0.5)
    elif kind == "empty":
        np.save(path, good[:0])
    elif kind == "truncated":
        np.save(path, good)
        path.write_bytes(path.read_bytes()[:-100])
    elif kind == "foreign":
        path.write_text("this is no array")
    elif kind == "empty folder":
        path = work / "nothing"
        path.mkdir()
    elif kind == "missing":
        path = work / "missing.npz"
    elif kind == "other kind":
        path = work / "memory.h5"
    return path


KINDS = (
    "wrong shape",
    "three dimensions",
    "nan",
    "not binary",
    "empty",
    "truncated",
    "foreign",
    "empty folder",
    "missing",
)


@pytest.mark.parametrize("kind", [*KINDS, "other kind"])
@pytest.mark.parametrize("command", ["store", "recall"])
def test_bad_patterns_are_refused_and_nothing_changes(work, refused, command, kind):
    bad = _spoil(work, kind)
    before = {p: p.read_bytes() for p in work.rglob("*") if p.is_file()}
    options = ["--out", work / "out"] if command == "recall" else []
    refused(command, work / "memory.h5", bad, *options, status=2 if kind == "empty" else 1)
    assert {p: p.read_bytes() for p in work.rglob("*") if p.is_file()} == before
    assert not (work / "out").exists()


@pytest.mark.parametrize("kind", ["nan", "not binary", "truncated", "foreign", "missing"])
def test_bad_patterns_make_no_memory(work, refused, kind):
    refused("store", work / "new" / "m.h5", _spoil(work, kind))
    assert not (work / "new").exists()


def _spoiled_memory(work, kind):
    path, whole = work / "memory.h5", (work / "memory.h5").read_bytes()
    if kind == "truncated":
        path.write_bytes(whole[: len(whole) // 2])
    elif kind == "flipped bit":
        middle = len(whole) // 2
        path.write_bytes(whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :])
    elif kind == "foreign":
        path.write_text("a shopping list")
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "other kind":
        io.save(path, "experiment", {"a": 1})
    elif kind == "folder":
        path.unlink()
        path.mkdir()
    elif kind == "missing":
        path.unlink()
    return path


@pytest.mark.parametrize("kind", ["truncated", "flipped bit", "foreign", "empty", "other kind", "folder", "missing"])
def test_bad_memories_are_refused_and_left_alone(work, refused, kind):
    path = _spoiled_memory(work, kind)
    before = path.read_bytes() if path.is_file() else None
    said = refused("recall", path, work / "fragments.npz", "--out", work / "out")
    assert kind not in ("foreign", "other kind") or "give a memory file" in said
    refused("replay", path)
    if kind != "other kind":
        refused("info", path)
    if kind != "missing":
        refused("store", path, work / "patterns.npz")
    assert (path.read_bytes() if path.is_file() else None) == before
    assert not (work / "out").exists()


def test_a_full_memory_says_so_and_keeps_what_it_has(work, refused, call):
    call("store", work / "small.h5", work / "patterns.npz", "--cues", COUNT)
    before = (work / "small.h5").read_bytes()
    err = refused("store", work / "small.h5", work / "patterns.npz")
    assert str(COUNT) in err
    assert (work / "small.h5").read_bytes() == before
    refused("store", work / "tiny.h5", work / "patterns.npz", "--cues", 2)
    assert not (work / "tiny.h5").exists()


def test_store_does_not_reshape_a_memory_that_exists(work, refused):
    assert "exists already" in refused("store", work / "memory.h5", work / "patterns.npz", "--rule", "any", status=2)
    assert "exists already" in refused("store", work / "memory.h5", work / "patterns.npz", "--cues", 99, status=2)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nonsense"], "No such command"),
        (["rum"], "'run'"),
        (["store"], "MEMORY"),
        (["recall", "m.h5", "f.npz", "--rule", "worst"], "best"),
        (["replay", "m.h5", "--keep", "0"], "--keep"),
        (["replay", "m.h5", "--keep", "nan"], "--keep"),
        (["replay", "m.h5", "--keep", "1.5"], "--keep"),
        (["store", "m.h5", "p.npz", "--cues", "0"], "--cues"),
        (["run", "ca3-functionl"], "did you mean 'ca3-functional'"),
        (["run", "ca3-functional", "--set", "spacin=10"], "did you mean 'spacing'"),
        (["run", "ca3-functional", "--set", "spacing=ten"], "whole number, not 'ten'"),
        (["run", "ca3-functional", "--set", "spacing"], "key=value"),
        (["run", "ca3-functional", "--set", "seed=1", "spacing"], "key=value"),
        (["run", "ca3-functional", "--set", "spacing=-1"], "spacing must be"),
        (["run", "ca3-functional", "--quik"], "--quick"),
        (["list", "ca3-nothing"], "no experiment"),
        (["demo", "--seed", "-1"], "--seed"),
    ],
)
def test_wrong_commands_are_explained(refused, tmp_path, monkeypatch, arguments, said):
    monkeypatch.chdir(tmp_path)
    assert said in refused(*arguments, status=2)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["demo", "run", "recall", "store"])
def test_an_output_folder_that_cannot_be_written_is_said_before_the_work(work, refused, monkeypatch, command):
    monkeypatch.setattr(ca3_functional, "run", lambda *_: pytest.fail("computed before it checked the folder"))
    (work / "file").write_text("in the way")
    out = work / "file" / "out"
    arguments = {
        "demo": ["--out", out],
        "run": ["ca3-functional", "--out", out],
        "recall": [work / "memory.h5", work / "fragments.npz", "--out", out],
        "store": [out / "memory.h5", work / "patterns.npz"],
    }
    assert "cannot write to the folder" in refused(command, *arguments[command])


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_refused(work, refused):
    work.chmod(0o555)
    try:
        refused("run", "ca3-functional", "--out", work)
        refused("store", work / "new.h5", work / "patterns.npz")
    finally:
        work.chmod(0o755)


def test_control_c_in_mid_run_leaves_nothing(tmp_path):
    out, started = tmp_path / "a" / "out", tmp_path / "started"
    code = (
        "import pathlib, sys; from neuromem.cli import main; from neuromem.experiments import ca3_digits\n"
        "read = ca3_digits.read\n"
        "def marked(*arguments):\n"
        "    pathlib.Path(sys.argv[1]).touch()\n"
        "    while True:\n"
        "        read(*arguments)\n"
        "ca3_digits.read = marked\n"
        "sys.exit(main(['run', 'ca3-digits', '--set', 'seeds=1000', '--set', 'count=20', '--out', sys.argv[2]]))"
    )
    command = [sys.executable, "-W", "error", "-c", code, str(started), str(out)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 600  # it compiles first
        while not started.exists():
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert out.exists()
        time.sleep(0.5)  # well into the recalls
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=120)
    assert process.returncode == guard.INTERRUPTED, err
    assert_one_sentence(err)
    started.unlink()
    assert list(tmp_path.iterdir()) == []


def test_control_c_while_storing_keeps_the_memory(work, call, monkeypatch):
    before = (work / "memory.h5").read_bytes()

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(io, "save", interrupted)
    monkeypatch.setattr(AssociativeMemory, "save", interrupted)
    status, _, err = call("store", work / "memory.h5", work / "patterns.npz")
    assert status == guard.INTERRUPTED
    assert (work / "memory.h5").read_bytes() == before
    assert_one_sentence(err)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_behind_the_output_is_said():
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [*NEUROMEM, "list", "ca3-map"], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60
        )
    assert done.returncode == 1
    assert_one_sentence(done.stderr)


def test_a_reader_that_goes_away_is_no_traceback():
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([*NEUROMEM, "list", "ca3-map"], stdout=writer, stderr=subprocess.PIPE, text=True, timeout=60)
    os.close(writer)
    assert done.returncode == guard.PIPE_CLOSED
    assert_one_sentence(done.stderr)


def test_an_unexpected_error_is_one_sentence_and_debug_shows_where(call, monkeypatch, tmp_path):
    def broken(*_):
        raise ZeroDivisionError("a bug\nin two lines")

    monkeypatch.setattr(ca3_functional, "run", broken)
    status, _, err = call("run", "ca3-functional", "--out", tmp_path / "out")
    assert status == 1
    assert err.count("\n") == 1
    assert "--debug" in err
    assert "ZeroDivisionError" in err
    status, _, err = call("run", "ca3-functional", "--out", tmp_path / "out", "--debug")
    assert status == 1
    assert "Traceback" in err
    assert "in broken" in err
    assert "Traceback" not in call("run", "ca3-functional", "--out", tmp_path / "out")[2]
    assert not (tmp_path / "out").exists()
