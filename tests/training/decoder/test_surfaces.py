from __future__ import annotations

import numpy as np
import pytest
import torch
import trimesh

from pix2nphm.nphm.compact import CompactDecoder
from pix2nphm.training.decoder.distances import SolidHead, Triangles, angle_weighted, nearest_barycentrics
from pix2nphm.training.decoder.samples import HeadSurfaces, around, correspondences
from pix2nphm.training.decoder.surfaces import ClosedHead, Rows, boundary_loops, cap, zipped


def sphere_as_head(radius: float) -> tuple[ClosedHead, np.ndarray]:
    """A skin that is a sphere, with two small spheres for eyeballs, one of which looks out of it."""
    skin = trimesh.creation.icosphere(4, radius)
    eyes = [trimesh.creation.icosphere(3, 0.01).apply_translation((0, 0, z)) for z in (radius, -radius / 2)]
    both = trimesh.util.concatenate([skin, *eyes])
    part = np.repeat([0, 1, 2], [len(m.faces) for m in (skin, *eyes)])
    on = part >= 0
    return ClosedHead(None, None, np.asarray(both.faces), part, on * 1.0, on, ~on, None), np.asarray(both.vertices)


def test_distances_to_a_sphere_with_an_eye():
    solid = SolidHead(*sphere_as_head(0.1))
    generator = np.random.default_rng(0)
    points = generator.uniform(-0.15, 0.15, (3000, 3))
    skin = np.linalg.norm(points, axis=1) - 0.1
    eye = np.linalg.norm(points - [0, 0, 0.1], axis=1) - 0.01
    assert np.abs(solid.signed_distance(points) - np.minimum(skin, eye)).max() < 5e-4  # the facets of an icosphere


def test_the_nearest_place_on_a_triangle():
    triangle = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0]])
    points = np.array([[0.2, 0.2, 3], [-1, -1, 0], [2, 0, 1], [1, 1, 0], [0.5, -2, 0], [-1, 0.25, 0]])
    nearest = nearest_barycentrics(points, np.broadcast_to(triangle, (6, 3, 3))) @ triangle
    expected = [[0.2, 0.2, 0], [0, 0, 0], [1, 0, 0], [0.5, 0.5, 0], [0.5, 0, 0], [0, 0.25, 0]]
    assert np.allclose(nearest, expected)


def test_nearest_triangles_agree_with_every_triangle():
    mesh = trimesh.creation.icosphere(3)
    points = np.random.default_rng(1).standard_normal((200, 3)) * 2
    _, _, offsets = Triangles(mesh.triangles).nearest(points)
    places = nearest_barycentrics(points[:, None], mesh.triangles[None])
    every = np.linalg.norm(points[:, None] - (places[..., None] * mesh.triangles).sum(-2), axis=-1).min(1)
    assert np.allclose(np.linalg.norm(offsets, axis=-1), every, atol=1e-9)


def test_vertex_normals_of_a_cube_point_along_its_diagonals():
    cube = trimesh.creation.box()
    normals = angle_weighted(cube.faces, cube.triangles, len(cube.vertices))
    assert np.allclose(normals, cube.vertices / np.linalg.norm(cube.vertices, axis=1, keepdims=True))


def test_zipping_uneven_lines_makes_a_closed_strip():
    faces = zipped([0, 1, 2, 3, 4], [5, 6, 7])
    assert len(faces) == 4 + 2
    assert sorted(len(loop) for loop in boundary_loops(np.array(faces))) == [8]


def test_a_cap_closes_a_cylinder():
    tube = trimesh.creation.cylinder(1, 2, sections=12)
    open_faces = tube.faces[np.abs(tube.face_normals[:, 2]) < 0.5]
    rows = Rows(len(tube.vertices))
    faces = open_faces.tolist()
    for loop in boundary_loops(open_faces):
        faces += cap(rows, loop, None)
    rows.bulge(0, 0, 0, 0.0)
    matrix, _ = rows.matrices()
    closed = trimesh.Trimesh(matrix @ tube.vertices, faces, process=False)
    assert closed.is_watertight and closed.is_winding_consistent
    assert closed.volume == pytest.approx(tube.volume)


