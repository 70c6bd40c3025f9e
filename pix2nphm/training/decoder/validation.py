"""How far a decoder is from heads that it is never trained on, while it trains."""

from __future__ import annotations

import numpy as np
import torch

from ...nphm.compact import CompactDecoder
from .samples import HeadSurfaces


class Validation:
    """Quick figures on identities that are never trained on, in millimetres: how far true surface points are off."""

    def __init__(self, surfaces: HeadSurfaces, heads: int = 12) -> None:
        generator = np.random.default_rng(3)
        self.code = surfaces.space.sample(heads, generator, split="test")
        canonical = surfaces.vertices(surfaces.canonical(self.code))
        posed = surfaces.vertices(self.code)
        closed = surfaces.closed
        areas = surfaces.areas * (closed.face & (closed.part == 0))
        triangles = generator.choice(len(areas), 1500, p=areas / areas.sum())
        corners = closed.faces[triangles]
        self.canonical, self.posed = canonical[:, corners].mean(2), posed[:, corners].mean(2)  # (B, 1500, 3)
        self.lips = torch.from_numpy(closed.lips[triangles])

    @torch.no_grad()
    def measure(self, decoder: CompactDecoder) -> dict[str, float]:
        field = decoder.bind(self.code)
        canonical, posed = field.canonical_sdf(self.canonical).abs() * 1000, field.sdf(self.posed).abs() * 1000
        moved = (field.posed_points(self.canonical) - self.posed).norm(dim=-1) * 1000
        figures = {"canonical_mm": canonical, "posed_mm": posed, "forward_mm": moved}
        means = {name: value.mean().item() for name, value in figures.items()}
        return means | {f"lips_{name}": value[:, self.lips].mean().item() for name, value in figures.items()}
