"""Whatever a person calls a photo -> (H, W, 3) uint8 RGB, upright. Every way it can fail has a sentence."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from ..errors import BadImage

SMALLEST_SIDE = 32  # px
MOST_PIXELS = 50_000_000  # a telephone's largest pictures; 150 MB as an array
FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "GIF", "BMP", "TIFF", "PPM")  # no EPS: reading it would start Ghostscript
MOVING = ("GIF", "WEBP", "PNG", "AVIF")  # formats whose further frames are later moments; a JPEG's are no photos
NOT_PHOTOGRAPH = 127  # grey of what is transparent or beyond the picture's edge, as in the training crops

Source = str | Path | Image.Image | np.ndarray


def read_photo(source: Source) -> np.ndarray:
    """A path, a PIL image, or a uint8 array (H, W), (H, W, 3) or (H, W, 4) -> (H, W, 3) uint8 RGB, C-contiguous.

    Turned upright by its EXIF orientation; transparency over mid-grey; the first frame of an animation;
    greyscale, palette, CMYK and 16 bits a channel become 8-bit RGB. The size is checked before pixels are decoded.
    Raises BadImage, whose sentence holds no path.
    """
    if isinstance(source, np.ndarray):
        return _rgb(_image_of_array(source))
    if isinstance(source, Image.Image):
        return _rgb(source)
    try:
        file = open(source, "rb")
    except FileNotFoundError as error:
        raise BadImage("There is no such file.") from error
    except (OSError, ValueError) as error:
        raise BadImage("This file cannot be opened.") from error
    with file:
        return _rgb(_image_of_file(file))


def notes(source: Source) -> tuple[str, ...]:
    """What was left out of a picture that `read_photo` has read, in sentences. Of files only the header is read."""
    if isinstance(source, np.ndarray):
        return ()
    if not isinstance(source, Image.Image):
        with open(source, "rb") as file:
            return notes(_image_of_file(file))
    try:
        moves = source.format in MOVING and getattr(source, "is_animated", False)
    except Exception:  # as below: the frame that follows is damaged
        moves = True
    return ("This picture moves; only its first frame was used.",) if moves else ()


def _image_of_file(file: BinaryIO) -> Image.Image:
    """The header is read, the pixels are not."""
    try:
        with warnings.catch_warnings():
            # Pillow warns of large pictures; ours are refused by size in a moment.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            return Image.open(file, formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise BadImage(f"This picture has over {MOST_PIXELS // 10**6} million pixels; use a smaller one.") from error
    except UnidentifiedImageError as error:
        raise BadImage("This file is not a picture that can be read; use a JPEG, PNG or WebP file.") from error
    except Exception as error:  # Pillow's readers fail in many ways on bytes made to confuse them
        raise BadImage("This picture is damaged or incomplete.") from error


def _image_of_array(array: np.ndarray) -> Image.Image:
    if array.dtype != np.uint8 or not (array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (3, 4))):
        raise BadImage("A picture given as an array must be uint8 of shape (H, W), (H, W, 3) or (H, W, 4).")
    _check_size(array.shape[1], array.shape[0])
    return Image.fromarray(array)


def _check_size(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise BadImage(
            f"This picture has {width} x {height} pixels, more than {MOST_PIXELS // 10**6} million; use a smaller one."
        )
    if min(width, height) < SMALLEST_SIDE:
        raise BadImage(f"This picture has only {width} x {height} pixels; at least {SMALLEST_SIDE} a side are needed.")


def _rgb(image: Image.Image) -> np.ndarray:
    _check_size(*image.size)
    try:
        image = ImageOps.exif_transpose(image)
        if image.mode.startswith("I"):  # 16-bit grey; Pillow brings 16-bit colour to 8 bits itself
            image = Image.fromarray((np.asarray(image).clip(0, 65535) // 257).astype(np.uint8))
        if image.has_transparency_data:
            image = image.convert("RGBA")
            image = Image.alpha_composite(Image.new("RGBA", image.size, (NOT_PHOTOGRAPH,) * 3 + (255,)), image)
        return np.array(image.convert("RGB"))
    except MemoryError:
        raise
    except Exception as error:  # as above: pixels of untrusted files
        raise BadImage("This picture is damaged or incomplete.") from error
