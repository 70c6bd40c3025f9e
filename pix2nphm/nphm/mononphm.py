"""MonoNPHM: the published head model, as a decoder of this project.

Source: Giebenhain et al., MonoNPHM, CVPR 2024, and its published code. How it is evaluated is ours: `mononphm_field`.

Names that end in `_units` are in model units, 0.25 m, everything as published: sdf positive outside, canonical points
(N, 5), three coordinates and two hyper-coordinates. Everything else is in metres: the head frame of these heads is the
FLAME frame, whose axes are ours and whose origin is FLAME's.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..codes import CodeShape, HeadCode
from ..errors import BadCode
from ..frames import METRES_PER_MONONPHM_UNIT, Box
from .decoder import Decoder
from .mononphm_field import SKIP_LAYER, MonoNPHMField, mlp


@dataclass(frozen=True)
class MonoNPHMSizes:
    """The architecture's widths; the defaults are the published ones."""

    whole: int = 64
    local: int = 32
    expression: int = 100
    anchors: int = 65
    pairs: int = 30  # anchors 2i and 2i + 1 mirror each other
    compressed: int = 16
    hyper: int = 2
    anchor_width: int = 64
    sdf_width: int = 200
    deformation_width: int = 400
    colour_width: int = 200
    colour_feature: int = 16
    neighbours: int = 12
    blend_std: float = 3.75

    @property
    def experts(self) -> int:
        return self.anchors + 1  # the last one has no anchor

    @property
    def nets(self) -> int:
        return self.experts - self.pairs

    @property
    def experts_of_net(self) -> list[list[int]]:
        """Mirrored experts share a net."""
        return [[2 * i, 2 * i + 1] for i in range(self.pairs)] + [[e] for e in range(2 * self.pairs, self.experts)]

    @property
    def geometry(self) -> int:
        return self.whole + self.experts * self.local

    @property
    def code_shape(self) -> CodeShape:
        return CodeShape(self.whole, self.experts, self.local, self.expression)


class Nets(nn.Module):
    """Many MLPs of one shape. Layer i has weights[i] (nets, out, in) and biases[i] (nets, out)."""

    def __init__(self, nets: int, widths: list[int]) -> None:
        super().__init__()
        shapes = list(zip(widths[1:], widths[:-1]))
        self.weights = nn.ParameterList(torch.randn(nets, *shape) / sqrt(shape[1]) for shape in shapes)
        self.biases = nn.ParameterList(torch.zeros(nets, shape[0]) for shape in shapes)

    def layers(self, net: int) -> list[tuple[Tensor, Tensor]]:
        """The (weight, bias) of each layer of one net, first to last."""
        return [(weight[net], bias[net]) for weight, bias in zip(self.weights, self.biases)]


class MonoNPHM(Decoder):
    """The published architecture. Fresh ones have random weights; `load_mononphm` reads trained ones."""

    name = "mononphm"
    box = Box(
        tuple(METRES_PER_MONONPHM_UNIT * v for v in (-0.55, -0.5, -0.95)),
        tuple(METRES_PER_MONONPHM_UNIT * v for v in (0.55, 0.75, 0.4)),
    )

    def __init__(self, anchors_mean: Tensor, sizes: MonoNPHMSizes = MonoNPHMSizes()) -> None:
        """anchors_mean (A, 3) units."""
        super().__init__()
        s = self.sizes = sizes
        self.code_shape = s.code_shape
        self.codebooks: dict[str, Tensor] = {}  # (heads, size) by `latent_sizes`: the codes a checkpoint was trained on
        self.register_buffer("anchors_mean", anchors_mean)
        self.anchor_mlp = Nets(1, [s.whole, s.anchor_width, s.anchor_width, 3 * s.anchors])
        self.compressor = nn.Linear(s.geometry + 3 * s.anchors, s.compressed)
        entry = 3 + s.compressed + s.expression
        ins = [entry, *[s.deformation_width] * 6]
        ins[SKIP_LAYER] += entry
        outs = [*[s.deformation_width] * 6, 3 + s.hyper]
        self.deformation = nn.ModuleList(nn.Linear(i, o) for i, o in zip(ins, outs))
        self.sdf_nets = Nets(s.nets, [s.whole + s.local + 3 + s.hyper, *[s.sdf_width] * 4, 1])
        self.bottlenecks = nn.ModuleList(
            [nn.Linear(s.sdf_width, s.colour_feature), nn.Linear(s.colour_feature, s.colour_feature)]
        )
        self.colour_nets = Nets(s.nets, [s.whole + s.local + s.colour_feature, *[s.colour_width] * 4, 3])

    @property
    def latent_sizes(self) -> dict[str, int]:
        """Of the flat published codes, by their names in `codebooks`."""
        return {"geo": self.sizes.geometry, "exp": self.sizes.expression, "app": self.sizes.geometry}

    def bind(self, code: HeadCode) -> "MonoNPHMField":
        code.check(self.code_shape)
        return MonoNPHMField(self, code.to(self.anchors_mean))

    def code_from_latents(self, z_geo: Tensor, z_exp: Tensor) -> HeadCode:
        """Published codes, (..., geometry) and (..., expression), as a HeadCode; `HeadCode.identity` is z_geo again."""
        s = self.sizes
        if z_geo.shape[-1] != s.geometry or z_exp.shape[-1] != s.expression:
            raise BadCode(
                f"These latents have sizes {z_geo.shape[-1]} and {z_exp.shape[-1]}; "
                f"this model's geometry code has {s.geometry} numbers and its expression code {s.expression}."
            )
        parts = z_geo[..., s.whole :].unflatten(-1, (s.experts, s.local))
        return HeadCode(z_geo[..., : s.whole], parts, z_exp)

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

    def anchors_units(self, z_geo: Tensor) -> Tensor:
        """(..., geometry) -> (..., A, 3) canonical anchors of one head or of a batch."""
        moved = mlp(z_geo[..., : self.sizes.whole], self.anchor_mlp.layers(0), F.relu)
        return self.anchors_mean + moved.unflatten(-1, (self.sizes.anchors, 3))

    def _bound(self, z_geo: Tensor, z_exp: Tensor) -> "MonoNPHMField":
        return self.bind(self.code_from_latents(z_geo.reshape(-1), z_exp.reshape(-1)))
