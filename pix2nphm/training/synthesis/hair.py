"""Random hair with volume: a shell over the skin, as thick as a style says."""

from __future__ import annotations

import numpy as np

from .scene import Hair

# sRGB: black, dark brown, brown, auburn, dark blond, blond, grey, white
COLOURS = (
    (0.07, 0.06, 0.06), (0.16, 0.11, 0.08), (0.27, 0.18, 0.12), (0.36, 0.19, 0.12),
    (0.45, 0.34, 0.22), (0.62, 0.50, 0.33), (0.45, 0.44, 0.43), (0.75, 0.74, 0.72),
)  # fmt: skip
BALD = 0.45  # mean sRGB above a forehead; brighter may be skin, and its own colour would look like a cap
EAR = np.array([0.088, 0.018, -0.008])  # metres on the mean head, the left one
EAR_REACH = 0.03


def might_grow(points: np.ndarray) -> np.ndarray:
    """(skin, 3) metres on the mean head -> (skin,) bool: where any style has hair."""
    x, y, z = np.abs(points[:, 0]), points[:, 1], points[:, 2]
    face = (y < 0.05) & ((z > 0.06) | ((x < 0.03) & (z > 0)))
    return (above_hairline(points) > -0.035) & (y > -0.15) & ~face


def above_hairline(points: np.ndarray) -> np.ndarray:
    """(skin, 3) -> (skin,) metres behind a plane from the top of the forehead down in front of the ears."""
    return 0.75 * points[:, 1] - 0.65 * points[:, 2] - 0.004


def sample_hair(points: np.ndarray, donor_colour: np.ndarray, grey: bool, g: np.random.Generator) -> Hair:
    """Short or long, combed or tousled, thin or thick; in the donor's colour or another.

    points  (skin, 3) metres, the skin of the neutral mean head
    """
    long = g.random() < 0.4
    behind = above_hairline(points) - g.normal(-0.004, 0.012)
    temples = np.exp(-((np.abs(points[:, 0]) - 0.04) ** 2) / 0.0003) * (points[:, 1] > 0.05)
    behind -= g.uniform(0, 0.02) * temples
    behind += waves(points, g, 0.003 if g.random() < 0.7 else 0.008)
    lowest = g.uniform(-0.13, -0.06) if long else g.uniform(-0.05, -0.01)
    if long:  # the sides hang in front of and below the ears
        below = smoothstep(0.05, -0.02, points[:, 1])
        behind += below * (0.004 - behind + 0.9 * (g.uniform(0.0, 0.035) - points[:, 2]))
    amount = smoothstep(0, g.uniform(0.008, 0.03), behind) * smoothstep(lowest - 0.02, lowest + 0.015, points[:, 1])
    if not long or g.random() < 0.3:
        to_ear = np.linalg.norm(np.abs(points * [1, 0, 0]) + points * [0, 1, 1] - EAR, axis=-1)
        amount *= smoothstep(EAR_REACH * 0.8, EAR_REACH * 1.3, to_ear)
    top = smoothstep(0.04, 0.12, points[:, 1])
    on_top, at_sides = g.uniform(0, 0.6) ** 2 * 0.05, g.uniform(0.003, 0.016) if long else 0.0
    thick = g.uniform(0.003, 0.007) + top * on_top + (1 - top) * at_sides
    lift = amount * thick * (1 + waves(points, g, g.uniform(0.05, 0.3)))
    base = np.array(COLOURS[g.integers(len(COLOURS))]) * g.uniform(0.7, 1.3)
    if g.random() < 0.7 and donor_colour.mean() < BALD:
        base = donor_colour
    colour = np.full(3, base.mean()) if grey else base
    return Hair(lift.clip(0).astype(np.float32), colour.clip(0, 1), g.uniform(0.1, 0.45))


def waves(points: np.ndarray, g: np.random.Generator, strength: float) -> np.ndarray:
    """(skin, 3) -> (skin,) a smooth random field of about that standard deviation."""
    directions = g.normal(size=(3, 6)) * np.geomspace(20, 120, 6)  # rad/m
    return strength * np.sin(points @ directions + g.uniform(0, 2 * np.pi, 6)).mean(-1) * np.sqrt(12)


def smoothstep(low: float, high: float, value: np.ndarray) -> np.ndarray:
    """0 up to `low`, 1 from `high`, smooth between; `low` may be the larger."""
    t = np.clip((value - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)
