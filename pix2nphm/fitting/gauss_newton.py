"""Small moves of heads and cameras, and what measurements say about them."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..frames import Camera

CAMERA_MOVES = 7  # a rotation vector, log scale, centre in px (2), log inverse distance


@dataclass(frozen=True)
class Evidence:
    """N measurements, of c numbers each, for B heads with U unknowns."""

    off: Tensor  # (B, N, c) what is measured, less what is predicted
    slopes: Tensor  # (B, N, c, U) how the prediction changes
    certain: Tensor  # (B, N) inverse variances

    def equations(self) -> tuple[Tensor, Tensor]:
        """Their part of the normal equations: (B, U, U) and (B, U, 1)."""
        slopes = self.slopes.flatten(1, 2)
        weighted = (self.slopes * self.certain[..., None, None]).flatten(1, 2).mT
        return weighted @ slopes, weighted @ self.off.flatten(1)[..., None]


def trust(off: Tensor, outlier: float) -> Tensor:
    """(..., c) how far measurements are off -> (...) how much each counts: less beyond `outlier`. Source: Huber, 1964."""
    return (outlier / off.norm(dim=-1)).clamp_max(1)


def moved_camera(camera: Camera, by: Tensor) -> Camera:
    """Cameras after (B, 7): a rotation vector, log scale, centre in px, log inverse distance."""
    turn, scale, centre, distance = by.split([3, 1, 2, 1], dim=1)
    return Camera(
        rotation=torch.matrix_exp(cross_matrix(turn)) @ camera.rotation,
        scale=camera.scale * scale[:, 0].exp(),
        centre=camera.centre + centre,
        inverse_distance=camera.inverse_distance * distance[:, 0].exp(),
    )


def camera_slopes(camera: Camera, points: Tensor, along: Tensor) -> list[Tensor]:
    """How pictures of (B, K, 3) points change, (B, K, 2, n) each: with directions `along` (K, 3, n) of the head, and with
    the seven numbers of `moved_camera`.
    """
    seen = points @ camera.rotation.mT  # (B, K, 3)
    near = 1 + camera.inverse_distance[:, None] * seen[..., 2]
    picture = (camera.scale[:, None] / near)[..., None] * seen[..., :2]  # px from the centre
    by_depth = -picture * (camera.inverse_distance[:, None] / near)[..., None]
    flat = torch.eye(2).to(seen) * (camera.scale[:, None] / near)[..., None, None]
    by_place = torch.cat([flat, by_depth[..., None]], dim=-1)  # (B, K, 2, 3)
    nearer = by_depth * seen[..., 2:]
    return [
        by_place @ torch.einsum("bij,kjn->bkin", camera.rotation, along),
        -by_place @ cross_matrix(seen),
        picture[..., None],
        torch.eye(2).to(seen).expand(*picture.shape, 2),
        nearer[..., None],
    ]


def cross_matrix(vectors: Tensor) -> Tensor:
    """(..., 3) v -> (..., 3, 3) with which M @ x = v x x."""
    x, y, z = vectors.unbind(-1)
    zero = torch.zeros_like(x)
    rows = [torch.stack(row, -1) for row in ((zero, -z, y), (z, zero, -x), (-y, x, zero))]
    return torch.stack(rows, -2)
