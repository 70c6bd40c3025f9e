"""What was made for one visitor, as files."""

from __future__ import annotations

import io
from pathlib import Path

from pix2nphm.codes import HeadCode


def written(folder: Path, name: str, content: bytes) -> str:
    """The path of a new file."""
    path = folder / name
    path.write_bytes(content)
    return str(path)


def code_file(folder: Path, code: HeadCode, model, name: str) -> str:
    """The path of a new `.npz`."""
    file = io.BytesIO()
    model.save_code(code, file)
    return written(folder, f"{name}.code.npz", file.getvalue())
