"""Our head decoder: ensembles of small networks around anchors, set up once a head.

A point asks the four nearest of 65 anchors; the answers are blended with weights of compact support. Codes enter each
small network as biases (and, for deformations, in its last layer), so a head is set up once and its points pay nothing
for it. Anchors are linear in the codes, and mirrored anchors share a network that sees a mirrored world.
Source: MonoNPHM for anchors, ensemble and backward deformation. Ours: the rest, and a forward deformation beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn

from ..codes import HeadCode
from ..frames import Box
from .compact_config import CompactConfig
from .decoder import Decoder, HeadField
from .ensemble import BoundEnsemble, Ensemble, seen_codes

UNIT = 0.01  # networks answer in centimetres, which is of order one


@dataclass(frozen=True)
class LinearMaps:
    """What of a head space the decoder keeps, for K landmarks."""

    anchor_mean: Tensor  # (A, 3) metres, neutral
    anchor_maps: Tensor  # (A, 3, I + E)
    landmark_mean: Tensor  # (K, 3)
    landmark_maps: Tensor  # (K, 3, I + E)
    canonical_expression: Tensor  # (E,) the expression of canonical space
    whole_signs: Tensor  # (G,) of the mirrored head's code
    part_signs: Tensor  # (A, L)
    expression_mirror: Tensor  # (E,) indices


class CompactDecoder(Decoder):
    """Ours: 65 anchors, 35 small networks an ensemble, three ensembles: canonical SDF, backward and forward motion."""

    def __init__(self, config: CompactConfig = CompactConfig()) -> None:
        super().__init__()
        self.config = config
        self.name, self.code_shape = config.name, config.shape
        self.box = Box(tuple(config.box_low), tuple(config.box_high))
        shape = config.shape
        self.anchor_mean = nn.Buffer(torch.zeros(shape.parts, 3))
        self.anchor_maps = nn.Buffer(torch.zeros(shape.parts, 3, shape.flat))
        self.landmark_mean = nn.Buffer(torch.zeros(config.landmarks, 3))
        self.landmark_maps = nn.Buffer(torch.zeros(config.landmarks, 3, shape.flat))
        self.canonical_expression = nn.Buffer(torch.zeros(shape.expression))
        motion = shape.whole + config.motion_around * shape.local
        self.shape = Ensemble(config, shape.whole + config.shape_around * shape.local, 0, outputs=1)
        self.backward_motion = Ensemble(config, motion + shape.expression, shape.expression, outputs=3)
        self.forward_motion = Ensemble(config, motion, shape.expression, outputs=3)

    def adopt(self, maps: LinearMaps) -> None:
        """Take over the linear part of a head space, before training."""
        for name in ("anchor_mean", "anchor_maps", "landmark_mean", "landmark_maps", "canonical_expression"):
            getattr(self, name).copy_(getattr(maps, name))
        config, signs = self.config, (maps.whole_signs, maps.part_signs)
        neighbours = torch.cdist(maps.anchor_mean, maps.anchor_mean).argsort(dim=-1)
        self.shape.adopt(*seen_codes(config, neighbours[:, : config.shape_around], *signs))
        for motion in (self.backward_motion, self.forward_motion):
            index, sign = seen_codes(config, neighbours[:, : config.motion_around], *signs)
            motion.adopt(index, sign, maps.expression_mirror)

    def bind(self, code: HeadCode) -> CompactField:
        """A code without batch dimensions gives a field over (N, 3); a batch of B codes one over (B, N, 3)."""
        return CompactField(self, code)

    def landmarks(self, code: HeadCode) -> Tensor:
        """(...) codes -> (..., K, 3) the posed landmarks, iBUG order, metres. Linear in the code."""
        return self.landmark_mean + torch.einsum("kcf,...f->...kc", self.landmark_maps, code.flat())

    def anchors(self, identity: Tensor, expression: Tensor) -> Tensor:
        """(B, I), (B, E) -> (B, A, 3) metres, under that expression."""
        flat = torch.cat([identity, expression], dim=-1)
        return self.anchor_mean + torch.einsum("acf,bf->bac", self.anchor_maps, flat)


class CompactField(HeadField):
    """One head, or a batch of heads of which each has its own points."""

    def __init__(self, decoder: CompactDecoder, code: HeadCode) -> None:
        self.single = not code.batch_shape
        identity, expression = code.identity, code.expression
        if self.single:
            identity, expression = identity[None], expression[None]
        canonical = decoder.canonical_expression.expand_as(expression)
        self.decoder, self.change = decoder, expression - canonical
        self.identity, self.expression = identity, expression
        self.anchors_canonical = decoder.anchors(identity, canonical)  # (B, A, 3)
        self.anchors_posed = decoder.anchors(identity, expression)
        self.anchors = self.anchors_canonical[0] if self.single else self.anchors_canonical
        self.shape = decoder.shape.bind(identity)

    def canonical_sdf(self, points_canonical: Tensor) -> Tensor:
        return self._answer(self.shape, points_canonical, self.anchors_canonical)[..., 0] * UNIT

    def canonical_points(self, points_head: Tensor) -> Tensor:
        rest = (self.anchors_canonical - self.anchors_posed) / UNIT
        return points_head + self._answer(self.backward, points_head, self.anchors_posed, rest) * UNIT

    def posed_points(self, points_canonical: Tensor) -> Tensor:
        return self.poser(points_canonical)(self)

    def poser(self, points_canonical: Tensor) -> Callable[[Any], Tensor]:
        points = points_canonical[None] if self.single else points_canonical
        hidden = self.forward.hidden(points, self.anchors_canonical)  # the expression enters the last layer alone

        def posed(head: CompactField) -> Tensor:
            rest = (head.anchors_posed - head.anchors_canonical) / UNIT
            moved = points + head.forward.answer(hidden, rest) * UNIT
            return moved[0] if head.single else moved

        return posed

    @cached_property
    def forward(self) -> BoundEnsemble:
        return self.decoder.forward_motion.bind(self.identity, self.change)

    @cached_property
    def backward(self) -> BoundEnsemble:
        return self.decoder.backward_motion.bind(self.identity, self.change)

    def _answer(self, ensemble: BoundEnsemble, points: Tensor, anchors: Tensor, rest: Tensor | None = None) -> Tensor:
        if self.single:
            return ensemble(points[None], anchors, rest)[0]
        return ensemble(points, anchors, rest)
