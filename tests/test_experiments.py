"""Experiments: parameters from text, the published schedules and their expected output, files written and redrawn."""

import json
from dataclasses import dataclass

import numpy as np
import pytest

from neuromem import io
from neuromem.errors import NeuromemError, StoreError, UsageError
from neuromem.experiments import EXPERIMENTS, ca3_digits, ca3_functional, ca3_map, ca3_protocol, ca3_stress, runner
from neuromem.experiments.parameters import build, split_settings
from neuromem.experiments.runner import silent

PAPER = {"ca3-functional": (ca3_functional, 9, 90), "ca3-stress": (ca3_stress, 60, 851), "ca3-map": (ca3_map, 20, 140)}


@dataclass(frozen=True)
class Typed:
    seed: int = 0
    rate: float = 1.0
    on: bool = False
    name: str = "a"
    sizes: tuple[int, ...] = (1, 2)


# parameters


def test_text_becomes_the_type_of_its_field():
    got = build(Typed, {"seed": "7", "rate": "1e-3", "on": "yes", "name": "b", "sizes": "3, 4,5"}, "x")
    assert got == Typed(7, 1e-3, True, "b", (3, 4, 5))
    assert [type(v) for v in (got.seed, got.rate, got.on)] == [int, float, bool]


def test_values_that_are_not_text_pass_as_they_are():
    assert build(Typed, {"sizes": (9,)}, "x").sizes == (9,)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"seed": "1.5"}, "whole number"),
        ({"rate": "fast"}, "a number"),
        ({"rate": "nan"}, "finite"),
        ({"rate": "inf"}, "finite"),
        ({"on": "maybe"}, "true or false"),
        ({"sizes": "1,x"}, "whole number"),
        ({"sede": "1"}, "did you mean 'seed'"),
        ({"qqqqqq": "1"}, "there are seed, rate, on, name, sizes"),
    ],
)
def test_bad_values_are_named(settings, said):
    with pytest.raises(UsageError, match=said) as caught:
        build(Typed, settings, "toy")
    assert "toy" in str(caught.value)
    assert next(iter(settings)) in str(caught.value)


@pytest.mark.parametrize("texts", [["seed"], ["=3"], ["seed=1", "seed=2"], [""]])
def test_set_wants_key_equals_value_once(texts):
    with pytest.raises(UsageError):
        split_settings(texts)