@pytest.fixture(scope="module")
def closed(surfaces: HeadSurfaces) -> ClosedHead:
    return surfaces.closed


class TestIctHeads:
    @pytest.mark.parametrize("unit, amount", [("jawOpen", 0), ("jawOpen", 0.3), ("jawOpen", 1), ("mouthSmile_L", 1)])
    def test_skin_and_eyeballs_are_closed_and_outward(self, ict, closed, unit, amount):
        vertices = closed.linear(ict.vertices + amount * ict.expression_modes[ict.unit(unit)])
        for part in range(3):
            mesh = trimesh.Trimesh(vertices, closed.faces[closed.part == part], process=False)
            assert mesh.is_watertight and mesh.is_winding_consistent and mesh.volume > 0

    def test_closing_is_linear(self, ict, closed):
        mode = ict.expression_modes[ict.unit("jawOpen")]
        moved = closed.linear(ict.vertices + mode) - closed.linear(ict.vertices)
        assert np.allclose(moved, closed.linear(mode), atol=1e-6)

    def test_the_film_retreats_as_the_mouth_opens(self, ict, closed):
        solid = SolidHead(closed, closed.linear(ict.vertices + ict.expression_modes[ict.unit("jawOpen")]))
        lips = ict.vertices[ict.landmarks68[60:68]] + ict.expression_modes[ict.unit("jawOpen")][ict.landmarks68[60:68]]
        assert solid.signed_distance(lips.mean(0, keepdims=True))[0] > 0.005  # there is room between the lips
        assert solid.signed_distance(lips.mean(0, keepdims=True) - [0, 0, 0.05])[0] < 0  # and no bag behind them

    def test_signs_agree_with_the_winding_number(self, ict, closed):
        vertices = closed.linear(ict.vertices + 0.3 * ict.expression_modes[ict.unit("jawOpen")])
        solid, generator = SolidHead(closed, vertices), np.random.default_rng(0)
        areas = trimesh.triangles.area(vertices[closed.faces])
        points = solid.points(*closed.sample(400, generator, areas)) + generator.standard_normal((400, 3)) * 0.003
        parts = [vertices[closed.faces[closed.part == part]] for part in range(3)]
        inside = np.array([max(winding_number(point, part) for part in parts) > 0.5 for point in points])
        assert (inside == (solid.signed_distance(points) < 0)).mean() > 0.99

    def test_correspondences_lie_on_both_surfaces(self, surfaces):
        generator = np.random.default_rng(0)
        code = surfaces.space.sample(2, generator, split="test")
        posed, canonical = surfaces.vertices(code), surfaces.vertices(surfaces.canonical(code))
        there, here = correspondences(surfaces, posed, canonical, 300, generator)
        for vertices, points in ((posed, there), (canonical, here)):
            solid = SolidHead(surfaces.closed, vertices[1].numpy())
            distance = solid.signed_distance(points[1].reshape(-1, 3).double().numpy())
            assert np.median(np.abs(distance)) < 0.0015 and np.abs(distance).max() < 0.03
        points, distances = around(surfaces, canonical[0], 200, CompactDecoder().box, generator)
        assert torch.allclose((points[:, 0] - points[:, 1]).norm(dim=-1), torch.tensor(0.0015), atol=1e-5)
        assert (distances[:, 0] - distances[:, 1]).abs().max() < 0.00151  # a distance changes no faster than its point


def winding_number(point: np.ndarray, triangles: np.ndarray) -> float:
    """How often closed `triangles` (T, 3, 3) wind around a point. Source: Van Oosterom and Strackee, 1983."""
    a, b, c = (triangles - point).transpose(1, 0, 2)
    la, lb, lc = (np.linalg.norm(side, axis=-1) for side in (a, b, c))
    dot = lambda x, y: (x * y).sum(-1)
    solid_angle = np.arctan2(dot(a, np.cross(b, c)), la * lb * lc + dot(a, b) * lc + dot(b, c) * la + dot(a, c) * lb)
    return float(solid_angle.sum() / (2 * np.pi))
