"""Phase diagrams: cells are what a plain loop measures, they run again, lines are theory's, errors are clear."""

import csv
import json

import numpy as np
import pytest

from neuromem import io
from neuromem.errors import UsageError
from neuromem.experiments import phase, phase_lines, phase_systems, runner
from neuromem.models import Hopfield
from neuromem.theory import hopfield

TINY = {"n": 40, "columns": 3, "rows": 2, "disorders": 2, "sweeps": 4, "measured": 3}


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    folder = tmp_path_factory.mktemp("phase")
    result = runner.run("phase", {**TINY, "y_max": 0.6}, out=folder)
    phase.tables(folder)
    return folder, result, io.load(folder / runner.DATA, "experiment").tree["data"]


def test_cells_are_means_of_what_is_measured_plainly(drawn):
    _, _, tree = drawn
    x, T = float(tree["xs"][1]), float(tree["ys"][0])
    rng = np.random.default_rng([0, 1, 0])
    K = round(x * 40)
    patterns = rng.random((K, 40)) < 0.5
    memory = Hopfield(40, capacity=K, seed=1000)
    memory.store(patterns)
    state, xi = np.where(patterns[0], 1, -1).astype(np.int8), np.where(patterns[0], 1, -1)
    memory.sweep(state, T, 4)
    found = []
    for k in range(3):
        memory.sweep(state, T, 1, first=4 + k)
        found.append(state @ xi / 40)
    assert tree["samples"][1, 0, 0] == pytest.approx(np.mean(found), abs=1e-12)
    assert np.allclose(tree["mean"], tree["samples"].mean(axis=2))
    assert (tree["count"] == 2).all()
    assert tree["keys"][2, 1].tolist() == [tree["seed"], 2, 1]


def test_a_cell_runs_again_to_the_same_samples(drawn):
    _, _, tree = drawn
    parameters = phase.Parameters(**TINY, y_max=0.6)
    again = phase.cell(parameters, 2, 1)
    assert np.array_equal(again["samples"], tree["samples"][2, 1])
    assert again["load"] == tree["xs"][2]
    assert phase.cell(parameters, 0, 0)["residual"] < 1e-10
    for column, row in ((3, 0), (-1, 0), (0, 2)):
        with pytest.raises(UsageError, match="outside"):
            phase.cell(parameters, column, row)


def test_arrays_come_out_as_npz_and_csv_and_the_figure_is_redrawn(drawn):
    folder, result, tree = drawn
    with np.load(folder / "phase.npz") as arrays:
        assert np.array_equal(arrays["mean"], tree["mean"])
        assert arrays["samples"].shape == (3, 2, 2)
    with open(folder / "phase.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 6
    assert float(rows[3]["mean"]) == pytest.approx(tree["mean"][1, 1])
    picture = (folder / "phase.png").read_bytes()
    (folder / "phase.png").unlink()
    assert runner.finish(folder)["cells"] == 6
    assert (folder / "phase.png").read_bytes() == picture
    assert json.loads((folder / "result.json").read_text())["cells"] == result["cells"] == 6


def test_lines_are_those_of_theory():
    parameters = phase.filled(phase.Parameters(columns=4, rows=4, n=40))
    lines = phase_lines.lines(parameters)
    spinodal = next(curve for curve in lines["curves"] if curve["kind"] == "spinodal")
    assert spinodal["x"][0] == pytest.approx(0.1379055665, abs=1e-9)
    xs, ys = phase.grid(parameters)
    expected = lines["expected"]
    assert expected.shape == (4, 4)
    for i, j in np.argwhere(np.isfinite(expected)):
        assert xs[i] < 0.8 * hopfield.critical_load(ys[j]).load
        assert expected[i, j] == hopfield.retrieval(xs[i], ys[j]).m


def test_errors_are_bootstrapped_over_disorders():
    samples = np.random.default_rng(0).normal(0.5, 0.1, (200, 25))
    assert phase.bootstrap(samples, 0).mean() == pytest.approx(0.1 / 5, rel=0.1)
    assert phase.bootstrap(samples[:, :1], 0).max() < 1e-12


@pytest.mark.parametrize("model", ["dense-hebbian", "multitasking", "sparse"])
def test_other_memories_have_diagrams(model):
    system = phase_systems.SYSTEMS[model]
    settings = {**TINY, "model": model, "x": next(iter(system.x)), "y": next(iter(system.y)), "M": 20, "n": 60}
    result = runner.run("phase", settings)
    assert result["cells"] == 6
    assert 0.5 < result["largest_mean"] <= 1.0


def test_an_exact_fragment_is_counted_as_chance_says():
    """Of K random memories, the first that fits answers: by drawing them."""
    parameters = phase.filled(phase.Parameters(model="ca3", y="fragment", n=12))
    rng, hits = np.random.default_rng(0), 0
    for _ in range(2000):
        stored = np.array([rng.permutation(12) < 8 for _ in range(5)])
        target = rng.integers(5)
        cue = np.zeros(12, bool)
        cue[rng.choice(np.flatnonzero(stored[target]), 3, replace=False)] = True
        hits += np.array_equal(stored[np.flatnonzero((stored[:, cue]).all(axis=1))[0]], stored[target])
    assert hits / 2000 == pytest.approx(phase_lines._ca3_exact(parameters, 5, 3), abs=0.05)


@pytest.mark.parametrize(
    "settings",
    [
        {"model": "unheard"}, {"x": "fragment"}, {"y": "entropy"}, {"P": 1}, {"columns": 0}, {"rows": 0},
        {"disorders": 0}, {"n": 1}, {"x_max": -0.1}, {"y_max": "nan"}, {"sweeps": 0}, {"columns": 2.5},
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_refused(settings):
    with pytest.raises(UsageError):
        runner.run("phase", settings)
