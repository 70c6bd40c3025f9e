"""A last step: codes and camera move a little, so that the head agrees with all that was measured in the crop.

Damped Gauss-Newton on measured points, normals and canonical points, from the network's own prediction and held near it:
the principal directions of the population, the pose and the camera may move as far as the network is usually off.
Source: Pix2NPHM's inference-time optimisation, which starts from the prediction, stays near it and fits predicted normals
and canonical points. Ours: in closed form, in two steps, always.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..codes import CodeShape, HeadCode
from ..frames import Camera
from ..nphm.template import Template
from ..regressor.network import Prediction
from .dense import Skin
from .gauss_newton import CAMERA_MOVES, Evidence, camera_slopes, moved_camera, trust

LANDMARKS, LANDMARK_WEIGHT = 51, 3.0  # the first points are landmarks, which count more
POINT_NOISE = 0.016  # of the crop's side: neighbouring points err together, so each says little by itself
OUTLIER = 0.012  # of the crop's side: points farther off count less
STEPS = 2
# How far each may move, one standard deviation: identity and expression along principal directions, rotation (radians),
# log scale, centre (of the crop's side), log inverse distance.
IDENTITY, EXPRESSION, ROTATION, SCALE, CENTRE, DISTANCE = 0.3, 1.0, 0.03, 0.03, 0.0156, 0.3


@dataclass(frozen=True)
class SettleConfig:
    """Sizes."""

    points: int
    shape: CodeShape
    identity_directions: int = 48
    expression_directions: int = 24


class Settle(nn.Module):
    """Predictions of B crops -> codes and cameras that agree better with the measured points."""

    def __init__(self, config: SettleConfig) -> None:
        super().__init__()
        self.config, c = config, config
        self.mean = nn.Buffer(torch.zeros(c.points, 3))  # metres, the measured points on the mean head
        self.identity_maps = nn.Buffer(torch.zeros(c.points, 3, c.shape.identity))
        self.expression_maps = nn.Buffer(torch.zeros(c.points, 3, c.shape.expression))
        self.identity_directions = nn.Buffer(torch.zeros(c.identity_directions, c.shape.identity))
        self.expression_directions = nn.Buffer(torch.zeros(c.expression_directions, c.shape.expression))
        self.skin: Skin | None = None

    def wear(self, template: Template) -> None:
        """Dense geometry counts from now on, on the skin of `template`."""
        rest = HeadCode.zeros(template.config.shape)
        self.skin = Skin(template, HeadCode.stack([
            *(rest.with_identity(direction) for direction in self.identity_directions),
            *(rest.with_expression(direction) for direction in self.expression_directions),
        ]))

    def forward(self, seen: Prediction, size: int) -> tuple[HeadCode, Camera]:
        """`size` px a side of the crops."""
        code, camera = seen.code, seen.camera
        points = self.mean + torch.einsum("kci,bi->bkc", self.identity_maps, code.identity)
        points = points + torch.einsum("kce,be->bkc", self.expression_maps, code.expression)
        along = torch.cat([torch.einsum("kci,qi->kcq", self.identity_maps, self.identity_directions),
                           torch.einsum("kce,qe->kcq", self.expression_maps, self.expression_directions)], dim=-1)
        corners = None if self.skin is None else self.skin.at(code)
        held = 1 / self.freedom(size).to(points).square()
        moved = points.new_zeros(len(points), len(held))
        for _ in range(STEPS):
            by_code = moved[:, :-CAMERA_MOVES]
            now = moved_camera(camera, moved[:, -CAMERA_MOVES:])
            evidence = [self.measured(points + torch.einsum("kcq,bq->bkc", along, by_code), along, now, seen, size)]
            if self.skin is not None:
                here = corners + torch.einsum("kvcq,bq->bkvc", self.skin.slopes, by_code)
                evidence += self.skin.evidence(here, now, seen.dense, size)
            normal, pull = (sum(parts) for parts in zip(*(each.equations() for each in evidence)))
            moved = moved + torch.linalg.solve(normal + held.diag(), pull[..., 0] - moved * held)
        sizes = [len(self.identity_directions), len(self.expression_directions), CAMERA_MOVES]
        by_identity, by_expression, by_camera = moved.split(sizes, dim=1)
        identity = code.identity + by_identity @ self.identity_directions
        expression = (code.expression + by_expression @ self.expression_directions).clamp(0, 1)
        return code.with_identity(identity).with_expression(expression), moved_camera(camera, by_camera)

    def measured(self, points: Tensor, along: Tensor, camera: Camera, seen: Prediction, size: int) -> Evidence:
        """What the measured points say about heads that have them at (B, K, 3), moving `along` (K, 3, Q)."""
        weight = torch.ones_like(self.mean[:, 0])
        weight[:LANDMARKS] = LANDMARK_WEIGHT
        off = seen.points_px - camera.project(points)
        certain = weight * trust(off, OUTLIER * size) / (POINT_NOISE * size) ** 2
        return Evidence(off, torch.cat(camera_slopes(camera, points, along), dim=-1), certain)

    def freedom(self, size: int) -> Tensor:
        """(directions + 7,) how far each unknown usually is from its prediction."""
        codes = [IDENTITY] * len(self.identity_directions) + [EXPRESSION] * len(self.expression_directions)
        return torch.tensor([*codes, *[ROTATION] * 3, SCALE, *[CENTRE * size] * 2, DISTANCE])  # as CAMERA_MOVES
