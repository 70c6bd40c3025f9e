"""Grey clay in soft studio light: normals -> colour. The lights stand still in the camera frame."""

from __future__ import annotations

import numpy as np

CLAY = np.array([0.60, 0.56, 0.525])  # linear reflectance, a warm grey
KEY = np.array([-0.50, -0.62, -0.60])  # towards the lights: upper left, before the face
FILL = np.array([0.80, -0.05, -0.60])
RIM = np.array([0.62, -0.45, 0.64])  # from behind
KEY_COLOUR = np.array([1.00, 0.97, 0.92])
FILL_COLOUR = np.array([0.86, 0.93, 1.00])
SKY, GROUND = np.array([0.98, 1.0, 1.04]), np.array([0.80, 0.72, 0.66])


def shaded(normals_camera: np.ndarray) -> np.ndarray:
    """(N, 3) unit normals in the camera frame -> (N, 3) uint8 sRGB."""
    key, fill, rim = (normals_camera @ (light / np.linalg.norm(light)).astype(np.float32) for light in (KEY, FILL, RIM))
    facing = np.clip(-normals_camera[:, 2], 0, 1)
    up = (1 - normals_camera[:, 1]) / 2
    light = (
        0.80 * _wrapped(key, 0.15)[:, None] * KEY_COLOUR
        + 0.13 * _wrapped(fill, 0.4)[:, None] * FILL_COLOUR
        + 0.45 * (np.clip(rim, 0, 1) * (1 - facing) ** 2)[:, None]
        + 0.10 * (up[:, None] * SKY + (1 - up)[:, None] * GROUND)
    )
    half = KEY / np.linalg.norm(KEY) + np.array([0, 0, -1])
    gloss = 0.05 * np.clip(normals_camera @ (half / np.linalg.norm(half)), 0, 1) ** 24
    return _srgb(CLAY * light + gloss[:, None])


def _wrapped(cosine: np.ndarray, wrap: float) -> np.ndarray:
    """Light that reaches a little around the edge, as that of a large lamp does."""
    return np.clip((cosine + wrap) / (1 + wrap), 0, 1) ** 1.5


def _srgb(linear: np.ndarray) -> np.ndarray:
    linear = np.clip(linear, 0, 1)
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.round(encoded * 255).astype(np.uint8)
