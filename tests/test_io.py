"""Files hold what was put into them: every tree, the same bytes, refusals of what cannot be kept."""

import os
import subprocess
import sys

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from io_files import SOME, TREE, files, same, sentence
from neuromem import io
from neuromem.errors import StoreError


def test_tree_comes_back_exactly(tmp_path):
    io.save(tmp_path / "a.h5", "memory", TREE)
    file = io.load(tmp_path / "a.h5", "memory")
    assert same(file.tree, TREE)
    assert (file.kind, file.version) == ("memory", 1)
    assert file.library_version
    assert files(tmp_path) == ["a.h5"]


DTYPES = ["?", "i1", "u2", "<i4", ">i4", "u8", "f2", "f4", ">f8", "c8", "c16"]


LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text()
    | st.sampled_from(DTYPES).flatmap(lambda d: hnp.arrays(d, hnp.array_shapes(min_dims=0, min_side=0, max_side=3)))
)


TREES = st.dictionaries(
    st.text(),
    st.recursive(LEAVES, lambda s: st.lists(s, max_size=3) | st.dictionaries(st.text(), s, max_size=3), max_leaves=6),
    max_size=4,
)


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(tree=TREES)
def test_any_tree_comes_back_exactly(tmp_path, tree):
    io.save(tmp_path / "a.h5", "memory", tree)
    assert same(io.load(tmp_path / "a.h5").tree, tree)
    assert io.describe(tmp_path / "a.h5")["checksum"] == "ok"


@pytest.mark.parametrize("shape", [(), (0,), (1,), (7,), (64, 3), (1000, 0), (300, 300)])
@pytest.mark.parametrize("dtype", ["?", "u1", "f8"])
def test_arrays_of_every_size(tmp_path, shape, dtype):
    array = np.random.default_rng(0).integers(0, 2, shape).astype(dtype)
    io.save(tmp_path / "a.h5", "memory", {"a": array, "transposed": array.T})
    tree = io.load(tmp_path / "a.h5").tree
    assert same(tree["a"], array)
    assert same(tree["transposed"], np.asarray(array.T))


def test_numpy_scalars_and_tuples_become_plain(tmp_path):
    io.save(tmp_path / "a.h5", "memory", {"i": np.int64(3), "f": np.float32(0.5), "b": np.bool_(True), "t": (1, 2)})
    assert same(io.load(tmp_path / "a.h5").tree, {"i": 3, "f": 0.5, "b": True, "t": [1, 2]})


def test_long_lists_come_back(tmp_path):
    io.save(tmp_path / "a.h5", "memory", {"list": list(range(200_000))})
    assert io.load(tmp_path / "a.h5").tree["list"] == list(range(200_000))


def test_same_content_gives_the_same_bytes(tmp_path):
    for name in ("a.h5", "b.h5"):
        io.save(tmp_path / name, "memory", TREE | {"some": SOME})
    assert (tmp_path / "a.h5").read_bytes() == (tmp_path / "b.h5").read_bytes()


def test_other_tools_can_read_it(tmp_path):
    io.save(tmp_path / "a.h5", "memory", TREE)
    with h5py.File(tmp_path / "a.h5") as h5:
        assert h5.attrs["format"] == "neuromem"
        assert h5.attrs["kind"] == "memory"
        assert h5.attrs["format_version"] == 1
        assert (h5["data/weights"][()] == TREE["weights"]).all()
        assert h5["data/group%2Fwith slash/%2E%2E/2/x"].shape == (3,)


def test_describe_tells_what_is_inside(tmp_path):
    io.save(tmp_path / "a.h5", "memory", {"w": np.zeros((2, 3), np.float32), "n": {"seed": 7}, "l": [1, 2]})
    found = io.describe(tmp_path / "a.h5")
    assert (found["kind"], found["format_version"], found["checksum"]) == ("memory", 1, "ok")
    assert found["bytes"] == os.path.getsize(tmp_path / "a.h5")
    assert found["datasets"] == {"/data/w": {"shape": (2, 3), "dtype": "float32", "bytes": 24}}
    assert found["scalars"] == {"n/seed": 7, "l": [1, 2]}


def test_import_does_not_load_h5py():
    code = "import sys, neuromem.io; sys.exit('h5py' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


@pytest.mark.parametrize(
    ("tree", "words"),
    [
        ({"a": {"b": object()}}, "a.b: a object cannot be stored"),
        ({"a": np.array(["x"])}, "a: arrays of text"),
        ({"a": np.array([None])}, "a: arrays of object"),
        ({"a": np.array(["2020-01-01"], "M8[D]")}, "arrays of datetime64"),
        ({"a": np.zeros(2, "i4,f8")}, "a: arrays of"),
        ({"a": np.zeros(2, np.longdouble)}, "a: arrays of"),
        ({"a": np.ma.masked_array([1, 2], [0, 1])}, "masked"),
        ({"a": [1, {2: 3}]}, "a[1]: key 2 is not text"),
        ({"a": 1j}, "a: a complex"),
        ({"a": 10**5000}, "limit"),
        ([1], "a dict expected, got a list"),
    ],
)
def test_refused_content(tmp_path, tree, words):
    with pytest.raises(StoreError) as error:
        io.save(tmp_path / "a.h5", "memory", tree)
    assert words in sentence(error)
    assert "a.h5" in sentence(error)
    assert files(tmp_path) == []


def test_a_dict_that_contains_itself_is_refused(tmp_path):
    tree = {}
    tree["self"] = tree
    with pytest.raises(StoreError, match="nested more than"):
        io.save(tmp_path / "a.h5", "memory", tree)


@pytest.mark.parametrize("kind", ["", "two words", 3, "a/b"])
def test_refused_kind(tmp_path, kind):
    with pytest.raises(StoreError, match="one word"):
        io.save(tmp_path / "a.h5", kind, {})
