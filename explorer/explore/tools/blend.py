"""The Blend tool: A, B, and the way between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import gradio as gr

from pix2nphm.latent.editing import FIRST, LAST
from pix2nphm.latent.edits import Interpolate, Recipe

from ...components.controls import Pad, Slider, Sliders, read_commit
from ...components.matrix import SwapMatrix, swap_matrix
from ...components.thumbnails import picture
from .. import state as states
from ..lessons import Lesson
from ..linear_preview import LinearPreview, minus, tidy
from ..session import Session, Snapshot
from ..shelf.shelf import Shelf
from ..state import ExploreState
from ..tool import VIEWER, Tool
from ..updates import Answer, answer, tool_opened
from ..wiring import Wiring

ENDS = {"0": "A", "1": "B"}
SLIDERS = [
    Slider(name="identity", label="Identity", min=FIRST, max=LAST, step=0.01, value=0.5, unit="%", marks=ENDS),
    Slider(name="expression", label="Expression", min=FIRST, max=LAST, step=0.01, value=0.0, unit="%", marks=ENDS),
]
RANGES = {slider["name"]: (FIRST, LAST) for slider in SLIDERS}
ELSEWHERE = "This head is not on the line from A to B. Moving a slider goes back to that line."


def build(page: Wiring) -> None:
    """A and B, two sliders, the pad and the matrix."""
    with gr.Row(elem_classes="pair"):
        a = page.add("a", gr.Dropdown(label="Head A", elem_id="head-a", min_width=120))
        b = page.add("b", gr.Dropdown(label="Head B", elem_id="head-b", min_width=120))
    between = page.add("blend", Sliders(SLIDERS, viewer=VIEWER, elem_id="blend"))
    with gr.Row(elem_classes="pair"):
        a_to_b = gr.Button("Identity A, expression B", size="sm", min_width=140, elem_id="swap-ab")
        b_to_a = gr.Button("Identity B, expression A", size="sm", min_width=140, elem_id="swap-ba")
    with gr.Accordion("Both at once", open=False, elem_id="pad-fold") as pad_fold:
        both = Pad("identity", "expression", viewer=VIEWER, x_label="Identity", y_label="Expression", elem_id="pad")
        pad = page.add("pad", both)
    with gr.Accordion("Swap matrix", open=False, elem_id="matrix-fold") as fold:
        matrix = page.add("matrix", SwapMatrix(elem_id="matrix"))

    def commit(session: Session, event: gr.EventData) -> Iterator[Answer]:
        committed = read_commit(event, RANGES)

        def step(state: ExploreState) -> ExploreState:
            at = dict(zip(RANGES, states.blend_of(state))) | tidy(committed.values)
            return blend(state, at["identity"], at["expression"])

        about = f"blend_{committed.moved}" if committed.moved else "pad"
        yield from answer(session, step, about, committed.generation)

    def at(identity: float, expression: float):
        return lambda session, event: answer(session, lambda state: blend(state, identity, expression), "swap")

    def choose(letter: str):
        return lambda session, event, head: answer(
            session, lambda state: states.choose(state, **{letter: head}), "blend_identity"
        )

    def open_cell(session: Session, event: gr.EventData) -> Iterator[Answer]:
        row, column = (str(getattr(event, name, "")) for name in ("identity", "expression"))
        return answer(session, lambda state: exchange(state, row, column), "matrix")

    def draw_matrix(session: Session, event: gr.EventData) -> Iterator[Answer]:
        yield {"matrix": swap_matrix(blend_first(session.state), lambda code: picture(page.services.model, code))}

    def open_pad(session: Session, event: gr.EventData) -> Iterator[Answer]:
        return tool_opened(session, lambda state: replace(state, about="pad"))  # it is mounted as it was built

    page.follow(between, commit)
    page.follow(pad, commit)
    page.on(pad_fold.expand, open_pad)
    page.on(a_to_b.click, at(0.0, 1.0))
    page.on(b_to_a.click, at(1.0, 0.0))
    for letter, component in (("a", a), ("b", b)):
        page.on(component.input, choose(letter), letter)
    page.on(fold.expand, draw_matrix)
    page.on(matrix.open, open_cell)


def preview(at: Snapshot) -> LinearPreview:
    """The blend from A (both controls at 0) to B, with the edits on top of it."""
    state = at.state
    if not state.a:
        return LinearPreview(at.code)
    places = ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0))
    base, identity, expression = (at.code_of(states.blend_recipe(state, *place)) for place in places)
    values = dict(zip(RANGES, states.blend_of(state)))
    return LinearPreview(base, {"identity": minus(identity, base), "expression": minus(expression, base)}, values)


def controls(at: Snapshot) -> dict[str, Any]:
    """The sliders and the pad, or why the head on show is at no place of theirs."""
    values: dict[str, Any] = at.preview.values | {"generation": at.state.heard}
    if at.state.a and not states.is_on_blend(at.state):
        values["elsewhere"] = ELSEWHERE
    return {"blend": values, "pad": values}


def blend(state: ExploreState, identity: float, expression: float) -> ExploreState:
    """The head at a place of the blend's sliders."""
    if not state.a:
        return replace(state, message=states.EMPTY)
    message = states.SAME_HEAD if state.a == state.b else ""
    return states.with_recipe(state, states.blend_recipe(state, identity, expression), message)


