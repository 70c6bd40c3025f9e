"""A square part of a photo, turned upright and resized: what the network looks at."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from ..frames import Camera
from .decode import NOT_PHOTOGRAPH


@dataclass(frozen=True)
class Crop:
    """crop_px = linear @ photo_px + offset; pixels as in `frames`, the crop is `size` px a side."""

    linear: Tensor  # (2, 2) a rotation times a scale
    offset: Tensor  # (2,) px
    size: int

    @staticmethod
    def around(centre_px, side_px: float, size: int, roll_degrees: float = 0.0) -> Crop:
        """A square of the photo, `side_px` wide around `centre_px` (2,), itself turned clockwise by `roll_degrees`.

        A head tilted clockwise by that angle is upright in the crop.
        """
        angle = math.radians(roll_degrees)
        along, across = math.cos(angle) * size / side_px, math.sin(angle) * size / side_px
        linear = torch.tensor([[along, across], [-across, along]])
        centre = torch.as_tensor(centre_px, dtype=linear.dtype)
        return Crop(linear, size / 2 - linear @ centre, size)

    @property
    def scale(self) -> float:
        """Crop pixels a photo pixel."""
        return math.hypot(*self.linear[0].tolist())

    @property
    def side_px(self) -> float:
        """The crop's side in photo pixels."""
        return self.size / self.scale

    @property
    def centre_px(self) -> Tensor:
        """(2,) photo pixels."""
        return self.to_photo(torch.full((2,), self.size / 2))

    @property
    def roll_degrees(self) -> float:
        return math.degrees(math.atan2(self.linear[0, 1], self.linear[0, 0]))

    @property
    def corners_px(self) -> Tensor:
        """(4, 2) photo pixels: the crop's top left, top right, bottom right, bottom left."""
        return self.to_photo(torch.tensor([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]) * self.size)

    def to_crop(self, points_px: Tensor) -> Tensor:
        """(..., 2) photo pixels -> (..., 2) crop pixels."""
        return points_px @ self.linear.mT + self.offset

    def to_photo(self, points_px: Tensor) -> Tensor:
        """(..., 2) crop pixels -> (..., 2) photo pixels."""
        linear, offset = self._inverse()
        return points_px @ linear.mT + offset

    def camera_to_photo(self, camera: Camera) -> Camera:
        """The camera of the crop, as a camera of the photo."""
        return camera.warped(*self._inverse())

    def of_resized(self, factor: float) -> Crop:
        """The same square, cut out of the photo resized by `factor`."""
        return Crop(self.linear / factor, self.offset, self.size)

    def of_size(self, size: int) -> Crop:
        """The same square of the photo, as a crop of `size` px."""
        factor = size / self.size
        return Crop(self.linear * factor, self.offset * factor, size)

    def widened(self, factor: float) -> Crop:
        """A square `factor` times as wide around the same centre, as a crop of the same size."""
        middle = self.size / 2
        return Crop(self.linear / factor, middle + (self.offset - middle) / factor, self.size)

    def take(self, photo: np.ndarray) -> np.ndarray:
        """(H, W, 3) uint8 photo -> (size, size, 3) uint8, antialiased; mid-grey where there is no photo."""
        height, width = photo.shape[:2]
        corners = self.corners_px.numpy()
        low = np.floor(corners.min(0)).clip(0, (width, height)).astype(int)
        high = np.ceil(corners.max(0) + 1).clip(0, (width, height)).astype(int)
        if (high <= low).any():
            return np.full((self.size, self.size, 3), NOT_PHOTOGRAPH, np.uint8)
        part = Image.fromarray(np.ascontiguousarray(photo[low[1] : high[1], low[0] : high[0]]))
        # Shrinking is antialiased in two steps: blocks of whole pixels are averaged first, and the remaining factor,
        # between 1 and 2, is sampled at twice the resolution and averaged.
        block = max(1, int(1 / self.scale))
        samples = 2 if self.scale < 1 else 1
        linear, offset = (tensor.numpy() for tensor in self._inverse())
        linear, offset = linear / (samples * block), (offset - low) / block
        rows = np.column_stack([linear, offset]).ravel().tolist()
        side = self.size * samples
        taken = part.reduce(block).transform(
            (side, side), Image.Transform.AFFINE, rows, Image.Resampling.BILINEAR, fillcolor=(NOT_PHOTOGRAPH,) * 3
        )
        return np.array(taken.reduce(samples))

    def _inverse(self) -> tuple[Tensor, Tensor]:
        linear = self.linear.mT / torch.linalg.det(self.linear)  # of a similarity: transposed over its squared scale
        return linear, -linear @ self.offset
