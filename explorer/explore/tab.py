"""The Explore tab: one viewer, the shelf, and the tools around it. The parts are in explorer/explore/."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

import gradio as gr

from ..components.viewer import HeadViewer
from ..reconstruct.result import Result
from . import endpoints, sharing
from . import state as states
from .services import Services
from .session import Session
from .shelf import panel as shelf_panel
from .shelf.browser_memory import remember
from .shelf.example_codes import photographed
from .shelf.shelf import Shelf, add, find, readable, same_head
from .start import SECRET, STORAGE_KEY, start
from .tool import VIEWER, Tool
from .tools import TOOLS
from .updates import Answer, answer, opened, tool_opened
from .wiring import Wiring

TAB = "explore"


def memory() -> gr.BrowserState:
    """The shelf in the visitor's browser. Outside of all tabs, because in a closed one it is not read."""
    return gr.BrowserState(None, storage_key=STORAGE_KEY, secret=SECRET)


def build(
    model, examples: Shelf, tab: gr.Tab, tabs: gr.Tabs, remembered: gr.BrowserState, reconstructed: gr.State,
    tools: Sequence[Tool] = TOOLS,
) -> Callable:  # fmt: skip
    """Lay out and wire the tab, inside `tab`, which is one of `tabs`. `reconstructed` holds a Result, or None.

    model    as `pix2nphm.load` returns it
    Returns the event by which a visitor asks that everything be forgotten.
    """
    services = Services(model, tools)
    page = Wiring(Session(services, states.begin(examples)))
    page.add("tabs", tabs)
    page.add("memory", remembered)
    with gr.Row(elem_classes="columns explore"):
        with gr.Column(scale=7, min_width=300, elem_id="stage"):
            page.add("viewer", HeadViewer(elem_id=VIEWER, empty="The head is on its way"))
            sharing.build_actions(page)
            page.add("notice", status())
        with gr.Column(scale=5, min_width=300):
            with gr.Tabs(elem_id="tools", overflow_behavior="wrap"):
                for tool in tools:
                    build_tool(page, tool)
            sharing.build_learning(page)
    forget = shelf_panel.build(page, examples)
    endpoints.build(services)
    page.on(tab.select, lambda session, event: opened(session))
    page.on(gr.context.Context.root_block.load, partial(begin, examples), "memory", about=gr.Request)
    page.on(reconstructed.change, partial(take_over, examples), reconstructed)
    page.connect()
    return forget


def build_tool(page: Wiring, tool: Tool) -> None:
    """One tab of controls."""
    with gr.Tab(tool.label, id=tool.name) as tab:
        tool.build(page)
    lesson = next(iter(tool.lessons))
    opens = lambda state: states.open_tool(state, tool.name, lesson)
    page.on(tab.select, lambda session, event: tool_opened(session, opens))


def begin(examples: Shelf, session: Session, request: gr.Request, remembered: object) -> Iterator[Answer]:
    """What the browser remembers goes to the shelf. A head in the address opens the tab with it."""
    link = request.query_params.get("state") if request else None

    def step(state: states.ExploreState) -> states.ExploreState:
        started = start(session.services.model, examples, remembered, link)
        return replace(started, opened=state.opened, tool=state.tool, about=state.about)

    session.take(step)
    if link:
        yield {"tabs": gr.Tabs(selected=TAB)}
        yield from opened(session)


def take_over(examples: Shelf, session: Session, event: gr.EventData, result: Result | None) -> Iterator[Answer]:
    """A head that was reconstructed goes to the shelf, and Explore goes on with it."""
    if result is None:
        return
    example = photographed(examples, result.name, result.code)
    (new,) = add((), example.name if example else readable(result.name), result.code)

    def step(state: states.ExploreState) -> states.ExploreState:
        there = (find(state.shelf, example.id) if example else None) or same_head(state.shelf, result.code)
        return state if there and there.id == state.a else states.welcome(state, there or new)

    if session.state.opened:
        yield from answer(session, step)
    else:  # all else comes when it is opened
        yield {"memory": remember(session.take(step).state.shelf, result.model)}


def status() -> gr.HTML:
    """The line under the buttons."""
    return gr.HTML(
        html_template='<div role="status" aria-live="polite">${value}</div>', elem_id="explore-notice", container=False
    )
