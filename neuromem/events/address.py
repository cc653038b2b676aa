"""Event files of cameras: N-MNIST and SLAYER records, AEDAT 2.0 and 3.1, Prophesee .dat and EVT2, Event Stream.

Every reader takes a path and returns `Events`. A file that is cut short, or cannot be what it should be, raises a
DataError that names the byte where reading stopped.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from neuromem.errors import DataError


@dataclass(frozen=True, eq=False)
class Events:
    """times : int64 us; x, y : int32; on : bool; all (k,), in the order of the file."""

    times: np.ndarray
    x: np.ndarray
    y: np.ndarray
    on: np.ndarray

    def __len__(self):
        return self.times.size


def read_nmnist(path, size=34):
    """N-MNIST .bin, 5 bytes per event, also SLAYER .bs2: x, y, polarity and 23 bits of time, big-endian.

    A row of 240 marks an overflow of the clock: 2^13 us are added to all times after it.
    """
    content, records = _records(path, 5)
    b = records.astype(np.int64)
    times = ((b[:, 2] & 0x7F) << 16) | (b[:, 3] << 8) | b[:, 4]
    overflow = b[:, 1] == 240
    times = times + (np.cumsum(overflow) << 13)
    events = Events(times, b[:, 0].astype(np.int32), b[:, 1].astype(np.int32), (b[:, 2] & 0x80) > 0)
    events = _some(events, ~overflow)
    _inside(path, events, size, size, np.flatnonzero(~overflow) * 5)
    return events


def read_bs1(path):
    """SLAYER .bs1: 2 bytes neuron, polarity and 23 bits of time, big-endian; the neuron is x."""
    _, records = _records(path, 5)
    b = records.astype(np.int64)
    times = ((b[:, 2] & 0x7F) << 16) | (b[:, 3] << 8) | b[:, 4]
    neuron = ((b[:, 0] << 8) | b[:, 1]).astype(np.int32)
    return Events(times, neuron, np.zeros_like(neuron), (b[:, 2] & 0x80) > 0)


def read_bs3(path):
    """SLAYER .bs3: 12 bits x, 12 bits y, 8 bits channel (0 or 1 here), 24 bits time, big-endian."""
    _, records = _records(path, 7)
    b = records.astype(np.int64)
    x, y = (b[:, 0] << 4) | (b[:, 1] >> 4), ((b[:, 1] & 15) << 8) | b[:, 2]
    times = (b[:, 4] << 16) | (b[:, 5] << 8) | b[:, 6]
    return Events(times, x.astype(np.int32), y.astype(np.int32), b[:, 3] > 0)


def read_aedat2(path, sensor="dvs128"):
    """AEDAT 2.0: lines that begin with #, then pairs of big-endian uint32, address and us.

    sensor : "dvs128", x = 127 - bits 1 to 7, y = bits 8 to 14, on where bit 0 is 0, as in jAER; "davis", x = bits 12 to
    21, y = bits 22 to 30, on = bit 11, other events left out
    """
    content, start = _after_comments(path, b"#!AER-DAT2")
    a = _words(path, content, start, ">u4", 2).astype(np.int64)
    address, times = a[:, 0], a[:, 1]
    if sensor == "dvs128":
        return Events(times, (127 - ((address >> 1) & 0x7F)).astype(np.int32), ((address >> 8) & 0x7F).astype(np.int32),
                      (address & 1) == 0)  # fmt: skip
    if sensor != "davis":
        raise DataError(f"read_aedat2.sensor: dvs128 or davis is expected, got {sensor!r}")
    x, y = ((address >> 12) & 0x3FF).astype(np.int32), ((address >> 22) & 0x1FF).astype(np.int32)
    events = Events(times, x, y, ((address >> 11) & 1) > 0)
    return _some(events, (address >> 31 == 0) & ((address >> 10) & 1 == 0))


def read_aedat3(path):
    """AEDAT 3.1, polarity packets: DVS Gesture and others."""
    content = _bytes(path)
    mark = b"#!END-HEADER\r\n"
    place = content.find(mark)
    if not content.startswith(b"#!AER-DAT3") or place < 0:
        raise DataError(f"{path}: byte 0 does not begin an AEDAT 3.1 header; is it another kind of file?")
    place, parts = place + len(mark), []
    while place < len(content):
        if place + 28 > len(content):
            raise DataError(f"{path}: is cut short at byte {len(content)}, inside the packet header at byte {place}")
        kind = int.from_bytes(content[place : place + 2], "little")
        size, _, overflow, capacity, number = np.frombuffer(content, "<u4", 5, place + 4).astype(np.int64)
        if size <= 0 or number > capacity:
            raise DataError(f"{path}: byte {place} is no packet header ({number} of {capacity} events of {size} bytes)")
        end = place + 28 + int(size * capacity)
        if end > len(content):
            raise DataError(f"{path}: is cut short at byte {len(content)}, the packet at byte {place} ends at {end}")
        if kind == 1:
            if size != 8:
                raise DataError(f"{path}: byte {place + 4} says events of {size} bytes, 8 are expected")
            data = np.frombuffer(content, "<u4", int(2 * number), place + 28).astype(np.int64).reshape(-1, 2)
            d, t = data[:, 0], data[:, 1] | (overflow << 31)
            every = Events(
                t, ((d >> 17) & 0x7FFF).astype(np.int32), ((d >> 2) & 0x7FFF).astype(np.int32), (d >> 1) & 1 > 0
            )
            parts.append(_some(every, (d & 1) > 0))
        place = end
    return _joined(parts)


def read_dat(path):
    """Prophesee and ATIS .dat, version 2: % lines, 2 bytes, then pairs of little-endian uint32."""
    content, start = _after_comments(path, b"", b"%")
    if start + 2 > len(content) or content[start + 1] != 8:
        raise DataError(f"{path}: byte {start + 1} is not 8, the size of an event")
    w = _words(path, content, start + 2, "<u4", 2).astype(np.int64)
    word = w[:, 1]
    return Events(w[:, 0], (word & 0x3FFF).astype(np.int32), ((word >> 14) & 0x3FFF).astype(np.int32), (word >> 28) > 0)


def read_evt2(path):
    """Prophesee EVT2 .raw: % lines, then little-endian uint32, contrast events and the high bits of time."""
    content, start = _after_comments(path, b"", b"%")
    w = _words(path, content, start, "<u4", 1).astype(np.int64).ravel()
    kind = w >> 28
    is_high, is_event = kind == 8, kind <= 1
    known = np.isin(kind, (0, 1, 8, 10, 14, 15))
    if not known.all():
        k = int(np.argmin(known))
        raise DataError(f"{path}: byte {start + 4 * k} begins a word of unknown type {kind[k]}")
    last = np.maximum.accumulate(np.where(is_high, np.arange(w.size), -1)) if w.size else np.zeros(0, np.int64)
    if (last[is_event] < 0).any():
        raise DataError(f"{path}: byte {start + 4 * int(np.argmax(is_event))} has an event before any time")
    high = np.where(last >= 0, w[last] & 0x0FFFFFFF, 0) if w.size else w
    times = (high << 6) | ((w >> 22) & 0x3F)
    return _some(Events(times, ((w >> 11) & 0x7FF).astype(np.int32), (w & 0x7FF).astype(np.int32), kind == 1), is_event)


def read_es(path):
    """Event Stream 2, contrast events (type 1): time differences of 7 bits, polarity, x and y."""
    content = _bytes(path)
    if content[:12] != b"Event Stream" or len(content) < 20:
        raise DataError(f"{path}: byte 0 does not begin an Event Stream header; is it another kind of file?")
    if content[15] != 1:
        raise DataError(f"{path}: byte 15 says events of type {content[15]}, only 1 (contrast) can be read")
    width, height = np.frombuffer(content, "<u2", 2, 16)
    place, now, rows = 20, 0, []
    while place < len(content):
        c = content[place]
        if c >= 0xFE:
            now, place = now + (127 if c == 0xFF else 0), place + 1
            continue
        if place + 5 > len(content):
            raise DataError(f"{path}: is cut short at byte {len(content)}, inside the event at byte {place}")
        now += c >> 1
        rows.append((now, content[place + 1] | content[place + 2] << 8, content[place + 3] | content[place + 4] << 8,
                     c & 1, place))  # fmt: skip
        place += 5
    table = np.array(rows, np.int64).reshape(-1, 5)
    events = Events(table[:, 0], table[:, 1].astype(np.int32), table[:, 2].astype(np.int32), table[:, 3] > 0)
    _inside(path, events, int(width), int(height), table[:, 4])
    return events


# ---- pieces


def _bytes(path):
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({type(error).__name__})") from None


def _records(path, size):
    """The file's bytes, and as rows of `size` of them."""
    content = _bytes(path)
    if len(content) % size:
        whole = len(content) - len(content) % size
        raise DataError(f"{path}: is cut short at byte {len(content)}, inside the event at byte {whole}")
    return content, np.frombuffer(content, np.uint8).reshape(-1, size)


