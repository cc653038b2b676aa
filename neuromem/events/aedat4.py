"""AEDAT 4.0: packets of flatbuffers, plain or each an LZ4 frame (package `lz4`)."""

import struct

import numpy as np

from neuromem.errors import DataError, NotSupportedError
from neuromem.events.address import Events, _bytes, _joined

_MAGIC = b"#!AER-DAT4.0\r\n"
_NAMES = ("none", "lz4", "lz4 high", "zstd", "zstd high")
_RECORD = np.dtype([("t", "<i8"), ("x", "<i2"), ("y", "<i2"), ("on", "u1"), ("pad", "V3")])


def read_aedat4(path):
    """Return the contrast events of all streams, `Events`; other packets are passed over.

    Raises
    ------
    DataError
        Names the byte.
    NotSupportedError
        For files packed by zstd, or by LZ4 where the package `lz4` is not installed.
    """
    content, place = _bytes(path), len(_MAGIC) + 4
    if not content.startswith(_MAGIC) or len(content) < place:
        raise DataError(f"{path}: byte 0 does not begin an AEDAT 4.0 header; is it another kind of file?")
    (size,) = struct.unpack_from("<I", content, len(_MAGIC))
    header = _whole(path, content, place, size)
    try:
        compression, end = _scalar(header, 0, "<i", 0), _scalar(header, 1, "<q", -1)
    except struct.error:
        raise DataError(f"{path}: byte {place} does not begin an IOHeader") from None
    unpack, place, parts = _unpacker(path, compression), place + size, []
    end = end if place <= end <= len(content) else len(content)
    while place < end:
        if place + 8 > len(content):
            raise DataError(f"{path}: is cut short at byte {len(content)}, inside the packet header at byte {place}")
        _, size = struct.unpack_from("<ii", content, place)
        packed = _whole(path, content, place + 8, size)
        try:
            body = unpack(packed)
            if body[8:12] == b"EVTS":
                parts.append(_events(body[4:]))
        except (struct.error, ValueError, RuntimeError):
            raise DataError(f"{path}: the packet at byte {place} is damaged") from None
        place += 8 + size
    return _joined(parts)


def _whole(path, content, place, size):
    if size < 0 or place + size > len(content):
        raise DataError(f"{path}: is cut short at byte {len(content)}, what begins at byte {place} has {size} bytes")
    return content[place : place + size]


def _unpacker(path, compression):
    """A function from the bytes of a packet to those of its flatbuffer."""
    if compression == 0:
        return bytes
    name = _NAMES[compression] if 0 <= compression < len(_NAMES) else f"method {compression}"
    try:
        if compression not in (1, 2):
            raise ImportError
        from lz4.frame import decompress
    except ImportError:
        hint = "install the package lz4" if compression in (1, 2) else "write it again with LZ4 or plain"
        raise NotSupportedError(f"{path}: its packets are packed by {name}; {hint}") from None
    return decompress


def _field(buffer, k):
    """Where field k of the root table lies, or None."""
    (table,) = struct.unpack_from("<I", buffer, 0)
    (back,) = struct.unpack_from("<i", buffer, table)
    (length,) = struct.unpack_from("<H", buffer, table - back)
    if 4 + 2 * k >= length:
        return None
    (offset,) = struct.unpack_from("<H", buffer, table - back + 4 + 2 * k)
    return table + offset if offset else None


def _scalar(buffer, k, kind, default):
    place = _field(buffer, k)
    return default if place is None else struct.unpack_from(kind, buffer, place)[0]


def _events(buffer):
    """The vector of records in field 0."""
    place = _field(buffer, 0)
    if place is None:
        return _joined([])
    (offset,) = struct.unpack_from("<I", buffer, place)
    (count,) = struct.unpack_from("<I", buffer, place + offset)
    rows = np.frombuffer(buffer, _RECORD, count, place + offset + 4)
    return Events(rows["t"].astype(np.int64), rows["x"].astype(np.int32), rows["y"].astype(np.int32), rows["on"] > 0)
