"""The points of the head that the regressor measures in a crop."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from ..codes import CodeShape
from .indices import check_indices
from .linear_points import LinearPoints
from .template import Template


@dataclass(frozen=True)
class MeasuredPointsConfig:
    """Sizes: K points, some of them vertices of a template, and M entries of local modes."""

    points: int
    vertices: int
    entries: int
    shape: CodeShape = CodeShape(whole=48, parts=65, local=16, expression=53)


class MeasuredPoints(LinearPoints):
    """K points, iBUG landmarks 18 to 68 first, as that which a template does not know of them.

    Most are vertices of the template: of those there is here only what the template rounds off, local modes of less
    than ten micrometres among it. Points that a closed head does not have (in the mouth, behind the lids) are here
    whole.
    """

    def __init__(self, config: MeasuredPointsConfig) -> None:
        super().__init__(config.points, config.entries, config.shape)
        self.config = config
        self.point = nn.Buffer(torch.zeros(config.vertices, dtype=torch.int32))  # which are vertices
        self.vertex = nn.Buffer(torch.zeros(config.vertices, dtype=torch.int32))  # of the template

    def check(self) -> None:
        """Raise ValueError where an index points nowhere; whether vertices exist, only the template knows."""
        super().check()
        check_indices(self.point, len(self.mean))

    def on(self, template: Template) -> LinearPoints:
        """The points in full. Raises ValueError for a template that has not these vertices."""
        check_indices(self.vertex, len(template.mean))
        return self.plus(template.rows(self.vertex.long()), at=self.point.long())
