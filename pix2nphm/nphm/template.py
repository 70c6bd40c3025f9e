"""A head of fixed topology, linear in the code: what the decoder was taught, without the decoder.

Same vertices in every head, so heads can be blended, compared vertex by vertex, and moved in a browser at once. The
decoder's surface differs from it by about its own error, a tenth of a millimetre.
Ours: MonoNPHM has no such thing; our codes are a linear embedding of registered heads (`training.heads`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from ..codes import CodeShape, HeadCode

REGIONS = ("nose", "mouth", "eyes", "brows", "cheeks", "jaw", "ears", "skull")  # skull: with the neck


@dataclass(frozen=True)
class TemplateConfig:
    """Sizes: V vertices, F faces, and M entries of the local modes, each of one vertex and one anchor."""

    vertices: int
    faces: int
    entries: int
    shape: CodeShape = CodeShape(whole=48, parts=65, local=16, expression=53)


class Template(nn.Module):
    """Linear maps from codes to V vertices, skin and eyeballs."""

    def __init__(self, config: TemplateConfig) -> None:
        super().__init__()
        self.config, c, shape = config, config, config.shape
        self.mean = nn.Buffer(torch.zeros(c.vertices, 3))  # metres, at rest
        self.faces = nn.Buffer(torch.zeros(c.faces, 3, dtype=torch.int32))
        self.whole_modes = nn.Buffer(torch.zeros(c.vertices, 3, shape.whole))
        self.part_modes = nn.Buffer(torch.zeros(c.entries, 3, shape.local))
        self.part_vertex = nn.Buffer(torch.zeros(c.entries, dtype=torch.int32))  # ascending
        self.part_anchor = nn.Buffer(torch.zeros(c.entries, dtype=torch.int32))
        self.expression_modes = nn.Buffer(torch.zeros(c.vertices, 3, shape.expression))
        self.vertex_region = nn.Buffer(torch.zeros(c.vertices, dtype=torch.int32))  # into REGIONS
        self.anchor_region = nn.Buffer(torch.zeros(shape.parts, dtype=torch.int32))
        self.local_from_whole = nn.Buffer(torch.zeros(shape.parts, shape.local, shape.whole))

    def vertices(self, code: HeadCode) -> Tensor:
        """(...) codes -> (..., V, 3) metres, posed."""
        return self.neutral(code) + torch.einsum("vce,...e->...vc", self.expression_modes, code.expression)

    def subset(self, chosen: Tensor) -> Template:
        """The vertices that are chosen, (V,) bool, and no faces: quicker where a few are all that is asked for."""
        entries = chosen[self.part_vertex]
        config = replace(self.config, vertices=int(chosen.sum()), faces=0, entries=int(entries.sum()))
        subset, kept = Template(config), dict(self.named_buffers())
        for name in ("mean", "whole_modes", "expression_modes", "vertex_region"):
            kept[name] = kept[name][chosen]
        for name in ("part_modes", "part_vertex", "part_anchor"):
            kept[name] = kept[name][entries]
        kept["part_vertex"] = (chosen.cumsum(0) - 1)[kept["part_vertex"]]
        kept["faces"] = kept["faces"][:0]
        subset.load_state_dict(kept)
        return subset.requires_grad_(False)

    def neutral(self, code: HeadCode) -> Tensor:
        """(...) codes -> (..., V, 3) metres, without the expression."""
        around = torch.einsum("mcl,...ml->...mc", self.part_modes, code.parts[..., self.part_anchor, :])
        rest = self.mean + torch.einsum("vcg,...g->...vc", self.whole_modes, code.whole)
        each = torch.bincount(self.part_vertex, minlength=self.config.vertices)
        return rest + torch.segment_reduce(around.movedim(-2, 0).contiguous(), "sum", lengths=each).movedim(0, -2)
