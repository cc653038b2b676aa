"""Event files in the layouts of their publishers, written here byte by byte: what is read, and what damage is named."""

import struct

import h5py
import numpy as np
import pytest

from neuromem import events
from neuromem.errors import DataError, NotSupportedError, PatternError
from neuromem.events import address, aedat4, sets

EVENTS = [(5, 3, 7, True), (300, 33, 0, False), (70_000, 0, 33, True), (8_000_000, 20, 20, False)]  # us, x, y, on


def nmnist_bytes(items=EVENTS):
    return b"".join(bytes([x, y, (on << 7) | (t >> 16), (t >> 8) & 255, t & 255]) for t, x, y, on in items)


def bs3_bytes():
    return b"".join(
        bytes([x >> 4, (x & 15) << 4 | y >> 8, y & 255, on]) + t.to_bytes(3, "big") for t, x, y, on in EVENTS
    )


def aedat2_bytes():
    body = b"".join(struct.pack(">II", (127 - x) << 1 | y << 8 | (not on), t) for t, x, y, on in EVENTS)
    return b"#!AER-DAT2.0\r\n# a comment\r\n" + body


def davis_bytes():
    body = b"".join(struct.pack(">II", y << 22 | x << 12 | on << 11, t) for t, x, y, on in EVENTS)
    body += struct.pack(">II", 1 << 31, 9) + struct.pack(">II", 1 << 10, 9)  # no contrast events
    return b"#!AER-DAT2.0\r\n" + body


def aedat3_bytes(valid=True, size=8, number=None):
    packets = b""
    for some in (EVENTS[:3], EVENTS[3:]):
        head = struct.pack("<HHIIIIII", 1, 0, size, 4, 0, len(some) + 1, number or len(some), len(some))
        body = b"".join(struct.pack("<II", x << 17 | y << 2 | on << 1 | valid, t) for t, x, y, on in some)
        packets += head + body + bytes(8)
    special = struct.pack("<HHIIIIII", 0, 0, 8, 4, 0, 1, 1, 1) + bytes(8)
    return b"#!AER-DAT3.1\r\nFormat: RAW\r\n#!END-HEADER\r\n" + special + packets


def dat_bytes():
    body = b"".join(struct.pack("<II", t, x | y << 14 | on << 28) for t, x, y, on in EVENTS)
    return b"% Data file\n% Version 2\n" + bytes([0, 8]) + body


def evt2_bytes():
    words, high = [], -1
    for t, x, y, on in EVENTS:
        if t >> 6 != high:
            high = t >> 6
            words.append(8 << 28 | high)
        words.append(on << 28 | (t & 63) << 22 | x << 11 | y)
    return b"% evt 2.0\n" + np.array(words, "<u4").tobytes()


def es_bytes():
    out, now = b"Event Stream" + bytes([2, 0, 0, 1]) + struct.pack("<HH", 34, 34), 0
    for t, x, y, on in EVENTS[:3]:
        while t - now >= 127:
            out, now = out + b"\xff", now + 127
        out += b"\xfe" + bytes([(t - now) << 1 | on]) + struct.pack("<HH", x, y)
        now = t
    return out


def table(*fields):
    """A flatbuffer of one table after its root offset and identifier: (identifier, [bytes or None of each field])."""
    identifier, fields = fields[0], fields[1:]
    vtable, body, places = 8, b"", []
    start = vtable + 4 + 2 * len(fields)
    start += -start % 4
    for data in fields:
        places.append(0 if data is None else 4 + len(body))
        body += data or b""
    head = struct.pack("<HH", 4 + 2 * len(fields), 4 + len(body)) + b"".join(struct.pack("<H", p) for p in places)
    padding = bytes(start - vtable - len(head))
    return struct.pack("<I", start) + identifier + head + padding + struct.pack("<i", start - vtable) + body


