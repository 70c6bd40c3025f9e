"""The Parts tool: one region of another head, transplanted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from pix2nphm.latent.editing import FIRST, LAST
from pix2nphm.latent.edits import Recipe, Step, Transplant
from pix2nphm.nphm.template import REGIONS

from ...components.controls import Slider, Sliders, read_commit
from .. import state as states
from ..lessons import Lesson
from ..linear_preview import LinearPreview, minus, tidy
from ..session import Session, Snapshot
from ..shelf.shelf import find
from ..state import ExploreState
from ..tool import VIEWER, Tool
from ..updates import Answer, answer, tool_opened
from ..wiring import Wiring

NAME = "parts"
STRENGTH = "strength"
SLIDER = Slider(
    name=STRENGTH, label="How much of it", min=FIRST, max=LAST, step=0.01, unit="%",
    marks={"0": "as it is", "1": "theirs"},
)  # fmt: skip


@dataclass(frozen=True)
class Settings:
    """What a movement of the slider transplants."""

    region: str = "nose"
    donor: str = ""  # id of the head that it is taken from; where that one is gone, it is B
    mirrored: bool = True


def settings(state: ExploreState) -> Settings:
    """How the tool is set."""
    return state.settings.get(NAME, Settings())


def set_to(state: ExploreState, about: str = "parts", **changes: Any) -> ExploreState:
    """The tool set otherwise."""
    return replace(states.set_tool(state, NAME, replace(settings(state), **changes)), about=about)


def build(page: Wiring) -> None:
    """The part, whom it is taken from, and how much of it."""
    gr.Markdown("Click on the head to choose a part, or choose it here.", elem_classes="hint")
    choices = [(region.capitalize(), region) for region in REGIONS]
    region = page.add("region", gr.Radio(choices, value="nose", label="Part", elem_id="region"))
    donor = page.add("donor", gr.Dropdown(label="Taken from", elem_id="donor"))
    strength = page.add("strength", Sliders([SLIDER], viewer=VIEWER, elem_id="strength"))
    mirrored = page.add("mirrored", gr.Checkbox(True, label="Left and right alike", elem_id="mirrored"))

    def commit(session: Session, event: gr.EventData) -> Iterator[Answer]:
        committed = read_commit(event, {STRENGTH: (FIRST, LAST)})
        by = tidy(committed.values).get(STRENGTH, 0.0)
        return answer(session, lambda state: transplanted(state, by), "parts", committed.generation)

    def choose(session: Session, event: gr.EventData, region: str) -> Iterator[Answer]:
        return tool_opened(session, lambda state: set_to(state, region=region) if region in REGIONS else state)

    def choose_donor(session: Session, event: gr.EventData, head: str) -> Iterator[Answer]:
        return tool_opened(session, lambda state: set_to(state, donor=str(head)))

    def pick(session: Session, event: gr.EventData) -> Iterator[Answer]:
        return choose(session, event, getattr(event, "region", "")) if session.state.tool == NAME else iter(())

    def lock(session: Session, event: gr.EventData, mirrored: bool) -> Iterator[Answer]:
        change = lambda state: set_to(state, "mirror_lock", mirrored=bool(mirrored))
        state = change(session.state)
        by = strength_of(state.recipe, transplant(state))
        if not by:
            return tool_opened(session, change)
        return answer(session, lambda state: transplanted(change(state), by), "mirror_lock")

    page.follow(strength, commit)
    page.on(region.input, choose, "region")
    page.on(page.components["viewer"].pick, pick)
    page.on(donor.input, choose_donor, "donor")
    page.on(mirrored.input, lock, "mirrored")


def preview(at: Snapshot) -> LinearPreview:
    """The chosen region, from the head on show (0) to the donor (1)."""
    if not at.state.a:
        return LinearPreview(at.code)
    step = transplant(at.state)
    recipe = without_region(at.state.recipe, step)
    base, whole = at.code_of(recipe), at.code_of(recipe.then(step))
    return LinearPreview(base, {STRENGTH: minus(whole, base)}, {STRENGTH: strength_of(at.state.recipe, step)})


def controls(at: Snapshot) -> dict[str, Any]:
    """How it is set, and how much of the part is there already."""
    state, step = at.state, transplant(at.state)
    choices = [(head.name, head.id) for head in state.shelf]
    return {
        "region": settings(state).region,
        "donor": gr.update(choices=choices, value=step.other or None),
        "strength": at.preview.values | {"generation": state.heard},
        "mirrored": step.mirrored,
    }


def donor(state: ExploreState) -> str:
    """The id of the head that a part is taken from."""
    chosen = settings(state).donor
    return chosen if find(state.shelf, chosen) else state.b


def transplant(state: ExploreState) -> Transplant:
    """The whole of the chosen region, from the chosen head."""
    return Transplant(donor(state), (settings(state).region,), 1.0, settings(state).mirrored)


def transplanted(state: ExploreState, strength: float) -> ExploreState:
    """The head on show with so much of the chosen region. A region is transplanted once."""
    step = replace(transplant(state), strength=strength)
    if not step.other:
        return replace(state, message=states.EMPTY)
    return states.with_recipe(state, without_region(state.recipe, step).then(step))


def without_region(recipe: Recipe, step: Transplant) -> Recipe:
    """The recipe without a transplant of the same regions among those at its end: regions do not disturb each other."""
    steps = recipe.steps
    tail = next((i for i in range(len(steps), 0, -1) if not _alike(steps[i - 1], step)), 0)
    others = (one for one in steps[tail:] if not (isinstance(one, Transplant) and one.regions == step.regions))
    return replace(recipe, steps=(*steps[:tail], *others))


def strength_of(recipe: Recipe, step: Transplant) -> float:
    """How much of these regions comes from the other head already."""
    kept = without_region(recipe, step).steps
    return next((one.strength for one in recipe.steps if one not in kept and isinstance(one, Transplant)), 0.0)


def _alike(one: Step, step: Transplant) -> bool:
    return isinstance(one, Transplant) and one.other == step.other


LESSONS = {
    "parts": Lesson(
        "Parts of another head",
        (
            "On the head there are {parts} places, called anchors, with {local} numbers each that move only what is "
            "near. If the anchors of the nose take over the numbers of {b}, the nose changes and the ears stay.",
            "Some of the nose is in the {whole} numbers of the whole head. What these would do around each anchor is "
            "worked out and added to its own numbers. Then the part is moved back to where the old one was, because "
            "heads differ in size and place as well.",
        ),
        "p = p<sub>A</sub> + s (p<sub>B</sub> + L (w<sub>B</sub> − w<sub>A</sub>) − p<sub>A</sub> − m)",
        "p: the numbers of one anchor. w: those of the whole head. L: what w does around the anchor. "
        "m: the move back to the old place. s: the strength.",
        "{local} numbers change at each anchor of the region. All regions together are all {identity}.",
    ),
    "mirror_lock": Lesson(
        "Mirror lock",
        (
            "Nobody is quite the same left and right. With the lock on, {b} is first averaged with its own mirror "
            "image, so that what is taken over is the same on both sides.",
            "Mirroring a code needs no picture: some numbers change their sign, and each anchor changes places with "
            "its partner on the other side.",
        ),
        "B′ = ½ (B + mirror(B))",
        "mirror: signs, and partners exchanged. Doing it twice changes nothing.",
        "All {all} numbers of {b} take part.",
    ),
}
TOOL = Tool(NAME, "Parts", LESSONS, build, preview, controls, other=donor)
