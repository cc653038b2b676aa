"""Writing that goes wrong leaves what was there: full disks, interrupts, kills, two writers at once."""

import errno
import os
import signal
import subprocess
import sys
import textwrap
import threading

import numpy as np
import pytest

from io_files import SOME, TREE, files, sentence
from neuromem import io
from neuromem.errors import StoreError
from neuromem.io import paths, writer


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