def test_set_splits_at_the_first_equals_sign_and_reads_dashes_as_underscores():
    assert split_settings(["name=a=b", "recall-spacing= 3"]) == {"name": "a=b", "recall_spacing": "3"}


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("ca3-digits", {"count": "0"}),
        ("ca3-digits", {"count": "-3"}),
        ("ca3-digits", {"rule": "worst"}),
        ("ca3-digits", {"fractions": "0.1,2"}),
        ("ca3-digits", {"fractions": ""}),
        ("ca3-digits", {"seed": "-1"}),
        ("ca3-digits", {"threshold": "1"}),
        ("ca3-stress", {"sweeps": "0"}),
        ("ca3-stress", {"spacing": "0"}),
        ("ca3-map", {"learn_spacing": "-7"}),
        ("ca3-functional", {"spacing": "100000"}),
        ("ca3-functional", {"nothing": "1"}),
        ("ca3-nothing", {}),
    ],
)
def test_impossible_settings_are_refused_before_anything_is_written(tmp_path, name, settings):
    with pytest.raises(UsageError):
        runner.run(name, settings, out=tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


# the published schedules


def test_schedules_have_the_published_operations_and_length():
    for module, operations, steps in PAPER.values():
        ops = module.schedule(module.Parameters())
        last = {"ca3_functional": 10, "ca3_stress": 25, "ca3_map": 10}[module.__name__.rpartition(".")[2]]
        assert (len(ops), ops[-1].at + last) == (operations, steps)


def test_stress_contents_are_binary_numbers_and_their_complements():
    assert ca3_stress.contents(0) == [(0,), (1,), (0, 1), (2,), (0, 2)] == ca3_stress.contents(2)
    for plain, inverted in zip(ca3_stress.contents(0), ca3_stress.contents(1), strict=True):
        assert sorted(plain + inverted) == list(range(10))


def test_map_queries_answer_with_the_published_cells():
    expected = ca3_protocol.expected_output(ca3_map.schedule(ca3_map.Parameters()), 16)
    cells = [(min(s for s, _ in spikes) + 1, {n for _, n in spikes if n < 16}) for spikes in expected[16:]]
    published = [(118, {2, 6, 10, 12, 13, 14}), (124, {3, 5, 11, 15}), (130, {1, 7, 9}), (136, {0, 4, 8})]
    assert cells == published


def test_functional_answers_are_the_published_ones():
    expected = ca3_protocol.expected_output(ca3_functional.schedule(ca3_functional.Parameters()), 5)
    assert expected[3] == {(35, 0), *((36, 5 + bit) for bit in (0, 1, 8, 9))}
    assert expected[4] == {(45, 5 + 6), (46, 3), (46, 4)}
    assert expected[5] == {(55, 5), (55, 9), (56, 0), (56, 3)}
    assert expected[7] == {(75, 3), *((76, 5 + bit) for bit in (1, 3, 4, 8))}
    assert expected[8] == {(85, 11), (86, 4)}


def test_input_holds_a_learn_for_three_steps_and_a_recall_for_one():
    ops = [ca3_protocol.Operation("learn", 2, 1, (0, 3)), ca3_protocol.Operation("content", 9, -1, (2,))]
    want = sorted([(step, n) for step in (2, 3, 4) for n in (1, 5, 8)] + [(9, 7)])
    assert ca3_protocol.input_spikes(ops, 5) == want


def test_check_counts_missing_extra_double_and_stray_spikes():
    ops = [ca3_protocol.Operation("learn", 0, 1, (0,)), ca3_protocol.Operation("cue", 10, 1)]
    right = sorted(set().union(*ca3_protocol.expected_output(ops, 3)))
    assert ca3_protocol.check(ops, 3, np.array(right)).tolist() == [0, 0]
    assert ca3_protocol.check(ops, 3, np.array(right[1:])).tolist() == [1, 0]
    assert ca3_protocol.check(ops, 3, np.array([*right, (16, 4)])).tolist() == [0, 1]
    assert ca3_protocol.check(ops, 3, np.array([*right, right[-1]])).tolist() == [0, 1]
    assert ca3_protocol.check(ops, 3, np.array([(0, 0), *right])).tolist() == [1, 0]
    late = np.array([(step + 1, neuron) for step, neuron in right])
    assert ca3_protocol.check(ops, 3, late).min() > 0
    assert ca3_protocol.check(ops, 3, np.empty((0, 2), int)).tolist() == [4, 2]


@pytest.mark.parametrize("name", PAPER)
def test_the_network_does_every_published_operation(tmp_path, name):
    _, operations, steps = PAPER[name]
    result = runner.run(name, out=tmp_path)
    assert (result["operations"], result["operations_correct"], result["mismatches"]) == (operations, operations, 0)
    assert result["steps"] == steps
    assert (tmp_path / "raster.png").stat().st_size > 10_000


def test_operations_too_close_together_are_counted_as_wrong():
    result = runner.run("ca3-stress", {"spacing": "3", "sweeps": "1"})
    assert result["mismatches"] > 0
    assert result["operations_correct"] < result["operations"] == 20


# running, writing, redrawing


def test_result_has_the_headline_first_and_then_how_it_came_about(tmp_path):
    runner.run("ca3-functional", {"seed": 3}, out=tmp_path)
    result = json.loads((tmp_path / "result.json").read_text())
    assert next(iter(result)) == "operations"
    assert result["parameters"] == {"seed": 3, "spacing": 10}
    assert result["seeds"] == [3]
    assert {"neuromem", "numpy", "numba", "python", "platform"} <= set(result["versions"])
    assert result["seconds"] > 0
    assert result["experiment"] == "ca3-functional"


def test_redrawing_needs_only_the_data_and_gives_the_same_files(tmp_path, monkeypatch):
    runner.run("ca3-functional", out=tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    for name in before:
        if name != runner.DATA:
            (tmp_path / name).unlink()
    monkeypatch.setattr(ca3_functional, "run", None)
    runner.finish(tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_data_is_on_disk_before_anything_is_drawn(tmp_path, monkeypatch):
    def broken(tree):
        raise RuntimeError("no ink")

    monkeypatch.setattr(ca3_functional, "plot", broken)
    with pytest.raises(RuntimeError, match="no ink"):
        runner.run("ca3-functional", out=tmp_path)
    assert io.load(tmp_path / runner.DATA, "experiment").tree["experiment"] == "ca3-functional"


def test_a_folder_without_data_and_a_damaged_file_are_refused(tmp_path):
    with pytest.raises(UsageError, match=r"holds no data\.h5"):
        runner.finish(tmp_path)
    (tmp_path / runner.DATA).write_bytes(b"not a container")
    with pytest.raises(StoreError):
        runner.finish(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [runner.DATA]


def test_the_folder_is_checked_before_the_work(tmp_path, monkeypatch):
    monkeypatch.setattr(ca3_functional, "run", lambda *_: pytest.fail("ran although it could not write"))
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(NeuromemError, match="cannot write to the folder"):
        runner.run("ca3-functional", out=tmp_path / "file" / "out")


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_a_run_that_stops_leaves_nothing(tmp_path, monkeypatch, error):
    def stops(parameters, progress):
        raise error

    monkeypatch.setattr(ca3_functional, "run", stops)
    with pytest.raises(error):
        runner.run("ca3-functional", out=tmp_path / "a" / "b")
    assert list(tmp_path.iterdir()) == []


def test_every_experiment_says_what_it_is_and_takes_a_seed():
    for name in EXPERIMENTS:
        assert 20 < len(runner.summary(name)) < 130
        assert runner.describe(name)[0][:3] == ("seed", "int", "0")
        assert set(runner.module(name).QUICK) < {row[0] for row in runner.describe(name)}


# digits


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    folder = tmp_path_factory.mktemp("digits")
    settings = {"seeds": 2, "count": 12, "fractions": (0.05, 1.0)}
    return folder, runner.run("ca3-digits", settings, out=folder), io.load(folder / runner.DATA).tree["data"]


def test_digits_headline_has_each_kind_with_its_error_and_its_readers(digits):
    _, result, tree = digits
    for kind in ca3_digits.KINDS:
        for key in (f"exact_{kind}", f"exact_{kind}_error", f"cosine_{kind}", f"overlap_{kind}"):
            assert 0 <= result[key] <= 1
    assert result["seeds"] == [0, 1]
    assert result["recalls_per_kind"] == 24
    assert result["exact_ink_50"] == result["exact_top_hidden"] == 1.0
    assert result["overlap_ink_25_flip_5"] < result["exact_ink_25_flip_5"]
    assert 0 < result["steps_per_recall"] <= 250
    assert result["spikes_per_recall"] > 0
    assert tree["curve"]["exact"].shape == (3, 2, 2)
    assert tree["curve"]["exact"][:, :, 1].min() == 1.0


def test_digits_draws_every_figure(digits):
    folder, _, _ = digits
    assert {path.name for path in folder.glob("*.png")} == {"fragments.png", "raster.png", "quality.png", "curve.png"}


def test_digits_repeats_itself_and_another_seed_differs(digits):
    _, result, _ = digits
    settings = {"seeds": 1, "count": 12, "fractions": (0.05,)}
    first, again, other = (
        ca3_digits.run(build(ca3_digits.Parameters, {**settings, "seed": seed}, "x"), silent) for seed in (0, 0, 1)
    )
    assert np.array_equal(first["exact"], again["exact"])
    assert np.array_equal(first["fragments"], again["fragments"])
    assert not np.array_equal(first["originals"], other["originals"])


def test_table_counts_and_standard_errors():
    exact = np.zeros((3, 2, 6))
    exact[0, :, 0] = (1.0, 0.5)
    tree = {
        "readers": list(ca3_digits.READERS),
        "labels": ["a"] * 6,
        "count": 10,
        "exact": exact,
        "steps": np.full((2, 6), 4.0),
        "spikes": np.full((2, 6), 8.0),
    }
    row = ca3_digits.table(tree)[0]
    assert (row["memory"], row["memory_exact"], row["recalls"]) == (0.75, 15, 20)
    assert row["memory_error"] == pytest.approx(0.25)
    assert ca3_digits.standard_error(np.array([0.9]), 100) == pytest.approx(0.03)


def test_raw_overlap_takes_the_most_shared_units_whatever_the_size():
    stored = np.array([[1, 1, 0, 0], [1, 1, 1, 1]], bool)
    fragments = np.array([[1, 1, 0, 0], [0, 0, 1, 0]], bool)
    assert ca3_digits.raw_overlap(fragments, stored).tolist() == [0, 1]
