"""Pictures made harder: landmarks stay on what they mark."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from PIL import Image, ImageDraw

from pix2nphm.evaluation import kinds

SPOT = (255, 0, 0)


def marked_picture(shift: float = 0.0) -> kinds.Picture:
    """A picture in which every landmark is a red spot: an ellipse of jaw, the rest inside it."""
    angles = np.linspace(np.pi, 0, 17)
    jaw = np.column_stack([200 + 80 * np.cos(angles), 180 + 100 * np.sin(angles)])
    inner = np.random.default_rng(0).uniform((150, 150), (250, 240), (51, 2))
    inner[10] = 200, 150  # root of the nose, iBUG 27
    inner[0], inner[9] = (150, 140), (250, 140)  # outer ends of the brows, iBUG 17 and 26
    landmarks = np.concatenate([jaw, inner]) + shift
    image = Image.new("RGB", (400, 340), (90, 110, 130))
    draw = ImageDraw.Draw(image)
    for x, y in landmarks:
        draw.ellipse((x - 5, y - 5, x + 5, y + 5), fill=SPOT)
    return kinds.Picture(image, landmarks)


@pytest.mark.parametrize("change", [
    kinds.filling, partial(kinds.tilted, degrees=30), partial(kinds.tilted, degrees=180),
    partial(kinds.small, width=120, places=[Image.new("RGB", (50, 50), (0, 0, 255))], seed=3),
    partial(kinds.beside, other=marked_picture(7.0)),
])  # fmt: skip
def test_landmarks_stay_on_what_they_mark(change):
    made = change(marked_picture())
    inside = ((made.landmarks >= 0) & (made.landmarks < made.image.size)).all(axis=1)
    assert inside[17:].all()
    for x, y in made.landmarks[inside]:
        red, green, blue = made.image.getpixel((int(x), int(y)))
        assert red > 200 and green < 70 and blue < 70


def test_a_small_face_has_its_width_and_its_place_around_it():
    made = kinds.small(marked_picture(), 60, [Image.new("RGB", (50, 50), (0, 0, 255))], seed=0)
    assert made.image.size == (1000, 700) and made.width == pytest.approx(60)
    assert made.image.getpixel((0, 0)) == made.image.getpixel((999, 699)) == (0, 0, 255)


def test_a_hat_covers_the_brow_and_nothing_below():
    before = marked_picture()
    after = kinds.hat(before)
    changed = np.abs(np.asarray(before.image, int) - np.asarray(after.image, int)).sum(-1) > 0
    assert changed[100, 200] and not changed[150:].any()


def test_backlight_darkens_the_face_and_brightens_the_rest():
    before, after = marked_picture(), kinds.backlight(marked_picture())
    assert sum(after.image.getpixel((200, 200))) < 0.4 * sum(before.image.getpixel((200, 200)))
    assert sum(after.image.getpixel((5, 5))) > sum(before.image.getpixel((5, 5)))
