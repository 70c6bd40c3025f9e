"""Features slide over the skin: no head is quite one of ICT-FaceKit's, and eyes, lips and brows lie where the model would
not have them on the same shape. A network that never saw it takes every feature's place for a measure of the shape.

Ours. On the validation avatars features lie 1.5 to 2 mm from where they are on the closest heads of the model.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

ALIKE, APART = 8, 4  # waves that are the same on both sides of a face, and others
LENGTHS = (0.04, 0.16)  # metres
MOST = 0.0024  # metres, root mean square of the strongest slide
MIDLINE = 0.01  # metres from the midline within which sideways motion fades
AXES = torch.tensor([1.0, 0.3, 1.0])  # of the ellipsoid along which features slide


@dataclass(frozen=True)
class Slide:
    """Smooth displacements along the skin, of B heads."""

    waves: Tensor  # (B, W, 4) wave vectors, radians a metre, and phases
    amounts: Tensor  # (B, W, 3) metres

    @staticmethod
    def sample(count: int, generator: torch.Generator) -> "Slide":
        number = ALIKE + APART
        normal = lambda *shape: torch.randn(shape, generator=generator)
        uniform = lambda *shape: torch.rand(shape, generator=generator)
        short, long = LENGTHS
        lengths = short * (long / short) ** uniform(count, number, 1)
        vectors = torch.nn.functional.normalize(normal(count, number, 3), dim=-1) * (2 * torch.pi / lengths)
        strength = MOST * uniform(count, 1, 1)  # half the square of a sine, of three axes of which one is taken away
        amounts = strength * normal(count, number, 3) * (1 / number) ** 0.5
        return Slide(torch.cat([vectors, 2 * torch.pi * uniform(count, number, 1)], dim=-1), amounts)

    @staticmethod
    def none(count: int) -> "Slide":
        return Slide(torch.zeros(count, ALIKE + APART, 4), torch.zeros(count, ALIKE + APART, 3))

    def at(self, points: Tensor) -> Tensor:
        """(N, 3) metres on the mean head at rest -> (B, N, 3) metres."""
        one_side = torch.cat([points[:, :1].abs(), points[:, 1:]], dim=1)
        alike = along(one_side, self.waves[:, :ALIKE]) @ self.amounts[:, :ALIKE]
        sideways = torch.tanh(points[:, 0] / MIDLINE)
        alike = torch.cat([alike[..., :1] * sideways[:, None], alike[..., 1:]], dim=-1)
        moved = alike + along(points, self.waves[:, ALIKE:]) @ self.amounts[:, ALIKE:]
        outward = torch.nn.functional.normalize(points * AXES.to(points), dim=1)
        return moved - (moved * outward).sum(-1, keepdim=True) * outward

    def mirrored(self) -> "Slide":
        """Of the mirrored heads."""
        waves, amounts = self.waves.clone(), self.amounts.clone()
        waves[:, ALIKE:, 0] *= -1
        amounts[:, ALIKE:, 0] *= -1
        return Slide(waves, amounts)


def along(points: Tensor, waves: Tensor) -> Tensor:
    """(N, 3), (B, W, 4) -> (B, N, W) sines."""
    return torch.sin(points @ waves[..., :3].mT + waves[:, None, :, 3])