def aedat4_bytes(compression=0, packed=lambda body: body, end=None):
    packets = b""
    for some in (EVENTS[:3], EVENTS[3:]):
        rows = b"".join(struct.pack("<qhhB3x", t, x, y, on) for t, x, y, on in some)
        buffer = table(b"EVTS", struct.pack("<I", 4) + struct.pack("<I", len(some)) + rows)
        body = packed(struct.pack("<I", len(buffer)) + buffer)
        packets += struct.pack("<ii", 0, len(body)) + body
    other = packed(struct.pack("<I", 12) + table(b"FRME", None))
    packets = struct.pack("<ii", 1, len(other)) + other + packets
    header = table(b"IOHE", struct.pack("<i", compression), None if end is None else struct.pack("<q", end))
    return b"#!AER-DAT4.0\r\n" + struct.pack("<I", len(header)) + header + packets


KINDS = {
    "aedat4": (aedat4.read_aedat4, aedat4_bytes, 4),
    "nmnist": (address.read_nmnist, nmnist_bytes, 4),
    "bs3": (address.read_bs3, bs3_bytes, 4),
    "aedat2": (address.read_aedat2, aedat2_bytes, 4),
    "davis": (lambda path: address.read_aedat2(path, "davis"), davis_bytes, 4),
    "aedat3": (address.read_aedat3, aedat3_bytes, 4),
    "dat": (address.read_dat, dat_bytes, 4),
    "evt2": (address.read_evt2, evt2_bytes, 4),
    "es": (address.read_es, es_bytes, 3),
}


@pytest.fixture
def put(tmp_path):
    def write(content):
        path = tmp_path / "events.bin"
        path.write_bytes(content)
        return path

    return write


@pytest.mark.parametrize("kind", KINDS)
def test_every_layout_gives_its_events(kind, put):
    read, content, count = KINDS[kind]
    found = read(put(content()))
    rows = list(zip(found.times.tolist(), found.x.tolist(), found.y.tolist(), found.on.tolist()))
    assert rows == EVENTS[:count]
    assert (found.times.dtype, found.x.dtype, found.on.dtype) == (np.int64, np.int32, bool)


@pytest.mark.parametrize("kind", KINDS)
def test_a_truncated_file_is_named_with_its_byte(kind, put):
    read, content, _ = KINDS[kind]
    whole = content()
    for cut in (1, 2, 3):
        path = put(whole[:-cut])
        with pytest.raises(DataError, match=f"cut short at byte {len(whole) - cut}") as caught:
            read(path)
        assert str(path) in str(caught.value)


@pytest.mark.parametrize("kind", KINDS)
def test_any_cut_gives_events_or_an_error_of_ours(kind, put):
    read, content, count = KINDS[kind]
    whole = content()
    for end in range(len(whole)):
        try:
            found, said = len(read(put(whole[:end]))), "byte"
        except DataError as error:
            found, said = 0, str(error)
        assert found <= count
        assert "byte" in said
    with pytest.raises(DataError, match="cannot be read"):
        read("nowhere.bin")


def test_bs1_has_neurons(put):
    path = put(bytes([1, 2, 0x81, 0, 3]))
    found = address.read_bs1(path)
    assert (found.x.tolist(), found.times.tolist(), found.on.tolist()) == ([258], [65539], [True])
    with pytest.raises(DataError, match="byte 5"):
        address.read_bs1(put(bytes(7)))


def test_the_clock_of_nmnist_runs_over(put):
    marker = (0, 0, 240, False)
    found = address.read_nmnist(put(nmnist_bytes([EVENTS[0], marker, EVENTS[1], marker, EVENTS[1]])))
    assert found.times.tolist() == [5, 300 + 8192, 300 + 2 * 8192]


@pytest.mark.parametrize(
    ("content", "read", "said"),
    [
        (nmnist_bytes([EVENTS[0], (9, 34, 0, True)]), address.read_nmnist, r"event at byte 5 is at \(34, 0\)"),
        (b"#!AER-DAT3.1\r\nno end", address.read_aedat3, "byte 0"),
        (b"text", address.read_aedat2, "byte 0"),
        (b"#!AER-DAT4.0\r\n" + bytes(4), aedat4.read_aedat4, "IOHeader"),
        (b"#!AER-DAT3.1\r\n" + bytes(9), aedat4.read_aedat4, "byte 0"),
        (b"#!AER-DAT2.0", address.read_aedat2, "cut short at byte 12"),
        (b"% header\n\x00\x09", address.read_dat, "byte 10 is not 8"),
        (b"% evt 2.0\n" + struct.pack("<I", 5 << 28), address.read_evt2, "byte 10 begins a word of unknown type 5"),
        (b"% evt 2.0\n" + struct.pack("<I", 1 << 28), address.read_evt2, "byte 10 has an event before any time"),
        (b"Event Stream" + bytes(8), address.read_es, "byte 15"),
        (b"Event", address.read_es, "byte 0"),
        (es_bytes()[:20] + bytes([3, 40, 0, 1, 0]), address.read_es, r"byte 20 is at \(40, 1\)"),
        (aedat3_bytes(number=9), address.read_aedat3, "is no packet header"),
        (aedat3_bytes(size=16)[:-8] + bytes(90), address.read_aedat3, "events of 16 bytes"),
    ],
)
def test_damage_is_named(content, read, said, put):
    with pytest.raises(DataError, match=said):
        read(put(content))


