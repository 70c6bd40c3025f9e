"""Find the faces of a photo: the cascade and plain windows propose, the network looks, re-crops and confirms."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Callable, Iterable, Iterator

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from ..errors import NoFaceFound
from .cascade import cascade_crops
from .crop import Crop

LONGEST_SIDE = 1024  # px; faces are looked for in a copy no larger than this
BATCH = 32  # crops a look
MOST_FACES = 8
MAYBE = 0.1  # confidence worth another look: a face may be there, badly framed
SURE = 0.985  # on a third look real faces, small, tilted or in profile, get 0.99; what only looks like one stays below 0.98
SMALLEST_CROP = 24  # px of the photo; less than that is not a face that anything can be said about
TURNS_DEGREES = (90.0, -90.0, 180.0)  # the network knows heads that tilt by up to half a quarter turn


@dataclass(frozen=True)
class Looks:
    """What the network says about B crops, in crop pixels: the crop it would rather have had."""

    confidence: Tensor  # (B,)    0..1 that there is a face, well framed
    centre_px: Tensor  # (B, 2)
    side_px: Tensor  # (B,)
    roll_degrees: Tensor  # (B,)  clockwise tilt of the head in the crop


Look = Callable[[Tensor], Looks]  # (B, 3, size, size) RGB, 0..1


@dataclass(frozen=True)
class SeenFace:
    crop: Crop
    confidence: float


def find_faces(photo: np.ndarray, look: Look, size: int) -> list[SeenFace]:
    """(H, W, 3) uint8 -> the faces that `look` confirms on crops of `size` px, largest first; at least one.

    The usual picture costs one fast cascade and a few looks. Only when nothing is confirmed do small faces,
    a pyramid of windows, and at last tilted heads get their turn: beside a face that is found at once, the hard ones
    go unseen. Raises NoFaceFound.
    """
    factor = min(1.0, LONGEST_SIDE / max(photo.shape[:2]))
    small = _resized(photo, factor)
    for propose in (_usual, _small, _anywhere, _turned):
        faces = _confirmed(propose(small, size), small, look)
        if faces:
            faces = [SeenFace(face.crop.of_resized(1 / factor), face.confidence) for face in faces]
            return sorted(faces, key=lambda face: face.crop.side_px, reverse=True)
    raise NoFaceFound("No face found. Try a photo in which the face is larger, upright and not covered.")


def _usual(photo: np.ndarray, size: int) -> Iterator[Crop]:
    """Most frontal faces from a tenth of the picture on, and portraits of any pose."""
    yield from cascade_crops(photo, 256, size, quick=True)
    height, width = photo.shape[:2]
    for side in (0.6, 1.0, 1.4):
        yield Crop.around((width / 2, height / 2), side * min(height, width), size)


def _small(photo: np.ndarray, size: int) -> Iterator[Crop]:
    """Frontal faces from a thirtieth of the picture on."""
    yield from cascade_crops(photo, 720, size)


def _anywhere(photo: np.ndarray, size: int) -> Iterator[Crop]:
    """Faces of any pose that the cascade does not know."""
    yield from _windows(photo, size, smallest=0.24)


def _turned(photo: np.ndarray, size: int) -> Iterator[Crop]:
    """Tilted, lying and upside down heads."""
    for roll_degrees in TURNS_DEGREES:
        yield from cascade_crops(photo, 256, size, roll_degrees)
        yield from _windows(photo, size, smallest=0.6, roll_degrees=roll_degrees)


def _windows(photo: np.ndarray, size: int, smallest: float, roll_degrees: float = 0.0) -> Iterator[Crop]:
    """Half-overlapping squares that cover the photo, from 1.4 of its shorter side down to `smallest` of it."""
    height, width = photo.shape[:2]
    side = 1.4 * min(height, width)
    while side >= max(smallest * min(height, width), SMALLEST_CROP):
        for y in _centres(height, side):
            for x in _centres(width, side):
                yield Crop.around((x, y), side, size, roll_degrees)
        side /= 2**0.5


def _centres(length: int, side: float) -> np.ndarray:
    """Centres of windows that cover `length`, no more than half a window apart."""
    count = 1 + int(np.ceil(max(0.0, length - side) / (side / 2)))
    margin = min(side, length) / 2
    return np.linspace(margin, length - margin, count) if count > 1 else np.array([length / 2])


def _confirmed(crops: Iterable[Crop], photo: np.ndarray, look: Look) -> list[SeenFace]:
    """Look, keep the promising, re-crop as the look says, twice; what the third look is sure of is a face."""
    for _ in range(2):
        promising = [view for view in _views(crops, photo, look) if view.confidence >= MAYBE and view.leads_into(photo)]
        crops = [view.wanted for view in _distinct(promising)]
    sure = [view for view in _views(crops, photo, look) if view.confidence >= SURE]
    return [SeenFace(view.crop, view.confidence) for view in _distinct(sure)]


@dataclass(frozen=True)
class _View:
    """A crop that was looked at, and the crop that the network would rather have had."""

    crop: Crop
    confidence: float
    wanted: Crop

    @property
    def promise(self) -> float:
        """Confidence, less where the network wanted a very different crop: it has seen a part of a face only."""
        shift = (self.wanted.centre_px - self.crop.centre_px).norm().item() / self.crop.side_px
        zoom = abs(math.log(self.wanted.side_px / self.crop.side_px))
        return self.confidence * math.exp(-shift - zoom)

    def leads_into(self, photo: np.ndarray) -> bool:
        """Whether the wanted crop is one that a face in the photo can have."""
        height, width = photo.shape[:2]
        x, y = self.wanted.centre_px.tolist()
        return 0 <= x <= width and 0 <= y <= height and SMALLEST_CROP <= self.wanted.side_px <= 4 * max(height, width)


def _views(crops: Iterable[Crop], photo: np.ndarray, look: Look) -> Iterator[_View]:
    crops = list(crops)
    for start in range(0, len(crops), BATCH):
        part = crops[start : start + BATCH]
        pixels = torch.from_numpy(np.stack([crop.take(photo) for crop in part]))
        looks = look(pixels.permute(0, 3, 1, 2).float() / 255)
        for i, crop in enumerate(part):
            wanted = Crop.around(
                crop.to_photo(looks.centre_px[i].cpu().float()),
                max(looks.side_px[i].item(), 1.0) / crop.scale,
                crop.size,
                crop.roll_degrees + looks.roll_degrees[i].item(),
            )
            yield _View(crop, looks.confidence[i].item(), wanted)


def _distinct(views: list[_View]) -> list[_View]:
    """The most promising view of each face: no two faces are nearer than a quarter of the larger one's crop."""
    kept: list[_View] = []
    for view in sorted(views, key=lambda view: view.promise, reverse=True):
        if all(
            (view.wanted.centre_px - other.wanted.centre_px).norm()
            > max(view.wanted.side_px, other.wanted.side_px) / 4
            for other in kept
        ):
            kept.append(view)
    return kept[:MOST_FACES]


def _resized(photo: np.ndarray, factor: float) -> np.ndarray:
    if factor == 1:
        return photo
    height, width = (max(1, round(length * factor)) for length in photo.shape[:2])
    return np.asarray(Image.fromarray(photo).resize((width, height), Image.Resampling.BOX, reducing_gap=2.0))
