"""The cut through the neck: a plane in the heads that the decoder learned from, a ragged edge where a grid meets it."""

from __future__ import annotations

import numpy as np
from trimesh import Trimesh

FACES_DOWN = -0.95  # cosine with +y of a normal on the cut
LOWEST_PART = 0.03  # metres above the lowest vertex, in which the cut is looked for
NARROWEST = 0.07  # metres across of a cut; what is smaller and faces down is a chin or a pole
ABOVE = 0.003  # metres over the cut: as high as its edge is ragged
ON_PLANE = 1e-4  # metres: vertices as near to the plane come to lie on it, or slivers would be cut off
EDGE = 0.04  # how far towards its middle the new face looks round, not flat


def with_flat_neck(mesh: Trimesh) -> Trimesh:
    """The mesh without what lies below a plane just above the cut, closed by that plane; other meshes as they are."""
    vertices, normals = np.array(mesh.vertices), np.array(mesh.vertex_normals)
    on_cut = (normals[:, 1] < FACES_DOWN) & (vertices[:, 1] < vertices[:, 1].min() + LOWEST_PART)
    if on_cut.sum() < 3 or np.ptp(vertices[on_cut][:, [0, 2]], axis=0).min() < NARROWEST:
        return mesh
    ground = np.column_stack([vertices[:, 0], vertices[:, 2], np.ones(len(vertices))])
    slope, *_ = np.linalg.lstsq(ground[on_cut], vertices[on_cut, 1], rcond=None)
    height = vertices[:, 1] - (ground @ slope + ABOVE)
    near = np.abs(height) < ON_PLANE
    vertices[near, 1] -= height[near]
    height[near] = 0
    vertices, normals, height, faces = _part_above(vertices, normals, height, mesh.faces)
    down = np.array([slope[0], -1.0, slope[1]])
    vertices, normals, faces = _with_face(vertices, normals, height, faces, down / np.linalg.norm(down))
    kept, faces = np.unique(faces, return_inverse=True)
    return Trimesh(vertices[kept], faces.reshape(-1, 3), vertex_normals=normals[kept], process=False)


def _part_above(
    vertices: np.ndarray, normals: np.ndarray, height: np.ndarray, faces: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Vertices, normals, heights (V,) and faces (F, 3) -> the same, of what is above height 0: behind the old vertices
    come those where edges cross it.
    """
    above = height > 0
    count = above[faces].sum(axis=1)
    # Turned, corners above come first: (above, below, below) or (above, above, below). Below includes on the plane.
    first = np.where(count == 1, above[faces].argmax(axis=1), above[faces].argmin(axis=1) + 1)
    turned = np.take_along_axis(faces, (first[:, None] + np.arange(3)) % 3, axis=1)
    one, two = turned[count == 1], turned[count == 2]
    edges = np.concatenate([one[:, [0, 1]], one[:, [0, 2]], two[:, [1, 2]], two[:, [0, 2]]])  # from above to below
    edges, edge_of = np.unique(edges, axis=0, return_inverse=True)
    start, end = edges.T
    share = (height[start] / (height[start] - height[end]))[:, None]
    crossing = np.where(height[end] == 0, end, len(vertices) + np.arange(len(edges)))[edge_of.ravel()]
    one_b, one_c, two_b, two_c = np.split(crossing, np.cumsum([len(one), len(one), len(two)]))
    faces = np.concatenate(
        [
            faces[count == 3],
            np.column_stack([one[:, 0], one_b, one_c]),
            np.column_stack([two[:, 0], two[:, 1], two_b]),
            np.column_stack([two[:, 0], two_b, two_c])[two_b != two_c],
        ]
    )
    vertices = np.concatenate([vertices, vertices[start] + share * (vertices[end] - vertices[start])])
    normals = np.concatenate([normals, normals[start] + share * (normals[end] - normals[start])])
    return vertices, normals, np.concatenate([height, np.zeros(len(edges))]), faces


def _with_face(
    vertices: np.ndarray, normals: np.ndarray, height: np.ndarray, faces: np.ndarray, down: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The open edges at height 0 joined to a point in their middle. `down` (3,) is what the new face's normals are.

    A second rim beside the first keeps the change of the normals, which both sides of an edge share, close to it.
    """
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    there, back = (edges @ np.array(factors) for factors in ((len(vertices), 1), (1, len(vertices))))
    a, b = edges[~np.isin(there, back) & (height[edges] == 0).all(axis=1)].T
    rim = np.unique([a, b])
    middle = vertices[rim].mean(axis=0)
    inner = np.zeros(len(vertices), int)
    inner[rim] = len(vertices) + np.arange(len(rim))
    centre = np.full(len(a), len(vertices) + len(rim))
    normals[rim] += down
    normals[rim] /= np.linalg.norm(normals[rim], axis=1, keepdims=True)
    vertices = np.concatenate([vertices, vertices[rim] + EDGE * (middle - vertices[rim]), middle[None]])
    normals = np.concatenate([normals, np.tile(down, (len(rim) + 1, 1))])
    triangles = ((b, a, inner[a]), (b, inner[a], inner[b]), (inner[b], inner[a], centre))
    return vertices, normals, np.concatenate([faces, *(np.column_stack(corners) for corners in triangles)])
