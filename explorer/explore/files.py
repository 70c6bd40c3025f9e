"""What was made for one visitor, as files."""

from __future__ import annotations

import io
from pathlib import Path

from pix2nphm.codes import HeadCode
from pix2nphm.files import write_bytes


def written(folder: Path, name: str, content: bytes) -> str:
    """The path of a new file. Raises CannotSave."""
    path = folder / name
    write_bytes(path, content)
    return str(path)


def code_file(folder: Path, code: HeadCode, model, name: str) -> str:
    """The path of a new `.npz`. Raises CannotSave."""
    file = io.BytesIO()
    model.save_code(code, file)
    return written(folder, f"{name}.code.npz", file.getvalue())
