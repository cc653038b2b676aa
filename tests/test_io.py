"""Files are whole or absent, checked before they are believed, and come back bit for bit."""

import errno
import hashlib
import os
import signal
import subprocess
import sys
import textwrap
import threading

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from neuromem import io
from neuromem.errors import StoreError
from neuromem.io import paths, seal, writer

TREE = {
    "weights": np.linspace(0, 1, 30, dtype=np.float32).reshape(5, 6),
    "group/with slash": {"": np.array(True), ".": np.zeros((0, 5), ">i2"), "..": [1, None, {"x": np.ones(3, bool)}]},
    "$array": "not a reference",
    "$float": float("-inf"),
    "nan": float("nan"),
    "values": [1, 2.5, "text", False, 10**30],
    "empty": {},
}
SOME = np.random.default_rng(1).random(40_000)  # large enough to be compressed and to need several writes


def same(a, b):
    """Equal in value, type, dtype, shape and bits."""
    if isinstance(a, np.ndarray):
        return isinstance(b, np.ndarray) and (a.dtype, a.shape, a.tobytes()) == (b.dtype, b.shape, b.tobytes())
    if isinstance(a, dict):
        return isinstance(b, dict) and list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list):
        return isinstance(b, list) and len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and repr(a) == repr(b)


def files(folder):
    return sorted(os.listdir(folder))


def sentence(error):
    """The message, after checking that it is one line that does not ramble."""
    text = str(error.value)
    assert "\n" not in text, text
    assert 20 < len(text) < 400, text
    return text


# ---- round trips


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


# ---- what cannot be stored


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


# ---- files that are not what they should be


def test_missing_folder_foreign_empty(tmp_path):
    (tmp_path / "text.h5").write_text("neuromem is nice")
    (tmp_path / "empty.h5").write_bytes(b"")
    with h5py.File(tmp_path / "foreign.h5", "w") as h5:
        h5["x"] = 1
    for name, words in {
        "none.h5": "does not exist",
        "": "is a folder",
        "text.h5": "is not a neuromem file",
        "foreign.h5": "is not a neuromem file",
        "empty.h5": "is empty",
    }.items():
        for read in (io.load, io.describe):
            with pytest.raises(StoreError) as error:
                read(tmp_path / name)
            assert words in sentence(error)
            assert name in sentence(error)
    with pytest.raises(StoreError, match="not an ordinary file"):
        io.load("/dev/null")


def test_other_kind(tmp_path):
    io.save(tmp_path / "a.h5", "patterns", {})
    with pytest.raises(StoreError, match="holds patterns, not memory"):
        io.load(tmp_path / "a.h5", "memory")


def test_newer_version(tmp_path):
    io.save(tmp_path / "a.h5", "memory", TREE)
    seal.seal(tmp_path / "a.h5", version=2)
    with pytest.raises(StoreError, match="format version 2, newer than version 1.*update neuromem"):
        io.load(tmp_path / "a.h5")


def test_a_damaged_version_is_not_called_newer(tmp_path):
    io.save(tmp_path / "a.h5", "memory", TREE)
    content = (tmp_path / "a.h5").read_bytes()
    (tmp_path / "a.h5").write_bytes(content.replace(b"version 1\n", b"version 3\n", 1))
    with pytest.raises(StoreError, match="is damaged: its header is incomplete"):
        io.load(tmp_path / "a.h5")


def test_damaged_dataset_is_named(tmp_path):
    io.save(tmp_path / "a.h5", "memory", TREE)
    with h5py.File(tmp_path / "a.h5", "r+") as h5:
        h5["data/weights"][2, 3] = 9
    with pytest.raises(StoreError, match="checksum is wrong"):
        io.load(tmp_path / "a.h5")
    seal.seal(tmp_path / "a.h5")
    with pytest.raises(StoreError, match="dataset /data/weights does not match"):
        io.load(tmp_path / "a.h5")


@pytest.mark.parametrize(
    "change", ["del h5.attrs['kind']", "del h5['tree']", "del h5['data/weights']", "h5.attrs['format'] = 'x'"]
)
def test_sealed_but_senseless(tmp_path, change):
    io.save(tmp_path / "a.h5", "memory", TREE)
    with h5py.File(tmp_path / "a.h5", "r+") as h5:
        exec(change, {"h5": h5})
    seal.seal(tmp_path / "a.h5")
    with pytest.raises(StoreError) as error:
        io.load(tmp_path / "a.h5")
    assert "a.h5" in sentence(error)


