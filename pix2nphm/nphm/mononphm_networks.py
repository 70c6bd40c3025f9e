"""The published MonoNPHM's networks: their sizes, their weights, and how layers follow each other.

Source: Giebenhain et al., MonoNPHM, CVPR 2024, and its published code.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from math import sqrt

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..codes import CodeShape

SKIP_LAYER = 3  # of the deformation: it takes [hidden, the first layer's input] / sqrt(2)

Layers = Sequence[tuple[Tensor, Tensor]]  # (weight, bias) of each
softplus = partial(F.softplus, beta=100)


def mlp(hidden: Tensor, layers: Layers, activation: Callable[[Tensor], Tensor]) -> Tensor:
    """Linear layers with an activation between them: (N, in) -> (N, out)."""
    *inner, (last_weight, last_bias) = layers
    for weight, bias in inner:
        hidden = activation(F.linear(hidden, weight, bias))
    return F.linear(hidden, last_weight, last_bias)


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


def linear_layers(layers: nn.ModuleList) -> list[tuple[Tensor, Tensor]]:
    """The (weight, bias) of each."""
    return [(layer.weight, layer.bias) for layer in layers if isinstance(layer, nn.Linear)]


class MonoNPHMNetworks(nn.Module):
    """Anchors, deformation, distance and colour. Fresh ones have random weights."""

    def __init__(self, anchors_mean: Tensor, sizes: MonoNPHMSizes = MonoNPHMSizes()) -> None:
        """anchors_mean (A, 3) units."""
        super().__init__()
        s = self.sizes = sizes
        self.anchors_mean = nn.Buffer(anchors_mean)
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

    def anchors_units(self, z_geo: Tensor) -> Tensor:
        """(..., geometry) -> (..., A, 3) canonical anchors of one head or of a batch."""
        moved = mlp(z_geo[..., : self.sizes.whole], self.anchor_mlp.layers(0), F.relu)
        return self.anchors_mean + moved.unflatten(-1, (self.sizes.anchors, 3))
