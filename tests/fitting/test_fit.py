from __future__ import annotations

import pytest
import torch

from pix2nphm.codes import CodeShape, HeadCode
from pix2nphm.fitting.fit import Fit
from pix2nphm.fitting.gauss_newton import cross_matrix, moved_camera, picture_jacobian
from pix2nphm.frames import FRONTAL, Camera
from pix2nphm.nphm.measured_points import MeasuredPoints, MeasuredPointsConfig
from pix2nphm.nphm.population import Population, PopulationConfig
from pix2nphm.nphm.template import Template, TemplateConfig
from pix2nphm.regressor.network import DenseGeometry, Prediction

SIZE, POINTS, FACES = 128, 60, 4
SHAPE = CodeShape(1, 1, 1, 1)
NOTHING = DenseGeometry(torch.zeros(1, 3, 8, 8), torch.zeros(1, 3, 8, 8), torch.full((1, 8, 8), -100.0))


@pytest.fixture
def fit() -> Fit:
    """A head of 60 random points with two identity directions and one of expression."""
    generator = torch.Generator().manual_seed(0)
    draw = lambda *shape: torch.randn(*shape, generator=generator)
    template = Template(TemplateConfig(POINTS, FACES, POINTS, SHAPE))
    mean, identity = 0.05 * draw(POINTS, 3), 0.004 * draw(POINTS, 3, 2)
    each = torch.arange(POINTS)
    faces = each[: 3 * FACES].view(FACES, 3)
    a, b, c = mean[faces].unbind(1)
    away = torch.linalg.cross(b - a, c - a)[:, 2] < 0
    template.load_state_dict(dict(
        mean=mean, whole_modes=identity[..., :1], part_modes=identity[..., 1:], part_vertex=each,
        part_anchor=torch.zeros(POINTS), expression_modes=0.004 * draw(POINTS, 3, 1),
        faces=torch.where(away[:, None], faces.flip(1), faces), vertex_region=torch.zeros(POINTS),
        anchor_region=torch.zeros(1), local_from_whole=torch.zeros(1, 1, 1),
    ))  # fmt: skip
    population = Population(PopulationConfig(identity_directions=2, expression_directions=1, shape=SHAPE))
    population.identity_directions.copy_(torch.eye(2))
    population.expression_directions.copy_(torch.eye(1))
    points = MeasuredPoints(MeasuredPointsConfig(POINTS, vertices=POINTS, entries=0, shape=SHAPE))
    points.point.copy_(each)
    points.vertex.copy_(each)
    return Fit(template, population, points)


def camera(scale: float = 490.0, x: float = 64.0) -> Camera:
    return Camera(FRONTAL[None], torch.tensor([scale]), torch.tensor([[x, 62.0]]), torch.tensor([0.8]))


def head(identity: list[float], expression: float) -> HeadCode:
    return HeadCode(torch.tensor([identity[:1]]), torch.tensor([[identity[1:]]]), torch.tensor([[expression]]))


def predicted(identity: list[float], expression: float, at: Camera, points_px: torch.Tensor) -> Prediction:
    return Prediction(head(identity, expression), at, face=None, dense=NOTHING, rough_px=None, points_px=points_px)


def seen_points(fit: Fit, identity: list[float], expression: float, at: Camera) -> torch.Tensor:
    return at.project(fit.landmarks.points(head(identity, expression)))


def test_a_prediction_that_agrees_with_its_points_stays_as_it_is(fit):
    points = seen_points(fit, [0.5, -1.0], 0.3, camera())
    code, moved = fit(predicted([0.5, -1.0], 0.3, camera(), points), SIZE)
    assert torch.allclose(code.identity, torch.tensor([[0.5, -1.0]]), atol=1e-4)
    assert torch.allclose(moved.rotation, FRONTAL, atol=1e-5)
    assert torch.allclose(moved.centre, camera().centre, atol=1e-3)


def test_a_prediction_moves_toward_the_truth(fit):
    truth = seen_points(fit, [0.8, -0.6], 0.5, camera(500.0, 65.0))
    guess = predicted([0.5, -0.9], 0.2, camera(), truth)
    code, moved = fit(guess, SIZE)
    at = seen_points(fit, code.identity[0].tolist(), code.expression.item(), moved)
    before = (seen_points(fit, [0.5, -0.9], 0.2, camera()) - truth).norm(dim=-1).mean()
    assert (at - truth).norm(dim=-1).mean() < 0.3 * before
    assert abs(moved.centre[0, 0] - 65) < 0.3


def test_expressions_stay_within_their_range(fit):
    beyond = seen_points(fit, [0.0, 0.0], 3.0, camera())
    code, _ = fit(predicted([0.0, 0.0], 0.9, camera(), beyond), SIZE)
    assert code.expression.item() == 1.0


def test_the_jacobian_holds_the_derivatives_of_the_projection():
    generator = torch.Generator().manual_seed(1)
    points = 0.08 * torch.randn(1, 5, 3, generator=generator, dtype=torch.float64)
    along = torch.randn(5, 3, 2, generator=generator, dtype=torch.float64)
    turned = torch.matrix_exp(cross_matrix(torch.tensor([[0.2, -0.4, 0.1]], dtype=torch.float64))) @ FRONTAL.double()
    view = Camera(turned, torch.tensor([500.0]), torch.tensor([[60.0, 70.0]]), torch.tensor([0.9])).to(torch.float64)

    def picture(moved: torch.Tensor) -> torch.Tensor:
        return moved_camera(view, moved[None, 2:]).project(points + (along @ moved[:2])[None])[0]

    expected = torch.autograd.functional.jacobian(picture, torch.zeros(9, dtype=torch.float64))
    assert torch.allclose(picture_jacobian(view, points, along)[0], expected, atol=1e-6)
