"""A mesh as a file."""

from __future__ import annotations

from pathlib import Path

from trimesh import Trimesh
from trimesh.visual import TextureVisuals
from trimesh.visual.material import PBRMaterial

from ..errors import Pix2NPHMError
from ..files import write_bytes

SUFFIXES = (".glb", ".ply", ".obj", ".stl")
CLAY = PBRMaterial(name="clay", baseColorFactor=[150, 140, 132, 255], metallicFactor=0.0, roughnessFactor=0.85)


def save_mesh(mesh: Trimesh, path: str | Path) -> None:
    """Write a mesh in metres as GLB (grey clay, with normals), PLY, OBJ or STL, by the path's suffix.

    Raises Pix2NPHMError for another suffix, and CannotSave for a file that cannot be written: an older one stays as it was.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise Pix2NPHMError(f"A mesh is saved as {', '.join(SUFFIXES)}; '{suffix[:20]}' is none of these.")
    write_bytes(path, _encoded(mesh, suffix), what="mesh")


def _encoded(mesh: Trimesh, suffix: str) -> bytes:
    if suffix == ".glb":
        clay = Trimesh(mesh.vertices, mesh.faces, vertex_normals=mesh.vertex_normals, process=False)
        clay.visual = TextureVisuals(material=CLAY)
        return clay.export(file_type="glb", include_normals=True)
    if suffix == ".stl":
        return mesh.export(file_type="stl")  # a soup of triangles: it has no vertex normals
    encoded = mesh.export(file_type=suffix[1:], **{{".ply": "vertex_normal", ".obj": "include_normals"}[suffix]: True})
    return encoded.encode() if isinstance(encoded, str) else encoded
