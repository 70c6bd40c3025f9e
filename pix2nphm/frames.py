"""Coordinate frames, units and the camera. The only place that rescales or flips an axis.

head     metres, +y up, +z out of the face, +x the subject's left; origin as in ICT-FaceKit, inside the head.
camera   metres, +x right in the picture, +y down, +z away from the viewer (OpenCV).
picture  pixels, x right, y down; the centre of the top left pixel is (0.5, 0.5).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, replace

import torch
from torch import Tensor

METRES_PER_CENTIMETRE = 0.01  # ICT-FaceKit is in centimetres
METRES_PER_MONONPHM_UNIT = 0.25  # FLAME frame times 4
MILLIMETRES_PER_METRE = 1000.0

FRONTAL = torch.diag(torch.tensor([1.0, -1.0, -1.0]))  # camera_from_head of a head that looks into the camera
MIRROR_HEAD = torch.tensor([-1.0, 1.0, 1.0])  # left <-> right in the head frame


@dataclass(frozen=True)
class Box:
    """An axis-aligned box in the head frame, metres."""

    low: tuple[float, ...]  # x, y, z
    high: tuple[float, ...]


@dataclass(frozen=True)
class Camera:
    """Where a head is in a picture: a rotation and a perspective of adjustable strength.

    A point p of the head frame goes to centre + scale * (q_x, q_y) / (1 + inverse_distance * q_z), q = rotation @ p.
    `inverse_distance` 0 is a scaled-orthographic camera. Leading dimensions, if any, are batch dimensions.
    """

    rotation: Tensor  # (..., 3, 3) camera_from_head
    scale: Tensor  # (...,)       px per metre, at the head's origin
    centre: Tensor  # (..., 2)     px, where the head's origin is seen
    inverse_distance: Tensor  # (...,)  1/m, from the camera to the head's origin

    def to(self, *args, **kwargs) -> Camera:
        """The same camera on another device or in another dtype, as `Tensor.to`."""
        return self._each(lambda value: value.to(*args, **kwargs))

    def __getitem__(self, index) -> Camera:
        """Index the batch dimensions, like a tensor."""
        if not self.scale.ndim:
            raise IndexError("this camera is not a batch")
        return self._each(lambda value: value[index])

    @staticmethod
    def stack(cameras: Iterable[Camera]) -> Camera:
        cameras = list(cameras)
        return Camera(*(torch.stack([getattr(camera, f.name) for camera in cameras]) for f in fields(Camera)))

    def mirrored(self, size: float) -> Camera:
        """The camera of the mirrored head in the mirrored picture, which is `size` px wide."""
        flip = MIRROR_HEAD.to(self.rotation)
        across = torch.stack([size - self.centre[..., 0], self.centre[..., 1]], dim=-1)
        return replace(self, rotation=flip[:, None] * self.rotation * flip, centre=across)

    def project(self, points_head: Tensor) -> Tensor:
        """(..., N, 3) metres -> (..., N, 2) px."""
        points_camera = points_head @ self.rotation.mT
        nearness = 1 + self.inverse_distance[..., None] * points_camera[..., 2]
        return self.centre[..., None, :] + points_camera[..., :2] * (self.scale[..., None] / nearness)[..., None]

    def depth(self, points_head: Tensor) -> Tensor:
        """(..., N, 3) metres -> (..., N) metres behind the head's origin, as the camera sees it."""
        return (points_head @ self.rotation.mT)[..., 2]

    def warped(self, linear: Tensor, offset: Tensor) -> Camera:
        """The camera in a picture whose pixels are `linear @ px + offset`; `linear` (2, 2) a rotation times a scale."""
        factor = torch.linalg.det(linear).sqrt()
        in_plane = torch.eye(3, dtype=linear.dtype, device=linear.device).repeat(*linear.shape[:-2], 1, 1)
        in_plane[..., :2, :2] = linear / factor[..., None, None]
        return replace(
            self,
            rotation=in_plane @ self.rotation,
            scale=self.scale * factor,
            centre=(linear @ self.centre[..., None])[..., 0] + offset,
        )

    def _each(self, change: Callable[[Tensor], Tensor]) -> Camera:
        return Camera(*(change(getattr(self, f.name)) for f in fields(self)))


def rotation_from_6d(six: Tensor) -> Tensor:
    """(..., 6) -> (..., 3, 3): Gram-Schmidt of two columns. Source: Zhou et al., CVPR 2019."""
    first = torch.nn.functional.normalize(six[..., :3], dim=-1)
    second = six[..., 3:] - (first * six[..., 3:]).sum(-1, keepdim=True) * first
    second = torch.nn.functional.normalize(second, dim=-1)
    return torch.stack([first, second, torch.cross(first, second, dim=-1)], dim=-1)


def rotation_angle_degrees(a: Tensor, b: Tensor) -> Tensor:
    """(..., 3, 3), (..., 3, 3) -> (...,) degrees between two rotations."""
    cosine = ((a.mT @ b).diagonal(dim1=-2, dim2=-1).sum(-1) - 1) / 2
    return torch.rad2deg(torch.acos(cosine.clamp(-1, 1)))


def yaw_pitch_roll_degrees(rotation: Tensor) -> Tensor:
    """(..., 3, 3) camera_from_head -> (..., 3) degrees, zero when frontal.

    Yaw is positive when the face turns to the picture's right, pitch when it looks up, roll when it tilts clockwise.
    """
    forward = rotation[..., :, 2]  # where the face looks, in the camera frame
    left = rotation[..., :, 0]
    yaw = torch.atan2(forward[..., 0], -forward[..., 2])
    pitch = torch.atan2(-forward[..., 1], forward[..., [0, 2]].norm(dim=-1))
    roll = torch.atan2(left[..., 1], left[..., 0])
    return torch.rad2deg(torch.stack([yaw, pitch, roll], dim=-1))
