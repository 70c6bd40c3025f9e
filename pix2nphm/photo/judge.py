"""What a person could do for a better result, in sentences."""

from __future__ import annotations

import numpy as np
from torch import Tensor

from ..frames import Camera, yaw_pitch_roll_degrees
from .read import Photo

SMALL_FACE = 80  # px
FAR_YAW = 60  # degrees: beyond, most of one side of the face is hidden
FAR_PITCH = 35
DARK = 60  # levels of 255: even the bright parts of the face, its 95th percentile, are darker
BRIGHT = 245  # half of the face, its median, is brighter


def judge(photo: Photo, landmarks_px: Tensor, camera: Camera, faces: int, face: int = 1) -> tuple[str, ...]:
    """A photo, (68, 2) px of a face, the head's camera there, faces seen, which of them this is -> sentences."""
    height, width = photo.size
    points = landmarks_px.detach().cpu().numpy()
    low, high = points.min(0), points.max(0)
    yaw, pitch, _ = yaw_pitch_roll_degrees(camera.rotation).tolist()
    inside = ((points >= 0) & (points <= (width, height))).all(-1)
    sentences = []
    if faces > 1:
        used = "the largest was used" if face == 1 else f"number {face} by size was used"
        sentences.append(f"At least {faces} faces were found; {used}.")
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
    height, width = photo.pixels.shape[:2]
    left, top = np.floor(low / photo.shrink).clip(0, (width - 1, height - 1)).astype(int)
    right, bottom = np.ceil(high / photo.shrink).clip((left + 1, top + 1), (width, height)).astype(int)
    brightness = photo.pixels[top:bottom, left:right].mean(-1)
    if np.percentile(brightness, 95) < DARK:
        sentences.append("The face is very dark; a photo with more light on it works better.")
    elif np.median(brightness) > BRIGHT:
        sentences.append("The face is overexposed; a photo with softer light works better.")
    return tuple(sentences)
