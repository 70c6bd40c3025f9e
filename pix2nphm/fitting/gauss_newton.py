"""Small moves of heads and cameras, and what measurements say about them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..codes import HeadCode
from ..frames import Camera
from ..regressor.network import Prediction

CAMERA_UNKNOWNS = 7  # a rotation vector, log scale, centre in px (2), log inverse distance


@dataclass(frozen=True)
class Residuals:
    """N measurements, of c numbers each, for B heads with U unknowns: Q directions of the code, then the camera's."""

    residual: Tensor  # (B, N, c) what is measured, less what is predicted
    jacobian: Tensor  # (B, N, c, U) how the prediction changes
    precision: Tensor  # (B, N) inverse variances

    def normal_equations(self) -> tuple[Tensor, Tensor]:
        """Their part of J^T P J x = J^T P r: (B, U, U) and (B, U, 1)."""
        jacobian = self.jacobian.flatten(1, 2)
        weighted = (self.jacobian * self.precision[..., None, None]).flatten(1, 2).mT
        return weighted @ jacobian, weighted @ self.residual.flatten(1)[..., None]


class Term(nn.Module, ABC):
    """One kind of measurement: of points of the head that move along Q directions of the code."""

    jacobian: Tensor  # (..., 3, Q) metres along each direction

    @abstractmethod
    def points(self, code: HeadCode) -> Tensor:
        """B codes -> (B, ..., 3) metres, where the term's points are."""

    @abstractmethod
    def residuals(self, points: Tensor, camera: Camera, seen: Prediction, size: int) -> list[Residuals]:
        """What crops of `size` px say about heads whose points are there (B, ..., 3), as the cameras see them."""


def huber_weight(residual: Tensor, outlier: float) -> Tensor:
    """(..., c) residuals -> (...) how much each counts: less beyond `outlier`. Source: Huber, 1964."""
    return (outlier / residual.norm(dim=-1)).clamp_max(1)


def moved_camera(camera: Camera, by: Tensor) -> Camera:
    """Cameras after (B, 7): a rotation vector, log scale, centre in px, log inverse distance."""
    turn, scale, centre, distance = by.split([3, 1, 2, 1], dim=1)
    return Camera(
        rotation=torch.matrix_exp(cross_matrix(turn)) @ camera.rotation,
        scale=camera.scale * scale[:, 0].exp(),
        centre=camera.centre + centre,
        inverse_distance=camera.inverse_distance * distance[:, 0].exp(),
    )


def picture_jacobian(camera: Camera, points: Tensor, jacobian: Tensor) -> Tensor:
    """How pictures of (B, N, 3) points change, (B, N, 2, Q + 7): with Q directions of the code, along which the points
    move by `jacobian` (N, 3, Q), and with the seven numbers of `moved_camera`.
    """
    seen = points @ camera.rotation.mT  # (B, N, 3)
    near = 1 + camera.inverse_distance[:, None] * seen[..., 2]
    picture = (camera.scale[:, None] / near)[..., None] * seen[..., :2]  # px from the centre
    by_depth = -picture * (camera.inverse_distance[:, None] / near)[..., None]
    flat = torch.eye(2).to(seen) * (camera.scale[:, None] / near)[..., None, None]
    by_place = torch.cat([flat, by_depth[..., None]], dim=-1)  # (B, N, 2, 3)
    nearer = by_depth * seen[..., 2:]
    return torch.cat([
        by_place @ torch.einsum("bij,njq->bniq", camera.rotation, jacobian),
        -by_place @ cross_matrix(seen),
        picture[..., None],
        torch.eye(2).to(seen).expand(*picture.shape, 2),
        nearer[..., None],
    ], dim=-1)  # fmt: skip


def cross_matrix(vectors: Tensor) -> Tensor:
    """(..., 3) v -> (..., 3, 3) with which M @ x = v x x."""
    x, y, z = vectors.unbind(-1)
    zero = torch.zeros_like(x)
    rows = [torch.stack(row, -1) for row in ((zero, -z, y), (z, zero, -x), (-y, x, zero))]
    return torch.stack(rows, -2)
