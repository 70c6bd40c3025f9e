"""Where points of the head fall in the crop, and what their layout tells the class tokens.

Source: dense landmarks as a measurement of shape, Wood et al., "3D Face Reconstruction with Dense Landmarks", ECCV
2022; centres of mass of heat maps, Sun et al., "Integral Human Pose Regression", ECCV 2018. The paper goes from image
to tokens alone; with small networks a head's proportions are read far more exactly from measured points.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..frames import FRONTAL, Camera
from .patches import PatchExperts, silent

HIDDEN = 512
AXES = 160  # principal axes of layouts that are read
NOISE = 0.006  # of the crop's side: differences below it are not measured


@dataclass(frozen=True)
class Measured:
    """What the layout of K points says."""

    rough: Tensor  # (B, K, 2) in the crop, 0..1, by heat alone
    points: Tensor  # (B, K, 2) in the crop, 0..1
    identity: Tensor  # (B, I) the part of the identity code that is linear in the layout
    hints: Tensor  # (B, kinds, D) for each kind of token


class LandmarkEncoder(nn.Module):
    """(B, C, h, w) fine features -> Measured.

    Layouts are read along their principal axes, of unit variance: proportions differ by less than a pixel between
    people while poses move everything, and gradient descent on plain coordinates finds little but the pose.
    """

    def __init__(self, channels: int, points: int, kinds: int, dim: int, identity: int, experts: bool = True):
        super().__init__()
        self.kinds = kinds
        self.queries = nn.Parameter(torch.randn(points, channels) * channels**-0.5)
        self.mean_layout = nn.Buffer(torch.rand(points, 2))  # the mean head's points in a well framed crop, 0..1
        self.mean = nn.Buffer(torch.zeros(2 * points))  # of aligned layouts
        self.axes = nn.Buffer(torch.randn(2 * points, AXES))  # to principal coordinates of unit variance
        self.norm = nn.BatchNorm1d(points + 4, affine=False)
        self.to_identity = silent(AXES, identity)
        self.to_hints = nn.Sequential(
            nn.Linear(AXES + points + 4, HIDDEN), nn.GELU(), nn.Linear(HIDDEN, HIDDEN), nn.GELU(),
            silent(HIDDEN, kinds * dim),
        )  # fmt: skip
        self.patches = PatchExperts(channels, points, kinds, dim, identity) if experts else None

    def forward(self, fine: Tensor, crop: Tensor) -> Measured:
        """`fine` features of `crop` (B, 3, S, S), which experts, if there are any, look at around each point."""
        rough, spread = self.located(fine)
        if self.patches is None:
            return Measured(rough, rough, *self.encode(rough, spread))
        axes = head_axes(self.aligned(rough)[1][:, 2:])
        closer = self.patches(crop, fine, rough.detach(), axes.detach())
        identity, hints = self.encode(closer.points.detach(), spread)  # measured, and not bent to what codes would like
        return Measured(rough, closer.points, identity + closer.identity, hints + closer.hints)

    def located(self, fine: Tensor) -> tuple[Tensor, Tensor]:
        """Centres (B, K, 2), 0..1, and square sizes (B, K) of the heat of each point."""
        heat = (self.queries @ fine.flatten(2)).float().softmax(dim=-1)  # (B, K, h * w)
        with torch.autocast(heat.device.type, enabled=False):  # half precision would round positions to half a pixel
            height, width = fine.shape[-2:]
            x, y = cell_centres(height, width, heat)
            points = heat @ torch.stack([x, y], -1)
            return points, (heat @ (x.square() + y.square())[:, None])[..., 0] - points.square().sum(-1)

    def encode(self, points: Tensor, spread: Tensor) -> tuple[Tensor, Tensor]:
        """Points (B, K, 2), 0..1, and how spread their heat is (B, K) -> identity (B, I) and hints (B, kinds, D)."""
        with torch.autocast(points.device.type, enabled=False):
            shape, similarity = self.aligned(points)
            coordinates = (shape.flatten(1) - self.mean) @ self.axes
            circumstances = self.norm(torch.cat([spread.clamp_min(1e-5).log(), similarity], dim=1))
            hints = self.to_hints(torch.cat([coordinates, circumstances], dim=1))
            return self.to_identity(coordinates), hints.unflatten(1, (self.kinds, -1))

    @torch.no_grad()
    def learn_axes(self, points: Tensor) -> None:
        """Take over mean and principal axes of known layouts (n, K, 2), 0..1."""
        shapes = self.aligned(points)[0].flatten(1)
        self.mean.copy_(shapes.mean(0))
        variance, axes = torch.linalg.eigh((shapes - self.mean).T.cov().double())
        strongest = variance.argsort(descending=True)[:AXES]
        self.axes.copy_(axes[:, strongest] / (variance[strongest].clamp_min(0) + NOISE**2).sqrt())

    def aligned(self, points: Tensor) -> tuple[Tensor, Tensor]:
        """Points (B, K, 2) after the best similarity to the mean layout (B, K, 2), and that similarity (B, 4)."""
        centre, mean = points.mean(1, keepdim=True), self.mean_layout - self.mean_layout.mean(0)
        arms = torch.view_as_complex((points - centre).contiguous())
        target = torch.view_as_complex(mean.contiguous())
        factor = (arms * target.conj()).sum(1, keepdim=True) / target.abs().square().sum()
        factor = torch.view_as_real(factor)
        size = factor.norm(dim=-1).clamp_min(0.05)  # heat without a face has no layout
        conjugate = torch.view_as_complex((factor * torch.tensor([1.0, -1.0], device=factor.device)).contiguous())
        turned = arms * conjugate / size.square()
        return torch.view_as_real(turned), torch.cat([centre[:, 0], factor[:, 0]], dim=1)


def head_axes(factor: Tensor) -> Tensor:
    """(B, 2) the complex factor of a similarity -> (B, 2, 2) what it makes of the x and y axes."""
    along, across = factor.unbind(1)
    return torch.stack([torch.stack([along, across], -1), torch.stack([-across, along], -1)], 1)


def cell_centres(height: int, width: int, like: Tensor) -> tuple[Tensor, Tensor]:
    """(h * w,) x and y of a map's cells, 0..1."""
    ticks = lambda count: (torch.arange(count, device=like.device, dtype=like.dtype) + 0.5) / count
    y, x = torch.meshgrid(ticks(height), ticks(width), indexing="ij")
    return x.flatten(), y.flatten()


def mean_layout_of(points_head: Tensor, frame_side: float, inverse_distance: float) -> Tensor:
    """(K, 3) metres on the mean head -> (K, 2) where a well framed frontal crop shows them, 0..1."""
    camera = Camera(FRONTAL, torch.tensor(1 / frame_side), torch.tensor([0.5, 0.5]), torch.tensor(inverse_distance))
    return camera.project(points_head)
