"""Our head decoder: ensembles of small networks around anchors, set up once a head.

A point asks the four nearest of 65 anchors; the answers are blended with weights of compact support. Codes enter each
small network as biases (and, for deformations, in its last layer), so a head is set up once and its points pay nothing
for it. Anchors are linear in the codes, and mirrored anchors share a network that sees a mirrored world.
Source: MonoNPHM for anchors, ensemble and backward deformation. Ours: the rest, and a forward deformation beside it.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..codes import CodeShape, HeadCode
from ..frames import Box
from .decoder import Decoder, HeadField

UNIT = 0.01  # networks answer in centimetres, which is of order one


@dataclass(frozen=True)
class CompactConfig:
    """Sizes of a CompactDecoder. Anchors come as mirrored pairs (2i, 2i + 1), then those on the midline."""

    name: str = "pix2nphm-compact"
    whole: int = 48
    local: int = 16
    expression: int = 53
    pairs: int = 30
    midline: int = 5
    landmarks: int = 68
    width: int = 64
    nearest: int = 4
    shape_around: int = 6  # anchors whose local codes a network of the canonical field sees, its own first
    motion_around: int = 3  # the same for deformations
    wavelengths: tuple[float, ...] = (0.08, 0.04, 0.02, 0.01)  # metres, of the features of an offset
    box_low: tuple[float, float, float] = (-0.11, -0.134, -0.106)
    box_high: tuple[float, float, float] = (0.11, 0.166, 0.154)

    @property
    def anchors(self) -> int:
        return 2 * self.pairs + self.midline

    @property
    def code_shape(self) -> CodeShape:
        return CodeShape(self.whole, self.anchors, self.local, self.expression)


@dataclass(frozen=True)
class LinearMaps:
    """What of a head space the decoder keeps. I = whole + anchors * local, E = expression, L = landmarks."""

    anchor_mean: Tensor  # (A, 3) metres, neutral
    anchor_maps: Tensor  # (A, 3, I + E)
    landmark_mean: Tensor  # (L, 3)
    landmark_maps: Tensor  # (L, 3, I + E)
    canonical_expression: Tensor  # (E,) the expression of canonical space
    whole_signs: Tensor  # (whole,) of the mirrored head's code
    part_signs: Tensor  # (A, local)
    expression_mirror: Tensor  # (E,) indices


class CompactDecoder(Decoder):
    """Ours: 65 anchors, 35 small networks an ensemble, three ensembles: canonical SDF, backward and forward motion."""

    reposes = True

    def __init__(self, config: CompactConfig = CompactConfig()) -> None:
        super().__init__()
        self.config = config
        self.name, self.code_shape = config.name, config.code_shape
        self.box = Box(tuple(config.box_low), tuple(config.box_high))
        flat = config.whole + config.anchors * config.local + config.expression
        self.register_buffer("anchor_mean", torch.zeros(config.anchors, 3))
        self.register_buffer("anchor_maps", torch.zeros(config.anchors, 3, flat))
        self.register_buffer("landmark_mean", torch.zeros(config.landmarks, 3))
        self.register_buffer("landmark_maps", torch.zeros(config.landmarks, 3, flat))
        self.register_buffer("canonical_expression", torch.zeros(config.expression))
        motion = config.whole + config.motion_around * config.local
        self.shape = Ensemble(config, config.whole + config.shape_around * config.local, 0, outputs=1)
        self.backward_motion = Ensemble(config, motion + config.expression, config.expression, outputs=3)
        self.forward_motion = Ensemble(config, motion, config.expression, outputs=3)

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

    def bind(self, code: HeadCode) -> "CompactField":
        """A code without batch dimensions gives a field over (N, 3); a batch of B codes one over (B, N, 3)."""
        return CompactField(self, code)

    def landmarks(self, code: HeadCode) -> Tensor:
        """(...) codes -> (..., L, 3) the posed landmarks, iBUG order, metres. Linear in the code."""
        flat = torch.cat([code.identity, code.expression], dim=-1)
        return self.landmark_mean + torch.einsum("lcf,...f->...lc", self.landmark_maps, flat)

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
        self._backward = self._forward = None  # set up when first asked for

    def canonical_sdf(self, points_canonical: Tensor) -> Tensor:
        return self._answer(self.shape, points_canonical, self.anchors_canonical)[..., 0] * UNIT

    def canonical_points(self, points_head: Tensor) -> Tensor:
        if self._backward is None:
            self._backward = self.decoder.backward_motion.bind(self.identity, self.change)
        rest = (self.anchors_canonical - self.anchors_posed) / UNIT
        return points_head + self._answer(self._backward, points_head, self.anchors_posed, rest) * UNIT

    def posed_points(self, points_canonical: Tensor) -> Tensor:
        if self._forward is None:
            self._forward = self.decoder.forward_motion.bind(self.identity, self.change)
        rest = (self.anchors_posed - self.anchors_canonical) / UNIT
        return points_canonical + self._answer(self._forward, points_canonical, self.anchors_canonical, rest) * UNIT

    def _answer(self, ensemble: "BoundEnsemble", points: Tensor, anchors: Tensor, rest: Tensor | None = None) -> Tensor:
        if self.single:
            return ensemble(points[None], anchors, rest)[0]
        return ensemble(points, anchors, rest)


class Ensemble(nn.Module):
    """Small networks, one a mirrored pair of anchors and one an anchor of the midline: offset -> `outputs` numbers.

    codes        how many numbers of the head's code shift the biases of one network
    modulators   how many numbers of the expression the last layer is linear in: no change, no motion. 0: a fixed layer
    """

    def __init__(self, config: CompactConfig, codes: int, modulators: int, outputs: int) -> None:
        super().__init__()
        self.config, self.outputs = config, outputs
        nets, width, features = config.pairs + config.midline, config.width, 3 + 6 * len(config.wavelengths)
        self.first = nn.Parameter(torch.randn(nets, features, width) * (1.5 / features) ** 0.5)
        self.hidden = nn.Parameter(torch.randn(2, nets, width, width) * (2.5 / width) ** 0.5)
        self.bias = nn.Parameter(torch.zeros(3, nets, width))
        self.bias_by_code = nn.Parameter(torch.zeros(nets, codes, 3 * width))
        self.last = nn.Parameter(torch.zeros(nets, max(modulators, 1), width * outputs))
        self.register_buffer("code_index", torch.zeros(config.anchors, codes, dtype=torch.int32))
        self.register_buffer("code_sign", torch.zeros(config.anchors, codes))
        self.register_buffer("expression_index", torch.zeros(config.anchors, modulators, dtype=torch.int32))
        anchors = torch.arange(config.anchors)
        pairs, midline = anchors[: 2 * config.pairs].view(-1, 2), anchors[2 * config.pairs :, None].expand(-1, 2)
        mirrored = (anchors < 2 * config.pairs) & (anchors % 2 == 1)
        side = torch.stack([1 - 2.0 * mirrored, torch.ones(config.anchors), torch.ones(config.anchors)], dim=-1)
        self.register_buffer("anchors_of_net", torch.cat([pairs, midline]), persistent=False)  # (nets, 2)
        self.register_buffer("mirrored", mirrored.long(), persistent=False)  # (A,)
        self.register_buffer("side", side, persistent=False)  # (A, 3) turns an offset into the network's own side

    def adopt(self, index: Tensor, sign: Tensor, expression_mirror: Tensor | None = None) -> None:
        """Which numbers of the code each network sees: `index`, `sign` (A, codes), without those of the expression."""
        config = self.config
        if expression_mirror is not None:
            same = torch.arange(config.expression).expand(config.anchors, -1)
            self.expression_index.copy_(torch.where(self.side[:, :1] < 0, expression_mirror, same))
            if index.shape[1] < self.code_index.shape[1]:  # biases see the expression too
                start = config.whole + config.anchors * config.local
                index = torch.cat([index, start + self.expression_index], dim=1)
                sign = torch.cat([sign, torch.ones_like(self.expression_index)], dim=1)
        self.code_index.copy_(index)
        self.code_sign.copy_(sign)

    def bind(self, identity: Tensor, expression: Tensor | None = None) -> "BoundEnsemble":
        """(B, I) identities and (B, E) changes of expression -> the networks of these heads."""
        flat = identity if expression is None else torch.cat([identity, expression], dim=-1)
        seen = flat[:, self.code_index.long()] * self.code_sign  # (B, A, codes)
        biases = torch.bmm(self._by_net(seen), self.bias_by_code).unflatten(-1, (3, -1))  # (nets, 2B, 3, width)
        biases = biases + self.bias.transpose(0, 1)[:, None]
        last = self.last
        if expression is not None:
            last = torch.bmm(self._by_net(expression[:, self.expression_index.long()]), last)
        last = last.unflatten(-1, (-1, self.outputs))  # (nets, 2B or 1, width, outputs)
        return BoundEnsemble(self, biases, last)

    def _by_net(self, inputs: Tensor) -> Tensor:
        """(B, A, n) -> (nets, 2B, n): a network's own side of all heads, then the mirrored one."""
        return inputs[:, self.anchors_of_net].permute(1, 2, 0, 3).flatten(1, 2)

    def features(self, offsets: Tensor) -> Tensor:
        """(M, 3) metres -> (M, features)."""
        phases = [offsets * (2 * torch.pi / wavelength) for wavelength in self.config.wavelengths]
        return torch.cat([offsets / 0.02, *map(torch.sin, phases), *map(torch.cos, phases)], dim=-1)


