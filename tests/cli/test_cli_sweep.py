"""`neuromem run` with --workers, --scheduler and --resume: stopped runs go on to the same result, clear refusals."""

import json
import signal
import subprocess
import sys
import time

import psutil
import pytest
from commands import assert_one_sentence

from neuromem import io
from neuromem.cli import guard
from neuromem.errors import UsageError
from neuromem.experiments import ca3_digits, runner
from neuromem.sweep import holds_points

RUN = ["run", "ca3-digits", "--set", "count=3", "--set", "fractions=0.5", "--set"]


@pytest.fixture(autouse=True)
def no_figures(monkeypatch):
    """Drawing is not what is tested here, and takes longer than all the rest."""
    monkeypatch.setattr(ca3_digits, "plot", lambda tree: {})


@pytest.mark.slow
def test_stopped_by_control_c_and_resumed_equals_uninterrupted(tmp_path, call):
    out = tmp_path / "out"
    command = [
        sys.executable,
        "-W",
        "error",
        "-m",
        "neuromem.cli",
        *RUN,
        "seeds=5",
        "--workers",
        "2",
        "--out",
        str(out),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 600  # it compiles first
        while not holds_points(out / runner.POINTS):
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.005)
        helpers = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGINT)
        printed, err = process.communicate(timeout=120)
    assert (process.returncode, printed) == (guard.INTERRUPTED, ""), err
    assert_one_sentence(err)
    assert f"of 5 points are stored in {out / runner.POINTS}: --resume goes on from there" in err
    assert psutil.wait_procs(helpers, timeout=0)[1] == []
    assert [path.name for path in out.iterdir()] == [runner.POINTS]

    status, _, err = call(*RUN, "seeds=5", "--out", out)
    assert status == guard.MISUSED
    assert_one_sentence(err)
    assert "--resume" in err

    status, _, err = call(*RUN, "seeds=5", "--out", out, "--resume")
    assert status == 0
    assert " found in " in err
    assert sorted(path.name for path in out.iterdir()) == [runner.DATA, runner.RESULT]
    whole = ca3_digits.run(ca3_digits.Parameters(seeds=5, count=3, fractions=(0.5,)), runner.silent)
    seeds = whole.pop("seeds")
    for name, tree in (("whole", whole), ("resumed", io.load(out / runner.DATA).tree["data"])):
        io.save(tmp_path / name, "data", tree)
    assert (tmp_path / "whole").read_bytes() == (tmp_path / "resumed").read_bytes()
    assert json.loads((out / runner.RESULT).read_text())["seeds"] == seeds


def test_resuming_nothing_starts_at_the_beginning(tmp_path, call):
    status, _, err = call(*RUN, "seeds=1", "--out", tmp_path / "out", "--resume")
    assert status == 0
    assert "no points of a stopped run" in err
    assert not (tmp_path / "out" / runner.POINTS).exists()


def test_a_point_that_fails_keeps_its_status_and_says_how_to_go_on(tmp_path, call, monkeypatch):
    learn, error = ca3_digits.learn, UsageError("too few digits")

    def broken(parameters, seed, stored):
        if seed == 1:
            raise error
        return learn(parameters, seed, stored)

    monkeypatch.setattr(ca3_digits, "learn", broken)
    status, _, err = call(*RUN, "seeds=2", "--out", tmp_path)
    assert status == guard.MISUSED
    assert_one_sentence(err)
    assert "too few digits; 1 of 2 points are stored" in err
    error = ZeroDivisionError("a bug")
    status, _, err = call(*RUN, "seeds=2", "--out", tmp_path, "--resume", "--debug")
    assert status == guard.FAILED
    assert "ZeroDivisionError: a bug; 1 of 2 points are stored" in err
    assert "in broken" in err
    monkeypatch.setattr(ca3_digits, "learn", learn)
    assert call(*RUN, "seeds=2", "--out", tmp_path, "--resume")[0] == 0
    assert not (tmp_path / runner.POINTS).exists()


@pytest.mark.parametrize("option", [["--workers", "2"], ["--scheduler", "tcp://127.0.0.1:9"], ["--resume"]])
def test_an_experiment_without_points_says_so(tmp_path, call, option):
    status, _, err = call("run", "ca3-map", *option, "--out", tmp_path / "out")
    assert status == guard.MISUSED
    assert_one_sentence(err)
    assert "ca3-map is one computation, with no points to share out" in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "said"),
    [(["--workers", "0"], "--workers"), (["--workers", "2", "--scheduler", "tcp://127.0.0.1:9"], "not both")],
)
def test_impossible_options_are_refused(tmp_path, call, options, said):
    status, _, err = call(*RUN, "seeds=1", *options, "--out", tmp_path / "out")
    assert status == guard.MISUSED
    assert_one_sentence(err)
    assert said in err
    assert list(tmp_path.iterdir()) == []


def test_resume_needs_a_folder():
    with pytest.raises(ValueError, match="--resume needs --out"):
        runner.run("ca3-digits", resume=True)
