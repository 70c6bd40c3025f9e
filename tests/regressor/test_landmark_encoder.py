from __future__ import annotations

import torch

from pix2nphm.regressor.landmark_encoder import LandmarkEncoder, mean_layout_of


def layout_that_sees(places: torch.Tensor, side: int = 8) -> tuple[LandmarkEncoder, torch.Tensor]:
    """An encoder of one channel a point, and the features of a crop in which the points are in these cells."""
    layout = LandmarkEncoder(channels=len(places), points=len(places), kinds=3, dim=5, identity=7, experts=False).eval()
    layout.queries.data.copy_(torch.eye(len(places)) * 50)
    fine = torch.zeros(1, len(places), side, side)
    for k, (x, y) in enumerate(places.tolist()):
        fine[0, k, y, x] = 1
    return layout, fine


def test_a_point_is_where_its_heat_is():
    cells = torch.tensor([[1, 2], [6, 2], [3, 7]])
    layout, fine = layout_that_sees(cells)
    measured = layout(fine, torch.zeros(1, 3, 32, 32))
    assert torch.allclose(measured.points[0], (cells + 0.5) / 8, atol=1e-4)
    assert measured.points is measured.rough
    assert measured.hints.shape == (1, 3, 5) and measured.identity.shape == (1, 7)


def test_points_are_compared_upright_centred_and_at_the_usual_size():
    layout = LandmarkEncoder(channels=4, points=6, kinds=1, dim=2, identity=3)
    angle, size, shift = torch.tensor(0.4), 1.7, torch.tensor([0.1, -0.2])
    turn = torch.stack([torch.stack([angle.cos(), -angle.sin()]), torch.stack([angle.sin(), angle.cos()])])
    shape, similarity = layout.aligned((size * layout.mean_layout @ turn.T + shift)[None])
    assert torch.allclose(shape[0], layout.mean_layout - layout.mean_layout.mean(0), atol=1e-5)
    assert torch.allclose(similarity[0, 2:].norm(), torch.tensor(size), atol=1e-5)


def test_the_usual_layout_has_the_face_in_the_middle_and_its_left_on_the_right():
    points_head = torch.tensor([[0.0, 0, 0], [0.05, 0, 0], [0, 0.05, 0]])
    points = mean_layout_of(points_head, frame_side=0.25, inverse_distance=0.0)
    assert torch.allclose(points, torch.tensor([[0.5, 0.5], [0.7, 0.5], [0.5, 0.3]]))


def test_axes_of_known_layouts_have_unit_variance_where_they_stand_out_from_noise():
    layout = LandmarkEncoder(channels=4, points=90, kinds=1, dim=2, identity=3)
    generator = torch.Generator().manual_seed(0)
    strong, weak = 0.1 * torch.randn(90, 2, generator=generator), 1e-4 * torch.randn(90, 2, generator=generator)
    ways = torch.randn(4000, 2, 1, 1, generator=generator)
    layout.learn_axes(layout.mean_layout + ways[:, 0] * strong + ways[:, 1] * weak)
    shapes, _ = layout.aligned(layout.mean_layout + ways[:, 0] * strong + ways[:, 1] * weak)
    spread = ((shapes.flatten(1) - layout.mean) @ layout.axes).std(0)
    assert abs(spread[0] - 1) < 0.02 and (spread[2:] < 0.3).all()
