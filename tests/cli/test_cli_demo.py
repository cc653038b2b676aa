"""The demonstration: what it promises is there."""

import json

import numpy as np
import pytest
from commands import read_csv, shell

from neuromem import io


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
