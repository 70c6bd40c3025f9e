from __future__ import annotations

import numpy as np
import pytest
import trimesh

from pix2nphm.evaluation.avatars import similarity, surface_error


def bumpy() -> trimesh.Trimesh:
    mesh = trimesh.creation.icosphere(4, 0.08)
    mesh.vertices *= [0.8, 1.1, 1 + 0.15 * np.sin(3 * mesh.vertices[0, 0])]
    return mesh


def test_a_moved_turned_and_scaled_copy_has_no_error():
    mesh = bumpy()
    turn = trimesh.transformations.rotation_matrix(0.2, [1, 2, 3])[:3, :3]
    place = lambda points: 1.3 * points @ turn.T + [0.01, -0.02, 0.03]
    points, _ = trimesh.sample.sample_surface(mesh, 800, seed=0)
    landmarks = mesh.vertices[:68]
    error = surface_error((mesh.triangles, landmarks), place(points), place(landmarks))
    assert error < 0.01


def test_the_error_is_in_millimetres_of_the_true_face():
    sphere = trimesh.creation.icosphere(4, 0.08)
    ripple = np.random.default_rng(0).choice([-0.002, 0.002], len(sphere.vertices))  # metres, in and out
    points = sphere.vertices * (1 + ripple / 0.08)[:, None]
    error = surface_error((sphere.triangles, sphere.vertices[:68]), points, sphere.vertices[:68])
    assert error == pytest.approx(2, abs=0.1)


def test_similarity_is_recovered_exactly():
    generator = np.random.default_rng(0)
    points = generator.normal(size=(20, 3))
    turn = trimesh.transformations.rotation_matrix(1.0, [3, 1, 2])[:3, :3]
    rotation, offset, scale = similarity(points, 0.7 * points @ turn.T + [1, 2, 3])
    assert np.allclose(rotation, turn) and np.allclose(offset, [1, 2, 3]) and scale == pytest.approx(0.7)
