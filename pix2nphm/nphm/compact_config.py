"""The sizes of our head decoder, which its ensembles share."""

from __future__ import annotations

from dataclasses import dataclass

from ..codes import CodeShape


@dataclass(frozen=True)
class CompactConfig:
    """Sizes of a CompactDecoder. Anchors come as mirrored pairs (2i, 2i + 1), then those on the midline."""

    name: str = "pix2nphm-compact"
    shape: CodeShape = CodeShape(whole=48, parts=65, local=16, expression=53)
    pairs: int = 30
    landmarks: int = 68
    width: int = 64
    nearest: int = 4
    shape_around: int = 6  # anchors whose local codes a network of the canonical field sees, its own first
    motion_around: int = 3  # the same for deformations
    wavelengths: tuple[float, ...] = (0.08, 0.04, 0.02, 0.01)  # metres, of the features of an offset
    box_low: tuple[float, float, float] = (-0.11, -0.134, -0.106)
    box_high: tuple[float, float, float] = (0.11, 0.166, 0.154)

    def __post_init__(self) -> None:
        """Raises ValueError for sizes that no decoder has."""
        if not (2 * self.pairs <= self.anchors and 0 < self.nearest < self.anchors):
            raise ValueError("anchors: pairs and neighbours are more than there are")
        if not all(length > 0 for length in self.wavelengths):
            raise ValueError("wavelengths are positive")
        if not all(low < high for low, high in zip(self.box_low, self.box_high)):
            raise ValueError("the box has no inside")

    @property
    def anchors(self) -> int:
        return self.shape.parts

    @property
    def midline(self) -> int:
        return self.anchors - 2 * self.pairs
