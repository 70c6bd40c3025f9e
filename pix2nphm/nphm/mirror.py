"""Left and right exchanged: what a code and a camera become when the picture is seen in a mirror."""

from __future__ import annotations

import torch
from torch import nn

from ..codes import HeadCode
from ..frames import MIRROR_HEAD, Camera


class Mirror(nn.Module):
    """The mirror symmetry of a code space: signs of codes, partners of anchors, other sides of expressions."""

    def __init__(self, whole: int, parts: int, local: int, expression: int):
        super().__init__()
        self.register_buffer("whole_signs", torch.ones(whole))
        self.register_buffer("part_signs", torch.ones(parts, local))
        self.register_buffer("partner", torch.arange(parts))
        self.register_buffer("expression_partner", torch.arange(expression))

    def forward(self, code: HeadCode) -> HeadCode:
        """(...) codes -> the codes of the mirrored heads."""
        return HeadCode(
            code.whole * self.whole_signs,
            (code.parts * self.part_signs)[..., self.partner, :],
            code.expression[..., self.expression_partner],
        )

    def average(self, code: HeadCode, camera: Camera, size: int) -> tuple[HeadCode, Camera]:
        """Two views, a crop of `size` px and its mirror image (B = 2) -> one code and camera, of the first view."""
        codes = (code[0], self(code[1]))
        cameras = (pick(camera, 0), mirrored_camera(pick(camera, 1), size))
        mean = lambda name, both: torch.stack([getattr(one, name) for one in both]).mean(0)
        u, _, v = torch.linalg.svd(mean("rotation", cameras))
        return HeadCode(*(mean(name, codes) for name in ("whole", "parts", "expression"))), Camera(
            u @ v, *(mean(name, cameras) for name in ("scale", "centre", "inverse_distance"))
        )


def pick(camera: Camera, index: int) -> Camera:
    """One camera of a batch."""
    return Camera(camera.rotation[index], camera.scale[index], camera.centre[index], camera.inverse_distance[index])


def mirrored_camera(camera: Camera, size: int) -> Camera:
    """(...) cameras of a crop -> those of the mirrored head in the mirrored crop."""
    flip = MIRROR_HEAD.to(camera.rotation)
    across = torch.stack([size - camera.centre[..., 0], camera.centre[..., 1]], dim=-1)
    return Camera(flip[:, None] * camera.rotation * flip, camera.scale, across, camera.inverse_distance)
