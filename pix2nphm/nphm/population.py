"""What the heads of the training population are like: its PCA directions, and how far codes stray."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from ..codes import CodeShape


@dataclass(frozen=True)
class PopulationConfig:
    """Sizes."""

    identity_directions: int = 64
    expression_directions: int = 24
    shape: CodeShape = CodeShape(whole=48, parts=65, local=16, expression=53)


class Population(nn.Module):
    """Principal components of the surface, as directions of codes.

    code + s * direction is a head s standard deviations along it; reading @ code says where a head is, in standard
    deviations. Readings and directions are dual: reading_i @ direction_j is 1 where i = j, else 0. Identities are laid
    out as in `HeadCode.identity`, about zero; expressions about `expression_mean`. A number of the whole code has unit
    variance and is independent of the others.
    """

    def __init__(self, config: PopulationConfig = PopulationConfig()) -> None:
        super().__init__()
        self.config, c, shape = config, config, config.shape
        self.identity_directions = nn.Buffer(torch.zeros(c.identity_directions, shape.identity))
        self.identity_readings = nn.Buffer(torch.zeros(c.identity_directions, shape.identity))
        self.identity_share = nn.Buffer(torch.zeros(c.identity_directions))  # of the surface's variance
        self.expression_mean = nn.Buffer(torch.zeros(shape.expression))
        self.expression_directions = nn.Buffer(torch.zeros(c.expression_directions, shape.expression))
        self.expression_readings = nn.Buffer(torch.zeros(c.expression_directions, shape.expression))
        self.expression_share = nn.Buffer(torch.zeros(c.expression_directions))
        # the inverse covariance of each anchor's local code
        self.parts_precision = nn.Buffer(torch.zeros(shape.parts, shape.local, shape.local))
