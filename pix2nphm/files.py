"""Files that take the place of others whole: what was there stays until what comes is complete."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from .errors import CannotSave


def write_bytes(path: str | Path, content: bytes, what: str = "file") -> None:
    """`Path.write_bytes`, but all or nothing. Raises CannotSave, as `replacing` does."""
    with replacing(path, what) as file:
        file.write(content)


@contextmanager
def replacing(path: str | Path, what: str = "file") -> Iterator[BinaryIO]:
    """A binary file to write, and to seek in, that becomes `path` when the block ends.

    Until then it lies beside `path` under a hidden name. When the block or the disk fails, or somebody stops the
    program, it is removed, and a file that was there before is untouched. A new file has the mode that any new file
    has, another keeps its own. Links are followed; what is no ordinary file (a pipe, /dev/stdout) is written as it is.

    `what` is the file's name in a sentence. Raises CannotSave, whose sentence tells no path; other errors of the block
    go on as they are.
    """
    try:
        target = _real(path)
        if target.exists() and not target.is_file():
            with open(target, "wb") as file:
                yield file
            return
        if target.exists() and not os.access(target, os.W_OK):  # a rename would not ask
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        # Not after the target's name, which may be as long as names get.
        beside = target.with_name(f".{secrets.token_hex(8)}.part")
        try:
            with open(beside, "x+b") as file:
                if target.exists():
                    os.chmod(beside, stat.S_IMODE(target.stat().st_mode))
                yield file
            os.replace(beside, target)
        except BaseException:
            _remove(beside)
            raise
    except OSError as error:
        reason = error.strerror or "it cannot be written"  # str(error) would tell the path
        raise CannotSave(f"The {what} could not be saved: {reason}.") from error


def _real(path: str | Path) -> Path:
    try:
        return Path(os.path.realpath(path))
    except ValueError as error:  # a zero byte in it
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL)) from error


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        pass  # what could not be written often cannot be removed either
