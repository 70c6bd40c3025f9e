"""A last step: codes and camera move a little, so that the head agrees with all that was measured in the crop.

Damped Gauss-Newton on measured points, normals and canonical points, from the network's own prediction and held near
it: the PCA directions of the population, the pose and the camera may move as far as the network is usually off.
Source: Pix2NPHM's inference-time optimisation, which starts from the prediction, stays near it and fits predicted
normals and canonical points. Ours: in closed form, in two steps, always.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..codes import HeadCode
from ..frames import Camera
from ..nphm.measured_points import MeasuredPoints
from ..nphm.population import Population
from ..nphm.template import Template
from ..regressor.network import Prediction
from .dense import Dense
from .gauss_newton import CAMERA_UNKNOWNS, Term, moved_camera
from .landmarks import Landmarks

STEPS = 2
IDENTITY_DIRECTIONS, EXPRESSION_DIRECTIONS = 48, 24  # the first of the population's
# How far each may move, one standard deviation: identity and expression along PCA directions, rotation (radians),
# log scale, centre (of the crop's side), log inverse distance.
IDENTITY, EXPRESSION, ROTATION, SCALE, CENTRE, DISTANCE = 0.3, 1.0, 0.03, 0.03, 0.0156, 0.3


class Fit(nn.Module):
    """Predictions of B crops -> codes and cameras that agree better with what was measured."""

    def __init__(self, template: Template, population: Population, points: MeasuredPoints) -> None:
        """Raises ValueError for a template that the points do not belong to."""
        super().__init__()
        identity = population.identity_directions[:IDENTITY_DIRECTIONS]
        expression = population.expression_directions[:EXPRESSION_DIRECTIONS]
        rest = HeadCode.zeros(template.shape)
        directions = HeadCode.stack([*map(rest.with_identity, identity), *map(rest.with_expression, expression)])
        self.identity_directions = nn.Buffer(identity, persistent=False)
        self.expression_directions = nn.Buffer(expression, persistent=False)
        self.landmarks = Landmarks(points.on(template), directions)
        self.dense = Dense(template, directions)

    def forward(self, seen: Prediction, size: int) -> tuple[HeadCode, Camera]:
        """`size` px a side of the crops."""
        code, camera = seen.code, seen.camera
        terms: list[tuple[Term, Tensor]] = [(term, term.points(code)) for term in (self.landmarks, self.dense)]
        held = 1 / self.deviations(size).to(code.whole).square()
        moved = code.whole.new_zeros(*code.batch_shape, len(held))  # (B, U)
        for _ in range(STEPS):
            by_code, by_camera = moved[:, :-CAMERA_UNKNOWNS], moved[:, -CAMERA_UNKNOWNS:]
            now, equations = moved_camera(camera, by_camera), []
            for term, start in terms:
                points = start + torch.einsum("...q,bq->b...", term.jacobian, by_code)
                equations += [one.normal_equations() for one in term.residuals(points, now, seen, size)]
            normal, pull = map(torch.stack, zip(*equations))
            moved = moved + torch.linalg.solve(normal.sum(0) + held.diag(), pull.sum(0)[..., 0] - moved * held)
        counts = [len(self.identity_directions), len(self.expression_directions), CAMERA_UNKNOWNS]
        by_identity, by_expression, by_camera = moved.split(counts, dim=1)
        identity = code.identity + by_identity @ self.identity_directions
        expression = (code.expression + by_expression @ self.expression_directions).clamp(0, 1)
        return code.with_identity(identity).with_expression(expression), moved_camera(camera, by_camera)

    def deviations(self, size: int) -> Tensor:
        """(U,) how far each unknown usually is from its prediction."""
        codes = [IDENTITY] * len(self.identity_directions) + [EXPRESSION] * len(self.expression_directions)
        return torch.tensor([*codes, *[ROTATION] * 3, SCALE, *[CENTRE * size] * 2, DISTANCE])  # as CAMERA_UNKNOWNS
