"""Where the controls of the open tool stand, and the places that list the shelf."""

from __future__ import annotations

from typing import Any

import gradio as gr

from pix2nphm.latent.direction_names import unit_label
from pix2nphm.latent.editing import map_position

from ..components.atlas import map_of
from ..components.controls import Slider
from . import linear_preview as previews_of
from .services import Services
from .session import Session
from .shelf.view import shelf_value
from .state import ExploreState, code_of

DEVIATIONS = 3.0  # of a direction's slider, to either side


def controls(services: Services, session: Session, state: ExploreState) -> dict[str, Any]:
    """The controls of the open tool, for the head on show.

    Even those that stayed the same: a component that was not mounted yet has forgotten what it was built with.
    """
    linear_preview = services.linear_preview(session, state)
    values = linear_preview.values | {"generation": state.heard}
    if session.tool == "blend":
        return {"blend": values, "pad": values}
    if session.tool == "parts":
        choices = [(head.name, head.id) for head in state.shelf]
        donor = gr.update(choices=choices, value=session.transplant().other or None)
        return {"region": session.region, "donor": donor, "strength": values, "mirrored": session.mirrored}
    if session.tool == "directions":
        directions = gr.update(sliders=sliders(services, session.group), value=values)
        return {"directions": directions, "group": session.group, "seed": session.seed}
    if session.tool == "map":
        population = services.model.population
        here = map_position(population, code_of(state, services.model))
        home = map_position(population, linear_preview.base)
        places = [map_position(population, head.code) for head in state.shelf]
        return {"atlas": map_of(state.shelf, places, here, home, state.heard)}
    return {}


def sliders(services: Services, group: str) -> list[Slider]:
    """The sliders of one group of the Directions tool."""
    if group in (previews_of.IDENTITY, previews_of.EXPRESSION):
        kind = "identity" if group == previews_of.IDENTITY else "expression"
        return [
            Slider(name=previews_of.direction_name(kind, i), label=direction.name, hint=direction.hint,
                   min=-DEVIATIONS, max=DEVIATIONS, step=0.05, unit="σ")
            for i, direction in enumerate(services.names[kind][: previews_of.DIRECTIONS])
        ]  # fmt: skip
    return [Slider(name=unit, label=unit_label(unit), unit="%") for unit in previews_of.units_of(group)]


def ranges(services: Services, group: str) -> dict[str, tuple[float, float]]:
    """How far these sliders go."""
    return {slider["name"]: (slider.get("min", 0.0), slider.get("max", 1.0)) for slider in sliders(services, group)}


def shelf(services: Services, state: ExploreState) -> dict[str, Any]:
    """Everything that lists the heads of the shelf."""
    choices = [(head.name, head.id) for head in state.shelf]
    page = {name: gr.update(choices=choices, value=head or None) for name, head in (("a", state.a), ("b", state.b))}
    return page | {"shelf": shelf_value(state.shelf, state.a, state.b, services.picture_url, state.came)}
