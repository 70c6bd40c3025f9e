from __future__ import annotations

import pytest
import torch

from pix2nphm.codes import CodeShape, HeadCode
from pix2nphm.fitting.fit import Settle, SettleConfig
from pix2nphm.fitting.gauss_newton import camera_slopes, cross_matrix, moved_camera
from pix2nphm.frames import FRONTAL, Camera
from pix2nphm.regressor.network import Prediction

SIZE, POINTS = 128, 60


@pytest.fixture
def settle() -> Settle:
    """A head of 60 random points with two identity directions and one of expression."""
    generator = torch.Generator().manual_seed(0)
    draw = lambda *shape: torch.randn(*shape, generator=generator)
    settle = Settle(SettleConfig(POINTS, CodeShape(1, 1, 1, 1), identity_directions=2, expression_directions=1))
    settle.mean.copy_(0.05 * draw(POINTS, 3))
    settle.identity_maps.copy_(0.004 * draw(POINTS, 3, 2))
    settle.expression_maps.copy_(0.004 * draw(POINTS, 3, 1))
    settle.identity_directions.copy_(torch.eye(2))
    settle.expression_directions.copy_(torch.eye(1))
    return settle


def camera(scale: float = 490.0, x: float = 64.0) -> Camera:
    return Camera(FRONTAL[None], torch.tensor([scale]), torch.tensor([[x, 62.0]]), torch.tensor([0.8]))


def predicted(settle: Settle, identity: list[float], expression: float, at: Camera, points_px: torch.Tensor) -> Prediction:
    code = HeadCode(torch.tensor([identity[:1]]), torch.tensor([[identity[1:]]]), torch.tensor([[expression]]))
    return Prediction(code, at, face=None, dense=None, rough_px=None, points_px=points_px)


def seen_points(settle: Settle, identity: list[float], expression: float, at: Camera) -> torch.Tensor:
    points = settle.mean + settle.identity_maps @ torch.tensor(identity) + settle.expression_maps @ torch.tensor([expression])
    return at.project(points[None])


def test_a_prediction_that_agrees_with_its_points_stays_as_it_is(settle):
    points = seen_points(settle, [0.5, -1.0], 0.3, camera())
    code, moved = settle(predicted(settle, [0.5, -1.0], 0.3, camera(), points), SIZE)
    assert torch.allclose(code.identity, torch.tensor([[0.5, -1.0]]), atol=1e-4)
    assert torch.allclose(moved.rotation, FRONTAL, atol=1e-5) and torch.allclose(moved.centre, camera().centre, atol=1e-3)


def test_a_prediction_moves_toward_the_truth(settle):
    truth = seen_points(settle, [0.8, -0.6], 0.5, camera(500.0, 65.0))
    guess = predicted(settle, [0.5, -0.9], 0.2, camera(), truth)
    code, moved = settle(guess, SIZE)
    at = seen_points(settle, code.identity[0].tolist(), code.expression.item(), moved)
    before = (seen_points(settle, [0.5, -0.9], 0.2, camera()) - truth).norm(dim=-1).mean()
    assert (at - truth).norm(dim=-1).mean() < 0.3 * before
    assert abs(moved.centre[0, 0] - 65) < 0.3


def test_expressions_stay_within_their_range(settle):
    beyond = seen_points(settle, [0.0, 0.0], 3.0, camera())
    code, _ = settle(predicted(settle, [0.0, 0.0], 0.9, camera(), beyond), SIZE)
    assert code.expression.item() == 1.0


def test_slopes_are_the_derivatives_of_the_projection():
    generator = torch.Generator().manual_seed(1)
    points = 0.08 * torch.randn(1, 5, 3, generator=generator, dtype=torch.float64)
    along = torch.randn(5, 3, 2, generator=generator, dtype=torch.float64)
    turned = torch.matrix_exp(cross_matrix(torch.tensor([[0.2, -0.4, 0.1]], dtype=torch.float64))) @ FRONTAL.double()
    view = Camera(turned, torch.tensor([500.0]).double(), torch.tensor([[60.0, 70.0]]).double(), torch.tensor([0.9]).double())

    def picture(moved: torch.Tensor) -> torch.Tensor:
        return moved_camera(view, moved[None, 2:]).project(points + (along @ moved[:2])[None])[0]

    expected = torch.autograd.functional.jacobian(picture, torch.zeros(9, dtype=torch.float64))
    assert torch.allclose(torch.cat(camera_slopes(view, points, along), dim=-1)[0], expected, atol=1e-6)
