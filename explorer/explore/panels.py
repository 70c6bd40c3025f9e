"""Where the controls of the open tool stand, and the places that list the shelf."""

from __future__ import annotations

from typing import Any

import gradio as gr

from pix2nphm.latent.direction_names import unit_label
from pix2nphm.latent.editing import map_position

from ..components.atlas import map_of
from ..components.controls import Slider
from . import linear_preview as stances
from .services import Studio
from .session import Desk
from .shelf.view import shelf_value
from .state import Visit, code_of

DEVIATIONS = 3.0  # of a direction's slider, to either side


def controls(studio: Studio, desk: Desk, visit: Visit) -> dict[str, Any]:
    """The controls of the open tool, for the head on show.

    Even those that stayed the same: a component that was not mounted yet has forgotten what it was built with.
    """
    stance = studio.stance(desk, visit)
    values = stance.values | {"generation": visit.heard}
    if desk.tool == "blend":
        return {"blend": values, "pad": values}
    if desk.tool == "parts":
        choices = [(head.name, head.id) for head in visit.shelf]
        donor = gr.update(choices=choices, value=desk.transplant().other or None)
        return {"region": desk.region, "donor": donor, "strength": values, "mirrored": desk.mirrored}
    if desk.tool == "directions":
        directions = gr.update(sliders=sliders(studio, desk.group), value=values)
        return {"directions": directions, "group": desk.group, "seed": desk.seed}
    if desk.tool == "map":
        population = studio.model.population
        here = map_position(population, code_of(visit, studio.model))
        home = map_position(population, stance.base)
        places = [map_position(population, head.code) for head in visit.shelf]
        return {"atlas": map_of(visit.shelf, places, here, home, visit.heard)}
    return {}


def sliders(studio: Studio, group: str) -> list[Slider]:
    """The sliders of one group of the Directions tool."""
    if group in (stances.IDENTITY, stances.EXPRESSION):
        kind = "identity" if group == stances.IDENTITY else "expression"
        return [
            Slider(name=stances.direction_name(kind, i), label=direction.name, hint=direction.hint,
                   min=-DEVIATIONS, max=DEVIATIONS, step=0.05, unit="σ")
            for i, direction in enumerate(studio.names[kind][: stances.DIRECTIONS])
        ]  # fmt: skip
    return [Slider(name=unit, label=unit_label(unit), unit="%") for unit in stances.units_of(group)]


def ranges(studio: Studio, group: str) -> dict[str, tuple[float, float]]:
    """How far these sliders go."""
    return {slider["name"]: (slider.get("min", 0.0), slider.get("max", 1.0)) for slider in sliders(studio, group)}


def shelf(studio: Studio, visit: Visit) -> dict[str, Any]:
    """Everything that lists the heads of the shelf."""
    choices = [(head.name, head.id) for head in visit.shelf]
    page = {name: gr.update(choices=choices, value=head or None) for name, head in (("a", visit.a), ("b", visit.b))}
    return page | {"shelf": shelf_value(visit.shelf, visit.a, visit.b, studio.picture_url, visit.came)}
