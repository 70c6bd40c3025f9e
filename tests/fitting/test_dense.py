"""Dense geometry as a measurement, on crops whose geometry is drawn from known heads."""

from __future__ import annotations

from copy import deepcopy

import pytest
import torch
from trimesh import Trimesh

from pix2nphm.codes import HeadCode
from pix2nphm.fitting.dense import PLACES, Dense, places
from pix2nphm.frames import FRONTAL, Camera
from pix2nphm.nphm.template import REGIONS
from pix2nphm.regressor.network import DenseGeometry, Prediction
from pix2nphm.surface.render import render_mesh
from pix2nphm.training.decoder.distances import Triangles

SIZE = 192
CAMERA = Camera(FRONTAL, torch.tensor(SIZE / 0.26), torch.tensor([SIZE / 2, SIZE / 2]), torch.tensor(0.8))


@pytest.fixture(scope="module")
def skin(model) -> Dense:
    return model.fit.dense


def head(model, seed: int) -> HeadCode:
    """One of the population, with a face at rest."""
    random = torch.Generator().manual_seed(seed)
    along = torch.randn(len(model.population.identity_directions), generator=random)
    return model.mean_code.with_identity(along @ model.population.identity_directions)


def drawn(model, code: HeadCode) -> DenseGeometry:
    """What a perfect backbone would see of the head, in a batch of one."""
    vertices, faces = model.template.vertices(code), model.template.faces.long()
    half = CAMERA.warped(torch.eye(2) / 2, torch.zeros(2))
    picture = render_mesh(Trimesh(vertices.numpy(), faces.numpy(), process=False), half, SIZE // 2, SIZE // 2)
    covered = torch.from_numpy(picture.alpha > 0.99)
    rows, columns = covered.nonzero(as_tuple=True)
    depth = torch.from_numpy(picture.depth)[rows, columns]
    metres_per_px = (1 + half.inverse_distance * depth) / half.scale
    flat = (torch.stack([columns, rows], -1) + 0.5 - half.centre) * metres_per_px[:, None]
    shown = torch.cat([flat, depth[:, None]], -1) @ CAMERA.rotation
    triangle, place, _ = Triangles(vertices[faces].double().numpy()).nearest(shown.double().numpy())
    canonical = torch.zeros(3, *covered.shape)
    corners = model.template.mean[faces[triangle]]
    canonical[:, rows, columns] = torch.einsum("nvc,nv->cn", corners, torch.from_numpy(place).float())
    normals = torch.from_numpy(picture.normals_camera).movedim(-1, 0)
    return DenseGeometry(normals[None], canonical[None], (20.0 * covered - 10)[None])


def predicted(model, code: HeadCode, dense: DenseGeometry, truth: HeadCode) -> Prediction:
    """`code` for a crop of `truth`, whose points are measured exactly."""
    camera = Camera.stack([CAMERA])
    points_px = camera.project(model.fit.landmarks.points(HeadCode.stack([truth])))
    return Prediction(HeadCode.stack([code]), camera, face=None, dense=dense, rough_px=None, points_px=points_px)


def off_mm(model, code: HeadCode, truth: HeadCode) -> float:
    here = places(model.template)
    seen = model.template.vertices(code) - model.template.vertices(truth)
    return 1000 * seen[model.template.faces.long()[here].flatten()].norm(dim=-1).mean().item()


def test_places_lie_on_the_face_and_are_spread_over_it(model):
    triangles = model.template.faces.long()[places(model.template)]
    assert 0.9 * PLACES < len(triangles) <= PLACES
    regions = model.template.vertex_region[triangles]
    assert {REGIONS[i] for i in regions.unique()} == set(REGIONS) - {"ears", "skull"}
    right = model.template.mean[triangles].mean(1)[:, 0] < 0
    assert 0.45 < right.float().mean() < 0.55


def test_the_jacobian_of_normals_holds_their_derivatives(model, skin):
    skin = deepcopy(skin).double()
    corners, jacobian = skin.points(HeadCode.stack([head(model, 1)]).to(torch.float64)), skin.jacobian
    along = torch.randn(jacobian.shape[-1], generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    step = 1e-6
    ahead, behind = (skin.normals(corners + sign * step * jacobian @ along)[0] for sign in (1, -1))
    assert torch.allclose(skin.normals(corners)[1] @ along, (ahead - behind) / (2 * step), atol=1e-6)


def test_normals_are_those_of_the_triangles(model, skin):
    code = head(model, 3)
    mesh = Trimesh(model.template.vertices(code).numpy(), model.template.faces.numpy(), process=False)
    expected = torch.from_numpy(mesh.face_normals[places(model.template).numpy()]).float()
    assert torch.allclose(skin.normals(skin.points(HeadCode.stack([code])))[0][0], expected, atol=1e-3)


def test_a_head_that_is_what_the_crop_shows_hardly_moves(model):
    truth = head(model, 4)
    code, _ = model.fit(predicted(model, truth, drawn(model, truth), truth), SIZE)
    assert off_mm(model, code[0], truth) < 0.3


def test_dense_geometry_brings_heads_closer_where_points_say_nothing_new(model):
    before, after = [], []
    for seed in (5, 6, 7, 8):
        truth = head(model, seed)
        random = torch.Generator().manual_seed(seed + 10)
        along = 0.4 * torch.randn(len(model.fit.identity_directions), generator=random)
        start = truth.with_identity(truth.identity + along @ model.fit.identity_directions)
        code, _ = model.fit(predicted(model, start, drawn(model, truth), start), SIZE)
        before.append(off_mm(model, start, truth))
        after.append(off_mm(model, code[0], truth))
    assert all(now < then for now, then in zip(after, before))
    assert sum(after) < 0.85 * sum(before)


def test_what_lies_elsewhere_on_the_head_or_outside_of_the_crop_says_nothing(model, skin):
    truth = head(model, 6)
    dense = drawn(model, truth)
    corners = skin.points(HeadCode.stack([truth]))
    camera = Camera.stack([CAMERA])
    moved = DenseGeometry(dense.normals_camera, dense.canonical + 0.05, dense.mask)
    precision = lambda camera, dense: [
        one.precision for one in skin.residuals(corners, camera, predicted(model, truth, dense, truth), SIZE)
    ]
    assert precision(camera, moved)[1].count_nonzero() == 0
    away = Camera(camera.rotation, camera.scale, camera.centre + 3 * SIZE, camera.inverse_distance)
    pairs = zip(precision(away, dense), precision(camera, dense), strict=True)
    assert all(there.max() < 1e-2 * here.max() for there, here in pairs)