def exchange(state: ExploreState, row: str, column: str) -> ExploreState:
    """A cell of the swap matrix: the identity of one head with the expression of another, which become A and B."""
    ids = {head.id for head in state.shelf}
    if row not in ids or column not in ids:
        return replace(state, message="One of these two heads is no longer on the shelf.")
    recipe = Recipe(row).then(Interpolate(column, 0.0, 1.0))
    return replace(states.with_recipe(state, recipe), a=row, b=column)


def blend_first(state: ExploreState) -> Shelf:
    """The shelf with A and B before the others."""
    return tuple(sorted(state.shelf, key=lambda head: (head.id != state.a, head.id != state.b)))


LESSONS = {
    "blend_identity": Lesson(
        "Blending who it is",
        (
            "A head is a list of numbers: its code. {identity} of them say who it is: {whole} for the whole head, and "
            "{local} more around each of {parts} places on it. The slider mixes these numbers of {a} and {b}, each "
            "with its partner, and leaves the expression alone.",
            "Beyond the ends the same line goes on. What sets the two apart is then exaggerated, as in a caricature.",
        ),
        "z = z<sub>A</sub> + t (z<sub>B</sub> − z<sub>A</sub>)",
        "z: the identity numbers. t: the slider, 0 at {a} and 1 at {b}.",
        "{identity} of the {all} numbers change.",
    ),
    "blend_expression": Lesson(
        "Blending what the face does",
        (
            "{expression} numbers between 0 and 1 say what the face does: how far the jaw is open, how far each corner "
            "of the mouth smiles. The slider mixes those of {a} and {b}. Who it is stays the same.",
            "Beyond the ends no number leaves 0 to 1, because an eye cannot be more shut than shut, and the mouth "
            "closes no more than the jaw is open.",
        ),
        "e = e<sub>A</sub> + s (e<sub>B</sub> − e<sub>A</sub>)",
        "e: the expression numbers. s: the slider, 0 at {a} and 1 at {b}.",
        "{expression} of the {all} numbers change.",
    ),
    "pad": Lesson(
        "Both at once",
        (
            "The pad is the two sliders at right angles: one way mixes the identity of {a} and {b}, the other way "
            "their expression.",
            "They change different numbers, so they do not get into each other's way. Both at 0 is {a}, both at 1 is "
            "{b}; one at 0 and the other at 1 are the swaps.",
        ),
        "(z, e) = (z<sub>A</sub> + t (z<sub>B</sub> − z<sub>A</sub>), &nbsp; "
        "e<sub>A</sub> + s (e<sub>B</sub> − e<sub>A</sub>))",
        "t, s: where the dot is. z: identity. e: expression.",
        "A plane through a space of {all} dimensions.",
    ),
    "swap": Lesson(
        "Swapping",
        (
            "Identity and expression are separate numbers, so one head can wear the expression of another: here the "
            "identity of {a} with the expression of {b}, or the reverse.",
            "Swapping twice brings both heads back exactly. Nothing is lost on the way.",
        ),
        "(z<sub>A</sub>, e<sub>A</sub>), (z<sub>B</sub>, e<sub>B</sub>) → "
        "(z<sub>A</sub>, e<sub>B</sub>), (z<sub>B</sub>, e<sub>A</sub>)",
        "z: identity. e: expression.",
        "{expression} numbers change places, {identity} stay.",
    ),
    "matrix": Lesson(
        "Every head with every expression",
        (
            "Each row is one identity, each column one expression. Where row and column are the same head, it is as it "
            "was; all other cells are swaps.",
            "It is a test, too. If identity and expression are well told apart, a row looks like one person and a "
            "column like one mood.",
        ),
        "cell<sub>ij</sub> = (z<sub>i</sub>, e<sub>j</sub>)",
        "z<sub>i</sub>: the identity of row i. e<sub>j</sub>: the expression of column j.",
        "n heads make n² cells out of n × {all} numbers.",
    ),
}
TOOL = Tool("blend", "Blend", LESSONS, build, preview, controls)
