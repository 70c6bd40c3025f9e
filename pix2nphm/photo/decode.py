"""Pillow's pictures -> upright 8-bit RGB of a bounded size. Knows neither numpy nor torch: see `decoder_process`."""

from __future__ import annotations

import io
import math
import warnings
from dataclasses import dataclass, replace
from typing import Any

from PIL import ExifTags, Image, ImageOps, TiffImagePlugin, UnidentifiedImageError

from ..errors import BadImage
from .colour import to_srgb

SMALLEST_SIDE = 32  # px
MOST_PIXELS = 50_000_000  # a telephone's largest pictures
KEPT_PIXELS = 12_500_000  # a telephone's usual pictures stay as they are; larger ones are halved
BAND = 256  # rows of a large picture that are converted at once
FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "GIF", "BMP", "TIFF", "PPM")  # no EPS: reading it would start Ghostscript
MOVING = ("GIF", "WEBP", "PNG", "AVIF")  # formats whose further frames are later moments; a JPEG's are no photos
NOT_PHOTOGRAPH = 127  # grey of what is transparent or beyond the picture's edge, as in the training crops
START_OF_SCAN = b"\xff\xda"
MOST_SCANS = 50  # of a JPEG, each of which touches every pixel; a progressive one has about ten
WHITES = {"I": (255, 65535), "F": (1, 255, 65535)}  # what white may be where a channel has 32 bits
SMALLER_COPY = 1  # the bit of a TIFF page's "new subfile type" that says so

DAMAGED = "This picture is damaged or incomplete."
UNKNOWN = "This file is not a picture that can be read; use a JPEG, PNG, WebP or HEIC file."
TOO_MANY_SCANS = "This JPEG is stored in more passes than any photo needs; save it again as a plain JPEG or PNG file."
UNKNOWN_TIFF = "This kind of TIFF file cannot be read; save it with 8 or 16 bits a channel, or as JPEG or PNG."
NO_WHITE = "This picture has 32 bits a channel, and how bright white is in it is not known; save it with 8 or 16 bits."


@dataclass(frozen=True)
class Decoded:
    """A picture, and how it relates to the one its owner has."""

    image: Image.Image  # mode "RGB", upright; (H / shrink, W / shrink), rounded up
    shrink: int  # px a side of the owner's picture that became one
    size: tuple[int, int]  # (H, W) of the owner's picture, upright
    notes: tuple[str, ...]  # what was left out, in sentences


