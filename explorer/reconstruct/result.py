"""What a visitor's page remembers between two clicks: results and codes, never meshes or pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pix2nphm.codes import HeadCode


@dataclass(frozen=True, eq=False)  # arrays have no hash, which Gradio takes of what a visit remembers
class Result:
    """One reconstruction in plain numbers, on the CPU, so that it travels between processes. Equal to itself alone."""

    name: str  # of the photo, fit for a file name
    model: str  # name of the model whose code this is
    code: HeadCode
    rotation: np.ndarray  # (3, 3) camera_from_head
    landmarks_px: np.ndarray  # (68, 2) iBUG, pixels of the photo
    photo_size: tuple[int, int]  # (H, W)
    faces: int  # how many were seen
    face: int  # which of them this is: numbered from 1, largest first
    boxes: tuple[tuple[float, float, float, float], ...]  # of each: left, top, right, bottom, pixels of the photo
    warnings: tuple[str, ...]  # sentences: what to fix in the photo

    def as_json(self) -> dict[str, Any]:
        """What the API tells besides the files: landmarks to a hundredth of a pixel."""
        return {
            "model": self.model,
            "photo_size": list(self.photo_size),
            "faces": self.faces,
            "face": self.face,
            "boxes": np.round(self.boxes, 1).tolist(),
            "landmarks_px": np.round(self.landmarks_px, 2).tolist(),
            "rotation": np.round(self.rotation, 6).tolist(),
            "warnings": list(self.warnings),
        }
