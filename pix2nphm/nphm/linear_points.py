"""Points of a head that are linear in the code."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..codes import CodeShape, HeadCode
from .indices import check_indices


class LinearPoints(nn.Module):
    """N points as linear maps from codes. A point feels the local codes of few anchors: M entries, each of one point
    and one anchor.
    """

    def __init__(self, points: int, entries: int, shape: CodeShape) -> None:
        super().__init__()
        self.shape = shape
        self.mean = nn.Buffer(torch.zeros(points, 3))  # metres, at rest
        self.whole_modes = nn.Buffer(torch.zeros(points, 3, shape.whole))
        self.part_modes = nn.Buffer(torch.zeros(entries, 3, shape.local))
        self.part_vertex = nn.Buffer(torch.zeros(entries, dtype=torch.int32))  # which point; ascending
        self.part_anchor = nn.Buffer(torch.zeros(entries, dtype=torch.int32))
        self.expression_modes = nn.Buffer(torch.zeros(points, 3, shape.expression))

    @staticmethod
    def of(shape: CodeShape, **buffers: Tensor) -> LinearPoints:
        """Points with these buffers, all of which are given."""
        points = LinearPoints(len(buffers["mean"]), len(buffers["part_vertex"]), shape)
        for name, buffer in buffers.items():
            setattr(points, name, buffer)
        return points

    def check(self) -> None:
        """Raise ValueError where an index points nowhere."""
        check_indices(self.part_vertex, len(self.mean))
        check_indices(self.part_anchor, self.shape.parts)
        if (self.part_vertex.diff() < 0).any():
            raise ValueError("entries are not in the order of their points")

    def posed(self, code: HeadCode) -> Tensor:
        """(...) codes -> (..., N, 3) metres."""
        return self._from(self.mean, code)

    def neutral(self, code: HeadCode) -> Tensor:
        """(...) codes -> (..., N, 3) metres, without the expression."""
        return self._identity_from(self.mean, code)

    def jacobian(self, directions: HeadCode) -> Tensor:
        """Q directions of the code, a batch -> (N, 3, Q) how far the points go along each, metres."""
        return self._from(torch.zeros_like(self.mean), directions).movedim(0, -1)

    def rows(self, index: Tensor) -> LinearPoints:
        """The points at `index` (n,), in that order."""
        counts = self._entries_of_each()
        own = counts[index]
        before = (counts.cumsum(0) - counts)[index] - (own.cumsum(0) - own)
        entry = before.repeat_interleave(own) + torch.arange(int(own.sum()), device=own.device)
        return LinearPoints.of(
            self.shape, mean=self.mean[index], whole_modes=self.whole_modes[index],
            expression_modes=self.expression_modes[index], part_modes=self.part_modes[entry],
            part_vertex=torch.arange(len(index), device=own.device).repeat_interleave(own),
            part_anchor=self.part_anchor[entry],
        )  # fmt: skip

    def plus(self, other: LinearPoints, at: Tensor) -> LinearPoints:
        """These points with `other` (n of them) added to those `at` (n,)."""
        buffers = dict(self.named_buffers())
        added = {name: buffers[name].index_add(0, at, getattr(other, name))
                 for name in ("mean", "whole_modes", "expression_modes")}  # fmt: skip
        point, order = torch.cat([self.part_vertex, at[other.part_vertex]]).sort(stable=True)
        joined = {name: torch.cat([buffers[name], getattr(other, name)])[order]
                  for name in ("part_modes", "part_anchor")}  # fmt: skip
        return LinearPoints.of(self.shape, part_vertex=point, **added, **joined)

    def _from(self, start: Tensor, code: HeadCode) -> Tensor:
        by_expression = torch.einsum("nce,...e->...nc", self.expression_modes, code.expression)
        return self._identity_from(start, code) + by_expression

    def _identity_from(self, start: Tensor, code: HeadCode) -> Tensor:
        around = torch.einsum("mcl,...ml->...mc", self.part_modes, code.parts[..., self.part_anchor, :])
        rest = start + torch.einsum("ncg,...g->...nc", self.whole_modes, code.whole)
        sums = torch.segment_reduce(around.movedim(-2, 0).contiguous(), "sum", lengths=self._entries_of_each())
        return rest + sums.movedim(0, -2)

    def _entries_of_each(self) -> Tensor:
        """(N,)"""
        return torch.bincount(self.part_vertex, minlength=len(self.mean))