def test_header_padding_is_checked(tmp_path):
    io.save(tmp_path / "a.h5", "memory", TREE)
    content = bytearray((tmp_path / "a.h5").read_bytes())
    content[400] = 1
    text = bytes(content[:448])
    content[448:512] = hashlib.sha256(text).hexdigest().encode()
    (tmp_path / "a.h5").write_bytes(content)
    with pytest.raises(StoreError, match="header makes no sense"):
        io.load(tmp_path / "a.h5")


def small_files(folder):
    """(path, reader, true content) of one container and one spike file of a few kilobytes."""
    io.save(folder / "a.h5", "memory", TREE)
    write_spikes(folder / "s.h5")
    return [
        (folder / "a.h5", lambda p: io.load(p, "memory").tree, TREE),
        (
            folder / "s.h5",
            lambda p: {k: list(v) for k, v in io.read_spikes(p).items()},
            {k: list(v) for k, v in SPIKES.items()},
        ),
    ]


@pytest.mark.parametrize("which", [0, 1])
def test_truncations_are_noticed(tmp_path, which):
    path, read, _ = small_files(tmp_path)[which]
    content = path.read_bytes()
    lengths = sorted({*np.linspace(0, len(content) - 1, 60).astype(int).tolist(), 1, 14, 511, 512, 513})
    assert len(lengths) >= 64
    for length in lengths:
        path.write_bytes(content[:length])
        with pytest.raises(StoreError) as error:
            read(path)
        assert path.name in sentence(error)
    path.write_bytes(content + b"\0")
    with pytest.raises(StoreError):
        read(path)


