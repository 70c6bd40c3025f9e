"""The Map tool: the population on a plane, and the head on show in it."""

from __future__ import annotations

import math
from typing import Iterator

import gradio as gr

from ..atlas import Atlas
from ..recipe import MoveOnMap
from . import visit as visits
from .answers import Answer, answer
from .blend_tool import VIEWER
from .desk import Desk
from .studio import Studio
from .wiring import Wiring

EDGE = 4.0  # standard deviations; the map ends before


def build(page: Wiring, studio: Studio) -> None:
    x_name, y_name = (direction.name for direction in studio.names["identity"][:2])
    atlas = page.add("atlas", Atlas(VIEWER, x_name, y_name, elem_id="atlas"))

    def settle(desk: Desk, event: gr.EventData) -> Iterator[Answer]:
        x, y = (_place(getattr(event, axis, 0.0)) for axis in ("x", "y"))
        return answer(studio, desk, lambda visit: visits.edit(visit, MoveOnMap(x, y)), "map")

    page.on(atlas.settle, settle)


def _place(sent: object) -> float:
    """A number from a browser, on the map."""
    if isinstance(sent, bool) or not isinstance(sent, (int, float)) or not math.isfinite(sent):
        return 0.0
    return round(min(max(float(sent), -EDGE), EDGE), 3)