def decode_file(data: bytes) -> Decoded:
    """The bytes of a picture file. Its size is checked before pixels are decoded. Raises BadImage."""
    image = _opened(data)
    width, height = image.size
    shrink = _shrink(width, height)
    if image.format in ("JPEG", "MPO"):
        if data.count(START_OF_SCAN) > MOST_SCANS:
            raise BadImage(TOO_MANY_SCANS)
        image.draft(None, (width // shrink, height // shrink))  # what is to be left out is not decoded at all
    if image.format == "HEIF" and not any(box in data for box in (b"irot", b"imir")):
        # Turned by its boxes alone, the standard says; some programs write the orientation of EXIF and no boxes.
        image.getexif()[ExifTags.Base.Orientation] = image.info.get("original_orientation") or 1
    return replace(_decoded(image, width, height), notes=_notes(_opened(data)))


def decode_image(image: Image.Image) -> Decoded:
    """A picture of any mode. Raises BadImage.

    Upright by its EXIF orientation; transparency over mid-grey; the first frame of an animation; greyscale, palette,
    CMYK and more bits a channel become 8-bit RGB; colours become sRGB where a profile says that they are not.
    """
    return replace(_decoded(image, *image.size), notes=_notes(image))


def check_size(width: int, height: int) -> None:
    """Raises BadImage for a picture too large or too small."""
    if width * height > MOST_PIXELS:
        raise BadImage(
            f"This picture has {width} x {height} pixels, more than {MOST_PIXELS // 10**6} million; use a smaller one."
        )
    if min(width, height) < SMALLEST_SIDE:
        raise BadImage(f"This picture has only {width} x {height} pixels; at least {SMALLEST_SIDE} a side are needed.")


def _opened(data: bytes) -> Image.Image:
    """The header is read, the pixels are not."""
    formats = FORMATS
    if data[4:8] == b"ftyp":  # as in MP4: AVIF, which Pillow knows, or a telephone's HEIC, which it does not
        import pillow_heif  # a tenth of a second, for those who need it

        pillow_heif.register_heif_opener()
        formats = (*FORMATS, "HEIF")
    try:
        with warnings.catch_warnings():
            # Pillow warns of large pictures; ours are refused by size in a moment.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            return Image.open(io.BytesIO(data), formats=formats)
    except MemoryError:
        raise
    except Image.DecompressionBombError as error:
        raise BadImage(f"This picture has over {MOST_PIXELS // 10**6} million pixels; use a smaller one.") from error
    except UnidentifiedImageError as error:
        raise BadImage(UNKNOWN_TIFF if data[:4] in (b"II*\0", b"MM\0*") else UNKNOWN) from error
    except Exception as error:  # Pillow's readers fail in many ways on bytes made to confuse them
        raise BadImage(DAMAGED) from error


def _notes(image: Image.Image) -> tuple[str, ...]:
    """What is left out when the first frame alone is used."""
    try:
        if image.format in MOVING and getattr(image, "is_animated", False):
            return ("This picture moves; only its first frame was used.",)
        if image.format == "HEIF" and (count := getattr(image, "n_frames", 1)) > 1:
            return (f"This file holds {count} pictures; only its main one was used.",)
        if isinstance(image, TiffImagePlugin.TiffImageFile) and (pages := _pages(image)) > 1:
            return (f"This file has {pages} pages; only the first was used.",)
    except MemoryError:
        raise
    except Exception:  # as above: the frame that follows is damaged
        return ("There is more than one picture in this file; only the first frame was used.",)
    return ()


def _pages(image: TiffImagePlugin.TiffImageFile) -> int:
    """How many pages a TIFF has, smaller copies of one left out."""
    pages = 0
    for number in range(image.n_frames):
        image.seek(number)
        pages += not image.tag_v2.get(ExifTags.Base.NewSubfileType, 0) & SMALLER_COPY
    return pages


def _shrink(width: int, height: int) -> int:
    check_size(width, height)
    return math.ceil(math.sqrt(width * height / KEPT_PIXELS))


def _decoded(image: Image.Image, width: int, height: int) -> Decoded:
    """`width` and `height` are the owner's: the decoder may have been told to halve them. Notes are left to callers."""
    shrink = _shrink(width, height)
    try:
        image.load()
        drafted = round(width / image.width)
        rest = math.ceil(shrink / drafted)
        kept = _converted(image, rest)
        kept.getexif()[ExifTags.Base.Orientation] = image.getexif().get(ExifTags.Base.Orientation, 1)
        upright = ImageOps.exif_transpose(kept)
        lies = kept.size != upright.size
    except (BadImage, MemoryError):
        raise
    except Exception as error:  # as above: pixels of untrusted files
        raise BadImage(DAMAGED) from error
    return Decoded(upright, rest * drafted, (width, height) if lies else (height, width), ())


def _converted(image: Image.Image, shrink: int) -> Image.Image:
    """Mode "RGB", each `shrink` x `shrink` px averaged, band by band: a large picture is never there twice."""
    white, in_srgb = _white(image), to_srgb(image)

    def rgb(part: Image.Image) -> Image.Image:
        if white:
            part = part.convert("F").point(lambda value: value * (255 / white) + 0.5).convert("L")
        if not part.has_transparency_data:
            return in_srgb(part)
        part = part.convert("RGBA")
        grey = Image.new("RGBA", part.size, (NOT_PHOTOGRAPH,) * 3 + (255,))
        coloured = in_srgb(part)
        coloured.putalpha(part.getchannel("A"))
        return Image.alpha_composite(grey, coloured).convert("RGB")

    if shrink == 1:
        return rgb(image)
    kept = Image.new("RGB", (math.ceil(image.width / shrink), math.ceil(image.height / shrink)))
    rows = BAND * shrink
    for top in range(0, image.height, rows):
        part = rgb(image.crop((0, top, image.width, min(top + rows, image.height))))
        kept.paste(part.reduce(shrink), (0, top // shrink))
    return kept


def _white(image: Image.Image) -> float | None:
    """The level of white in a picture of more than 8 bits a channel; None where Pillow has brought it to 8 itself."""
    if image.mode.startswith("I;16"):
        return 65535
    if image.mode not in WHITES:
        return None
    extrema: Any = image.getextrema()  # a pair, of one channel
    low, high = extrema
    for white in WHITES[image.mode]:
        if 0 <= low <= high <= white:  # never so for what is not a number
            return white
    raise BadImage(NO_WHITE)
