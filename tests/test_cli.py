"""The command line: what each command does; every failure is one sentence and a status, and leaves nothing behind."""

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from neuromem import engine, io, models, patterns
from neuromem.cli import console, guard, main
from neuromem.experiments import ca3_functional
from neuromem.memory import AssociativeMemory

COMMANDS = ("demo", "store", "recall", "replay", "run", "list", "plot", "info", "warm", "bench", "compare")
NEUROMEM = [sys.executable, "-W", "error", "-m", "neuromem.cli"]
COUNT, SHAPE = 6, (8, 8)


def shell(*arguments, **options):
    """Run the command as a user's shell does, its output in a pipe."""
    return subprocess.run([*NEUROMEM, *map(str, arguments)], capture_output=True, text=True, timeout=120, **options)


@pytest.fixture
def call(capsys):
    """Run the command in this process: status, stdout, stderr."""

    def run(*arguments):
        status = main([str(a) for a in arguments])
        return status, *capsys.readouterr()

    return run


@pytest.fixture
def refused(call):
    """Run a command that must fail: its one sentence."""

    def run(*arguments, status=1):
        got, _, err = call(*arguments)
        assert got == status, err
        assert_one_sentence(err)
        return err

    return run


def read_csv(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def assert_one_sentence(err):
    assert err.startswith("neuromem: "), err
    assert err.endswith("\n"), err
    assert err.count("\n") == 1, err
    assert "Traceback" not in err
    assert "internal error" not in err


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with patterns.npz, fragments.npz and the memory.h5 that holds the patterns."""
    folder = tmp_path_factory.mktemp("made")
    rng = np.random.default_rng(5)
    stored = patterns.random_patterns(COUNT, SHAPE[0] * SHAPE[1], 16, rng)
    patterns.save(folder / "patterns.npz", stored, SHAPE)
    patterns.save(folder / "fragments.npz", patterns.keep(stored, 0.5, rng), SHAPE)
    assert main(["store", str(folder / "memory.h5"), str(folder / "patterns.npz")]) == 0
    return folder


@pytest.fixture
def work(made, tmp_path):
    """A copy of the made files that a test may spoil."""
    return Path(shutil.copytree(made, tmp_path / "work"))


# help, version, start-up


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_each_command_shows_an_example(call, command):
    status, out, err = call(command, "--help")
    assert (status, err) == (0, "")
    assert f"neuromem {command}" in out.partition("Example:")[2]


def test_help_names_every_command_and_loads_nothing_heavy():
    code = (
        "import sys; from neuromem.cli import main; status = main(['--help']);"
        "heavy = {'numpy', 'numba', 'matplotlib', 'h5py', 'scipy', 'rich'} & set(sys.modules);"
        "sys.exit(status or (f'loaded {heavy}' if heavy else 0))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert all(command in done.stdout for command in COMMANDS)


def test_no_arguments_prints_the_help(call):
    status, out, err = call()
    assert (status, err) == (0, "")
    assert out.startswith("Usage: neuromem")


def test_version(call):
    status, out, _ = call("--version")
    assert status == 0
    assert out.startswith("neuromem ")
    assert out.count("\n") == 1


def test_the_installed_script_is_this_command():
    script = Path(sys.executable).with_name("neuromem")
    if not script.exists():
        pytest.skip("the package is not installed beside this Python")
    done = subprocess.run([script, "--version"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0
    assert done.stdout.startswith("neuromem ")


# store, recall, replay


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


# bad input


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
    refused("recall", path, work / "fragments.npz", "--out", work / "out")
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


# interruptions and trouble


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
        deadline = time.monotonic() + 120
        while not started.exists():
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert out.exists()
        time.sleep(0.5)  # well into the recalls
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
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


# run, plot, list, info, warm


def test_run_writes_everything_and_plot_redraws_without_running(tmp_path, call, monkeypatch):
    out = tmp_path / "out"
    status, printed, _ = call("run", "ca3-functional", "--set", "seed=4", "--out", out)
    assert status == 0
    assert "operations_correct" in printed
    assert {p.name for p in out.iterdir()} == {"data.h5", "result.json", "raster.png"}
    assert json.loads((out / "result.json").read_text())["parameters"]["seed"] == 4
    picture = (out / "raster.png").read_bytes()
    (out / "raster.png").unlink()
    monkeypatch.setattr(ca3_functional, "run", None)
    status, printed, _ = call("plot", out)
    assert status == 0
    assert "raster.png" in printed
    assert (out / "raster.png").read_bytes() == picture


def test_run_writes_below_out_unless_told_otherwise(tmp_path, call, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert call("run", "ca3-map", "--quick")[0] == 0
    assert (tmp_path / "out" / "ca3-map" / "result.json").exists()


def test_plot_wants_a_folder_with_data(tmp_path, refused):
    assert "no such folder" in refused("plot", tmp_path / "nowhere")
    assert "data.h5" in refused("plot", tmp_path, status=2)
    (tmp_path / "data.h5").write_text("no container")
    refused("plot", tmp_path)


def test_list_names_experiments_memories_and_parameters(call):
    status, out, _ = call("list")
    assert status == 0
    assert all(name in out for name in ("ca3-functional", "ca3-digits", "CA3Memory"))
    status, out, _ = call("list", "ca3-digits")
    assert status == 0
    assert "tuple of float" in out
    assert "0.02,0.05,0.1" in out


def test_info_describes_a_memory(made, call):
    status, out, _ = call("info", made / "memory.h5")
    assert status == 0
    assert "memory" in out
    assert "ok" in out
    assert "float32" in out


def test_info_shows_inner_values_on_request(made, call):
    assert "--all shows them" in call("info", made / "memory.h5")[1]
    assert "neuron/tau_m" in call("info", made / "memory.h5", "--all")[1]


def test_warm_compiles(call, monkeypatch):
    asked = []
    monkeypatch.setattr(engine, "warm", lambda *_, **__: asked.append("loops"))
    status, out, err = call("warm")
    assert (status, err) == (0, "")
    assert "cached" in out
    assert asked == ["loops"]


# the console


def test_tables_keep_brackets_align_numbers_and_name_booleans(capsys):
    console.table(["file", "n", "ok"], [("a[red]b", 1, True), ("c", 200, False)])
    lines = capsys.readouterr().out.splitlines()
    assert "a[red]b" in lines[3]
    assert lines[3].rstrip().endswith("yes")
    assert "  1 " in lines[3]
    assert len(lines[3]) == len(lines[4])


def test_progress_is_silent_without_a_terminal(capsys):
    with console.progress() as progress:
        progress(1, 2, "working")
    assert capsys.readouterr() == ("", "")


# the demo


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    out = tmp_path_factory.mktemp("demo") / "out"
    return out, shell("demo", "--out", out, "--seed", 2)


def test_demo_writes_what_it_promises(demo):
    out, done = demo
    assert (done.returncode, done.stderr) == (0, "")
    promised = {"table.csv", "memory.h5", "spikes.h5", "report.html", "data.h5", "result.json", "fragments.npz"}
    assert {p.name for p in out.iterdir()} == promised | {"fragments.png", "raster.png", "quality.png", "curve.png"}
    assert all(p.name in done.stdout for p in out.iterdir())


def test_demo_recalls_nearly_everything(demo):
    result = json.loads((demo[0] / "result.json").read_text())
    assert result["parameters"]["seed"] == 2
    assert result["patterns"] == 100
    assert min(result[f"exact_{kind}"] for kind in ("ink_50", "ink_25", "top_hidden", "bottom_hidden")) >= 0.95
    rows = read_csv(demo[0] / "table.csv")
    assert [float(row["memory"]) for row in rows][2] == result["exact_ink_50"]
    assert len(rows) == 6


def test_demo_spikes_hold_one_learn_and_one_recall(demo):
    spikes = io.read_spikes(demo[0] / "spikes.h5")
    times = np.concatenate([times for times, _ in spikes.values()])
    assert "Out" in spikes
    assert times.min() == 0
    assert np.diff(np.sort(times)).max() > 9


def test_demo_report_stands_alone(demo):
    page = (demo[0] / "report.html").read_text(encoding="utf-8")
    assert page.count("data:image/png;base64,") >= 4
    assert "cosine" in page
    assert 'src="http' not in page
    assert 'href="http' not in page.replace('href="https://creativecommons.org', "")


def test_demo_ends_with_commands_that_work(demo, call, tmp_path, monkeypatch):
    lines = [line.strip() for line in demo[1].stdout.partition("try next")[2].splitlines()]
    commands = [line.split()[1:] for line in lines if line.partition(" ")[0].endswith("neuromem")]
    assert len(commands) >= 3
    monkeypatch.chdir(tmp_path)
    for command in commands:
        assert call(*command)[0] == 0, command
