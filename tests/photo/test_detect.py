"""Faces are found with a network that knows one kind of face: a magenta disc with a green spot for a forehead."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.ndimage
import skimage.data
import torch

from pix2nphm.errors import NoFaceFound
from pix2nphm.photo.cascade import cascade_crops
from pix2nphm.photo.detect import Looks, find_faces

SIZE = 64
SIDE_PER_DIAMETER = 2.0


def disc_photo(height: int, width: int, *faces: tuple[float, float, float, float]) -> np.ndarray:
    """Faces (x, y, diameter, roll in degrees) on dull noise."""
    rng = np.random.default_rng(0)
    photo = rng.integers(60, 120, (height, width, 1), dtype=np.uint8).repeat(3, -1)
    x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    for centre_x, centre_y, diameter, roll in faces:
        photo[np.hypot(x - centre_x, y - centre_y) < diameter / 2] = (255, 0, 255)
        up = math.radians(roll - 90)
        spot_x, spot_y = centre_x + 0.3 * diameter * math.cos(up), centre_y + 0.3 * diameter * math.sin(up)
        photo[np.hypot(x - spot_x, y - spot_y) < diameter * 0.15] = (0, 255, 0)
    return photo


class DiscLook:
    """Sees the largest disc of a crop when it is whole, nearly upright and neither tiny nor filling; counts crops."""

    def __init__(self) -> None:
        self.crops = 0

    def __call__(self, crops: torch.Tensor) -> Looks:
        assert crops.shape[1:] == (3, SIZE, SIZE) and crops.min() >= 0 and crops.max() <= 1
        self.crops += len(crops)
        rows = torch.tensor([self._one(crop.numpy()) for crop in crops])
        return Looks(rows[:, 0], rows[:, 1:3], rows[:, 3], rows[:, 4])

    @staticmethod
    def _one(crop: np.ndarray) -> tuple[float, float, float, float, float]:
        red, green, _ = crop
        disc = abs(red - green) > 0.4
        disc = scipy.ndimage.binary_closing(disc, iterations=2)  # where magenta meets green, it is grey
        labels, count = scipy.ndimage.label(disc)
        nothing = (0.0, SIZE / 2, SIZE / 2, float(SIZE), 0.0)
        if not count:
            return nothing
        face = labels == 1 + np.argmax(scipy.ndimage.sum(disc, labels, range(1, count + 1)))
        spot = face & (green > red)
        if not spot.any():
            return nothing
        y, x = np.argwhere(face).mean(0) + 0.5
        spot_y, spot_x = np.argwhere(spot).mean(0) + 0.5
        diameter = 2 * math.sqrt(face.sum() / math.pi)
        roll = math.degrees(math.atan2(spot_y - y, spot_x - x)) + 90
        roll = (roll + 180) % 360 - 180
        if abs(roll) > 35 or not 0.15 < diameter / SIZE < 1.0:
            return nothing
        framed = max(abs(x / SIZE - 0.5), abs(y / SIZE - 0.5), abs(diameter * SIDE_PER_DIAMETER / SIZE - 1))
        return (0.995 if framed < 0.1 else 0.3, x, y, diameter * SIDE_PER_DIAMETER, roll)


def assert_found(crop, x: float, y: float, diameter: float, roll: float) -> None:
    torch.testing.assert_close(crop.centre_px, torch.tensor([x, y]), atol=0.05 * diameter + 1, rtol=0)
    assert crop.side_px == pytest.approx(SIDE_PER_DIAMETER * diameter, rel=0.12)
    assert abs((crop.roll_degrees - roll + 180) % 360 - 180) < 8
    assert crop.size == SIZE


@pytest.mark.parametrize(
    "height, width, face",
    [
        (600, 480, (230.0, 250.0, 200.0, 0.0)),  # a portrait
        (600, 480, (230.0, 290.0, 440.0, 5.0)),  # fills the picture
        (700, 1000, (820.0, 130.0, 60.0, -10.0)),  # hardly fills the picture
        (1000, 300, (140.0, 880.0, 120.0, 15.0)),  # narrow
        (3000, 4000, (3100.0, 700.0, 900.0, 0.0)),  # a camera's picture
        (200, 200, (100.0, 100.0, 70.0, 0.0)),
    ],
)
def test_faces_of_every_size_and_place(height, width, face):
    seen = find_faces(disc_photo(height, width, face), DiscLook(), SIZE)
    assert len(seen) == 1 and seen[0].confidence == pytest.approx(0.995)
    assert_found(seen[0].crop, *face)


@pytest.mark.parametrize("roll", [30, -45, 90, 180, -150])
def test_tilted_faces(roll):
    face = (310.0, 240.0, 150.0, float(roll))
    seen = find_faces(disc_photo(500, 640, face), DiscLook(), SIZE)
    assert_found(seen[0].crop, *face)


def test_a_portrait_costs_few_looks():
    look = DiscLook()
    find_faces(disc_photo(600, 480, (230.0, 250.0, 200.0, 0.0)), look, SIZE)
    assert look.crops <= 8


def test_the_largest_comes_first_and_each_only_once():
    faces = [(90.0, 120.0, 62.0, 0.0), (640.0, 90.0, 75.0, 10.0), (660.0, 420.0, 54.0, -10.0)]
    seen = find_faces(disc_photo(520, 760, *faces), DiscLook(), SIZE)
    assert len(seen) == 3
    for face, expected in zip(seen, sorted(faces, key=lambda face: -face[2])):
        assert_found(face.crop, *expected)


@pytest.mark.parametrize("height, width", [(600, 480), (32, 32), (40, 3000)])
def test_no_face(height, width):
    with pytest.raises(NoFaceFound, match="No face found"):
        find_faces(disc_photo(height, width), DiscLook(), SIZE)


def test_a_network_that_wants_crops_beyond_the_photo_is_not_followed():
    def astray(crops: torch.Tensor) -> Looks:
        count = len(crops)
        return Looks(torch.ones(count), torch.full((count, 2), 1e6), torch.full((count,), 1.0), torch.zeros(count))

    with pytest.raises(NoFaceFound):
        find_faces(disc_photo(100, 100), astray, SIZE)


@pytest.mark.parametrize("roll", [0, 90, 40])
def test_the_cascade_proposes_a_frontal_face(roll):
    photo = skimage.data.astronaut()  # her face is around (224, 118), about 90 px wide
    turned = scipy.ndimage.rotate(photo, -roll, reshape=False, order=1, cval=127)
    angle = math.radians(roll)
    across, down = 224 - 256, 118 - 256
    x = 256 + across * math.cos(angle) - down * math.sin(angle)
    y = 256 + across * math.sin(angle) + down * math.cos(angle)
    crops = cascade_crops(turned, 256, SIZE, roll)
    hits = [c for c in crops if (c.centre_px - torch.tensor([x, y])).norm() < 25 and 110 < c.side_px < 240]
    assert hits and all(c.roll_degrees == pytest.approx(roll, abs=1e-3) for c in hits)


def test_what_only_resembles_a_face_is_none():
    class Doubtful(DiscLook):
        def __call__(self, crops):
            looks = super().__call__(crops)
            return Looks(looks.confidence.clamp(max=0.95), looks.centre_px, looks.side_px, looks.roll_degrees)

    with pytest.raises(NoFaceFound):
        find_faces(disc_photo(300, 300, (150.0, 150.0, 120.0, 0.0)), Doubtful(), SIZE)
