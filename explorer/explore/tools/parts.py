"""The Parts tool: one region of another head, transplanted."""

from __future__ import annotations

from dataclasses import replace
from typing import Iterator

import gradio as gr

from pix2nphm.latent.editing import FIRST, LAST
from pix2nphm.latent.edits import Transplant
from pix2nphm.nphm.template import REGIONS

from ...components.controls import Slider, Sliders, read_settled
from .. import state as visits
from ..linear_preview import STRENGTH, tidy
from ..services import Studio
from ..session import Desk
from ..updates import Answer, answer, tool_opened
from ..wiring import Wiring
from .blend import VIEWER

SLIDER = Slider(
    name=STRENGTH, label="How much of it", min=FIRST, max=LAST, step=0.01, unit="%",
    marks={"0": "as it is", "1": "theirs"},
)  # fmt: skip


def build(page: Wiring, studio: Studio) -> None:
    gr.Markdown("Click on the head to choose a part, or choose it here.", elem_classes="hint")
    choices = [(region.capitalize(), region) for region in REGIONS]
    region = page.add("region", gr.Radio(choices, value="nose", label="Part", elem_id="region"))
    donor = page.add("donor", gr.Dropdown(label="Taken from", elem_id="donor"))
    strength = page.add("strength", Sliders([SLIDER], viewer=VIEWER, elem_id="strength"))
    mirrored = page.add("mirrored", gr.Checkbox(True, label="Left and right alike", elem_id="mirrored"))

    def settle(desk: Desk, event: gr.EventData) -> Iterator[Answer]:
        settled = read_settled(event, {STRENGTH: (FIRST, LAST)})
        step = replace(desk.transplant(), strength=tidy(settled.values).get(STRENGTH, 0.0))
        yield from transplanted(desk, step, "parts", settled.generation)

    def transplanted(desk: Desk, step: Transplant, about: str, generation: int | None = None) -> Iterator[Answer]:
        edited = lambda visit: visits.edit(visit, step) if step.other else replace(visit, said=visits.EMPTY)
        return answer(studio, desk, edited, about, generation)

    def choose(desk: Desk, event: gr.EventData, region: str) -> Iterator[Answer]:
        desk.region = region if region in REGIONS else desk.region
        return tool_opened(studio, desk, "parts")

    def choose_donor(desk: Desk, event: gr.EventData, head: str) -> Iterator[Answer]:
        desk.donor = str(head)
        return tool_opened(studio, desk, "parts")

    def pick(desk: Desk, event: gr.EventData) -> Iterator[Answer]:
        return choose(desk, event, getattr(event, "region", "")) if desk.tool == "parts" else iter(())

    def lock(desk: Desk, event: gr.EventData, mirrored: bool) -> Iterator[Answer]:
        desk.mirrored = bool(mirrored)
        strength = visits.strength_of(desk.visit.recipe, desk.transplant())
        if strength:
            return transplanted(desk, replace(desk.transplant(), strength=strength), "mirror_lock")
        return tool_opened(studio, desk, "mirror_lock")

    page.follow(strength, settle)
    page.on(region.input, choose, "region")
    page.on(page.components["viewer"].pick, pick)
    page.on(donor.input, choose_donor, "donor")
    page.on(mirrored.input, lock, "mirrored")
