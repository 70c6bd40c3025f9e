"""Whatever a person calls a photo -> RGB pixels, upright. Every way it can fail has a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from ..errors import BadImage
from ..frames import Camera
from .crop import Crop
from .decode import check_size, decode_image
from .decoder_process import decode_apart

MOST_BYTES = 400_000_000  # of a file; the largest picture of 16 bits a channel, not compressed


@dataclass(frozen=True, eq=False)  # arrays are not equal or unequal as a whole
class Photo:
    """A picture as it is worked with. Very large ones are kept smaller than their owner has them."""

    pixels: np.ndarray  # (H / shrink, W / shrink, 3), rounded up, uint8 RGB, upright, C-contiguous
    notes: tuple[str, ...]  # what was left out of the file, in sentences
    shrink: int  # px of the photo a side that became one of `pixels`
    size: tuple[int, int]  # (H, W) px of the photo as its owner has it, upright

    def take(self, crop: Crop) -> np.ndarray:
        """(S, S, 3) uint8: what `crop`, which is in px of the photo, shows."""
        return crop.of_resized(1 / self.shrink).take(self.pixels)

    def camera_of_pixels(self, camera: Camera) -> Camera:
        """A camera of the photo, as a camera of `pixels`."""
        return camera.warped(torch.eye(2) / self.shrink, torch.zeros(2))


Source = str | Path | Image.Image | np.ndarray | Photo


def read_photo(source: Source) -> Photo:
    """A path, a PIL image, a uint8 array (H, W), (H, W, 3) or (H, W, 4), or what this function has made of one.

    Turned upright by its EXIF orientation; transparency over mid-grey; the first frame of an animation; greyscale,
    palette, CMYK and more bits a channel become 8-bit RGB; colours become sRGB by the picture's profile.
    A file is opened once, so that it may be a pipe, and decoded where it can take neither all time nor all memory.
    Raises BadImage, whose sentence holds no path.
    """
    if isinstance(source, Photo):
        return source
    if isinstance(source, np.ndarray):
        source = _image_of_array(source)
    if isinstance(source, Image.Image):
        decoded = decode_image(source)
        return Photo(np.array(decoded.image), decoded.notes, decoded.shrink, decoded.size)
    found = decode_apart(_bytes_of_file(source))
    pixels = np.frombuffer(found.rgb, np.uint8).reshape(found.height, found.width, 3)
    return Photo(pixels, found.notes, found.shrink, found.size)


def _bytes_of_file(path: str | Path) -> bytes:
    try:
        with open(path, "rb") as file:
            data = file.read(MOST_BYTES + 1)
    except FileNotFoundError as error:
        raise BadImage("There is no such file.") from error
    except (OSError, ValueError) as error:
        raise BadImage("This file cannot be opened.") from error
    if len(data) > MOST_BYTES:
        raise BadImage(f"This file is larger than {MOST_BYTES // 10**6} MB; use a smaller one.")
    return data


def _image_of_array(array: np.ndarray) -> Image.Image:
    if array.dtype != np.uint8 or not (array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (3, 4))):
        raise BadImage("A picture given as an array must be uint8 of shape (H, W), (H, W, 3) or (H, W, 4).")
    check_size(array.shape[1], array.shape[0])
    return Image.fromarray(array)
