from __future__ import annotations

import torch

from pix2nphm.regressor.landmark_encoder import LandmarkEncoder, head_axes
from pix2nphm.regressor.patches import PatchExperts, patches, taps


def test_patches_show_what_is_around_each_point():
    x = (torch.arange(32) + 0.5).expand(1, 1, 32, 32)
    points = torch.tensor([[[0.25, 0.5], [0.5, 0.25]]])
    seen = patches(torch.cat([x, x.mT], 1), points, taps(3, 1 / 32) @ head_axes(torch.tensor([[1.0, 0.0]])))
    assert seen.shape == (2, 1, 2 * 9)
    across, down = seen[0, 0].unflatten(0, (2, 3, 3))
    assert torch.allclose(across, torch.tensor([[7.0], [8], [9]]).expand(3, 3), atol=1e-4)
    assert torch.allclose(down, torch.tensor([15.0, 16, 17]).expand(3, 3), atol=1e-4)


def test_experts_of_a_turned_and_enlarged_picture_move_points_with_it():
    torch.manual_seed(0)
    experts = PatchExperts(channels=2, points=3, kinds=1, dim=4, identity=5).eval()
    torch.nn.init.normal_(experts.moves)
    fine, points = torch.randn(1, 2, 24, 24), torch.rand(1, 3, 2) * 0.2 + 0.4
    crop, upright = torch.full((1, 3, 96, 96), 0.5), head_axes(torch.tensor([[1.0, 0.0]]))
    turned = lambda x: x.rot90(-1, (2, 3))  # clockwise by a right angle: (x, y) -> (1 - y, x)
    there = torch.stack([1 - points[..., 1], points[..., 0]], -1)
    first = experts(crop, fine, points, upright).points - points
    second = experts(crop, turned(fine), there, head_axes(torch.tensor([[0.0, 1.0]]))).points - there
    assert first.abs().max() > 1e-3
    assert torch.allclose(second, torch.stack([-first[..., 1], first[..., 0]], -1), atol=1e-5)


def test_a_point_learns_where_it_is_from_what_is_around_it():
    torch.manual_seed(0)
    layout = LandmarkEncoder(channels=2, points=1, kinds=1, dim=2, identity=3)
    adam = torch.optim.Adam(layout.patches.parameters(), lr=3e-3)
    ticks = (torch.arange(64) + 0.5) / 64
    losses = []
    for _ in range(60):
        spot = torch.rand(16, 2) * 0.06 + 0.47
        x, y = (ticks - spot[:, :1])[:, None, :], (ticks - spot[:, 1:])[:, :, None]
        crop = torch.exp(-(x**2 + y**2) * 2000)
        crop = crop[:, None].expand(-1, 3, -1, -1)
        rough = torch.full((16, 1, 2), 0.5)
        upright = head_axes(torch.tensor([[1.0, 0.0]]).expand(16, 2))
        found = layout.patches(crop, torch.zeros(16, 2, 16, 16), rough, upright).points
        losses.append((found[:, 0] - spot).norm(dim=-1).mean())
        adam.zero_grad()
        losses[-1].backward()
        adam.step()
    assert sum(losses[-5:]) < 0.4 * sum(losses[:5])
