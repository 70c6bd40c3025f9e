"""The Map tool: the population on a plane, and the head on show in it."""

from __future__ import annotations

from typing import Iterator

import gradio as gr

from pix2nphm.latent.edits import MoveOnMap

from ...components.atlas import Atlas
from ...components.controls import read_commit
from .. import state as states
from ..linear_preview import tidy
from ..services import Services
from ..session import Session
from ..updates import Answer, answer
from ..wiring import Wiring
from .blend import VIEWER

RANGES = {"x": (-4.0, 4.0), "y": (-4.0, 4.0)}  # standard deviations; the map ends before


def build(page: Wiring, services: Services) -> None:
    x_name, y_name = (direction.name for direction in services.names["identity"][:2])
    atlas = page.add("atlas", Atlas(VIEWER, x_name, y_name, elem_id="atlas"))

    def commit(session: Session, event: gr.EventData) -> Iterator[Answer]:
        committed = read_commit(event, RANGES)
        to = MoveOnMap(**{"x": 0.0, "y": 0.0} | tidy(committed.values))
        return answer(services, session, lambda state: states.edit(state, to), "map", committed.generation)

    page.follow(atlas, commit)
