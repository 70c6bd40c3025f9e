"""How the network wants a face framed: from a camera to the crop that shows the head upright and centred."""

from __future__ import annotations

import torch
from torch import Tensor

from ..frames import Camera
from .network import FRAME_SIDE

FACE_CENTRE = (0.0, 0.01, 0.05)  # metres, head frame: between the eyes and the mouth, a little behind the skin


def frame(camera: Camera, size: int) -> tuple[Tensor, Tensor]:
    """The similarity to the ideal crop, crop_px = linear @ picture_px + offset: (B, 2, 2) and (B, 2)."""
    focus = camera.rotation.new_tensor([FACE_CENTRE])
    centre = camera.project(focus.expand(*camera.rotation.shape[:-2], 1, 3))[..., 0, :]
    up = camera.rotation[..., :2, 1]  # where the head's +y points in the picture; (0, -1) when upright
    length = up.norm(dim=-1, keepdim=True)
    up = torch.where(length > 0.2, up / length.clamp_min(1e-6), up.new_tensor([0.0, -1.0]))
    factor = size / (camera.scale * FRAME_SIDE)
    sin, cos = up[..., 0], -up[..., 1]  # the tilt, clockwise
    turn = torch.stack([torch.stack([cos, sin], -1), torch.stack([-sin, cos], -1)], -2)
    linear = factor[..., None, None] * turn
    return linear, size / 2 - (linear @ centre[..., None])[..., 0]
