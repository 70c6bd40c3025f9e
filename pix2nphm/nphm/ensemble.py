"""Small networks around anchors, asked together: those nearest to a point answer for it, blended."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from .compact_config import CompactConfig
from .indices import check_indices


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
        self.code_index = nn.Buffer(torch.zeros(config.anchors, codes, dtype=torch.int32))
        self.code_sign = nn.Buffer(torch.zeros(config.anchors, codes))
        self.expression_index = nn.Buffer(torch.zeros(config.anchors, modulators, dtype=torch.int32))
        anchors = torch.arange(config.anchors)
        pairs, midline = anchors[: 2 * config.pairs].view(-1, 2), anchors[2 * config.pairs :, None].expand(-1, 2)
        mirrored = (anchors < 2 * config.pairs) & (anchors % 2 == 1)
        side = torch.stack([1 - 2.0 * mirrored, torch.ones(config.anchors), torch.ones(config.anchors)], dim=-1)
        self.anchors_of_net = nn.Buffer(torch.cat([pairs, midline]), persistent=False)  # (nets, 2)
        self.mirrored = nn.Buffer(mirrored.long(), persistent=False)  # (A,)
        self.side = nn.Buffer(side, persistent=False)  # (A, 3) turns an offset into the network's own side

    def adopt(self, index: Tensor, sign: Tensor, expression_mirror: Tensor | None = None) -> None:
        """Which numbers of the code each network sees: `index`, `sign` (A, codes), without those of the expression."""
        config = self.config
        if expression_mirror is not None:
            same = torch.arange(config.shape.expression).expand(config.anchors, -1)
            self.expression_index.copy_(torch.where(self.side[:, :1] < 0, expression_mirror, same))
            if index.shape[1] < self.code_index.shape[1]:  # biases see the expression too
                index = torch.cat([index, config.shape.identity + self.expression_index], dim=1)
                sign = torch.cat([sign, torch.ones_like(self.expression_index)], dim=1)
        self.code_index.copy_(index)
        self.code_sign.copy_(sign)

    def check(self) -> None:
        """Raise ValueError where an index points nowhere."""
        shape, moves = self.config.shape, self.expression_index.shape[1] > 0
        check_indices(self.code_index, shape.flat if moves else shape.identity)
        check_indices(self.expression_index, shape.expression)

    def bind(self, identity: Tensor, expression: Tensor | None = None) -> BoundEnsemble:
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
        return self.answer(self.hidden(points, anchors), rest)

    def hidden(self, points: Tensor, anchors: Tensor) -> Hidden:
        """The networks up to their last layer."""
        ensemble, (heads, count, _) = self.ensemble, points.shape
        near, weights = nearest_anchors(points, anchors, ensemble.config.nearest)  # (B, N, k)
        order = near.flatten().argsort()  # questions by anchor
        asked, at = near.flatten()[order], order // ensemble.config.nearest
        head = at // count
        local = points.flatten(0, 1)[at] - anchors.flatten(0, 1)[head * anchors.shape[1] + asked]
        inputs = ensemble.features(local * ensemble.side[asked])
        back = torch.empty_like(order).scatter_(0, order, torch.arange(len(order), device=order.device))
        nets = torch.where(asked < 2 * ensemble.config.pairs, asked // 2, asked - ensemble.config.pairs)
        counts = nets.bincount(minlength=len(self.biases)).tolist()
        column = ensemble.mirrored[asked] * heads + head
        chosen = nn.functional.one_hot(column, self.biases.shape[1]).to(inputs.dtype)
        layers = [ensemble.first.unbind(), *(layer.unbind() for layer in ensemble.hidden)]
        shifts = [bias.unbind() for bias in self.biases.unbind(2)]
        values = []
        for net, (part, own) in enumerate(zip(inputs.split(counts), chosen.split(counts))):
            for weight, shift in zip(layers, shifts):
                part = nn.functional.silu(torch.addmm(own @ shift[net], part, weight[net]))
            values.append(part)
        return Hidden(near, weights, back, asked, chosen, values)

    def answer(self, hidden: Hidden, rest: Tensor | None = None) -> Tensor:
        """(B, N, outputs), as a call gives it."""
        ensemble, columns, near = self.ensemble, self.biases.shape[1], hidden.near
        last = self.last.transpose(1, 2).flatten(2).unbind()  # (width, 2B * outputs) each
        answers = torch.cat([part @ own for part, own in zip(hidden.values, last)])
        if self.last.shape[1] == columns:
            answers = (answers.view(-1, columns, ensemble.outputs) * hidden.chosen[..., None]).sum(1)
        if ensemble.outputs == 3:
            answers = answers * ensemble.side[hidden.asked]
        answers = answers[hidden.back].view(*near.shape, -1)
        if rest is not None:
            own = rest.gather(1, near.flatten(1)[..., None].expand(-1, -1, rest.shape[-1]))
            answers = answers + own.view_as(answers)
        return (answers * hidden.weights[..., None]).sum(-2)


@dataclass(frozen=True)
class Hidden:
    """What the networks' last layers read: M = B * N * k questions, a point's to each of its k anchors, by network."""

    near: Tensor  # (B, N, k) anchors
    weights: Tensor  # (B, N, k)
    back: Tensor  # (M,) where each point's questions are
    asked: Tensor  # (M,) anchors
    chosen: Tensor  # (M, 2B) one where the network's column is
    values: list[Tensor]  # (m, width) for each network


def nearest_anchors(points: Tensor, anchors: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """(B, N, 3), (B, A, 3) -> the `count` nearest anchors (B, N, count) and their weights, which sum to one.

    Weights are (1 - d_k / d_next)^2 before they are normalised: an anchor fades out as another takes its place.
    """
    distances, near = torch.cdist(points, anchors).topk(count + 1, largest=False, sorted=True)
    weights = (1 - distances[..., :count] / distances[..., count:].clamp_min(1e-9)).square() + 1e-9
    return near[..., :count], weights / weights.sum(-1, keepdim=True)


def seen_codes(config: CompactConfig, around: Tensor, whole_signs: Tensor, part_signs: Tensor) -> tuple[Tensor, Tensor]:
    """Where in the flat identity each anchor's network looks, and with which sign: (A, G + n * L) twice.

    `around` (A, n) are the anchors near each anchor. A mirrored anchor sees its partner's view of the mirrored head.
    """
    shape, partner = config.shape, torch.arange(config.anchors)
    partner[: 2 * config.pairs] ^= 1
    index, sign = [], []
    for anchor in range(config.anchors):
        flipped = anchor < 2 * config.pairs and anchor % 2 == 1
        near = partner[around[partner[anchor]]] if flipped else around[anchor]
        parts = shape.whole + near[:, None] * shape.local + torch.arange(shape.local)
        index.append(torch.cat([torch.arange(shape.whole), parts.flatten()]))
        both = torch.cat([whole_signs, part_signs[near].flatten()])
        sign.append(both if flipped else torch.ones_like(both))
    return torch.stack(index), torch.stack(sign)
