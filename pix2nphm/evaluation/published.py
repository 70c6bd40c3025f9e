"""MonoNPHM as its published extraction evaluates it: the yardstick of `mononphm_field`, for speed and for truth.

Every point asks all thirteen experts, each expert's input is written out with its latents, and colour is always
computed. Points are grouped so that each network is one product, which is at least as fast as the published code.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from math import sqrt

import torch
from torch import Tensor
from torch.nn import functional as F

from ..nphm.mononphm import MonoNPHM

softplus = partial(F.softplus, beta=100)


@dataclass(frozen=True)
class PublishedHead:
    """One head of `model` by its flat published latents, one dimension each."""

    model: MonoNPHM
    z_geo: Tensor  # (geometry,)
    z_app: Tensor  # (geometry,)
    z_exp: Tensor  # (E,)

    def __call__(self, points_units: Tensor) -> tuple[Tensor, Tensor]:
        """(N, 3) posed points -> (N,) signed distance, positive outside, and (N, 3) colour."""
        s = self.model.sizes
        anchors = self.model.anchors_units(self.z_geo)
        canonical = self._deformed(points_units, anchors)
        distances, near = torch.cdist(canonical[:, :3], anchors).topk(s.neighbours, largest=False)
        near = F.pad(near, (0, 1), value=s.anchors)  # (N, 13)
        width = distances[:, 7:8] / s.blend_std
        weights = torch.exp(-((F.pad(distances, (0, 1), value=0.75) / width) ** 2) / 2)
        weights = weights / (weights.sum(-1, keepdim=True) + 1e-8)

        expert = near.flatten()
        mirrored = (expert < 2 * s.pairs) & (expert % 2 == 1)
        local = canonical.repeat_interleave(near.shape[1], 0) - F.pad(anchors, (0, s.hyper, 0, 1))[expert]
        local[mirrored, 0] *= -1
        net = torch.where(expert < 2 * s.pairs, expert // 2, expert - s.pairs)
        answers = local.new_empty(len(expert), 4)
        for index in range(s.nets):
            rows = (net == index).nonzero()[:, 0]
            answers[rows] = self._answers(index, expert[rows], local[rows])
        blended = (answers.view(*near.shape, 4) * weights[..., None]).sum(1)
        return blended[:, 0], blended[:, 1:]

    def _deformed(self, points_units: Tensor, anchors: Tensor) -> Tensor:
        compressed = self.model.compressor(torch.cat([self.z_geo, anchors.flatten()]))
        code = torch.cat([compressed, self.z_exp]).expand(len(points_units), -1)
        hidden = inputs = torch.cat([points_units, code], dim=-1)
        for index, layer in enumerate(self.model.deformation):
            if index == 3:
                hidden = torch.cat([hidden, inputs], dim=-1) / sqrt(2)
            hidden = layer(hidden)
            if index < 6:
                hidden = softplus(hidden)
        return torch.cat([points_units + hidden[:, :3], hidden[:, 3:]], dim=-1)

    def _answers(self, net: int, expert: Tensor, local: Tensor) -> Tensor:
        """Which net, the experts (n,) that ask it, their local points (n, 5) -> (n, 4) distance and colour."""
        hidden = torch.cat([self._latents(self.z_geo, expert), local], dim=-1)
        for weight, bias in self.model.sdf_nets.layers(net)[:-1]:
            before = F.linear(hidden, weight, bias)
            hidden = softplus(before)
        distance = F.linear(hidden, *self.model.sdf_nets.layers(net)[-1])
        first, second = self.model.bottlenecks
        colour = torch.cat([self._latents(self.z_app, expert), second(F.relu(first(before)))], dim=-1)
        *inner, last = self.model.colour_nets.layers(net)
        for weight, bias in inner:
            colour = F.relu(F.linear(colour, weight, bias))
        return torch.cat([distance, F.linear(colour, *last)], dim=-1)

    def _latents(self, latent: Tensor, expert: Tensor) -> Tensor:
        """(geometry,), (n,) -> (n, whole + local)."""
        s = self.model.sizes
        parts = latent[s.whole :].unflatten(0, (s.experts, s.local))
        return torch.cat([latent[: s.whole].expand(len(expert), -1), parts[expert]], dim=-1)
