"""Files for one visitor: what was made, in Gradio's cache, under a name that nobody can guess."""

from __future__ import annotations

import io

from pix2nphm.codes import HeadCode

from ..reconstruct_tab import new_folder


def written(name: str, content: bytes) -> str:
    """The path of a new file."""
    path = new_folder() / name
    path.write_bytes(content)
    return str(path)


def code_file(code: HeadCode, model, name: str) -> str:
    """The path of a new `.npz`."""
    file = io.BytesIO()
    model.save_code(code, file)
    return written(f"{name}.code.npz", file.getvalue())
