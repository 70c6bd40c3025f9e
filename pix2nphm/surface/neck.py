"""The cut through the neck: a plane in the heads that the decoder learned from, a ragged edge where a grid meets it."""

from __future__ import annotations

import numpy as np
from trimesh import Trimesh

FACES_DOWN = -0.95  # cosine with +y of a normal on the cut
LOWEST_PART = 0.03  # metres above the lowest vertex, in which the cut is looked for
NARROWEST = 0.07  # metres across of a cut; what is smaller and faces down is a chin or a pole
ABOVE = 0.003  # metres over the cut: as high as its edge is ragged


def with_flat_neck(mesh: Trimesh) -> Trimesh:
    """The mesh with all that hangs below a plane just above the cut moved up into it; other meshes as they are."""
    vertices, normals = np.array(mesh.vertices), np.array(mesh.vertex_normals)
    on_cut = (normals[:, 1] < FACES_DOWN) & (vertices[:, 1] < vertices[:, 1].min() + LOWEST_PART)
    if on_cut.sum() < 3 or np.ptp(vertices[on_cut][:, [0, 2]], axis=0).min() < NARROWEST:
        return mesh
    ground = np.column_stack([vertices[:, 0], vertices[:, 2], np.ones(len(vertices))])
    slope, *_ = np.linalg.lstsq(ground[on_cut], vertices[on_cut, 1], rcond=None)
    height = ground @ slope + ABOVE
    below = vertices[:, 1] < height
    vertices[below, 1] = height[below]
    down = np.array([slope[0], -1.0, slope[1]])
    normals[below] = down / np.linalg.norm(down)
    return Trimesh(vertices, mesh.faces, vertex_normals=normals, process=False)
