"""Zips, and the `.npz` among them, read in bounded memory: nothing that a file says of itself is believed.

What a file unpacks to is known from its directory, and refused when it is large, before a byte of it is expanded.
"""

from __future__ import annotations

import io
import math
import struct
import tokenize
import zipfile
import zlib
from pathlib import Path
from typing import BinaryIO

import numpy as np

from .errors import BadCode

LARGEST = 5_000_000  # bytes of one file, and of all that it unpacks to; one head's code has about 6000
MOST_ENTRIES = 1000  # of one zip
LARGEST_DIRECTORY = 200 * MOST_ENTRIES  # bytes of the list of entries in a zip
LONGEST_HEADER = 1000  # characters that describe an array; numpy writes 118
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # numpy and every zip program write these
ENCRYPTED = 1  # bit of an entry's flags
NO_CODE = "This is not a head code file, or it is damaged."
TOO_LARGE = f"This file unpacks to more than {LARGEST // 1_000_000} MB; a head code is much smaller."
TOO_MANY = f"This file has more than {MOST_ENTRIES} files in it."
LOCKED = "This file is locked with a password; a head code needs none."
UNREADABLE = (  # what Python's and numpy's readers raise of damaged files
    zipfile.BadZipFile, zlib.error, struct.error, tokenize.TokenError, OSError, EOFError, ValueError, TypeError,
    AttributeError, LookupError, ArithmeticError, RuntimeError, MemoryError, SyntaxError,
)  # fmt: skip


def read_bounded(file: str | Path | BinaryIO) -> bytes:
    """All of a file, or of what is left of an open one. Raises BadCode."""
    try:
        if isinstance(file, str | Path):
            with open(file, "rb") as opened:
                content = opened.read(LARGEST + 1)
        else:
            content = bytes(file.read(LARGEST + 1))
    except UNREADABLE as error:
        raise BadCode(NO_CODE) from error
    if len(content) > LARGEST:
        raise BadCode(TOO_LARGE)
    return content


def open_zip(content: bytes) -> zipfile.ZipFile:
    """The zip in `content`. Raises BadCode for what is none, and for one of too many entries."""
    end = content.rfind(b"PK\x05\x06")  # where a zip says how long its list of entries is
    if end >= 0 and int.from_bytes(content[end + 12 : end + 16], "little") > LARGEST_DIRECTORY:
        raise BadCode(TOO_MANY)
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except UNREADABLE as error:
        raise BadCode(NO_CODE) from error
    if len(archive.infolist()) > MOST_ENTRIES:
        raise BadCode(TOO_MANY)
    return archive


def read_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, room: int = LARGEST) -> bytes:
    """What one entry unpacks to, at most `room` bytes. Raises BadCode."""
    if entry.file_size > room:
        raise BadCode(TOO_LARGE)
    if entry.flag_bits & ENCRYPTED:
        raise BadCode(LOCKED)
    if entry.compress_type not in METHODS:
        raise BadCode(NO_CODE)
    try:
        with archive.open(entry) as member:  # with a size, or an entry that lies is unpacked whole
            return member.read(entry.file_size)
    except UNREADABLE as error:
        raise BadCode(NO_CODE) from error


class BoundedNpz:
    """The arrays of an `.npz`, by name. Every method raises BadCode for what is not there, or not of its kind."""

    def __init__(self, file: str | Path | BinaryIO) -> None:
        self._archive = open_zip(read_bounded(file))
        entries = self._archive.infolist()
        self._entries = {entry.filename: entry for entry in entries}
        if len(self._entries) < len(entries):  # which of two is meant?
            raise BadCode(NO_CODE)
        if sum(entry.file_size for entry in entries) > LARGEST:
            raise BadCode(TOO_LARGE)

    def text(self, name: str) -> str:
        try:
            return str(self._array(name, "U", scalar=True))
        except (ValueError, SystemError) as error:  # letters that there are none of
            raise BadCode(NO_CODE) from error

    def whole_number(self, name: str) -> int:
        return int(self._array(name, "iu", scalar=True))

    def numbers(self, name: str) -> np.ndarray:
        """An array of floating numbers, as float32."""
        with np.errstate(over="ignore"):  # becomes infinite
            return self._array(name, "f").astype(np.float32)

    def _array(self, name: str, kinds: str, scalar: bool = False) -> np.ndarray:
        entry = self._entries.get(f"{name}.npy")
        if entry is None:
            raise BadCode(NO_CODE)
        content = read_entry(self._archive, entry)
        try:
            shape, by_column, dtype, start = _header(content)
            size = math.prod(shape) * dtype.itemsize
            if dtype.kind not in kinds or size != len(content) - start or (scalar and shape):
                raise ValueError("an array of another kind, or that says it is longer than it is")
            flat = np.frombuffer(content[start:], dtype) if size else np.zeros(0, dtype)
            return flat.reshape(shape, order="F" if by_column else "C")
        except UNREADABLE as error:
            raise BadCode(NO_CODE) from error


def _header(content: bytes) -> tuple[tuple[int, ...], bool, np.dtype, int]:
    """What an `.npy` says of its array, shape, order and kind, and where its numbers start."""
    file = io.BytesIO(content)
    version = np.lib.format.read_magic(file)
    read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}[version]
    shape, by_column, dtype = read(file, max_header_size=LONGEST_HEADER)
    return shape, by_column, dtype, file.tell()
