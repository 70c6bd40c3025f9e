"""Reconstruction for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pix2nphm.photo.choice import chosen_faces
from pix2nphm.surface.export import save_mesh

from ..platform.messages import errors_in_words, failure
from ..platform.visitor_files import new_folder
from .downloads import save_code
from .stages import Heads, Stage

NO_PHOTO = "Choose a photo first."


def reconstruct_api(heads: Heads, photo_path: str | None, faces: str | None = "1") -> tuple[Any, ...]:
    """A photo of a face -> its head as a GLB file (metres, +y up, face along +z), its code as .npz, and a summary.

    The summary holds landmarks_px (68 iBUG points in the photo), rotation (camera_from_head, 3 x 3), warnings,
    faces (how many were seen), face (which of them this is), boxes (left, top, right, bottom of each in the photo),
    photo_size (H, W) and model. Faces are numbered from 1, largest first: `faces` is one number, or several as in
    "1,3", or "all"; the answers to several are lists.
    """
    if photo_path is None:
        raise failure(NO_PHOTO)
    with errors_in_words():
        chosen = chosen_faces(faces or "1")
        folder = new_folder()
        answers = [api_answer(stage, folder) for stage in heads(photo_path, chosen) if stage.last]
        return answers[0] if chosen and len(chosen) == 1 else tuple(map(list, zip(*answers)))


def api_answer(stage: Stage, folder: Path) -> tuple[str, str, dict[str, Any]]:
    """What the API says of one head; its files are written to `folder`."""
    mesh_file = folder / f"{stage.result.name}.glb"
    save_mesh(stage.mesh, mesh_file)
    return str(mesh_file), str(save_code(stage.result, folder)), stage.result.as_json()