def test_aedat4_ends_where_its_table_begins(put):
    whole = aedat4_bytes(end=0)
    found = aedat4.read_aedat4(put(aedat4_bytes(end=len(whole)) + b"a table of contents"))
    assert len(found) == 4


def test_packed_packets_are_unpacked_or_refused(put, monkeypatch):
    import sys
    import types
    import zlib

    with pytest.raises(NotSupportedError, match="zstd"):
        aedat4.read_aedat4(put(aedat4_bytes(compression=3)))
    monkeypatch.setitem(sys.modules, "lz4.frame", None)
    with pytest.raises(NotSupportedError, match="install the package lz4"):
        aedat4.read_aedat4(put(aedat4_bytes(compression=1)))
    frame = types.SimpleNamespace(decompress=zlib.decompress)  # stands in for a package that may not be there
    monkeypatch.setitem(sys.modules, "lz4", types.SimpleNamespace(frame=frame))
    monkeypatch.setitem(sys.modules, "lz4.frame", frame)
    assert len(aedat4.read_aedat4(put(aedat4_bytes(compression=1, packed=zlib.compress)))) == 4


def test_invalid_events_are_left_out(put):
    assert len(address.read_aedat3(put(aedat3_bytes(valid=False)))) == 0
    with pytest.raises(DataError, match="sensor"):
        address.read_aedat2(put(aedat2_bytes()), "eye")


# ---- sets


def test_nmnist_takes_one_polarity_of_the_middle(tmp_path):
    for digit in range(10):
        (tmp_path / str(digit)).mkdir()
        for k in range(2):
            (tmp_path / str(digit) / f"{k:05}.bin").write_bytes(nmnist_bytes([(10, 9 + digit, 10, True), *EVENTS]))
    found = sets.nmnist(tmp_path)
    assert found.y.tolist() == np.repeat(np.arange(10), 2).tolist()
    assert found.inputs == 256
    assert [item[1].tolist() for item in found.items[::2]] == [[16 + digit] for digit in range(10)]
    trains = found.trains(50, 300_000)
    assert (len(trains), trains.steps, trains.inputs) == (20, 50, 256)
    assert len(sets.nmnist(tmp_path, count=1).items) == 10
    (tmp_path / "3" / "00000.bin").write_bytes(b"abc")
    with pytest.raises(DataError, match="00000.bin: is cut short at byte 3"):
        sets.nmnist(tmp_path)
    with pytest.raises(DataError, match=r"0/\*.bin"):
        sets.nmnist(tmp_path / "none")


@pytest.fixture
def heidelberg(tmp_path):
    path = tmp_path / "shd.h5"
    with h5py.File(path, "w") as h5:
        for name, kind, values in (
            ("times", np.float16, [[0.0, 0.5, 1.0], [0.25]]),
            ("units", np.uint16, [[0, 699, 3], [5]]),
        ):
            data = h5.create_dataset(f"spikes/{name}", (2,), h5py.vlen_dtype(kind))
            for k, row in enumerate(values):
                data[k] = np.array(row, kind)
        h5["labels"] = np.array([19, 0])
    return path


def test_heidelberg_digits(heidelberg):
    found = sets.shd(heidelberg)
    assert found.y.tolist() == [19, 0]
    assert found.items[0][0].tolist() == [0, 500_000, 1_000_000]
    assert found.items[0][1].tolist() == [0, 699, 3]
    assert found.trains(10, 1_400_000).dense().sum() == 4


