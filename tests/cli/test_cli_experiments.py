"""run, plot, list, info, warm; tables and progress."""

import json

from neuromem import engine
from neuromem.cli import console
from neuromem.experiments import ca3_functional


def test_run_writes_everything_and_plot_redraws_without_running(tmp_path, call, monkeypatch):
    out = tmp_path / "out"
    status, printed, _ = call("run", "ca3-functional", "--set", "seed=4", "spacing=30", "--out", out)
    assert status == 0
    assert "operations_correct" in printed
    assert {p.name for p in out.iterdir()} == {"data.h5", "result.json", "raster.png"}
    assert json.loads((out / "result.json").read_text())["parameters"] == {"seed": 4, "spacing": 30}
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
