"""Skin follows the points that were marked in a portrait."""

from __future__ import annotations

import numpy as np

from pix2nphm.training.synthesis.donors import correction


def test_skin_among_marked_points_follows_them_and_far_skin_stays():
    ticks = np.arange(-2, 3) * 0.004
    marked = np.stack([*np.meshgrid(ticks, ticks), np.zeros((5, 5))], -1).reshape(-1, 3)
    skin = np.array([[0, 0, 0], [0.004, 0.002, 0], [0.02, 0, 0], [0.1, 0, 0]])
    moved = correction(skin, marked) @ np.tile(np.float32([3, -2]), (len(marked), 1))
    assert np.allclose(moved[:2], [3, -2], atol=0.2)
    assert 0.5 < moved[2, 0] < 2.9
    assert np.allclose(moved[3], 0, atol=1e-6)


def test_skin_follows_the_nearest_marked_point():
    follows = correction(np.array([[0.001, 0, 0.0]]), np.array([[0, 0, 0], [0.012, 0, 0.0]]))
    assert follows[0, 0] > 10 * follows[0, 1]
