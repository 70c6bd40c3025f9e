"""The faces of a photo as numbered boxes on it, of which one can be chosen."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
from PIL import Image

from ..pictures import data_url

HERE = Path(__file__).parent
LONGEST_SIDE = 640  # px of the picture sent to the page

Box = tuple[float, float, float, float]  # left, top, right, bottom


def small_copy(photo: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8 -> the same, at most LONGEST_SIDE long."""
    height, width = photo.shape[:2]
    scale = min(1.0, LONGEST_SIDE / max(height, width))
    size = (max(1, round(scale * width)), max(1, round(scale * height)))
    return np.asarray(Image.fromarray(photo).resize(size, Image.Resampling.LANCZOS))


def face_choice(
    photo: np.ndarray, boxes: Sequence[Box], photo_size: tuple[int, int], face: int
) -> dict[str, Any] | None:
    """The value of a `FaceChooser`, or None where there is nothing to choose.

    `photo` (H, W, 3) uint8 of any size; boxes in pixels of a photo of `photo_size` (H, W); `face` is the one on show.
    """
    if len(boxes) < 2:
        return None
    height, width = photo_size
    shares = np.asarray(boxes) / (width, height, width, height)
    return {"photo": data_url(photo), "boxes": np.round(shares, 4).tolist(), "face": face}


class FaceChooser(gr.HTML):
    """The photo with a numbered button on each face. Its value comes from `face_choice`; nothing is seen of None.

    Event `choose`: {"face"}, numbered from 1.
    """

    def __init__(self, **kwargs) -> None:
        super().__init__(
            html_template=(HERE / "faces.html").read_text(),
            css_template=(HERE / "faces.css").read_text(),
            js_on_load=(HERE / "faces.js").read_text(),
            apply_default_css=False,
            **kwargs,
        )

    def postprocess(self, value: dict[str, Any] | None) -> dict[str, Any] | None:
        return value

    def api_info(self) -> dict[str, str]:
        return {"type": "object"}


def chosen_face(event: gr.EventData) -> int:
    """What was chosen. `event` comes from a browser: anything but a number is the first."""
    face = getattr(event, "face", 1)
    return face if isinstance(face, int) and not isinstance(face, bool) and face > 0 else 1
