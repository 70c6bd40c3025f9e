"""Find the faces of a photo: the cascade and plain windows propose, the network looks, re-crops and confirms."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from ..errors import NoFaceFound
from .cascade import CROP_PER_HIT, SMALLEST_HIT, cascade_crops, cascade_hits
from .crop import Crop

LONGEST_SIDE = 1024  # px; faces are looked for in a copy no larger than this
COARSE_VIEW, FINE_VIEW = 256, 720  # px of the squares in which the cascade sees that copy
ROOM = 0.25  # of the picture: a crop that takes more leaves no room for a face of a like size
BATCH = 32  # crops a look
MOST_FACES = 32
MAYBE = 0.1  # confidence worth another look: a face may be there, badly framed
SURE = 0.985  # on a third look real faces, small, tilted or in profile, get 0.99; what only looks so stays below 0.98
SMALLEST_CROP = 24  # px of the photo; less than that is not a face that anything can be said about
LARGE = 1536  # px of the longer side; in pictures beyond, faces may be sharp that are too small in the copy
SEARCHED_PIXELS = 1_200_000  # of the finer copy in which those are looked for: half a second
LARGEST_TINY = 2 * SMALLEST_HIT  # px of that copy; what is larger was seen in the coarser one
MOST_WINDOWS = 210  # of one round: those of a picture of 16 to 9
TURNS_DEGREES = (90.0, -90.0, 180.0)  # the network knows heads that tilt by up to half a quarter turn
NO_FACE = "No face found. Try a photo in which the face is larger, upright and not covered."
NO_FACE_IN_LARGE = (
    "No face found. In a picture of this size small faces are missed: cut out the part in which the face is,"
    " upright and not covered."
)


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
    """A face that was confirmed, and the crop in which the network wants to see it."""

    crop: Crop
    confidence: float

    def of_resized(self, factor: float) -> SeenFace:
        """The same face in the photo resized by `factor`."""
        return replace(self, crop=self.crop.of_resized(factor))


def find_faces(photo: np.ndarray, look: Look, size: int, every: bool = False) -> list[SeenFace]:
    """(H, W, 3) uint8 -> the faces that `look` confirms on crops of `size` px, largest first; at least one.

    The usual picture costs one fast cascade and a few looks, and one more of each where the face leaves room for others
    of a like size. Small faces get their turn where nothing was confirmed, where there are several people, and where
    `every` face is asked for; a pyramid of windows and tilted heads only where there is nothing else. Beside a face
    that is found at once, the hard ones go unseen. Raises NoFaceFound.
    """
    factor = min(1.0, LONGEST_SIDE / max(photo.shape[:2]))
    small = _resized(photo, factor)
    faces: list[SeenFace] = []
    beside = lambda picture, size: _beside(faces[0].crop.of_resized(factor), picture, size) if len(faces) == 1 else ()
    for propose in (_usual, beside, _small, _tiny):
        picture, scale = (photo, 1.0) if propose is _tiny else (small, factor)
        found = [face.of_resized(1 / scale) for face in _confirmed(propose(picture, size), picture, look)]
        faces += [face for face in found if all(_apart(face.crop, other.crop) for other in faces)]
        if len(faces) == 1 and not every and propose is not _usual:
            break
    for propose in (_anywhere, _turned):
        if not faces:
            faces = [face.of_resized(1 / factor) for face in _confirmed(propose(small, size), small, look)]
    if not faces:
        raise NoFaceFound(NO_FACE_IN_LARGE if max(photo.shape[:2]) > LARGE else NO_FACE)
    return sorted(faces, key=lambda face: face.crop.side_px, reverse=True)


def _usual(photo: np.ndarray, size: int) -> Iterator[Crop]:
    """Most frontal faces from a tenth of the picture on, and portraits of any pose."""
    yield from cascade_crops(photo, COARSE_VIEW, size, quick=True)
    height, width = photo.shape[:2]
    for side in (0.6, 1.0, 1.4):
        yield Crop.around((width / 2, height / 2), side * min(height, width), size)


def _beside(one: Crop, photo: np.ndarray, size: int) -> Iterator[Crop]:
    """Frontal faces that are two fifths as large as `one` and more, where it leaves room for them."""
    height, width = photo.shape[:2]
    if one.side_px**2 < ROOM * height * width:
        view = SMALLEST_HIT / (0.4 * one.side_px / CROP_PER_HIT) * max(height, width)
        if view > COARSE_VIEW:
            yield from cascade_crops(photo, min(FINE_VIEW, int(view)), size, quick=True)


def _small(photo: np.ndarray, size: int) -> Iterator[Crop]:
    """Frontal faces from a thirtieth of the picture on."""
    longer, shorter = max(photo.shape[:2]), min(photo.shape[:2])
    if longer <= 2 * shorter:
        yield from cascade_crops(photo, FINE_VIEW, size)
    else:  # half of the square would be grey
        yield from _hits(photo, min(1.0, FINE_VIEW / longer), FINE_VIEW, size, quick=False)


def _tiny(photo: np.ndarray, size: int) -> Iterator[Crop]:
    """Frontal faces of a large picture for which the copy is too coarse."""
    height, width = photo.shape[:2]
    if max(height, width) > LARGE:
        factor = min(1.0, math.sqrt(SEARCHED_PIXELS / (height * width)))
        yield from _hits(photo, factor, LARGEST_TINY, size, quick=True)


def _hits(photo: np.ndarray, factor: float, largest: int, size: int, quick: bool) -> Iterator[Crop]:
    """Frontal faces up to `largest` px wide of the photo resized by `factor`."""
    for hit in cascade_hits(_resized(photo, factor), largest, quick):
        yield Crop.around(hit.centre_px / factor, CROP_PER_HIT * hit.width / factor, size)


def _anywhere(photo: np.ndarray, size: int) -> Iterator[Crop]:
    """Faces of any pose that the cascade does not know."""
    yield from _windows(photo, size, smallest=0.24)


def _turned(photo: np.ndarray, size: int) -> Iterator[Crop]:
    """Tilted, lying and upside down heads."""
    for roll_degrees in TURNS_DEGREES:
        yield from cascade_crops(photo, COARSE_VIEW, size, roll_degrees)
        yield from _windows(photo, size, smallest=0.6, roll_degrees=roll_degrees)


def _windows(photo: np.ndarray, size: int, smallest: float, roll_degrees: float = 0.0) -> Iterator[Crop]:
    """Half-overlapping squares that cover the photo, from 1.4 of its shorter side down to `smallest` of it, or to what
    `MOST_WINDOWS` of them can cover.
    """
    height, width = photo.shape[:2]
    side, total = 1.4 * min(height, width), 0
    while side >= max(smallest * min(height, width), SMALLEST_CROP):
        centres = [(x, y) for y in _centres(height, side) for x in _centres(width, side)]
        total += len(centres)
        if total > MOST_WINDOWS:
            return
        for centre in centres:
            yield Crop.around(centre, side, size, roll_degrees)
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
        if all(_apart(view.wanted, other.wanted) for other in kept):
            kept.append(view)
    return kept[:MOST_FACES]


def _apart(a: Crop, b: Crop) -> bool:
    """Whether two crops show two faces."""
    return (a.centre_px - b.centre_px).norm().item() > max(a.side_px, b.side_px) / 4


def _resized(photo: np.ndarray, factor: float) -> np.ndarray:
    if factor == 1:
        return photo
    height, width = (max(1, round(length * factor)) for length in photo.shape[:2])
    return np.asarray(Image.fromarray(photo).resize((width, height), Image.Resampling.BOX, reducing_gap=2.0))
