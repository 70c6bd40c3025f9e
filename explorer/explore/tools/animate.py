"""The Animate tool: from A to B and back, on the page and as files."""

from __future__ import annotations

from dataclasses import replace
from typing import Callable, Iterator

import gradio as gr
import numpy as np

from pix2nphm.latent.edits import Interpolate, Recipe

from ...components.controls import read_settled
from ...components.player import Player
from ...platform.messages import errors_in_words, notice
from .. import state as visits
from ..animation import morph_gif, morph_glb, turntable_gif
from ..files import written
from ..linear_preview import tidy
from ..services import Studio
from ..session import Desk
from ..sharing import DOWNLOAD
from ..updates import Answer, answer
from ..wiring import Wiring
from .blend import RANGES, VIEWER

DRAWING = "Drawing it, which takes a few seconds …"
ONE_FILM = {"concurrency_limit": 1, "concurrency_id": "films"}


def build(page: Wiring, studio: Studio) -> None:
    player = page.add("player", Player(VIEWER, elem_id="player"))
    gr.Markdown("Take it with you: the way from A to B, or the head on show turning.", elem_classes="hint")
    with gr.Row(elem_classes="pair"):
        buttons = {
            "morph.glb": gr.Button("A to B as GLB", size="sm", min_width=110, elem_id="morph-glb"),
            "morph.gif": gr.Button("A to B as GIF", size="sm", min_width=110, elem_id="morph-gif"),
            "turntable.gif": gr.Button("Turntable as GIF", size="sm", min_width=110, elem_id="turntable-gif"),
        }

    def settle(desk: Desk, event: gr.EventData) -> Iterator[Answer]:
        settled = read_settled(event, RANGES)
        at = {name: 0.0 for name in RANGES} | tidy(settled.values)

        def step(visit: visits.Visit) -> visits.Visit:
            if not visit.a:
                return replace(visit, said=visits.EMPTY)
            said = visits.SAME_HEAD if visit.a == visit.b else ""
            return visits.cooked(visit, Recipe(visit.a).then(Interpolate(visit.b, **at)), said)

        return answer(studio, desk, step, "animate", settled.generation)

    def film(name: str, make: Callable[[visits.Visit], bytes]) -> Callable[[Desk, gr.EventData], Iterator[Answer]]:
        def made(desk: Desk, event: gr.EventData) -> Iterator[Answer]:
            yield {"notice": notice(DRAWING, kind="working"), "file": None}
            try:
                with errors_in_words():
                    file = written(desk.files_of_visitor.new_folder(), name, make(desk.visit))
                yield {"notice": "", "file": file}
            except gr.Error as error:
                yield {"notice": notice(error.message, kind="error")}

        return made

    def ends(visit: visits.Visit) -> tuple[np.ndarray, np.ndarray]:
        if not visit.a:
            raise gr.Error(visits.EMPTY, print_exception=False)
        return tuple(studio.vertices(visit.codes[head]) for head in (visit.a, visit.b))

    faces = studio.model.template.faces.cpu().numpy()
    makers = {
        "morph.glb": lambda visit: morph_glb(*ends(visit), faces, f"{visit.name(visit.a)} to {visit.name(visit.b)}"),
        "morph.gif": lambda visit: morph_gif(*ends(visit), faces),
        "turntable.gif": lambda visit: turntable_gif(studio.vertices(visits.code_of(visit, studio.model)), faces),
    }
    page.follow(player, settle)
    for name, button in buttons.items():
        page.on(button.click, film(name, makers[name]), then=DOWNLOAD, **ONE_FILM)
