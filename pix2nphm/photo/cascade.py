"""Where a classical detector sees frontal faces: fast, needs no download, often wrong. Proposals, no more."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
import skimage.data
import torch
from skimage.feature import Cascade
from torch import Tensor

from .crop import Crop

SMALLEST_HIT = 24  # px of the view: the window the cascade was trained on
CROP_PER_HIT = 1.6  # median over portraits, from the hit to the crop the network wants


def cascade_crops(
    photo: np.ndarray, view: int, size: int, roll_degrees: float = 0.0, quick: bool = False
) -> list[Crop]:
    """(H, W, 3) uint8 -> crops of `size` px around what may be faces tilted by `roll_degrees`.

    The photo is looked at in a square of `view` px; faces narrower than 24 px there are not seen. `quick` takes a third
    of the time and misses one face in twenty more.
    Source: scikit-image's `Cascade` with OpenCV's local binary patterns.
    """
    height, width = photo.shape[:2]
    angle = math.radians(roll_degrees)
    side = max(height, width) * (abs(math.cos(angle)) + abs(math.sin(angle)))
    frame = Crop.around((width / 2, height / 2), side, view, roll_degrees)
    return [
        Crop.around(frame.to_photo(hit.centre_px), CROP_PER_HIT * hit.width / frame.scale, size, roll_degrees)
        for hit in cascade_hits(frame.take(photo), largest=view, quick=quick)
    ]


@dataclass(frozen=True)
class Hit:
    """A square in which the cascade sees a face, px of the picture."""

    centre_px: Tensor  # (2,)
    width: float


def cascade_hits(picture: np.ndarray, largest: int, quick: bool = False) -> list[Hit]:
    """(H, W, 3) uint8 -> what may be upright faces, from 24 px to `largest` px wide."""
    hits = _cascade().detect_multi_scale(
        img=picture,
        scale_factor=1.15 if quick else 1.2,
        step_ratio=1.5 if quick else 1,
        min_size=(SMALLEST_HIT, SMALLEST_HIT),
        max_size=(largest, largest),
    )
    return [
        Hit(torch.tensor([hit["c"] + hit["width"] / 2, hit["r"] + hit["height"] / 2]), hit["width"]) for hit in hits
    ]


@cache
def _cascade() -> Cascade:
    return Cascade(skimage.data.lbp_frontal_face_cascade_filename())