@pytest.mark.parametrize("which", [0, 1])
def test_bit_flips_never_give_wrong_data(tmp_path, which):
    path, read, truth = small_files(tmp_path)[which]
    content = bytearray(path.read_bytes())
    rng = np.random.default_rng(which)
    bits = [*rng.integers(0, 8 * len(content), 240).tolist(), *rng.integers(0, 8 * seal.SIZE, 60).tolist()]
    refused = 0
    for bit in bits:
        content[bit // 8] ^= 1 << bit % 8
        path.write_bytes(content)
        try:
            assert same(read(path), truth)
        except StoreError:
            refused += 1
        content[bit // 8] ^= 1 << bit % 8
    assert refused == len(bits)
    path.write_bytes(content)
    assert same(read(path), truth)


# ---- writing that goes wrong


def interrupt_at(monkeypatch, number, action):
    """Runs `action` when HDF5 hands over its `number`-th write."""
    original, count = writer._Sink.write, [0]

    def write(self, buffer):
        count[0] += 1
        if count[0] == number:
            action()
        return original(self, buffer)

    monkeypatch.setattr(writer._Sink, "write", write)
    return count


def full_disk(monkeypatch, room):
    """A disk that takes `room` more bytes, the last write only in part."""
    original, left = os.pwrite, [room]

    def pwrite(handle, data, offset):
        if left[0] <= 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        done = original(handle, data[: left[0]], offset)
        left[0] -= done
        return done

    monkeypatch.setattr(os, "pwrite", pwrite)


@pytest.mark.parametrize("room", [0, 1, 700, 3000, 60_000, 200_000])
def test_full_disk_leaves_the_old_file(tmp_path, monkeypatch, room):
    io.save(tmp_path / "a.h5", "memory", TREE)
    old = (tmp_path / "a.h5").read_bytes()
    with monkeypatch.context() as patch:
        full_disk(patch, room)
        with pytest.raises(StoreError) as error:
            io.save(tmp_path / "a.h5", "memory", {"some": SOME, "more": TREE})
    assert "a.h5: no space left on device" in sentence(error)
    assert files(tmp_path) == ["a.h5"]
    assert (tmp_path / "a.h5").read_bytes() == old


@pytest.mark.parametrize("room", [0, 3000, 600_000, 800_000])
def test_full_disk_while_streaming(tmp_path, monkeypatch, room):
    def stream():
        with io.SpikeWriter(tmp_path / "s.h5", {"a": 2}, 1) as out:
            for block in range(60):
                out.append("a", block + np.zeros(1000), np.ones(1000, int))

    full_disk(monkeypatch, room)
    with pytest.raises(StoreError, match="s.h5: no space left on device"):
        stream()
    assert files(tmp_path) == []


def test_full_disk_at_the_sync(tmp_path, monkeypatch):
    def fsync(handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(StoreError, match="no space left"):
        io.save(tmp_path / "a.h5", "memory", TREE)
    assert files(tmp_path) == []


def test_after_a_failed_write_everything_can_still_be_read(tmp_path, monkeypatch):
    """HDF5 may read back what it wrote, also what the disk did not take."""
    (tmp_path / "a").touch()
    sink = writer._Sink(tmp_path / "a")
    sink.write(b"0123456789")
    full_disk(monkeypatch, 2)
    sink.seek(4)
    sink.write(b"abcd")
    sink.seek(6)
    sink.write(b"XYZ...")
    assert sink.error.errno == errno.ENOSPC
    assert sink.seek(0, os.SEEK_END) == 12
    sink.seek(2)
    assert sink.read(12) == b"23abXYZ...\0\0"
    sink.close()


@pytest.mark.skipif(sys.platform != "linux", reason="uses Linux resource limits")
def test_a_real_write_limit_does_not_crash(tmp_path):
    code = """
    import resource, signal, sys
    import numpy as np
    from neuromem import io
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
    for size in (20_000, 500_000):
        try:
            io.save(sys.argv[1], "memory", {"a": np.random.default_rng(0).random(size), "b": np.arange(9)})
        except io.paths.StoreError as error:
            print(error)
    """
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), str(tmp_path / "a.h5")], capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.count("file too large") == 2
    assert files(tmp_path) == []


@pytest.mark.parametrize("number", [1, 2, 4, 6])
def test_interrupt_leaves_the_old_file(tmp_path, monkeypatch, number):
    io.save(tmp_path / "a.h5", "memory", TREE)
    old = (tmp_path / "a.h5").read_bytes()
    handler = signal.getsignal(signal.SIGINT)
    count = interrupt_at(monkeypatch, number, lambda: signal.raise_signal(signal.SIGINT))
    with pytest.raises(KeyboardInterrupt):
        io.save(tmp_path / "a.h5", "memory", {"some": SOME, "more": SOME[::-1]})
    assert count[0] >= number
    assert signal.getsignal(signal.SIGINT) is handler
    assert files(tmp_path) == ["a.h5"]
    assert (tmp_path / "a.h5").read_bytes() == old


@pytest.mark.parametrize("failure", [KeyboardInterrupt, ZeroDivisionError])
def test_failing_block_leaves_nothing(tmp_path, failure):
    def stream():
        with io.SpikeWriter(tmp_path / "s.h5", {"a": 2}, 1) as out:
            out.append("a", np.arange(50_000), np.zeros(50_000, int))
            assert len(files(tmp_path)) == 1  # the temporary file
            raise failure

    def write():
        with io.atomic_path(tmp_path / "t.txt") as temporary:
            temporary.write_text("half")
            raise failure

    for work in (stream, write):
        with pytest.raises(failure):
            work()
    assert files(tmp_path) == []


def test_kill_leaves_the_old_file(tmp_path):
    """SIGKILL at chosen points of a save: at HDF5's writes, before the seal, before the sync, before the rename."""
    code = """
    import os, signal, sys
    import numpy as np
    from neuromem import io
    from neuromem.io import paths, seal, writer
    path, some = sys.argv[1], np.random.default_rng(1).random(40_000)
    io.save(path, "memory", {"version": "old"})
    old = open(path, "rb").read()

    def dying(call, number):
        calls = [0]
        def instead(*arguments):
            calls[0] += 1
            if calls[0] == number:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*arguments)
        return instead

    for owner, name, number in [(writer._Sink, "write", 1), (writer._Sink, "write", 3), (writer._Sink, "write", 9),
                                (seal, "seal", 1), (os, "fsync", 1), (os, "replace", 1)]:
        child = os.fork()
        if child == 0:
            setattr(owner, name, dying(getattr(owner, name), number))
            io.save(path, "memory", {"version": "new", "some": some})
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL, name
        assert open(path, "rb").read() == old, name
    io.save(path, "memory", {"version": "new"})
    """
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), str(tmp_path / "a.h5")], capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    assert io.load(tmp_path / "a.h5").tree == {"version": "new"}


