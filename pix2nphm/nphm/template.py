"""A head of fixed topology, linear in the code: what the decoder was taught, without the decoder.

Same vertices in every head, so heads can be blended, compared vertex by vertex, and moved in a browser at once. The
decoder's surface differs from it by about its own error, a tenth of a millimetre.
Ours: MonoNPHM has no such thing; our codes are a linear embedding of registered heads (`training.head_space`).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..codes import CodeShape, HeadCode
from .indices import check_indices
from .linear_points import LinearPoints

REGIONS = ("nose", "mouth", "eyes", "brows", "cheeks", "jaw", "ears", "skull")  # skull: with the neck


@dataclass(frozen=True)
class TemplateConfig:
    """Sizes: V vertices, F faces, and M entries of the local modes, each of one vertex and one anchor."""

    vertices: int
    faces: int
    entries: int
    shape: CodeShape = CodeShape(whole=48, parts=65, local=16, expression=53)


class Template(LinearPoints):
    """V vertices, skin and eyeballs, and the triangles between them."""

    def __init__(self, config: TemplateConfig) -> None:
        c, shape = config, config.shape
        super().__init__(c.vertices, c.entries, shape)
        self.config = config
        self.faces = nn.Buffer(torch.zeros(c.faces, 3, dtype=torch.int32))
        self.vertex_region = nn.Buffer(torch.zeros(c.vertices, dtype=torch.int32))  # into REGIONS
        self.anchor_region = nn.Buffer(torch.zeros(shape.parts, dtype=torch.int32))
        self.local_from_whole = nn.Buffer(torch.zeros(shape.parts, shape.local, shape.whole))

    def check(self) -> None:
        """Raise ValueError where an index points nowhere."""
        super().check()
        check_indices(self.faces, len(self.mean))
        check_indices(self.vertex_region, len(REGIONS))
        check_indices(self.anchor_region, len(REGIONS))

    def vertices(self, code: HeadCode) -> Tensor:
        """(...) codes -> (..., V, 3) metres, posed."""
        return self.posed(code)
