"""A closer look at each measured point: the patch around it says where it is exactly, and what is special about it.

Source: patch experts, Saragih et al., "Deformable Model Fitting by Regularized Landmark Mean-Shift", IJCV 2011; moving
points by what is seen around them, Xiong and De la Torre, "Supervised Descent Method", CVPR 2013. The paper has none:
its large ViT reads details by itself. Ours takes a seventh off the error of heat maps on held-out renders.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

STEM = 16  # channels of the sharper features
# Taps a side, and how far apart they are, of the crop's side, for a head of the usual size.
SHARP, BLUNT = (7, 0.0104), (3, 0.0208)
DESCRIBED = 16  # numbers that describe a patch
DETAIL = 256  # numbers that describe all patches together
REACH = 0.08  # of the crop's side: the unit in which points are moved


@dataclass(frozen=True)
class Closer:
    """What the patches around K points say."""

    points: Tensor  # (B, K, 2) in the crop, 0..1
    identity: Tensor  # (B, I) what is added to the identity code
    hints: Tensor  # (B, kinds, D) for each kind of token


class PatchExperts(nn.Module):
    """One expert a point; they see patches turned and scaled with the head, and confer once."""

    def __init__(self, channels: int, points: int, kinds: int, dim: int, identity: int):
        super().__init__()
        self.kinds = kinds
        self.stem = nn.Sequential(
            nn.Conv2d(3, STEM, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(STEM, STEM, 3, padding=1),
            nn.ReLU(),
            nn.BatchNorm2d(STEM),
        )
        self.norm = nn.BatchNorm2d(channels)
        self.sharp_taps = nn.Buffer(taps(*SHARP), persistent=False)
        self.blunt_taps = nn.Buffer(taps(*BLUNT), persistent=False)
        seen = STEM * len(self.sharp_taps) + channels * len(self.blunt_taps)
        self.experts = nn.Parameter(torch.randn(points, seen, DESCRIBED) * seen**-0.5)
        self.bias = nn.Parameter(torch.zeros(points, 1, DESCRIBED))
        self.confer = nn.Sequential(nn.Linear(points * DESCRIBED, DETAIL), nn.LayerNorm(DETAIL), nn.GELU())
        self.answer = nn.Linear(DETAIL, points * DESCRIBED)
        self.moves = nn.Parameter(torch.zeros(points, DESCRIBED, 2))
        self.to_identity = silent(DETAIL, identity)
        self.to_hints = silent(DETAIL, kinds * dim)

    def forward(self, crop: Tensor, fine: Tensor, points: Tensor, axes: Tensor) -> Closer:
        """(B, 3, S, S), (B, C, h, w), points (B, K, 2) 0..1, and `axes` (B, 2, 2): the head's own x and y in the crop,
        of length one for a head of the usual size.
        """
        sharp, blunt = self.stem((crop - 0.5) * 4), self.norm(fine)
        seen = [patches(sharp, points, self.sharp_taps @ axes), patches(blunt, points, self.blunt_taps @ axes)]
        described = torch.baddbmm(self.bias, torch.cat(seen, -1), self.experts)  # (K, B, described)
        detail = self.confer(functional.gelu(described).transpose(0, 1).flatten(1))
        described = described + self.answer(detail).unflatten(1, (-1, DESCRIBED)).transpose(0, 1)
        moves = torch.bmm(functional.gelu(described), self.moves).transpose(0, 1).float() * REACH
        hints = self.to_hints(detail).unflatten(1, (self.kinds, -1))
        return Closer(points + moves @ axes, self.to_identity(detail).float(), hints)


def silent(inputs: int, outputs: int) -> nn.Linear:
    """A layer that says zero until it has learned."""
    layer = nn.Linear(inputs, outputs)
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer


def taps(count: int, apart: float) -> Tensor:
    """(count * count, 2) places around the origin."""
    ticks = (torch.arange(count) - (count - 1) / 2) * apart
    return torch.cartesian_prod(ticks, ticks)


def patches(features: Tensor, points: Tensor, around: Tensor) -> Tensor:
    """(B, C, h, w) at points (B, K, 2) 0..1 and `around` each (B, n, 2) -> (K, B, C * n)."""
    places = points[:, :, None] + around[:, None]
    with torch.autocast(features.device.type, enabled=False):  # half precision would round positions
        seen = functional.grid_sample(features.float(), places * 2 - 1, align_corners=False)  # (B, C, K, n)
    return seen.permute(2, 0, 1, 3).flatten(2)
