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
    above = column.vertices[:, 1] - 0.1 * column.vertices[:, 2] > -0.1 + ABOVE + 1e-3
    assert np.array_equal(flat.vertices[: above.sum()], column.vertices[above])
    heights = flat.vertices[above.sum() :, 1] - 0.1 * flat.vertices[above.sum() :, 2]
    on_plane = heights < -0.1 + ABOVE + 2e-4
    assert np.ptp(heights[on_plane]) < 1e-4 and abs(heights[on_plane].mean() - (-0.1 + ABOVE)) < 2e-4
    assert on_plane.sum() > 100 and heights.min() > -0.1 + ABOVE - 2e-4
    assert flat.is_watertight and flat.is_winding_consistent and flat.body_count == 1


def test_the_plane_is_covered_once_by_triangles_that_face_down():
    flat = with_flat_neck(ragged_column())
    on_plane = np.abs(flat.triangles[..., 1] - 0.1 * flat.triangles[..., 2] + 0.1 - ABOVE).max(axis=1) < 2e-4
    assert (flat.face_normals[on_plane, 1] < -0.99).all()
    assert abs(flat.area_faces[on_plane].sum() / (np.pi * 0.05**2) - 1) < 0.01
    assert flat.area_faces.min() > 1e-9  # no fins, no slivers
    assert np.allclose(np.linalg.norm(flat.vertex_normals, axis=1), 1)


def test_a_mesh_without_a_cut_stays_as_it_is():
    ball = trimesh.creation.icosphere(subdivisions=3, radius=0.1)
    assert with_flat_neck(ball) is ball
