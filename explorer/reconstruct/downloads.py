"""A head as files: meshes and its code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

from pix2nphm.files import replacing
from pix2nphm.surface.export import save_mesh

from ..platform.visitor_files import VisitorFiles
from .result import Result
from .stages import Stage

MESH_FORMATS = ("glb", "ply", "obj", "stl")


def downloads(stage: Stage, files_of_visitor: VisitorFiles) -> dict[str, Any]:
    """The head in every format, and its code, by the name of the button."""
    folder = files_of_visitor.new_folder()
    paths = {suffix: folder / f"{stage.result.name}.{suffix}" for suffix in MESH_FORMATS}
    for path in paths.values():
        save_mesh(stage.mesh, path)
    paths["code"] = save_code(stage.result, folder)
    return {name: gr.update(value=str(path), interactive=True) for name, path in paths.items()}


def save_code(result: Result, folder: Path) -> Path:
    """The path of a new `.npz` in `folder`."""
    path = folder / f"{result.name}.code.npz"
    with replacing(path, "code") as file:
        result.code.save(file, result.model)
    return path
