"""The Explore tab: one viewer, the shelf, and the tools around it. The parts are in explorer/explore/."""

from __future__ import annotations

from functools import partial
from typing import Callable, Iterator

import gradio as gr

from ..components.viewer import HeadViewer
from ..reconstruct.result import Result
from . import endpoints, sharing
from . import state as visit
from .services import Studio
from .session import Desk
from .shelf import panel as shelf_tool
from .shelf.shelf import Shelf
from .start import SECRET, STORAGE_KEY, arrive
from .tools import (
    animate as animate_tool,
)
from .tools import (
    blend as blend_tool,
)
from .tools import (
    directions as directions_tool,
)
from .tools import (
    map as map_tool,
)
from .tools import (
    parts as parts_tool,
)
from .updates import Answer, opened, tool_opened
from .wiring import Wiring

TOOLS = {
    "blend": ("Blend", blend_tool.build, "blend_identity"),
    "parts": ("Parts", parts_tool.build, "parts"),
    "directions": ("Directions", directions_tool.build, "identity_directions"),
    "map": ("Map", map_tool.build, "map"),
    "animate": ("Animate", animate_tool.build, "animate"),
}  # name: label, what builds it, the lesson it opens with
TAB = "explore"


def memory() -> gr.BrowserState:
    """The shelf in the visitor's browser. Outside of all tabs, because in a closed one it is not read."""
    return gr.BrowserState(None, storage_key=STORAGE_KEY, secret=SECRET)


def build(
    studio: Studio, examples: Shelf, tab: gr.Tab, tabs: gr.Tabs, remembered: gr.BrowserState, reconstructed: gr.State
) -> Callable:
    """Lay out and wire the tab, inside `tab`, which is one of `tabs`. `reconstructed` holds a Result, or None.

    Returns the event by which a visitor asks that everything be forgotten.
    """
    page = Wiring(Desk(visit.begin(examples)))
    page.add("tabs", tabs)
    page.add("memory", remembered)
    with gr.Row(elem_classes="columns explore"):
        with gr.Column(scale=7, min_width=300, elem_id="stage"):
            page.add("viewer", HeadViewer(elem_id=blend_tool.VIEWER, empty="The head is on its way"))
            sharing.build_actions(page, studio)
            page.add("notice", status())
        with gr.Column(scale=5, min_width=300):
            with gr.Tabs(elem_id="tools", overflow_behavior="wrap"):
                for tool in TOOLS:
                    build_tool(page, studio, tool)
            sharing.build_learning(page, studio)
    forget = shelf_tool.build(page, studio, examples)
    endpoints.build(studio)
    page.on(tab.select, lambda desk, event: opened(studio, desk))
    page.on(gr.context.Context.root_block.load, partial(begin, studio, examples), "memory", about=gr.Request)
    page.on(reconstructed.change, partial(take_over, studio), reconstructed)
    page.connect()
    return forget


def build_tool(page: Wiring, studio: Studio, tool: str) -> None:
    label, build_controls, lesson = TOOLS[tool]
    with gr.Tab(label, id=tool) as tab:
        build_controls(page, studio)

    def open_tool(desk: Desk, event: gr.EventData) -> Iterator[Answer]:
        desk.tool = tool
        return tool_opened(studio, desk, lesson)

    page.on(tab.select, open_tool)


def begin(studio: Studio, examples: Shelf, desk: Desk, request: gr.Request, remembered: object) -> Iterator[Answer]:
    """What the browser remembers goes to the shelf. A head in the address opens the tab with it."""
    state = request.query_params.get("state") if request else None
    desk.take(lambda _: arrive(studio.model, examples, remembered, state))
    if state:
        yield {"tabs": gr.Tabs(selected=TAB)}
        yield from opened(studio, desk)


def take_over(studio: Studio, desk: Desk, event: gr.EventData, result: Result | None) -> Iterator[Answer]:
    """A head that was reconstructed goes to the shelf."""
    if result is not None:
        yield from shelf_tool.put(studio, desk, result.name, result.code)


def status() -> gr.HTML:
    """The line under the buttons."""
    return gr.HTML(
        html_template='<div role="status" aria-live="polite">${value}</div>', elem_id="explore-notice", container=False
    )