def test_unwritable_places(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("x")
    for path, words in {
        tmp_path / "file" / "a.h5": "not a directory",
        tmp_path / "none" / "a.h5": "no such file or directory; nothing was changed, create the folder first",
        tmp_path: "is a folder",
        "/dev/null": "not an ordinary file",
    }.items():
        with pytest.raises(StoreError) as error:
            io.save(path, "memory", {})
        assert words in sentence(error)
        assert str(path) in sentence(error)
        with pytest.raises(StoreError), io.SpikeWriter(path, {}, 1):
            pass
    assert (tmp_path / "file").read_text() == "x"
    real_open = os.open

    def read_only(path, flags, *rest):
        if flags & os.O_CREAT:
            raise OSError(errno.EROFS, "Read-only file system")
        return real_open(path, flags, *rest)

    monkeypatch.setattr(os, "open", read_only)
    with pytest.raises(StoreError, match="read-only file system"):
        io.save(tmp_path / "a.h5", "memory", {})
    monkeypatch.undo()
    assert files(tmp_path) == ["file"]


def test_writers_at_the_same_time_leave_one_whole_file(tmp_path):
    errors = []

    def work(number):
        try:
            for _ in range(5):
                io.save(tmp_path / "a.h5", "memory", {"number": number, "some": np.full(20_000, number)})
                tree = io.load(tmp_path / "a.h5").tree
                assert (tree["some"] == tree["number"]).all()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert files(tmp_path) == ["a.h5"]


def test_atomic_path_keeps_suffix_mode_and_link(tmp_path):
    (tmp_path / "real.txt").write_text("old")
    (tmp_path / "real.txt").chmod(0o640)
    (tmp_path / "link.txt").symlink_to("real.txt")
    with io.atomic_path(tmp_path / "link.txt") as temporary:
        assert temporary.suffix == ".txt"
        assert temporary.parent == tmp_path
        temporary.write_text("new")
        assert (tmp_path / "real.txt").read_text() == "old"
    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "real.txt").read_text() == "new"
    assert (tmp_path / "real.txt").stat().st_mode & 0o777 == 0o640
    assert files(tmp_path) == ["link.txt", "real.txt"]


def test_reason_is_one_clause():
    assert paths.reason(OSError(errno.EACCES, "x")) == "permission denied"
    assert paths.reason(RuntimeError("bad (errno = 28, error message = 'x')\nmore")) == "no space left on device"
    assert paths.reason(ValueError("first.\nsecond")) == "first"
    assert paths.reason(KeyError("name")) == "name"
    assert paths.reason(ValueError()) == "ValueError"
    assert "memory" in paths.reason(MemoryError())


# ---- spikes

SPIKES = {
    "cue": (np.array([1.0, 2.0, 2.0]), np.array([0, 4, 1])),
    "$odd/name": (np.array([0.5]), np.array([2])),
    "silent": (np.zeros(0), np.zeros(0, np.int64)),
}


def write_spikes(path):
    with io.SpikeWriter(path, {"cue": 5, "$odd/name": 3, "silent": 0}, 0.5, {"seed": 3, "a": np.arange(2)}) as out:
        for population, (times, ids) in SPIKES.items():
            out.append(population, times, ids)


def test_spikes_come_back(tmp_path):
    write_spikes(tmp_path / "s.h5")
    found = io.read_spikes(tmp_path / "s.h5")
    assert list(found) == list(SPIKES)
    for population, (times, ids) in SPIKES.items():
        assert same(found[population][0], times)
        assert same(found[population][1], ids)
    tree = io.load(tmp_path / "s.h5", "spikes").tree
    assert tree["dt"] == 0.5
    assert tree["sizes"] == {"cue": 5, "$odd/name": 3, "silent": 0}
    assert same(tree["attributes"], {"seed": 3, "a": np.arange(2)})
    summary = io.describe(tmp_path / "s.h5")
    assert summary["kind"] == "spikes"
    assert summary["datasets"]["/spikes/cue/timestamps"]["shape"] == (3,)


def test_spike_layout_is_sonata(tmp_path):
    write_spikes(tmp_path / "s.h5")
    with h5py.File(tmp_path / "s.h5") as h5:
        group = h5["spikes/cue"]
        assert group["timestamps"].dtype == np.float64
        assert group["node_ids"].dtype == np.uint64
        assert group["timestamps"].attrs["units"] == "milliseconds"
        sorting = group.attrs.get_id("sorting")
        assert h5py.check_enum_dtype(sorting.dtype) == {"none": 0, "by_id": 1, "by_time": 2}
        assert group.attrs["sorting"] == 2
        assert group["timestamps"].compression is None


@pytest.mark.parametrize("count", [0, 1, 2047, 2048, 32_768, 100_001])
def test_long_streams_in_any_portions(tmp_path, count):
    rng = np.random.default_rng(count)
    times, ids = np.sort(rng.random(count)), rng.integers(0, 9, count)
    with io.SpikeWriter(tmp_path / "s.h5", {"a": 9}, 0.1) as out:
        buffer = np.empty(12_345)
        for start in range(0, count, 12_345):
            part = times[start : start + 12_345]
            buffer[: len(part)] = part
            out.append("a", buffer[: len(part)], ids[start : start + 12_345].tolist())  # the buffer is reused
            assert out._streams["a"].waiting < 1 << 16
    found = io.read_spikes(tmp_path / "s.h5")["a"]
    assert same(found[0], times)
    assert same(found[1], ids)


