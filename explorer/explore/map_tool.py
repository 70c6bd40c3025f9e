"""The Map tool: the population on a plane, and the head on show in it."""

from __future__ import annotations

from typing import Iterator

import gradio as gr

from ..atlas import Atlas
from ..controls import read_settled
from ..recipe import MoveOnMap
from . import visit as visits
from .answers import Answer, answer
from .blend_tool import VIEWER
from .desk import Desk
from .stance import tidy
from .studio import Studio
from .wiring import Wiring

RANGES = {"x": (-4.0, 4.0), "y": (-4.0, 4.0)}  # standard deviations; the map ends before


def build(page: Wiring, studio: Studio) -> None:
    x_name, y_name = (direction.name for direction in studio.names["identity"][:2])
    atlas = page.add("atlas", Atlas(VIEWER, x_name, y_name, elem_id="atlas"))

    def settle(desk: Desk, event: gr.EventData) -> Iterator[Answer]:
        settled = read_settled(event, RANGES)
        to = MoveOnMap(**{"x": 0.0, "y": 0.0} | tidy(settled.values))
        return answer(studio, desk, lambda visit: visits.edit(visit, to), "map", settled.generation)

    page.follow(atlas, settle)
