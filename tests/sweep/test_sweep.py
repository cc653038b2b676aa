"""One function over many points: order, names, plain data, what cannot be swept; progress and settings."""

import functools
import math
import sys

import numpy as np
import pytest
from sweep_cases import assert_same, calls, points

import sweep_points as functions
from neuromem import sweep
from neuromem.errors import UsageError
from neuromem.sweep import naming
from sweep_points import Point


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
