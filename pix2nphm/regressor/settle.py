"""A last step: codes and camera move a little, so that the head lies on the points that were measured in the crop.

Damped Gauss-Newton on the measured points, from the network's own prediction and held near it: the principal directions
of the population, the pose and the camera may move as far as the network is usually off. It costs milliseconds.
Source: Pix2NPHM's inference-time optimisation, which starts from the prediction and stays near it. Ours: on measured
points, in closed form, always.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn

from ..codes import HeadCode
from ..frames import Camera
from .network import Prediction

LANDMARKS, LANDMARK_WEIGHT = 51, 3.0  # the first points are landmarks, which count more
POINT_NOISE = 0.035  # of the crop's side: neighbouring points err together, so each says little by itself
OUTLIER = 0.012  # of the crop's side: points farther off count less
STEPS = 2
# How far each may move, one standard deviation: identity and expression along principal directions, rotation (radians),
# log scale, centre (of the crop's side), log inverse distance.
IDENTITY, EXPRESSION, ROTATION, SCALE, CENTRE, DISTANCE = 0.4, 0.5, 0.02, 0.03, 0.0156, 0.3


@dataclass(frozen=True)
class SettleConfig:
    """Sizes. I = whole + parts * local."""

    points: int
    identity: int
    expression: int
    identity_directions: int = 48
    expression_directions: int = 24

    def to_dict(self) -> dict:
        return asdict(self)


class Settle(nn.Module):
    """Predictions of B crops -> codes and cameras that agree better with the measured points."""

    def __init__(self, config: SettleConfig) -> None:
        super().__init__()
        self.config, c = config, config
        self.register_buffer("mean", torch.zeros(c.points, 3))  # metres, the measured points on the mean head
        self.register_buffer("identity_maps", torch.zeros(c.points, 3, c.identity))
        self.register_buffer("expression_maps", torch.zeros(c.points, 3, c.expression))
        self.register_buffer("identity_directions", torch.zeros(c.identity_directions, c.identity))
        self.register_buffer("expression_directions", torch.zeros(c.expression_directions, c.expression))

    def forward(self, seen: Prediction, size: int) -> tuple[HeadCode, Camera]:
        """`size` px a side of the crops."""
        code, camera = seen.code, seen.camera
        points = self.mean + torch.einsum("kci,bi->bkc", self.identity_maps, code.identity)
        points = points + torch.einsum("kce,be->bkc", self.expression_maps, code.expression)
        along = torch.cat([torch.einsum("kci,qi->kcq", self.identity_maps, self.identity_directions),
                           torch.einsum("kce,qe->kcq", self.expression_maps, self.expression_directions)], dim=-1)
        freedom = self.freedom(size).to(points)
        weight = torch.ones_like(self.mean[:, 0])
        weight[:LANDMARKS] = LANDMARK_WEIGHT
        moved = points.new_zeros(len(points), len(freedom))
        for _ in range(STEPS):
            here = points + torch.einsum("kcq,bq->bkc", along, moved[:, : along.shape[-1]])
            now = moved_camera(camera, moved[:, along.shape[-1] :])
            slopes = torch.cat(camera_slopes(now, here, along), dim=-1)  # (B, K, 2, freedoms)
            off = seen.points_px - now.project(here)
            certain = weight * (OUTLIER * size / off.norm(dim=-1)).clamp_max(1) / (POINT_NOISE * size) ** 2
            weighted = (slopes * certain[..., None, None]).flatten(1, 2)
            normal = weighted.mT @ slopes.flatten(1, 2) + torch.diag(1 / freedom.square())
            pull = (weighted.mT @ off.flatten(1)[..., None])[..., 0] - moved / freedom.square()
            moved = moved + torch.linalg.solve(normal, pull)
        by_identity, by_expression, by_camera = moved.split([len(self.identity_directions), len(self.expression_directions), 7], 1)
        identity = code.identity + by_identity @ self.identity_directions
        expression = (code.expression + by_expression @ self.expression_directions).clamp(0, 1)
        return code.with_identity(identity).with_expression(expression), moved_camera(camera, by_camera)

    def freedom(self, size: int) -> Tensor:
        """(directions + 7,) how far each unknown usually is from its prediction."""
        codes = [IDENTITY] * len(self.identity_directions) + [EXPRESSION] * len(self.expression_directions)
        return torch.tensor([*codes, *[ROTATION] * 3, SCALE, *[CENTRE * size] * 2, DISTANCE])


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
    the seven numbers of `moved_camera`."""
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
