"""Marching cubes over a coarse-to-fine grid."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from skimage.measure import marching_cubes
from trimesh import Trimesh

from ..errors import EmptySurface
from ..frames import Box
from .sampling import Field, sample

NEAREST = 1e-3  # of a voxel: values are no smaller, or triangles around a sample would be too small for float32


def extract(field: Field, box: Box, resolution: int = 96) -> Trimesh:
    """The surface where `field` crosses zero inside `box`: its largest connected part.

    field       (N, 3) points, metres -> (N,) signed distance, negative inside, metres; float32 on the CPU.
    resolution  samples along the box's longest axis; voxels are cubes.
    mesh        metres, in the field's frame, outward winding, vertex normals by the field's differences. It is closed
                unless the surface runs out of the box.
    Raises EmptySurface when the field has one sign everywhere.
    """
    grid, voxel = sample(field, box, resolution)
    if not (grid > 0).any() or not (grid < 0).any():
        raise EmptySurface("This code has no surface: its field has one sign everywhere.")
    nearest = np.float32(NEAREST * voxel)
    grid = np.where(np.abs(grid) < nearest, np.where(grid > 0, nearest, -nearest), grid)
    # Its normals are differences of values at the corners of the crossed voxels around each vertex, and face inward.
    vertices, faces, normals, _ = marching_cubes(grid, 0.0, spacing=(voxel,) * 3, gradient_direction="descent")
    kept, faces = _largest_part(len(vertices), faces)
    return Trimesh(vertices[kept] + np.array(box.low), faces, vertex_normals=-normals[kept], process=False)


def _largest_part(vertex_count: int, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The vertices (V,) bool of the connected part with most faces, and its faces by their new indices."""
    first, second = faces[:, [0, 1]].ravel(), faces[:, [1, 2]].ravel()
    joined = coo_array((np.ones(len(first), bool), (first, second)), shape=(vertex_count, vertex_count))
    part_of_vertex = connected_components(joined, directed=False)[1]
    part_of_face = part_of_vertex[faces[:, 0]]
    largest = np.bincount(part_of_face).argmax()
    kept = part_of_vertex == largest
    return kept, (np.cumsum(kept) - 1)[faces[part_of_face == largest]]
