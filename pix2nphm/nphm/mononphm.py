"""MonoNPHM: the published head model, as a decoder of this project.

Source: Giebenhain et al., MonoNPHM, CVPR 2024, and its published code. How it is evaluated is ours: `mononphm_field`.

Names that end in `_units` are in model units, 0.25 m, everything as published: sdf positive outside, canonical points
(N, 5), three coordinates and two hyper-coordinates. Everything else is in metres: the head frame of these heads is the
FLAME frame, whose axes are ours and whose origin is FLAME's.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..codes import HeadCode
from ..errors import BadCode
from ..frames import METRES_PER_MONONPHM_UNIT, Box
from .decoder import Decoder
from .mononphm_field import MonoNPHMField
from .mononphm_networks import MonoNPHMNetworks, MonoNPHMSizes


class MonoNPHM(MonoNPHMNetworks, Decoder):
    """The published architecture. Fresh ones have random weights; `load_mononphm` reads trained ones."""

    name = "mononphm"
    box = Box(
        tuple(METRES_PER_MONONPHM_UNIT * v for v in (-0.55, -0.5, -0.95)),
        tuple(METRES_PER_MONONPHM_UNIT * v for v in (0.55, 0.75, 0.4)),
    )

    def __init__(self, anchors_mean: Tensor, sizes: MonoNPHMSizes = MonoNPHMSizes()) -> None:
        """anchors_mean (A, 3) units."""
        super().__init__(anchors_mean, sizes)
        self.code_shape = sizes.code_shape
        self.codebooks: dict[str, Tensor] = {}  # (heads, size) by `latent_sizes`: the codes a checkpoint was trained on

    @property
    def latent_sizes(self) -> dict[str, int]:
        """Of the flat published codes, by their names in `codebooks`."""
        return {"geo": self.sizes.geometry, "exp": self.sizes.expression, "app": self.sizes.geometry}

    def bind(self, code: HeadCode) -> MonoNPHMField:
        code.check(self.code_shape)
        return MonoNPHMField(self, code.to(self.anchors_mean))

    def code_from_latents(self, z_geo: Tensor, z_exp: Tensor) -> HeadCode:
        """Published codes, (..., geometry) and (..., expression), as a HeadCode; its `flat` is both in a row again."""
        s = self.sizes
        if z_geo.shape[-1] != s.geometry or z_exp.shape[-1] != s.expression:
            raise BadCode(
                f"These latents have sizes {z_geo.shape[-1]} and {z_exp.shape[-1]}; "
                f"this model's geometry code has {s.geometry} numbers and its expression code {s.expression}."
            )
        return HeadCode.from_flat(torch.cat([z_geo, z_exp], dim=-1), self.code_shape)

    def sdf_units(self, points_units: Tensor, z_geo: Tensor, z_exp: Tensor) -> Tensor:
        """(N, 3) posed points -> (N,) signed distance, positive outside. Latents are flat, one head's."""
        return self._bound(z_geo, z_exp).sdf_units(points_units)

    def canonical_units(self, points_units: Tensor, z_geo: Tensor, z_exp: Tensor) -> Tensor:
        """(N, 3) posed points -> (N, 5) canonical points."""
        return self._bound(z_geo, z_exp).canonical_units(points_units)

    def colour_units(self, points_units: Tensor, z_geo: Tensor, z_app: Tensor, z_exp: Tensor) -> Tensor:
        """(N, 3) posed points -> (N, 3) colour; red, green, blue from -1 to 1 and sometimes a little beyond."""
        head = self._bound(z_geo, z_exp)
        return head.colour(head.canonical_units(points_units), z_app.reshape(-1))

    def _bound(self, z_geo: Tensor, z_exp: Tensor) -> MonoNPHMField:
        return self.bind(self.code_from_latents(z_geo.reshape(-1), z_exp.reshape(-1)))