def _after_comments(path, begins, sign=b"#"):
    """The file's bytes, and where its lines of comment end."""
    content, start = _bytes(path), 0
    if not content.startswith(begins or sign):
        raise DataError(f"{path}: byte 0 does not begin a header of {(begins or sign).decode()}")
    while content.startswith(sign, start):
        end = content.find(b"\n", start)
        if end < 0:
            raise DataError(f"{path}: is cut short at byte {len(content)}, inside the header line at byte {start}")
        start = end + 1
    return content, start


def _words(path, content, start, kind, columns):
    size = np.dtype(kind).itemsize * columns
    if (len(content) - start) % size:
        whole = len(content) - (len(content) - start) % size
        raise DataError(f"{path}: is cut short at byte {len(content)}, inside the event at byte {whole}")
    return np.frombuffer(content, kind, offset=start).reshape(-1, columns)


def _inside(path, events, width, height, places):
    outside = (events.x >= width) | (events.y >= height)
    if outside.any():
        k = int(outside.argmax())
        raise DataError(
            f"{path}: the event at byte {int(places[k])} is at ({events.x[k]}, {events.y[k]}), outside the sensor of "
            f"{width} x {height}"
        )


def _some(events, which):
    return Events(events.times[which], events.x[which], events.y[which], events.on[which])


def _joined(parts):
    if not parts:
        return Events(np.zeros(0, np.int64), np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, bool))
    return Events(*(np.concatenate([getattr(p, name) for p in parts]) for name in ("times", "x", "y", "on")))
