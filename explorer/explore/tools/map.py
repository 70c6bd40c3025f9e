"""The Map tool: the population on a plane, and the head on show in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr

from pix2nphm.codes import HeadCode
from pix2nphm.latent.editing import map_position
from pix2nphm.latent.edits import MoveOnMap

from ...components.atlas import X_FIELD, Y_FIELD, Atlas, map_of
from ...components.controls import read_commit
from .. import state as states
from ..lessons import Lesson
from ..linear_preview import LinearPreview, plus, tidy
from ..session import Session, Snapshot
from ..tool import VIEWER, Tool
from ..updates import Answer, answer
from ..wiring import Wiring

RANGES = {"x": (-4.0, 4.0), "y": (-4.0, 4.0)}  # standard deviations; the map ends before


def build(page: Wiring) -> None:
    """The map."""
    x_name, y_name = (direction.name for direction in page.services.names["identity"][:2])
    atlas = page.add("atlas", Atlas(VIEWER, x_name, y_name, elem_id="atlas"))

    def commit(session: Session, event: gr.EventData) -> Iterator[Answer]:
        committed = read_commit(event, RANGES)
        to = MoveOnMap(**{"x": 0.0, "y": 0.0} | tidy(committed.values))
        return answer(session, lambda state: states.edit(state, to), "map", committed.generation)

    page.follow(atlas, commit)


def preview(at: Snapshot) -> LinearPreview:
    """The map's two directions, from where the head was before it moved on the map."""
    home = at.code_of(at.state.recipe.before(MoveOnMap(0, 0)))
    zero, rows = HeadCode.zeros(home.shape), at.model.population.identity_directions
    moves = {name: plus(zero, identity=rows[axis]) for axis, name in enumerate((X_FIELD, Y_FIELD))}
    (x, y), (x_home, y_home) = (map_position(at.model.population, one) for one in (at.code, home))
    return LinearPreview(home, moves, {X_FIELD: x - x_home, Y_FIELD: y - y_home})


def controls(at: Snapshot) -> dict[str, Any]:
    """The heads of the shelf, and the handle where the head on show is."""
    place = lambda code: map_position(at.model.population, code)
    places = [place(head.code) for head in at.state.shelf]
    return {"atlas": map_of(at.state.shelf, places, place(at.code), place(at.preview.base), at.state.heard)}


LESSONS = {
    "map": Lesson(
        "A map of heads",
        (
            "Each head is a dot: across is the first direction of identity, upwards the second. Dots that are close "
            "are alike in these two, and may differ in all others.",
            "Moving on the map changes these two and keeps the rest, so the head stays itself as far as it can.",
        ),
        "(x, y) = (r<sub>1</sub> · z, r<sub>2</sub> · z), &nbsp; "
        "z′ = z + (x′ − x) d<sub>1</sub> + (y′ − y) d<sub>2</sub>",
        "r: reads where a head is. d: moves it there. x, y: standard deviations.",
        "2 of {identity_directions} directions.",
    ),
}
TOOL = Tool("map", "Map", LESSONS, build, preview, controls)