def test_unsorted_times_are_said_to_be_unsorted(tmp_path):
    with io.SpikeWriter(tmp_path / "s.h5", {"a": 9, "b": 9}, 0.1) as out:
        out.append("a", [2.0], [1])
        out.append("a", [1.0], [1])
        out.append("b", [1.0, 0.0], [1, 1])
    with h5py.File(tmp_path / "s.h5") as h5:
        assert h5["spikes/a"].attrs["sorting"] == 0
        assert h5["spikes/b"].attrs["sorting"] == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("b", [1.0], [1]), "unknown population 'b'; known: a"),
        (("a", [1.0], [9]), "ids must be integers from 0 to 8"),
        (("a", [1.0], [-1]), "ids must be"),
        (("a", [1.0], [0.5]), "ids must be"),
        (("a", [np.nan], [1]), "times must be finite"),
        (("a", ["x"], [1]), "times must be finite"),
        (("a", [1.0, 2.0], [1]), "1-D of one length"),
        (("a", 1.0, 1), "1-D of one length"),
    ],
)
def test_refused_spikes(tmp_path, arguments, words):
    with pytest.raises(StoreError) as error, io.SpikeWriter(tmp_path / "s.h5", {"a": 9}, 0.1) as out:
        out.append(*arguments)
    assert words in sentence(error)
    assert "s.h5" in sentence(error)
    assert files(tmp_path) == []


def test_refused_writers(tmp_path):
    for sizes, dt, attributes in [
        ({"a": 1.5}, 1, {}),
        ({3: 1}, 1, {}),
        (None, 1, {}),
        ({}, "x", {}),
        ({}, 1, {"a": {1}}),
    ]:
        with pytest.raises(StoreError) as error:
            io.SpikeWriter(tmp_path / "s.h5", sizes, dt, attributes)
        assert "s.h5" in sentence(error)
    with pytest.raises(StoreError, match="inside the with block"):
        io.SpikeWriter(tmp_path / "s.h5", {"a": 1}, 1).append("a", [1.0], [0])
    assert files(tmp_path) == []


def foreign_spikes(path, times=(0.5, 1.5), ids=(3, 1), **attributes):
    with h5py.File(path, "w") as h5:
        h5["spikes/v1/timestamps"] = times
        h5["spikes/v1/node_ids"] = ids
        h5["spikes/v1/timestamps"].attrs.update(attributes)


def test_spikes_of_other_programs(tmp_path):
    foreign_spikes(tmp_path / "s.h5", units="ms")
    times, ids = io.read_spikes(tmp_path / "s.h5")["v1"]
    assert same(times, np.array([0.5, 1.5]))
    assert same(ids, np.array([3, 1]))
    with pytest.raises(StoreError, match="is not a neuromem file"):
        io.load(tmp_path / "s.h5")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"units": "seconds"}, "are in seconds"),
        ({"ids": (1,)}, "one number per spike"),
        ({"ids": (0.5, 1.0)}, "no neuron numbers"),
        ({"ids": (-1, 1)}, "no neuron numbers"),
        ({"times": (np.nan, 1.0)}, "not finite"),
        ({"times": ("a", "b")}, "one number per spike"),
    ],
)
def test_senseless_spikes_of_other_programs(tmp_path, content, words):
    foreign_spikes(tmp_path / "s.h5", **content)
    with pytest.raises(StoreError) as error:
        io.read_spikes(tmp_path / "s.h5")
    assert words in sentence(error)
    assert "s.h5" in sentence(error)


def test_files_without_spikes(tmp_path):
    io.save(tmp_path / "a.h5", "memory", {})
    (tmp_path / "text.h5").write_text("x" * 2000)
    with h5py.File(tmp_path / "b.h5", "w") as h5:
        h5["x"] = 1
    with h5py.File(tmp_path / "c.h5", "w") as h5:
        h5["spikes/timestamps"] = [1.0]
    for name, words in {
        "a.h5": "holds memory, not spikes",
        "text.h5": "is not an HDF5 file",
        "b.h5": "holds no spikes",
        "c.h5": "lacks timestamps",
        "d.h5": "does not exist",
    }.items():
        with pytest.raises(StoreError) as error:
            io.read_spikes(tmp_path / name)
        assert words in sentence(error)
        assert name in sentence(error)


def test_our_spikes_with_a_broken_magic_are_not_taken_for_foreign(tmp_path):
    write_spikes(tmp_path / "s.h5")
    content = bytearray((tmp_path / "s.h5").read_bytes())
    content[0] ^= 1
    (tmp_path / "s.h5").write_bytes(content)
    with pytest.raises(StoreError, match="its header is gone"):
        io.read_spikes(tmp_path / "s.h5")
