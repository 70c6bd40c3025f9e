"""The Explore tab: one viewer, the shelf, and the tools around it. The parts are in explorer/explore/."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Callable, Iterator

import gradio as gr

from ..components.viewer import HeadViewer
from ..reconstruct.result import Result
from . import endpoints, sharing
from . import state as states
from .services import Services
from .session import Session
from .shelf import panel as shelf_tool
from .shelf.browser_memory import remember
from .shelf.example_codes import photographed
from .shelf.shelf import Shelf, add, find, readable, same_head
from .start import SECRET, STORAGE_KEY, start
from .tools import animate, blend, directions, map, parts
from .updates import Answer, answer, opened, tool_opened
from .wiring import Wiring

TOOLS = {
    "blend": ("Blend", blend.build, "blend_identity"),
    "parts": ("Parts", parts.build, "parts"),
    "directions": ("Directions", directions.build, "identity_directions"),
    "map": ("Map", map.build, "map"),
    "animate": ("Animate", animate.build, "animate"),
}  # name: label, what builds it, the lesson it opens with
TAB = "explore"


def memory() -> gr.BrowserState:
    """The shelf in the visitor's browser. Outside of all tabs, because in a closed one it is not read."""
    return gr.BrowserState(None, storage_key=STORAGE_KEY, secret=SECRET)


def build(
    services: Services, examples: Shelf, tab: gr.Tab, tabs: gr.Tabs, remembered: gr.BrowserState, reconstructed: gr.State
) -> Callable:
    """Lay out and wire the tab, inside `tab`, which is one of `tabs`. `reconstructed` holds a Result, or None.

    Returns the event by which a visitor asks that everything be forgotten.
    """
    page = Wiring(Session(states.begin(examples)))
    page.add("tabs", tabs)
    page.add("memory", remembered)
    with gr.Row(elem_classes="columns explore"):
        with gr.Column(scale=7, min_width=300, elem_id="stage"):
            page.add("viewer", HeadViewer(elem_id=blend.VIEWER, empty="The head is on its way"))
            sharing.build_actions(page, services)
            page.add("notice", status())
        with gr.Column(scale=5, min_width=300):
            with gr.Tabs(elem_id="tools", overflow_behavior="wrap"):
                for tool in TOOLS:
                    build_tool(page, services, tool)
            sharing.build_learning(page, services)
    forget = shelf_tool.build(page, services, examples)
    endpoints.build(services)
    page.on(tab.select, lambda session, event: opened(services, session))
    page.on(gr.context.Context.root_block.load, partial(begin, services, examples), "memory", about=gr.Request)
    page.on(reconstructed.change, partial(take_over, services, examples), reconstructed)
    page.connect()
    return forget


def build_tool(page: Wiring, services: Services, tool: str) -> None:
    label, build_controls, lesson = TOOLS[tool]
    with gr.Tab(label, id=tool) as tab:
        build_controls(page, services)

    def open_tool(session: Session, event: gr.EventData) -> Iterator[Answer]:
        session.tool = tool
        return tool_opened(services, session, lesson)

    page.on(tab.select, open_tool)


def begin(services: Services, examples: Shelf, session: Session, request: gr.Request, remembered: object) -> Iterator[Answer]:
    """What the browser remembers goes to the shelf. A head in the address opens the tab with it."""
    link = request.query_params.get("state") if request else None
    session.take(lambda state: replace(start(services.model, examples, remembered, link), opened=state.opened))
    if link:
        yield {"tabs": gr.Tabs(selected=TAB)}
        yield from opened(services, session)


def take_over(
    services: Services, examples: Shelf, session: Session, event: gr.EventData, result: Result | None
) -> Iterator[Answer]:
    """A head that was reconstructed goes to the shelf, and Explore goes on with it."""
    if result is None:
        return
    example = photographed(examples, result.name, result.code)
    (new,) = add((), example.name if example else readable(result.name), result.code)

    def step(state: states.ExploreState) -> states.ExploreState:
        there = (find(state.shelf, example.id) if example else None) or same_head(state.shelf, result.code)
        return state if there and there.id == state.a else states.welcome(state, there or new)

    if session.state.opened:
        yield from answer(services, session, step, session.about)
    else:  # all else comes when it is opened
        state, _ = session.take(step)
        yield {"memory": remember(state.shelf, services.model.name)}


def status() -> gr.HTML:
    """The line under the buttons."""
    return gr.HTML(
        html_template='<div role="status" aria-live="polite">${value}</div>', elem_id="explore-notice", container=False
    )
