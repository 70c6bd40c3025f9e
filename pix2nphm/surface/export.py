"""A mesh as a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from trimesh import Trimesh

from ..errors import Pix2NPHMError
from ..files import write_bytes
from ..frames import MILLIMETRES_PER_METRE
from .glb import mesh_glb

SUFFIXES = (".glb", ".ply", ".obj", ".stl")


def save_mesh(mesh: Trimesh, path: str | Path) -> None:
    """Write a mesh in metres as GLB (grey clay, with normals), PLY, OBJ or STL, by the path's suffix.

    Files are in metres as the mesh is, STL alone in millimetres: it names no unit, and slicers take it for these.

    Raises Pix2NPHMError for another suffix, and CannotSave for a file that cannot be written: an older one stays as it
    was.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise Pix2NPHMError(f"A mesh is saved as {', '.join(SUFFIXES)}; '{suffix[:20]}' is none of these.")
    write_bytes(path, _encoded(mesh, suffix), what="mesh")


def _encoded(mesh: Trimesh, suffix: str) -> bytes:
    if suffix == ".glb":
        return mesh_glb(mesh)
    if suffix == ".stl":
        mesh = Trimesh(mesh.vertices * MILLIMETRES_PER_METRE, mesh.faces, process=False)
    # an STL is a soup of triangles: it has no vertex normals
    with_normals: dict[str, Any] = {".ply": {"vertex_normal": True}, ".obj": {"include_normals": True}}.get(suffix, {})
    encoded: Any = mesh.export(file_type=suffix[1:], **with_normals)
    return encoded.encode() if isinstance(encoded, str) else encoded
