from __future__ import annotations

import numpy as np
import trimesh

from pix2nphm.surface.neck import ABOVE, with_flat_neck


def ragged_column() -> trimesh.Trimesh:
    """A closed column whose lower end, tilted, is ragged by a millimetre."""
    column = trimesh.creation.cylinder(radius=0.05, height=0.2, sections=64).subdivide().subdivide().subdivide()
    column.apply_transform(trimesh.transformations.rotation_matrix(np.pi / 2, [1, 0, 0]))
    vertices = np.array(column.vertices)
    end = vertices[:, 1] < -0.0999
    vertices[end, 1] += 0.1 * vertices[end, 2] + np.random.default_rng(0).uniform(-0.001, 0.001, end.sum()) * 0.3
    return trimesh.Trimesh(vertices, column.faces, process=False)


def test_a_ragged_end_becomes_a_plane_and_the_rest_stays():
    column = ragged_column()
    flat = with_flat_neck(column)
    moved = np.linalg.norm(flat.vertices - column.vertices, axis=1) > 1e-9
    heights = flat.vertices[moved, 1] - 0.1 * flat.vertices[moved, 2]
    assert np.ptp(heights) < 1e-4 and abs(heights.mean() - (-0.1 + ABOVE)) < 2e-4
    assert moved.sum() > 100 and np.array_equal(flat.faces, column.faces)
    assert flat.is_watertight and flat.is_winding_consistent


def test_a_mesh_without_a_cut_stays_as_it_is():
    ball = trimesh.creation.icosphere(subdivisions=3, radius=0.1)
    assert with_flat_neck(ball) is ball
