"""Measured points as a measurement: where the regressor found them in the crop, against where the head has them."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..codes import HeadCode
from ..frames import Camera
from ..nphm.linear_points import LinearPoints
from ..regressor.network import LANDMARKS, Prediction
from .gauss_newton import Residuals, Term, huber_weight, picture_jacobian

LANDMARK_WEIGHT = 3.0  # landmarks are more precise than other points
NOISE = 0.016  # of the crop's side: neighbouring points err together, so each says little by itself
OUTLIER = 0.012  # of the crop's side: points farther off count less


class Landmarks(Term):
    """K measured points, of which the first are landmarks."""

    def __init__(self, points: LinearPoints, directions: HeadCode) -> None:
        """`directions`: a batch of Q codes."""
        super().__init__()
        self.measured = points
        weight = torch.ones(len(points.mean))
        weight[:LANDMARKS] = LANDMARK_WEIGHT
        self.weight = nn.Buffer(weight, persistent=False)  # (K,)
        self.jacobian = nn.Buffer(points.jacobian(directions), persistent=False)  # (K, 3, Q)

    def points(self, code: HeadCode) -> Tensor:
        """B codes -> (B, K, 3) metres."""
        return self.measured.posed(code)

    def residuals(self, points: Tensor, camera: Camera, seen: Prediction, size: int) -> list[Residuals]:
        """In px."""
        residual = seen.points_px - camera.project(points)
        precision = self.weight * huber_weight(residual, OUTLIER * size) / (NOISE * size) ** 2
        return [Residuals(residual, picture_jacobian(camera, points, self.jacobian), precision)]