def test_damaged_heidelberg_digits(heidelberg):
    with h5py.File(heidelberg, "a") as h5:
        h5["spikes/units"][1] = np.array([700], np.uint16)
    with pytest.raises(DataError, match="item 1 has input 700"):
        sets.shd(heidelberg)
    with h5py.File(heidelberg, "a") as h5:
        h5["spikes/units"][1] = np.array([7, 8], np.uint16)
    with pytest.raises(DataError, match="item 1 has 1 times for 2"):
        sets.shd(heidelberg)
    with h5py.File(heidelberg, "a") as h5:
        del h5["spikes/units"]
    with pytest.raises(DataError, match="no spikes/units"):
        sets.shd(heidelberg)
    heidelberg.write_bytes(heidelberg.read_bytes()[:-50])
    with pytest.raises(DataError, match="cut short"):
        sets.shd(heidelberg)
    with pytest.raises(DataError, match="no such file"):
        sets.shd("nowhere.h5")


def test_spoken_digits(tmp_path):
    path = tmp_path / "n-tidigits.hdf5"
    names = ["ae-a-o", "ae-b-12", "ae-c-9", "bc-a-z"]
    with h5py.File(path, "w") as h5:
        h5["test_labels"] = np.array(names, "S")
        for k, name in enumerate(names):
            h5[f"test_addresses/{name}"] = np.array([k, 63])
            h5[f"test_timestamps/{name}"] = np.array([0.001, 0.5 + k])
    found = sets.ntidigits(path, "test")
    assert found.y.tolist() == [0, 9, 10]
    assert found.items[1][1].tolist() == [2, 63]
    assert found.items[1][0].tolist() == [1000, 2_500_000]
    with pytest.raises(DataError, match="train_labels"):
        sets.ntidigits(path)
    with h5py.File(path, "a") as h5:
        del h5["test_addresses/bc-a-z"]
    with pytest.raises(DataError, match="test_addresses/bc-a-z"):
        sets.ntidigits(path, "test")
    with pytest.raises(DataError, match="part"):
        sets.ntidigits(path, "both")


# ---- trains


def test_trains_and_dense_spikes():
    spikes = np.random.default_rng(0).random((4, 9, 7)) < 0.2
    trains = events.from_dense(spikes)
    assert np.array_equal(trains.dense(), spikes)
    assert len(events.from_dense(spikes[:0])) == 0


def test_binned_events():
    trains = events.binned([([0, 10, 99, 100], [1, 1, 2, 0]), ([], [])], 3, 10, 100)
    dense = trains.dense()
    assert np.argwhere(dense).tolist() == [[0, 0, 1], [0, 1, 1], [0, 9, 2]]
    with pytest.raises(PatternError, match="item 0 has input 3"):
        events.binned([([0], [3])], 3, 10, 100)


def test_regular_trains_have_their_rate():
    values = np.array([[0.0, 0.25, 0.5, 1.0]])
    dense = events.regular(values, 40, rate=0.8).dense()
    assert dense.sum(axis=1).tolist() == [[0, 8, 16, 32]]
    assert events.regular(values, 40).dense()[0, :, 3].all()
    for bad in (values + 1, values[0], np.array([[np.nan]]), values - 1):
        with pytest.raises(PatternError, match="from 0 to 1"):
            events.regular(bad)


def test_a_scan_goes_over_the_columns():
    image = np.zeros((1, 3, 4))
    image[0, 1, 2] = 1.0
    dense = events.scanned(image.reshape(1, -1), 3, steps=8).dense()
    assert np.argwhere(dense).tolist() == [[0, 4, 1], [0, 5, 1]]


def test_shrunk_images_keep_their_mean():
    images = np.random.default_rng(0).integers(0, 256, (3, 28, 28), dtype=np.uint8)
    small = events.shrunk(images)
    assert small.shape == (3, 256)
    np.testing.assert_allclose(small.mean(axis=1), images[:, 4:24, 4:24].mean(axis=(1, 2)) / 255, rtol=1e-5)
    for bad in (np.zeros((2, 2)), np.zeros((2, 2, 2), int)):
        with pytest.raises(PatternError):
            events.from_dense(bad)
