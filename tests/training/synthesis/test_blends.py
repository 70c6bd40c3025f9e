"""Means of portraits' skins."""

from __future__ import annotations

import numpy as np
import pytest

from pix2nphm.training.synthesis.blends import FARTHEST, HALF_TURN, alike, blend, in_flat_picture, unrolled
from pix2nphm.training.synthesis.scene import Donor, with_alpha

# face, sides, nape, neck
POINTS = np.array([[0, 0, 0.12], [0.1, 0, 0.02], [-0.1, 0, 0.02], [0, 0, -0.1], [0, -0.19, 0.05]])


def donor(colour) -> Donor:
    count = len(POINTS)
    trust = np.tile(np.uint8([200, 30, 7]), (count, 1))
    black, fill = with_alpha(np.zeros((4, 4, 3), np.uint8)), np.tile(np.uint8(colour), (count, 1))
    return Donor(black, np.zeros((count, 2), np.uint16), trust, fill)


def test_the_face_is_in_the_middle_and_the_sides_are_mirror_images():
    across, _, depth = unrolled(POINTS).T
    assert across[0] == 0.5
    assert across[1] + across[2] == pytest.approx(1)
    assert across[1] == pytest.approx(0.5 + np.pi / 4 / HALF_TURN)
    assert depth == pytest.approx(1 - np.hypot(POINTS[:, 0], POINTS[:, 2] - 0.02) / FARTHEST)


def test_triangles_around_the_back_are_left_out():
    flat = np.float32([[0.4, 0.5, 0], [0.5, 0.5, 0], [0.45, 0.6, 0], [1.3, 0.5, 0]])
    kept = in_flat_picture(flat, np.array([[0, 1, 2], [1, 2, 3]]))
    assert kept.tolist() == [[0, 1, 2]]


def test_a_blend_is_the_mean_of_pictures_and_colours():
    pictures = [np.full((4, 4, 3), value, np.uint8) for value in (10, 40)]
    blended = blend([donor((0, 0, 0)), donor((60, 80, 100))], pictures, unrolled(POINTS), symmetric=False)
    assert (blended.photograph[..., :3] == 25).all()
    assert (blended.fill == (30, 40, 50)).all()


def test_a_symmetric_blend_is_its_own_mirror_image():
    picture = np.random.default_rng(0).integers(0, 256, (4, 4, 3), dtype=np.uint8)
    blended = blend([donor((0, 0, 0))], [picture], unrolled(POINTS), symmetric=True).photograph
    assert np.array_equal(blended, blended[:, ::-1])


def test_a_blend_is_trusted_where_the_flat_picture_reaches():
    trust = blend([donor((0, 0, 0))], [np.zeros((4, 4, 3), np.uint8)], unrolled(POINTS), symmetric=False).trust
    assert trust[0, 0] == 255 and trust[3, 0] == 0 and trust[4, 0] == 0
    assert not trust[:, 1].any()
    assert (trust[:, 2] == 7).all()  # scalp stays scalp


def test_those_alike_are_of_similar_colour():
    donors = [donor(np.full(3, value)) for value in (100, 200, 110, 190)]
    assert alike(donors, POINTS, 2).tolist() == [[0, 2], [1, 3], [2, 0], [3, 1]]
