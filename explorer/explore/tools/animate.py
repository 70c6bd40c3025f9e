"""The Animate tool: from A to B and back, on the page and as files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import gradio as gr
import numpy as np

from pix2nphm.latent.editing import FIRST, LAST, interpolate
from pix2nphm.latent.edits import Interpolate, Recipe

from ...components.controls import read_commit
from ...components.player import FIELDS, Player
from ...platform.messages import errors_in_words, notice
from .. import state as states
from ..animation import morph_gif, morph_glb, turntable_gif
from ..files import written
from ..lessons import Lesson
from ..linear_preview import LinearPreview, minus, tidy
from ..session import Session, Snapshot
from ..sharing import DOWNLOAD
from ..tool import VIEWER, Tool
from ..updates import Answer, answer
from ..wiring import Wiring

RANGES = dict.fromkeys(FIELDS, (FIRST, LAST))
DRAWING = "Drawing it, which takes a few seconds …"
ONE_FILM: dict[str, Any] = {"concurrency_limit": 1, "concurrency_id": "films"}


def build(page: Wiring) -> None:
    """The player, and the files to take home."""
    player = page.add("player", Player(VIEWER, elem_id="player"))
    gr.Markdown("Take it with you: the way from A to B, or the head on show turning.", elem_classes="hint")
    with gr.Row(elem_classes="pair"):
        buttons = {
            "morph.glb": gr.Button("A to B as GLB", size="sm", min_width=110, elem_id="morph-glb"),
            "morph.gif": gr.Button("A to B as GIF", size="sm", min_width=110, elem_id="morph-gif"),
            "turntable.gif": gr.Button("Turntable as GIF", size="sm", min_width=110, elem_id="turntable-gif"),
        }

    def commit(session: Session, event: gr.EventData) -> Iterator[Answer]:
        committed = read_commit(event, RANGES)
        at = dict.fromkeys(RANGES, 0.0) | tidy(committed.values)

        def step(state: states.ExploreState) -> states.ExploreState:
            if not state.a:
                return replace(state, message=states.EMPTY)
            message = states.SAME_HEAD if state.a == state.b else ""
            return states.with_recipe(state, Recipe(state.a).then(Interpolate(state.b, **at)), message)

        return answer(session, step, "animate", committed.generation)

    def film(name: str, make: Callable[[Snapshot], bytes]) -> Callable[[Session, gr.EventData], Iterator[Answer]]:
        def made(session: Session, event: gr.EventData) -> Iterator[Answer]:
            yield {"notice": notice(DRAWING, kind="working"), "file": None}
            try:
                with errors_in_words():
                    file = written(session.files.new_folder(), name, make(session.now))
                yield {"notice": "", "file": file}
            except gr.Error as error:
                yield {"notice": notice(error.message, kind="error")}

        return made

    def ends(at: Snapshot) -> tuple[np.ndarray, np.ndarray]:
        if not at.state.a:
            raise gr.Error(states.EMPTY, print_exception=False)
        a, b = (at.services.vertices(at.state.codes[head]) for head in (at.state.a, at.state.b))
        return a, b

    def title(state: states.ExploreState) -> str:
        return f"{state.name(state.a)} to {state.name(state.b)}"

    faces = page.services.model.template.faces.cpu().numpy()
    makers = {
        "morph.glb": lambda at: morph_glb(*ends(at), faces, title(at.state)),
        "morph.gif": lambda at: morph_gif(*ends(at), faces),
        "turntable.gif": lambda at: turntable_gif(at.services.vertices(at.code), faces),
    }
    page.follow(player, commit)
    for name, button in buttons.items():
        page.on(button.click, film(name, makers[name]), then=DOWNLOAD, **ONE_FILM)


def preview(at: Snapshot) -> LinearPreview:
    """From A to B, without edits."""
    if not at.state.a:
        return LinearPreview(at.code)
    a, b = (at.state.codes[head] for head in (at.state.a, at.state.b))
    identity, expression = interpolate(a, b, identity=1), interpolate(a, b, expression=1)
    return LinearPreview(a, {"identity": minus(identity, a), "expression": minus(expression, a)})


def controls(at: Snapshot) -> dict[str, Any]:
    """The player has none that stand somewhere."""
    return {}


LESSONS = {
    "animate": Lesson(
        "From one head to another",
        (
            "Every point goes from {a} to {b} on a straight line. It starts and ends gently, because eyes notice a "
            "sudden stop.",
            "The file keeps {a} and the way of each point to {b}. Any viewer can mix the two: that is a morph target.",
        ),
        "x<sub>v</sub> = x<sub>v</sub><sup>A</sup> + ease(t) (x<sub>v</sub><sup>B</sup> − x<sub>v</sub><sup>A</sup>), "
        "&nbsp; ease(t) = 3t² − 2t³",
        "x<sub>v</sub>: where point v is. t: the time, from 0 to 1.",
        "{vertices} points, and as many ways.",
    ),
}
TOOL = Tool("animate", "Animate", LESSONS, build, preview, controls)
