"""Left and right exchanged: what a code and a camera become when the picture is seen in a mirror."""

from __future__ import annotations

import torch
from torch import nn

from ..codes import CodeShape, HeadCode
from ..frames import Camera
from .indices import check_indices


class Mirror(nn.Module):
    """The mirror symmetry of a code space: signs of codes, partners of anchors, other sides of expressions."""

    def __init__(self, shape: CodeShape) -> None:
        super().__init__()
        self.whole_signs = nn.Buffer(torch.ones(shape.whole))
        self.part_signs = nn.Buffer(torch.ones(shape.parts, shape.local))
        self.partner = nn.Buffer(torch.arange(shape.parts))
        self.expression_partner = nn.Buffer(torch.arange(shape.expression))

    def check(self) -> None:
        """Raise ValueError where an index points nowhere."""
        check_indices(self.partner, len(self.partner))
        check_indices(self.expression_partner, len(self.expression_partner))

    def forward(self, code: HeadCode) -> HeadCode:
        """(...) codes -> the codes of the mirrored heads."""
        return HeadCode(
            code.whole * self.whole_signs,
            (code.parts * self.part_signs)[..., self.partner, :],
            code.expression[..., self.expression_partner],
        )

    def average(self, code: HeadCode, camera: Camera, size: int) -> tuple[HeadCode, Camera]:
        """Two views, a crop of `size` px and its mirror image (B = 2) -> one code and camera, of the first view."""
        codes = HeadCode.stack([code[0], self(code[1])])
        cameras = Camera.stack([camera[0], camera[1].mirrored(size)])
        u, _, v = torch.linalg.svd(cameras.rotation.mean(0))
        return HeadCode(codes.whole.mean(0), codes.parts.mean(0), codes.expression.mean(0)), Camera(
            u @ v, cameras.scale.mean(0), cameras.centre.mean(0), cameras.inverse_distance.mean(0)
        )