@dataclass(frozen=True)
class BoundEnsemble:
    """The networks of B heads."""

    ensemble: Ensemble
    biases: Tensor  # (nets, 2B, 3, width)
    last: Tensor  # (nets, 2B, width, outputs), or (nets, 1, ...) where it is the same for all

    def __call__(self, points: Tensor, anchors: Tensor, rest: Tensor | None = None) -> Tensor:
        """(B, N, 3) points and (B, A, 3) anchors, metres -> (B, N, outputs), blended.

        rest  (B, A, outputs) is what each anchor answers by itself, in addition to its network.
        """
        ensemble, (heads, count, _) = self.ensemble, points.shape
        near, weights = nearest_anchors(points, anchors, ensemble.config.nearest)  # (B, N, k)
        order = near.flatten().argsort()  # questions by anchor
        asked, at = near.flatten()[order], order // ensemble.config.nearest
        head = at // count
        local = points.flatten(0, 1)[at] - anchors.flatten(0, 1)[head * anchors.shape[1] + asked]
        inputs = ensemble.features(local * ensemble.side[asked])
        answers = self._ask(inputs, asked, ensemble.mirrored[asked] * heads + head)
        if ensemble.outputs == 3:
            answers = answers * ensemble.side[asked]
        back = torch.empty_like(order).scatter_(0, order, torch.arange(len(order), device=order.device))
        answers = answers[back].view(*near.shape, -1)
        if rest is not None:
            own = rest.gather(1, near.flatten(1)[..., None].expand(-1, -1, rest.shape[-1]))
            answers = answers + own.view_as(answers)
        return (answers * weights[..., None]).sum(-2)

    def _ask(self, inputs: Tensor, asked: Tensor, column: Tensor) -> Tensor:
        """(M, features) sorted by the anchor `asked` (M,), each with its column (M,) of 2B -> (M, outputs)."""
        ensemble, columns = self.ensemble, self.biases.shape[1]
        nets = torch.where(asked < 2 * ensemble.config.pairs, asked // 2, asked - ensemble.config.pairs)
        counts = nets.bincount(minlength=len(self.biases)).tolist()
        chosen = nn.functional.one_hot(column, columns).to(inputs.dtype)
        layers = [ensemble.first.unbind(), *(layer.unbind() for layer in ensemble.hidden)]
        shifts = [bias.unbind() for bias in self.biases.unbind(2)]
        last = self.last.transpose(1, 2).flatten(2).unbind()  # (width, 2B * outputs) each
        answers = []
        for net, (part, own) in enumerate(zip(inputs.split(counts), chosen.split(counts))):
            for weights, shift in zip(layers, shifts):
                part = nn.functional.silu(torch.addmm(own @ shift[net], part, weights[net]))
            answers.append(part @ last[net])
        answers = torch.cat(answers)
        if self.last.shape[1] == columns:
            answers = (answers.view(-1, columns, ensemble.outputs) * chosen[..., None]).sum(1)
        return answers


def nearest_anchors(points: Tensor, anchors: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """(B, N, 3), (B, A, 3) -> the `count` nearest anchors (B, N, count) and their weights, which sum to one.

    Weights are (1 - d_k / d_next)^2 before they are normalised: an anchor fades out as another takes its place.
    """
    distances, near = torch.cdist(points, anchors).topk(count + 1, largest=False, sorted=True)
    weights = (1 - distances[..., :count] / distances[..., count:].clamp_min(1e-9)).square() + 1e-9
    return near[..., :count], weights / weights.sum(-1, keepdim=True)


def seen_codes(config: CompactConfig, around: Tensor, whole_signs: Tensor, part_signs: Tensor) -> tuple[Tensor, Tensor]:
    """Where in the flat identity each anchor's network looks, and with which sign: (A, whole + n * local) twice.

    `around` (A, n) are the anchors near each anchor. A mirrored anchor sees its partner's view of the mirrored head.
    """
    partner = torch.arange(config.anchors)
    partner[: 2 * config.pairs] ^= 1
    index, sign = [], []
    for anchor in range(config.anchors):
        flipped = anchor < 2 * config.pairs and anchor % 2 == 1
        near = partner[around[partner[anchor]]] if flipped else around[anchor]
        parts = config.whole + near[:, None] * config.local + torch.arange(config.local)
        index.append(torch.cat([torch.arange(config.whole), parts.flatten()]))
        both = torch.cat([whole_signs, part_signs[near].flatten()])
        sign.append(both if flipped else torch.ones_like(both))
    return torch.stack(index), torch.stack(sign)
