"""The template on a field: a ball on another ball, and the model's own heads."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import trimesh

from pix2nphm.codes import CodeShape, HeadCode
from pix2nphm.latent.direction_names import UNITS
from pix2nphm.nphm.decoder import HeadField
from pix2nphm.nphm.template import TemplateConfig
from pix2nphm.surface import TemplateMesh, save_mesh
from pix2nphm.surface.template_mesh import FARTHEST
from tests.gltf import problems
from tests.places import EXAMPLES

RADIUS = 0.08
FACE_LOW, FACE_HIGH = (-0.07, -0.085, 0.03), (0.07, 0.09, 0.2)  # as `evaluation.preview`


class Ball:
    """What TemplateMesh reads of a template: a ball around another, which is an eyeball."""

    def __init__(self):
        outer = trimesh.creation.icosphere(subdivisions=4, radius=RADIUS)
        inner = trimesh.creation.icosphere(subdivisions=1, radius=RADIUS / 2)
        both = trimesh.util.concatenate([outer, inner])
        self.mean = torch.from_numpy(np.array(both.vertices)).float()
        self.faces = torch.from_numpy(np.array(both.faces))
        self.config = TemplateConfig(vertices=len(both.vertices), faces=len(both.faces), entries=0)
        self.skin = len(outer.vertices)

    def vertices(self, code):
        return self.mean


class Offset(HeadField):
    """Balls of other radii in the upper half and the lower half."""

    anchors = torch.zeros(1, 3)

    def __init__(self, above: float, below: float, slope: float = 1.0):
        self.above, self.below, self.slope = above, below, slope

    def canonical_points(self, points_head):
        return points_head

    def canonical_sdf(self, points):
        more = torch.where(points[:, 1] > 0, self.above, self.below)
        return self.slope * (points.norm(dim=-1) - RADIUS - more)


@pytest.fixture
def ball():
    return Ball()


def moved(template, field) -> np.ndarray:
    """(V,) how far each vertex is outside of where it was."""
    mesh = TemplateMesh(template)(HeadCode.zeros(CodeShape(1, 1, 1, 1)), field)
    np.testing.assert_array_equal(mesh.faces, template.faces.numpy())
    np.testing.assert_allclose(np.linalg.norm(mesh.vertex_normals, axis=1), 1)
    return np.linalg.norm(mesh.vertices, axis=1) - np.linalg.norm(template.mean.numpy(), axis=1)


@pytest.mark.parametrize("slope", [0.7, 1.0, 1.4])
def test_the_skins_front_comes_to_lie_on_the_field(ball, slope):
    by = moved(ball, Offset(1e-4, 1e-4, slope))
    front = ball.mean[: ball.skin, 2].numpy() > 0.03
    assert np.abs(by[: ball.skin][front] - 1e-4).max() < 1.5e-5
    assert np.abs(by[ball.skin :]).max() < 1e-7


def test_another_sheet_is_left_alone_and_steps_stay_smooth(ball):
    by = moved(ball, Offset(1e-4, 4 * FARTHEST))
    front = ball.mean[: ball.skin, 2].numpy() > 0.03
    height = ball.mean[: ball.skin, 1].numpy()
    assert np.abs(by[: ball.skin][front & (height > 0.02)] - 1e-4).max() < 2e-5
    assert np.abs(by[: ball.skin][front & (height < -0.03)]).max() < 5e-6
    assert by.min() > -1e-6 and by.max() < 1.1e-4


def test_a_bad_gradient_moves_nothing(ball):
    assert np.abs(moved(ball, Offset(3e-4, 3e-4, slope=0.1))).max() < 1e-7
    assert np.abs(moved(ball, Offset(1e-4, 1e-4, slope=-1.0))).max() < 1e-7


@pytest.fixture(scope="module")
def on_field(model) -> TemplateMesh:
    return TemplateMesh(model.template)


@pytest.mark.parametrize("name", ["allred_colin", "haaland_debra", "levin_andy"])
def test_faces_come_closer_to_the_field(model, on_field, name):
    code = model.load_code(EXAMPLES / "codes" / f"{name}.npz")
    before, after = model.template.vertices(code).numpy(), on_field(code, model.decoder.bind(code))
    corners = before[after.faces]
    triangle_areas = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    areas = np.bincount(after.faces.ravel(), np.repeat(triangle_areas, 3), len(before))
    distances = [np.abs(model.sdf(points, code).numpy()) for points in (before, after.vertices)]
    face = ((before > FACE_LOW) & (before < FACE_HIGH)).all(1) & (after.vertex_normals[:, 2] > 0)
    face &= distances[0] < FARTHEST
    mean_before, mean_after = (1000 * np.average(one[face], weights=areas[face]) for one in distances)
    assert mean_after < 0.03 and mean_after < 0.5 * mean_before


def test_closed_lids_stay_as_smooth_as_the_template(model, on_field):
    code = model.load_code(EXAMPLES / "codes" / "levin_andy.npz")
    expression = code.expression.clone()
    expression[[UNITS.index(name) for name in ("eyeBlink_L", "eyeBlink_R")]] = 1
    code = code.with_expression(expression)
    before, after = model.template.vertices(code).numpy(), on_field(code, model.decoder.bind(code))
    steps = after.vertices - before
    assert np.linalg.norm(steps, axis=1).max() < FARTHEST
    start, end = after.edges_unique.T
    uneven = np.linalg.norm(steps[start] - steps[end], axis=1) / after.edges_unique_length
    lids = (np.abs(before[:, 1] - 0.03) < 0.02) & (before[:, 2] > 0.05)
    assert np.quantile(uneven[lids[start]], 0.99) < 0.3  # a zigzag has 1 and more


def test_it_can_be_taken_home(model, on_field, tmp_path):
    code = model.load_code(EXAMPLES / "codes" / "allred_colin.npz")
    mesh = on_field(code, model.decoder.bind(code))
    save_mesh(mesh, tmp_path / "head.glb")
    assert problems((tmp_path / "head.glb").read_bytes()) == []
    save_mesh(mesh, tmp_path / "head.stl")
    assert mesh.is_watertight and trimesh.load_mesh(tmp_path / "head.stl").is_watertight
