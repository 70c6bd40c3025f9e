"""The Animate tool: from A to B and back, on the page and as files."""

from __future__ import annotations

from dataclasses import replace
from typing import Callable, Iterator

import gradio as gr
import numpy as np

from pix2nphm.latent.edits import Interpolate, Recipe

from ...components.controls import read_commit
from ...components.player import Player
from ...platform.messages import errors_in_words, notice
from .. import state as states
from ..animation import morph_gif, morph_glb, turntable_gif
from ..files import written
from ..linear_preview import tidy
from ..services import Services
from ..session import Session
from ..sharing import DOWNLOAD
from ..updates import Answer, answer
from ..wiring import Wiring
from .blend import RANGES, VIEWER

DRAWING = "Drawing it, which takes a few seconds …"
ONE_FILM = {"concurrency_limit": 1, "concurrency_id": "films"}


def build(page: Wiring, services: Services) -> None:
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
        at = {name: 0.0 for name in RANGES} | tidy(committed.values)

        def step(state: states.ExploreState) -> states.ExploreState:
            if not state.a:
                return replace(state, message=states.EMPTY)
            message = states.SAME_HEAD if state.a == state.b else ""
            return states.with_recipe(state, Recipe(state.a).then(Interpolate(state.b, **at)), message)

        return answer(services, session, step, "animate", committed.generation)

    def film(name: str, make: Callable[[states.ExploreState], bytes]) -> Callable[[Session, gr.EventData], Iterator[Answer]]:
        def made(session: Session, event: gr.EventData) -> Iterator[Answer]:
            yield {"notice": notice(DRAWING, kind="working"), "file": None}
            try:
                with errors_in_words():
                    file = written(session.files_of_visitor.new_folder(), name, make(session.state))
                yield {"notice": "", "file": file}
            except gr.Error as error:
                yield {"notice": notice(error.message, kind="error")}

        return made

    def ends(state: states.ExploreState) -> tuple[np.ndarray, np.ndarray]:
        if not state.a:
            raise gr.Error(states.EMPTY, print_exception=False)
        return tuple(services.vertices(state.codes[head]) for head in (state.a, state.b))

    faces = services.model.template.faces.cpu().numpy()
    makers = {
        "morph.glb": lambda state: morph_glb(*ends(state), faces, f"{state.name(state.a)} to {state.name(state.b)}"),
        "morph.gif": lambda state: morph_gif(*ends(state), faces),
        "turntable.gif": lambda state: turntable_gif(services.vertices(states.code_of(state, services.model)), faces),
    }
    page.follow(player, commit)
    for name, button in buttons.items():
        page.on(button.click, film(name, makers[name]), then=DOWNLOAD, **ONE_FILM)
