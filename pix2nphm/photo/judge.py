"""What a person could do for a better result, in sentences."""

from __future__ import annotations

import torch
from torch import Tensor

from ..frames import Camera, yaw_pitch_roll_degrees
from .crop import Crop
from .light import light, sharpness
from .read import Photo

# Thresholds lie beyond what 316 portraits have, and short of what the tests do to a portrait.
SMALL_FACE = 80  # px
FAR_YAW = 60  # degrees: beyond, most of one side of the face is hidden
FAR_PITCH = 24  # degrees from the usual one
USUAL_PITCH = -6.0  # degrees: heads that look into the camera lean forward a little
FAR_ROLL = 35  # degrees
UPSIDE_DOWN = 135
HALF_SEEN = 35  # degrees of yaw: beyond, the cheek that is turned away is darker in any light
DARK = 85  # levels of 255: even the bright parts of the face, its 95th percentile, are darker
BRIGHT = 245  # half of the face, its median, is brighter
UNEVEN = 2.6  # times: portraits have up to 2.4, but for one that is half in the dark
BLURRED = 0.28  # of sharpness: portraits have 0.33 and more


def judge(photo: Photo, landmarks_px: Tensor, camera: Camera, faces: int, face: int = 1) -> tuple[str, ...]:
    """A photo, (68, 2) px of a face, the head's camera there, faces seen, which of them this is -> sentences."""
    height, width = photo.size
    points = landmarks_px.detach().cpu().numpy()
    side = (points.max(0) - points.min(0)).max()
    whole = ((points >= 0) & (points <= (width, height))).all(-1).mean() >= 0.9
    sentences = []
    if faces > 1:
        used = "the largest was used" if face == 1 else f"number {face} by size was used"
        sentences.append(f"At least {faces} faces were found; {used}.")
    if side < SMALL_FACE:
        sentences.append(f"The face is only {side:.0f} pixels large; a photo in which it is larger shows more detail.")
    if not whole:
        sentences.append("The face is cut off by the edge of the picture; what is not seen is a guess.")
    yaw, pitch, roll = _upright(camera)
    if abs(roll) > UPSIDE_DOWN:
        sentences.append("The face is upside down; a picture that is turned upright works better.")
    elif abs(roll) > FAR_ROLL:
        sentences.append("The head lies on its side in the picture; one in which it is upright works better.")
    if abs(yaw) > FAR_YAW:
        sentences.append("The head is turned far to the side; the hidden half of the face is a guess.")
    elif abs(pitch - USUAL_PITCH) > FAR_PITCH:
        sentences.append("The head is tilted far up or down; a photo taken at eye level works better.")
    lit = light(photo, points)
    if lit.bright < DARK:
        sentences.append("The face is very dark; a photo with more light on it works better.")
    elif lit.median > BRIGHT:
        sentences.append("The face is overexposed; a photo with softer light works better.")
    elif lit.uneven > UNEVEN and abs(yaw) < HALF_SEEN:
        sentences.append("One half of the face is in the dark; a photo with light from the front works better.")
    if whole and side >= SMALL_FACE and (sharpness(photo, points) or 1.0) < BLURRED:
        sentences.append("The face is blurred; a sharper photo shows more detail.")
    return tuple(sentences)


def _upright(camera: Camera) -> tuple[float, float, float]:
    """Yaw and pitch as they are seen when the picture is turned so that the head is upright, and roll; degrees."""
    roll = yaw_pitch_roll_degrees(camera.rotation)[2].item()
    turned = camera.warped(Crop.around((0.0, 0.0), 1.0, 1, roll).linear, torch.zeros(2))
    yaw, pitch, _ = yaw_pitch_roll_degrees(turned.rotation).tolist()
    return yaw, pitch, roll
