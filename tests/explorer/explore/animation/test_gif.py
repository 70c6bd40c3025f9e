"""GIFs of shapes whose pictures are known."""

from __future__ import annotations

import io

import numpy as np
import pytest
import trimesh
from PIL import Image, ImageSequence

from explorer.explore.animation import morph_gif, turntable_gif

SIZE = 64
BACKGROUND = np.array([244, 241, 237])


def frames(gif: bytes) -> tuple[list[np.ndarray], float]:
    """The frames, (H, W, 3) int, and how long they take together, seconds. The GIF must loop for ever."""
    with Image.open(io.BytesIO(gif)) as image:
        assert image.info["loop"] == 0
        pictures, milliseconds = [], 0
        for frame in ImageSequence.Iterator(image):
            pictures.append(np.asarray(frame.convert("RGB")).astype(int))
            milliseconds += frame.info["duration"]
    return pictures, milliseconds / 1000


def covered(picture: np.ndarray) -> float:
    """Share of the picture that is not background."""
    return float((np.abs(picture - BACKGROUND).max(axis=2) > 24).mean())


@pytest.fixture(scope="module")
def board():
    """A thin board: wide from the front, nearly nothing from its side."""
    return trimesh.creation.box(extents=(0.2, 0.2, 0.004))


@pytest.fixture(scope="module")
def ball():
    return trimesh.creation.icosphere(subdivisions=3, radius=0.1)


def test_a_turntable_shows_every_side_once(board):
    pictures, seconds = frames(turntable_gif(board.vertices, board.faces, SIZE))
    assert 24 <= len(pictures) <= 36 and seconds == pytest.approx(3, abs=0.2)
    assert all(picture.shape == (SIZE, SIZE, 3) for picture in pictures)
    shares = np.array([covered(picture) for picture in pictures])
    wide = shares > shares.mean()
    assert (wide != np.roll(wide, 1)).sum() == 4  # wide and narrow twice each
    assert shares.min() < 0.15 and shares.max() > 0.5


def test_nothing_is_cut_off_and_the_background_is_light(board):
    for picture in frames(turntable_gif(board.vertices, board.faces, SIZE))[0]:
        border = np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])
        assert np.abs(border - BACKGROUND).max() <= 8


def test_a_morph_goes_there_and_back(ball):
    pictures, seconds = frames(morph_gif(0.5 * ball.vertices, ball.vertices, ball.faces, SIZE))
    assert 24 <= len(pictures) <= 36 and seconds == pytest.approx(3, abs=0.3)
    radii = np.sqrt([covered(picture) for picture in pictures])
    middle = len(pictures) // 2
    assert radii.argmax() == middle and (np.diff(radii[: middle + 1]) >= 0).all()
    for step in range(1, middle):
        np.testing.assert_array_equal(pictures[step], pictures[-step])
    assert radii[0] == pytest.approx(0.5 * radii[middle], rel=0.1)
    start, halfway = radii[1] - radii[0], radii[middle // 2 + 1] - radii[middle // 2]
    assert start < halfway / 2  # it starts slowly


def test_heads_of_different_topology_have_no_morph(ball):
    with pytest.raises(ValueError, match="topology"):
        morph_gif(ball.vertices, ball.vertices[:-1], ball.faces, SIZE)
