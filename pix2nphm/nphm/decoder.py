"""What every head decoder offers, whichever network is behind it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

import torch
from torch import Tensor, nn

from ..codes import CodeShape, HeadCode
from ..frames import Box


class HeadField(ABC):
    """One head, set up for questions about points. Tensors in, tensors out, on the decoder's device.

    C is 3, or more where a canonical point carries extra coordinates (MonoNPHM's hyper-dimensions: 5).
    """

    anchors: Tensor  # (A, 3) canonical, metres

    @abstractmethod
    def canonical_points(self, points_head: Tensor) -> Tensor:
        """(N, 3) posed points, metres -> (N, C) the canonical points they come from (backward deformation)."""

    @abstractmethod
    def canonical_sdf(self, points_canonical: Tensor) -> Tensor:
        """(N, C) canonical points -> (N,) signed distance, negative inside, metres."""

    def sdf(self, points_head: Tensor) -> Tensor:
        """(N, 3) posed points, metres -> (N,) signed distance, negative inside, metres."""
        return self.canonical_sdf(self.canonical_points(points_head))

    @property
    def reposes(self) -> bool:
        """Whether it has `posed_points`: one surface then takes on every expression."""
        return type(self).posed_points is not HeadField.posed_points

    def posed_points(self, points_canonical: Tensor) -> Tensor:
        """(N, 3) canonical points -> (N, 3) posed points (forward deformation). Only where it `reposes`."""
        raise NotImplementedError(f"{type(self).__name__} has no forward deformation")

    def poser(self, points_canonical: Tensor) -> Callable[[HeadField], Tensor]:
        """(N, 3) canonical points -> what gives `posed_points` of them, for this field and for others that differ from
        it in the expression. Where a decoder can, what does not depend on the expression is done here, once.
        """
        return lambda head: head.posed_points(points_canonical)

    def normals(self, points_head: Tensor) -> Tensor:
        """(N, 3) posed points -> (N, 3) unit gradient of the posed field: outward at the surface."""
        return unit_gradient(self.sdf, points_head)


class Decoder(nn.Module, ABC):
    """Codes -> fields. A decoder has a name (codes are tied to it), sizes, and a box its heads fit into."""

    name: str
    code_shape: CodeShape
    box: Box

    @abstractmethod
    def bind(self, code: HeadCode) -> HeadField:
        """The field of one head (a code without batch dimensions). Cheap: what depends on the code is done once."""


def unit_gradient(field, points: Tensor, chunk: int = 65536) -> Tensor:
    """(N, 3) -> (N, 3) unit gradient of `field`, (n, 3) -> (n,), by automatic differentiation."""
    gradients = []
    for part in points.split(chunk):
        with torch.enable_grad():
            part = part.detach().requires_grad_(True)
            gradients.append(torch.autograd.grad(field(part).sum(), part)[0])
    return nn.functional.normalize(torch.cat(gradients), dim=-1)
