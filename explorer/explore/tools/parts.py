"""The Parts tool: one region of another head, transplanted."""

from __future__ import annotations

from dataclasses import replace
from typing import Iterator

import gradio as gr

from pix2nphm.latent.editing import FIRST, LAST
from pix2nphm.latent.edits import Transplant
from pix2nphm.nphm.template import REGIONS

from ...components.controls import Slider, Sliders, read_commit
from .. import state as states
from ..linear_preview import STRENGTH, tidy
from ..services import Services
from ..session import Session
from ..updates import Answer, answer, tool_opened
from ..wiring import Wiring
from .blend import VIEWER

SLIDER = Slider(
    name=STRENGTH, label="How much of it", min=FIRST, max=LAST, step=0.01, unit="%",
    marks={"0": "as it is", "1": "theirs"},
)  # fmt: skip


def build(page: Wiring, services: Services) -> None:
    gr.Markdown("Click on the head to choose a part, or choose it here.", elem_classes="hint")
    choices = [(region.capitalize(), region) for region in REGIONS]
    region = page.add("region", gr.Radio(choices, value="nose", label="Part", elem_id="region"))
    donor = page.add("donor", gr.Dropdown(label="Taken from", elem_id="donor"))
    strength = page.add("strength", Sliders([SLIDER], viewer=VIEWER, elem_id="strength"))
    mirrored = page.add("mirrored", gr.Checkbox(True, label="Left and right alike", elem_id="mirrored"))

    def commit(session: Session, event: gr.EventData) -> Iterator[Answer]:
        committed = read_commit(event, {STRENGTH: (FIRST, LAST)})
        step = replace(session.transplant(), strength=tidy(committed.values).get(STRENGTH, 0.0))
        yield from transplanted(session, step, "parts", committed.generation)

    def transplanted(session: Session, step: Transplant, about: str, generation: int | None = None) -> Iterator[Answer]:
        edited = lambda state: states.edit(state, step) if step.other else replace(state, message=states.EMPTY)
        return answer(services, session, edited, about, generation)

    def choose(session: Session, event: gr.EventData, region: str) -> Iterator[Answer]:
        session.region = region if region in REGIONS else session.region
        return tool_opened(services, session, "parts")

    def choose_donor(session: Session, event: gr.EventData, head: str) -> Iterator[Answer]:
        session.donor = str(head)
        return tool_opened(services, session, "parts")

    def pick(session: Session, event: gr.EventData) -> Iterator[Answer]:
        return choose(session, event, getattr(event, "region", "")) if session.tool == "parts" else iter(())

    def lock(session: Session, event: gr.EventData, mirrored: bool) -> Iterator[Answer]:
        session.mirrored = bool(mirrored)
        strength = states.strength_of(session.state.recipe, session.transplant())
        if strength:
            return transplanted(session, replace(session.transplant(), strength=strength), "mirror_lock")
        return tool_opened(services, session, "mirror_lock")

    page.follow(strength, commit)
    page.on(region.input, choose, "region")
    page.on(page.components["viewer"].pick, pick)
    page.on(donor.input, choose_donor, "donor")
    page.on(mirrored.input, lock, "mirrored")
