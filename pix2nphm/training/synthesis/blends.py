"""Skins that are nobody's: portraits' skins laid flat and averaged.

A portrait's skin lies up to a millimetre astray on a head, and its own light stays in it. In a mean of several both
fade: features lie where the head has them, and what shades the skin is the render's light on its shape.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .hair import smoothstep
from .scene import Donor, with_alpha

AXIS = np.array([0.0, 0.02])  # metres, x and z of the vertical axis that skin is unrolled from
HALF_TURN = np.deg2rad(100)  # to each side
LOW, HIGH = -0.12, 0.11  # metres
FARTHEST = 0.2  # metres from the axis
EDGE = 0.06  # of the flat picture's side, where it fades
FACE = np.array([[-0.06, 0.06], [-0.07, 0.07], [0.05, 0.2]])  # metres: skin by which portraits are compared


def unrolled(points: np.ndarray) -> np.ndarray:
    """(skin, 3) metres on the mean head -> (skin, 3) across, down and depth; 0..1 where the flat picture shows them."""
    x, z = points[:, 0] - AXIS[0], points[:, 2] - AXIS[1]
    across = 0.5 + np.arctan2(x, z) / (2 * HALF_TURN)
    down = (HIGH - points[:, 1]) / (HIGH - LOW)
    return np.stack([across, down, 1 - np.hypot(x, z) / FARTHEST], axis=1).astype(np.float32)


def in_flat_picture(flat: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """(F, 3) triangles -> those that do not reach around the back of the head."""
    return triangles[np.ptp(flat[triangles, 0], axis=1) < 0.3]


def alike(donors: Sequence[Donor], skin_points: np.ndarray, count: int) -> np.ndarray:
    """(D, count) for each donor those whose faces have the most similar colours; itself first."""
    face = ((skin_points > FACE[:, 0]) & (skin_points < FACE[:, 1])).all(1)
    colours = np.stack([donor.fill[face].mean(0) for donor in donors])
    return np.square(colours[:, None] - colours).sum(-1).argsort(1)[:, :count]


def blend(some: Sequence[Donor], pictures: Sequence[np.ndarray], flat: np.ndarray, symmetric: bool) -> Donor:
    """Their mean. `pictures` (T, T, 3) are their skins laid flat as `flat` (skin, 3), of `unrolled`, says.

    A `symmetric` one is the mean with its mirror image.
    """
    picture = np.asarray(pictures).mean(axis=0, dtype=np.float32)
    fill = np.mean([donor.fill for donor in some], axis=0)
    if symmetric:
        picture = (picture + picture[:, ::-1]) / 2
    inside = np.minimum(flat[:, :2], 1 - flat[:, :2]).min(1)
    trust = some[0].trust.copy()
    trust[:, 0], trust[:, 1] = 255 * smoothstep(0, EDGE, inside), 0
    return Donor(
        photograph=with_alpha(picture.round().astype(np.uint8)),
        seen=(flat[:, :2].clip(0, 1) * 65535).astype(np.uint16),
        trust=trust,
        fill=fill.round().astype(np.uint8),
    )
