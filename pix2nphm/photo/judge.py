"""What a person could do for a better result, in sentences."""

from __future__ import annotations

import numpy as np
from torch import Tensor

from ..frames import Camera, yaw_pitch_roll_degrees

SMALL_FACE = 80  # px
FAR_YAW = 60  # degrees: beyond, most of one side of the face is hidden
FAR_PITCH = 35
DARK = 60  # levels of 255: even the bright parts of the face, its 95th percentile, are darker
BRIGHT = 245  # half of the face, its median, is brighter


def judge(photo: np.ndarray, landmarks_px: Tensor, camera: Camera, faces: int) -> tuple[str, ...]:
    """(H, W, 3) uint8, (68, 2) px of the photo, the head's camera there, faces seen -> sentences."""
    height, width = photo.shape[:2]
    points = landmarks_px.detach().cpu().numpy()
    low, high = points.min(0), points.max(0)
    yaw, pitch, _ = yaw_pitch_roll_degrees(camera.rotation).tolist()
    inside = ((points >= 0) & (points <= (width, height))).all(-1)
    sentences = []
    if faces > 1:
        sentences.append(f"{faces} faces were found; the largest was used.")
    if (high - low).max() < SMALL_FACE:
        sentences.append(
            f"The face is only {(high - low).max():.0f} pixels large; a photo in which it is larger shows more detail."
        )
    if inside.mean() < 0.9:
        sentences.append("The face is cut off by the edge of the picture; what is not seen is a guess.")
    if abs(yaw) > FAR_YAW:
        sentences.append("The head is turned far to the side; the hidden half of the face is a guess.")
    elif abs(pitch) > FAR_PITCH:
        sentences.append("The head is tilted far up or down; a photo taken at eye level works better.")
    left, top = np.floor(low).clip(0, (width - 1, height - 1)).astype(int)
    right, bottom = np.ceil(high).clip((left + 1, top + 1), (max(width, left + 1), max(height, top + 1))).astype(int)
    brightness = photo[top:bottom, left:right].mean(-1)
    if np.percentile(brightness, 95) < DARK:
        sentences.append("The face is very dark; a photo with more light on it works better.")
    elif np.median(brightness) > BRIGHT:
        sentences.append("The face is overexposed; a photo with softer light works better.")
    return tuple(sentences)
