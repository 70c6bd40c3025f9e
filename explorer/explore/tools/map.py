"""The Map tool: the population on a plane, and the head on show in it."""

from __future__ import annotations

from typing import Iterator

import gradio as gr

from pix2nphm.latent.edits import MoveOnMap

from ...components.atlas import Atlas
from ...components.controls import read_settled
from .. import state as visits
from ..linear_preview import tidy
from ..services import Studio
from ..session import Desk
from ..updates import Answer, answer
from ..wiring import Wiring
from .blend import VIEWER

RANGES = {"x": (-4.0, 4.0), "y": (-4.0, 4.0)}  # standard deviations; the map ends before


def build(page: Wiring, studio: Studio) -> None:
    x_name, y_name = (direction.name for direction in studio.names["identity"][:2])
    atlas = page.add("atlas", Atlas(VIEWER, x_name, y_name, elem_id="atlas"))

    def settle(desk: Desk, event: gr.EventData) -> Iterator[Answer]:
        settled = read_settled(event, RANGES)
        to = MoveOnMap(**{"x": 0.0, "y": 0.0} | tidy(settled.values))
        return answer(studio, desk, lambda visit: visits.edit(visit, to), "map", settled.generation)

    page.follow(atlas, settle)
