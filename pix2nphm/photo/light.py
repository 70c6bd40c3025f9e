"""How a face is lit and how sharp it is: the numbers that `judge` has sentences for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image, ImageDraw
from scipy.ndimage import gaussian_filter

from .crop import Crop
from .read import Photo

# iBUG landmarks around the face below the brows, and around the subject's right and left cheek
FACE = (*range(17), *range(26, 16, -1))
RIGHT_CHEEK, LEFT_CHEEK = (1, 2, 3, 4, 5, 48, 31, 39, 40, 41), (15, 14, 13, 12, 11, 54, 35, 42, 47, 46)
SAMPLES = 256  # px a side of the face's box that are looked at, at most: light is a matter of large areas
SHARP_SIDE = 192  # px of a crop in which sharpness is measured
SHARP_SHARE = 2.0  # of the larger side of the landmarks' box, which that crop shows
FINE, COARSE = 1.0, 3.0  # px there: standard deviations of the blurs between which structure is fine or coarse
FLAT = 1.0  # levels: with less structure than this nobody can tell how sharp it is


@dataclass(frozen=True)
class Light:
    """Levels of 255 on the part of a face that is in the picture."""

    bright: float  # its 95th percentile
    median: float
    right: float  # median of the subject's right cheek
    left: float

    @property
    def uneven(self) -> float:
        """How many times brighter one cheek is than the other; 5 levels are what a black one still has."""
        return (max(self.right, self.left) + 5) / (min(self.right, self.left) + 5)


def light(photo: Photo, landmarks_px: np.ndarray) -> Light:
    """(68, 2) px of the photo."""
    height, width = photo.pixels.shape[:2]
    points = landmarks_px / photo.shrink
    low, high = points.min(0), points.max(0)
    left, top = np.floor(low).clip(0, (width - 1, height - 1)).astype(int)
    right, bottom = np.ceil(high).clip((left + 1, top + 1), (width, height)).astype(int)
    step = max(1, max(right - left, bottom - top) // SAMPLES)
    levels = photo.pixels[top:bottom:step, left:right:step].mean(-1)
    on_part = (points - (left, top)) / step

    def within(outline: tuple[int, ...]) -> np.ndarray:
        """(N,) levels; all of the box where none of the outline is in it."""
        inside = _mask(on_part, outline, levels.shape)
        return levels[inside] if inside.any() else levels.ravel()

    face = within(FACE)
    cheeks = (float(np.median(within(outline))) for outline in (RIGHT_CHEEK, LEFT_CHEEK))
    return Light(float(np.percentile(face, 95)), float(np.median(face)), *cheeks)


def sharpness(photo: Photo, landmarks_px: np.ndarray) -> float | None:
    """Fine structure over coarse, at a size that all faces are brought to; None where there is hardly any.

    Portraits of 80 px and more have 0.33 to 0.75; blurred by a fiftieth of the face's height they have 0.19 to 0.24.
    """
    low, high = landmarks_px.min(0), landmarks_px.max(0)
    crop = Crop.around(torch.from_numpy((low + high) / 2), SHARP_SHARE * (high - low).max(), SHARP_SIDE)
    levels = photo.take(crop).mean(-1)
    inside = _mask(crop.to_crop(torch.from_numpy(landmarks_px)).numpy(), FACE, levels.shape)
    smooth, smoother = (gaussian_filter(levels, blur) for blur in (FINE, COARSE))
    coarse = (smooth - smoother)[inside].std() if inside.any() else 0.0
    return float((levels - smooth)[inside].std() / coarse) if coarse > FLAT else None


def _mask(points: np.ndarray, outline: tuple[int, ...], shape: tuple[int, int]) -> np.ndarray:
    """(H, W) bool: what lies within the outline."""
    mask = Image.new("1", shape[::-1])
    ImageDraw.Draw(mask).polygon([tuple(point) for point in points[list(outline)].tolist()], fill=1)
    return np.asarray(mask)
