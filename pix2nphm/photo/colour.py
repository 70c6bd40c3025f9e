"""Colours as a picture's ICC profile means them -> sRGB, in which the networks were trained."""

from __future__ import annotations

import io
from collections.abc import Callable

from PIL import Image, ImageCms

MODES = {"RGB": ("RGB", "RGBA", "RGBX", "P", "PA"), "L": ("L", "LA", "1", "I;16", "I;16L", "I;16B"), "CMYK": ("CMYK",)}
SPACES = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}  # of profiles, and the mode that is handed to them
SAME = 3  # levels of 255: a profile that moves no colour further is sRGB, whatever it is called

ToRGB = Callable[[Image.Image], Image.Image]  # any mode -> mode "RGB"


def to_srgb(image: Image.Image) -> ToRGB:
    """What turns pictures of this one's mode and profile into sRGB. Without a profile, with one that is sRGB, does not
    belong to the mode or cannot be understood, that is Pillow's own conversion, to the bit.
    """
    plain = lambda picture: picture.convert("RGB")
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(image.info["icc_profile"]))
        mode = SPACES[profile.profile.xcolor_space.strip()]
        if image.mode not in MODES[mode]:
            return plain
        transform = ImageCms.buildTransform(profile, ImageCms.createProfile("sRGB"), mode, "RGB")
        if mode != "CMYK" and _moves_little(transform, mode):
            return plain
    except (KeyError, TypeError, ValueError, OSError, ImageCms.PyCMSError):
        return plain
    return lambda picture: _applied(transform, picture.convert(mode))


def _applied(transform: ImageCms.ImageCmsTransform, image: Image.Image) -> Image.Image:
    changed = ImageCms.applyTransform(image, transform)
    assert changed is not None  # that is for transforms in place
    return changed


def _moves_little(transform: ImageCms.ImageCmsTransform, mode: str) -> bool:
    levels = range(0, 256, 15)
    colours = [(r, g, b) for r in levels for g in levels for b in levels] if mode == "RGB" else list(range(256))
    sample = Image.new(mode, (len(colours), 1))
    sample.putdata(colours)
    before = sample.convert("RGB").tobytes()
    after = _applied(transform, sample).tobytes()
    return max(abs(a - b) for a, b in zip(before, after)) <= SAME
