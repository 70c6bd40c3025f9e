"""One MonoNPHM head, evaluated fast.

The function is the published one; how it is computed is ours. Whatever depends on the code alone (latents, anchors,
mirrors) becomes first-layer biases once a head, points are grouped so that each network is one product, experts with
next to no weight in the blend are not asked, and colour is computed only when it is wanted.
"""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt

import torch
from torch import Tensor
from torch.nn import functional as F

from ..codes import HeadCode
from ..frames import METRES_PER_MONONPHM_UNIT
from .decoder import HeadField
from .mononphm_networks import SKIP_LAYER, MonoNPHMNetworks, linear_layers, mlp, softplus

ELSEWHERE_DISTANCE = 0.75  # units; how near the expert without an anchor counts as
WIDTH_NEIGHBOUR = 7  # index of the neighbour whose distance sets the blend's width, whatever their number
NEGLIGIBLE = 1e-6  # share of the blend below which an expert is not asked: far below what float32 keeps of the sum
POINTS_AT_ONCE = 1 << 13  # hidden layers of this many points stay near the processor


class MonoNPHMField(HeadField):
    """One head of `MonoNPHMNetworks`. Names that end in `_units` are in model units, as there."""

    def __init__(self, model: MonoNPHMNetworks, code: HeadCode) -> None:
        self.model = model
        self.anchors_units = model.anchors_units(code.identity)  # (A, 3)
        self.anchors = self.anchors_units * METRES_PER_MONONPHM_UNIT
        self.deformation = self._deformation_of(code)
        self.entry_weights, self.entry_biases = self._entries_of(code)  # (A + 1, width, 3 + hyper), (A + 1, width)

    def canonical_points(self, points_head: Tensor) -> Tensor:
        canonical = self.canonical_units(points_head / METRES_PER_MONONPHM_UNIT)
        return torch.cat([canonical[:, :3] * METRES_PER_MONONPHM_UNIT, canonical[:, 3:]], dim=-1)

    def canonical_sdf(self, points_canonical: Tensor) -> Tensor:
        place, hyper = points_canonical[:, :3] / METRES_PER_MONONPHM_UNIT, points_canonical[:, 3:]
        return self.canonical_sdf_units(torch.cat([place, hyper], dim=-1)) * METRES_PER_MONONPHM_UNIT

    def canonical_units(self, points_units: Tensor) -> Tensor:
        """(N, 3) posed points -> (N, 5) canonical points: moved, and two hyper-coordinates."""
        return torch.cat([self._canonical(points) for points in points_units.split(POINTS_AT_ONCE)])

    def canonical_sdf_units(self, canonical_units: Tensor) -> Tensor:
        """(N, 5) canonical points -> (N,) signed distance, positive outside."""
        nets = self.model.sdf_nets

        def answer(net: int, entered: Tensor, experts: Tensor) -> Tensor:
            return mlp(softplus(entered), nets.layers(net)[1:], softplus)

        return self._blended(canonical_units, answer)[:, 0]

    def sdf_units(self, points_units: Tensor) -> Tensor:
        """(N, 3) posed points -> (N,) signed distance, positive outside."""
        return self.canonical_sdf_units(self.canonical_units(points_units))

    def colour(self, canonical_units: Tensor, z_app: Tensor) -> Tensor:
        """(N, 5) canonical points, a flat appearance code -> (N, 3) red, green, blue, -1 to 1."""
        model, s = self.model, self.model.sizes
        parts = z_app[s.whole :].unflatten(0, (s.experts, s.local))
        appearance = torch.cat([z_app[: s.whole].expand(s.experts, -1), parts], dim=-1)
        bottlenecks = linear_layers(model.bottlenecks)

        def answer(net: int, entered: Tensor, experts: Tensor) -> Tensor:
            geometry = mlp(softplus(entered), model.sdf_nets.layers(net)[1:-1], softplus)
            feature = mlp(geometry, bottlenecks, F.relu)
            return mlp(torch.cat([appearance[experts], feature], dim=-1), model.colour_nets.layers(net), F.relu)

        return self._blended(canonical_units, answer)

    def _canonical(self, points_units: Tensor) -> Tensor:
        before, after = self.deformation[:SKIP_LAYER], self.deformation[SKIP_LAYER:]
        hidden = softplus(mlp(points_units, before, softplus))
        moved = mlp(torch.cat([hidden, points_units], dim=-1), after, softplus)
        return torch.cat([points_units + moved[:, :3], moved[:, 3:]], dim=-1)

    def _blended(self, canonical_units: Tensor, answer: Callable[[int, Tensor, Tensor], Tensor]) -> Tensor:
        """(N, 5) -> (N, C): the experts' answers, by their shares.

        answer  (net, first layer's output (n, width), expert of each (n,)) -> (n, C)
        """
        return torch.cat([self._blend(points, answer) for points in canonical_units.split(POINTS_AT_ONCE)])

    def _blend(self, canonical_units: Tensor, answer: Callable[[int, Tensor, Tensor], Tensor]) -> Tensor:
        point, expert, share = self._shares(canonical_units[:, :3])
        counts = torch.bincount(expert, minlength=self.model.sizes.experts).tolist()
        entering = canonical_units[point].split(counts)  # by expert
        answers, start = [], 0
        for net, experts in enumerate(self.model.sizes.experts_of_net):
            entered = [torch.addmm(self.entry_biases[e], entering[e], self.entry_weights[e].T) for e in experts]
            end = start + sum(map(len, entered))
            if end > start:
                answers.append(answer(net, torch.cat(entered), expert[start:end]))
            start = end
        weighted = torch.cat(answers) * share[:, None]
        return weighted.new_zeros(len(canonical_units), weighted.shape[1]).index_add(0, point, weighted)

    def _shares(self, points: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(N, 3) units -> which point (M,) asks which expert (M,) for what share (M,) of its value; by expert."""
        s = self.model.sizes
        with torch.no_grad():
            nearest = torch.cdist(points, self.anchors_units).topk(s.neighbours, largest=False).indices  # (N, k) rising
        distances = (points[:, None] - self.anchors_units[nearest]).norm(dim=-1)
        width = distances[:, WIDTH_NEIGHBOUR, None] / s.blend_std
        elsewhere = torch.full_like(width, ELSEWHERE_DISTANCE)
        weights = torch.exp(-((torch.cat([distances, elsewhere], dim=-1) / width) ** 2) / 2)
        shares = weights / (weights.sum(-1, keepdim=True) + 1e-8)
        experts = F.pad(nearest, (0, 1), value=s.anchors)
        asked = shares > NEGLIGIBLE
        point = asked.nonzero()[:, 0]
        expert, order = experts[asked].sort(stable=True)
        return point[order], expert, shares[asked][order]

    def _entries_of(self, code: HeadCode) -> tuple[Tensor, Tensor]:
        """First layers of all experts, acting on canonical points: weights and biases that know code and anchor."""
        s, nets = self.model.sizes, self.model.sdf_nets
        net_of_expert = [net for net, experts in enumerate(self.model.sizes.experts_of_net) for _ in experts]
        on_code, on_place = nets.weights[0][net_of_expert].split([s.whole + s.local, 3 + s.hyper], dim=-1)
        mirror = on_place.new_ones(s.experts, 1, 3 + s.hyper)
        mirror[1 : 2 * s.pairs : 2, :, 0] = -1  # the second of each pair
        on_place = on_place * mirror
        codes = torch.cat([code.whole.expand(s.experts, -1), code.parts], dim=-1)
        origins = F.pad(self.anchors_units, (0, s.hyper, 0, 1))  # the last expert sits at zero
        shift = on_code @ codes[:, :, None] - on_place @ origins[:, :, None]
        return on_place, nets.biases[0][net_of_expert] + shift[..., 0]

    def _deformation_of(self, code: HeadCode) -> list[tuple[Tensor, Tensor]]:
        """The deformation's layers, the first and the skipped-to one acting on the point alone."""
        model = self.model
        compressed = model.compressor(torch.cat([code.identity, self.anchors_units.flatten()]))
        constant = torch.cat([compressed, code.expression])
        layers = linear_layers(model.deformation)
        for index, scale in ((0, 1.0), (SKIP_LAYER, sqrt(0.5))):
            weight, bias = layers[index]
            on_point, on_constant = (weight * scale).tensor_split([-len(constant)], dim=-1)
            layers[index] = (on_point.contiguous(), bias + on_constant @ constant)
        return layers
