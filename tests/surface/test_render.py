"""The rasteriser, against shapes whose pictures are known."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import trimesh

from pix2nphm.frames import FRONTAL, Camera
from pix2nphm.surface import overlay, render_mesh

RADIUS = 0.1


def camera(scale=1000.0, centre=(120.0, 100.0), inverse_distance=0.0):
    return Camera(FRONTAL, torch.tensor(scale), torch.tensor(centre), torch.tensor(inverse_distance))


@pytest.fixture(scope="module")
def ball():
    mesh = trimesh.creation.icosphere(subdivisions=5, radius=RADIUS)
    return trimesh.Trimesh(mesh.vertices, mesh.faces, vertex_normals=mesh.vertices / RADIUS, process=False)


def flat(corners, faces):
    return trimesh.Trimesh(corners, faces, process=False)


def test_a_ball_is_a_disc_with_the_balls_depth_and_normals(ball):
    picture = render_mesh(ball, camera(), 200, 240)
    assert picture.alpha.sum() == pytest.approx(np.pi * 100**2, rel=2e-3)
    y, x = np.mgrid[:200, :240] + 0.5
    right, down = (x - 120) / 1000, (y - 100) / 1000
    within = np.hypot(right, down) < 0.9 * RADIUS
    towards = np.sqrt(np.maximum(RADIUS**2 - right**2 - down**2, 0))
    expected = np.stack([right, down, -towards], axis=-1) / RADIUS
    assert np.abs(picture.normals_camera - expected)[within].max() < 0.01
    assert np.abs(picture.depth + towards)[within].max() < 1e-3
    outside = np.hypot(right, down) > 1.02 * RADIUS
    assert (picture.alpha[outside] == 0).all() and np.isinf(picture.depth[outside]).all()
    assert (picture.colour[outside] == 0).all()


def test_light_comes_from_the_upper_left(ball):
    grey = render_mesh(ball, camera(), 200, 240).colour.mean(axis=-1)
    assert grey[50, 70] > grey[150, 170] + 40


def test_edges_are_exact_and_leave_no_gaps():
    """A square of a thousand triangles covers what the square covers, half pixels included."""
    side = np.linspace(-0.05, 0.05, 24)
    x, y = np.meshgrid(side, side)
    cells = np.arange(24 * 24).reshape(24, 24)
    a, b, c, d = (part.ravel() for part in (cells[:-1, :-1], cells[:-1, 1:], cells[1:, 1:], cells[1:, :-1]))
    faces = np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)])
    square = flat(np.stack([x, y, 0 * x], -1).reshape(-1, 3), faces)
    alpha = render_mesh(square, camera(centre=(60.5, 60.0)), 120, 121).alpha
    expected = np.zeros((120, 121))
    expected[10:110, 10:111] = 1
    expected[10:110, [10, 110]] = 0.5
    assert np.array_equal(alpha, expected)


def test_the_nearer_triangle_wins_whatever_the_order():
    corners = np.array([[-0.05, -0.05, 0.0], [0.05, -0.05, 0.0], [0.0, 0.05, 0.0]])
    near = corners + [0, 0, 0.03]
    for faces in ([[0, 1, 2], [3, 4, 5]], [[3, 4, 5], [0, 1, 2]]):
        picture = render_mesh(flat(np.concatenate([corners, near]), faces), camera(), 200, 240)
        assert np.unique(picture.depth[picture.alpha == 1]) == pytest.approx([-0.03])


def test_back_faces_and_what_is_behind_the_camera_are_not_drawn():
    corners = np.array([[-0.05, -0.05, 0.0], [0.05, -0.05, 0.0], [0.0, 0.05, 0.0]])
    assert render_mesh(flat(corners, [[2, 1, 0]]), camera(), 200, 240).alpha.max() == 0
    behind = flat(corners + [0, 0, 1.5], [[0, 1, 2]])
    assert render_mesh(behind, camera(inverse_distance=1.0), 200, 240).alpha.max() == 0


def test_a_mesh_may_leave_the_picture(ball):
    whole = render_mesh(ball, camera(), 200, 240)
    part = render_mesh(ball, camera(centre=(20.0, 0.0)), 60, 80)
    assert np.allclose(part.alpha, whole.alpha[100:160, 100:180])


def test_overlay_touches_the_head_alone(ball):
    photo = np.random.default_rng(0).integers(0, 256, (200, 240, 3), dtype=np.uint8)
    picture = render_mesh(ball, camera(), 200, 240)
    drawn = overlay(photo, ball, camera())
    assert np.array_equal(drawn[picture.alpha == 0], photo[picture.alpha == 0])
    assert np.array_equal(drawn[picture.alpha == 1], picture.colour[picture.alpha == 1])
    assert np.array_equal(overlay(photo, ball, camera(), opacity=0.0), photo)
