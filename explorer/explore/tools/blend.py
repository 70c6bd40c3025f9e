"""The Blend tool: A, B, and the way between them."""

from __future__ import annotations

from typing import Iterator

import gradio as gr

from pix2nphm.latent.editing import FIRST, LAST

from ...components.controls import Pad, Slider, Sliders, read_commit
from ...components.matrix import SwapMatrix, swap_matrix
from ...components.thumbnails import picture
from .. import state as states
from ..linear_preview import tidy
from ..services import Services
from ..session import Session
from ..updates import Answer, answer, tool_opened
from ..wiring import Wiring

VIEWER = "head"
ENDS = {"0": "A", "1": "B"}
SLIDERS = [
    Slider(name="identity", label="Identity", min=FIRST, max=LAST, step=0.01, value=0.5, unit="%", marks=ENDS),
    Slider(name="expression", label="Expression", min=FIRST, max=LAST, step=0.01, value=0.0, unit="%", marks=ENDS),
]
RANGES = {slider["name"]: (FIRST, LAST) for slider in SLIDERS}


def build(page: Wiring, services: Services) -> None:
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

        def step(state: states.ExploreState) -> states.ExploreState:
            at = dict(zip(RANGES, states.blend_of(state))) | tidy(committed.values)
            return states.blend(state, at["identity"], at["expression"])

        about = f"blend_{committed.moved}" if committed.moved else "pad"
        yield from answer(services, session, step, about, committed.generation)

    def at(identity: float, expression: float):
        return lambda session, event: answer(services, session, lambda state: states.blend(state, identity, expression), "swap")

    def choose(letter: str):
        return lambda session, event, head: answer(
            services, session, lambda state: states.choose(state, **{letter: head}), "blend_identity"
        )

    def open_cell(session: Session, event: gr.EventData) -> Iterator[Answer]:
        row, column = (str(getattr(event, name, "")) for name in ("identity", "expression"))
        return answer(services, session, lambda state: states.exchange(state, row, column), "matrix")

    def draw_matrix(session: Session, event: gr.EventData) -> Iterator[Answer]:
        heads = states.blend_first(session.state)
        yield {"matrix": swap_matrix(heads, lambda code: picture(services.model, code))}

    page.follow(between, commit)
    page.follow(pad, commit)
    page.on(pad_fold.expand, lambda session, event: tool_opened(services, session, "pad"))  # it is mounted as it was built
    page.on(a_to_b.click, at(0.0, 1.0))
    page.on(b_to_a.click, at(1.0, 0.0))
    for letter, component in (("a", a), ("b", b)):
        page.on(component.input, choose(letter), letter)
    page.on(fold.expand, draw_matrix)
    page.on(matrix.open, open_cell)
