"""What the code does under the control in hand, in a student's words. The texts stand with the tools they are about."""

from __future__ import annotations

import html
from collections.abc import Iterable
from dataclasses import dataclass

from pix2nphm.latent.plausibility import TYPICAL

from .tool import Tool


@dataclass(frozen=True)
class Lesson:
    """HTML with places for `{a}` and `{b}`, the names of the heads, and for the sizes of the model (`sizes`)."""

    title: str
    text: tuple[str, ...]  # paragraphs
    equation: str
    letters: str  # what the letters of the equation are
    size: str  # how much of the code this is


HEAT_MAP = Lesson(
    "What moved",
    (
        "The preview has the same {vertices} points in every head: point 500 is always at the same place of the "
        "face. So each point can be compared with itself before the change, and the colour is how far it went.",
    ),
    "d<sub>v</sub> = 1000 · ‖x<sub>v</sub> − x<sub>v</sub><sup>before</sup>‖",
    "x<sub>v</sub>: where point v is, in metres. d<sub>v</sub>: how far it moved, in millimetres.",
    "{vertices} distances out of {all} numbers.",
)


def lessons_of(tools: Iterable[Tool]) -> dict[str, Lesson]:
    """The lesson of each control of the tab, by the name under which answers are about it."""
    return {"heat_map": HEAT_MAP} | {control: lesson for tool in tools for control, lesson in tool.lessons.items()}


def render(about: Lesson, model, a: str = "A", b: str = "B") -> str:
    """The HTML of a lesson for heads named `a` and `b`, which may be any text. `model` as from `pix2nphm.load`."""
    values = sizes(model) | {"a": html.escape(a), "b": html.escape(b)}
    paragraphs = "".join(f"<p>{paragraph.format_map(values)}</p>" for paragraph in about.text)
    return (
        f'<section class="lesson"><h3>{about.title}</h3>{paragraphs}'
        f'<p class="equation">{about.equation}</p>'
        f'<p class="letters">{about.letters.format_map(values)}</p>'
        f'<p class="size">{about.size.format_map(values)}</p></section>'
    )


def sizes(model) -> dict[str, str]:
    """The numbers in the texts."""
    shape, population = model.code_shape, model.population.config
    counts = {
        "whole": shape.whole,
        "parts": shape.parts,
        "local": shape.local,
        "identity": shape.identity,
        "expression": shape.expression,
        "all": shape.flat,
        "identity_directions": population.identity_directions,
        "expression_directions": population.expression_directions,
        "vertices": model.template.config.vertices,
    }
    return {name: f"{count:,}" for name, count in counts.items()} | {"typical": f"{TYPICAL:g}"}
