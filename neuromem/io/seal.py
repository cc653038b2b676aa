"""The seal: 512 bytes in front of the HDF5 data that prove every bit of a file before HDF5 gets to see it.

HDF5 skips such a block (its "userblock"), so the files stay readable with every HDF5 tool. Its content:

    bytes 0..447    text, padded with zeros: the magic line, "version V", "length L", "sha256 <of the L bytes behind>"
    bytes 448..511  sha256, in hexadecimal, of bytes 0..447

A file cut short, grown or with any bit changed, in the seal or behind it, is refused by `verify`.
"""

import hashlib
import os
import re

from neuromem.errors import StoreError
from neuromem.io.paths import existing_file, reason

FORMAT_VERSION = 1
SIZE = 512
MAGIC = b"neuromem file\n"
_TEXT = SIZE - 64
_FIELDS = re.compile(rb"version (\d{1,9})\nlength (\d{1,18})\nsha256 ([0-9a-f]{64})\n")


def is_sealed(path):
    """Whether the file at `path` starts as a neuromem file does. StoreError when it cannot be read."""
    path = existing_file(path)
    try:
        with open(path, "rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except OSError as error:
        raise StoreError(f"cannot read {path}: {reason(error)}; check its permissions") from error


def seal(path, version=FORMAT_VERSION):
    """Writes the seal into the first 512 bytes of the file at `path`, which the HDF5 library left free.

    path: a file nobody else is writing; version: int, the format version to state
    """
    with open(path, "r+b") as file:
        file.seek(SIZE)
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        length = os.fstat(file.fileno()).st_size - SIZE
        file.seek(0)
        file.write(_header(version, length, digest))


def verify(path, kind=None):
    """Checks the seal against every byte of the file; returns the format version, an int.

    kind: str, what the file should hold, for the message about a foreign one
    Raises StoreError when the file is missing, foreign, truncated, damaged or of a newer format.
    """
    path = existing_file(path)
    try:
        with open(path, "rb") as file:
            version, length, digest = _parse(path, file.read(SIZE), kind)
            found = os.fstat(file.fileno()).st_size - SIZE
            if found != length:
                raise StoreError(
                    f"{path} is damaged: {length} bytes of data expected, {max(found, 0)} found; "
                    "restore it from a copy or write it again"
                )
            intact = hashlib.file_digest(file, "sha256").hexdigest() == digest
    except StoreError:
        raise
    except OSError as error:
        raise StoreError(f"cannot read {path}: {reason(error)}; check its permissions") from error
    if not intact:
        raise StoreError(f"{path} is damaged: its checksum is wrong; restore it from a copy or write it again")
    return version


def _header(version, length, digest):
    text = MAGIC + f"version {version}\nlength {length}\nsha256 {digest}\n".encode()
    text = text.ljust(_TEXT, b"\0")
    return text + hashlib.sha256(text).hexdigest().encode()


def _parse(path, block, kind):
    """(version, length, sha256) out of the first 512 bytes; StoreError unless every byte is as it was written."""
    if not block:
        raise StoreError(f"{path} is empty; restore it from a copy or write it again")
    if not block.startswith(MAGIC):
        wanted = "one" if kind is None else f"a {kind} file"
        raise StoreError(f"{path} is not a neuromem file; give {wanted} that neuromem wrote")
    if len(block) < SIZE or hashlib.sha256(block[:_TEXT]).hexdigest().encode() != block[_TEXT:]:
        raise StoreError(f"{path} is damaged: its header is incomplete; restore it from a copy or write it again")
    found = _FIELDS.match(block, len(MAGIC))
    version = int(found[1]) if found else None
    if version is not None and version > FORMAT_VERSION:
        raise StoreError(
            f"{path} has format version {version}, newer than version {FORMAT_VERSION} which this neuromem reads; "
            "update neuromem"
        )
    if version != FORMAT_VERSION or _header(version, int(found[2]), found[3].decode()) != block:
        raise StoreError(f"{path} is damaged: its header makes no sense; write it again")
    return version, int(found[2]), found[3].decode()
