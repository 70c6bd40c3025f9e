"""From a visitor's step to what changes on the page: what is known at once, then the exact head.

An answer is {name of a component: its new value}; what is not named stays as it is.
"""

from __future__ import annotations

import html
from collections.abc import Iterator
from concurrent.futures import wait
from dataclasses import replace
from typing import Any

import gradio as gr
import torch

from pix2nphm.latent import edits
from pix2nphm.latent.plausibility import plausibility

from ..components.viewer import Exact
from ..platform import worker
from ..platform.messages import errors_in_words, notice
from .files import written
from .lessons import render
from .link import write_state
from .meter import meter
from .previews import preview_key
from .session import Session, Snapshot, Step
from .shelf.browser_memory import remember
from .shelf.view import shelf_value
from .state import ExploreState

Answer = dict[str, Any]
AT_ONCE = 0.5  # seconds that the page waits for its head; the decoder may have others to decode first
# What changes with the head alone.
HEAD = ("viewer", "notice", "undo", "link", "python", "python-note", "learn", "meter")


def answer(session: Session, step: Step, about: str = "", generation: int | None = None) -> Iterator[Answer]:
    """The page after a step with the control `about` (of `explorer.explore.lessons`); "" is the one in hand.

    `generation` is the one of the movement that a slider's release ends, if one did.
    """
    before = session.now

    def possible(state: ExploreState) -> ExploreState:
        after = step(state)
        session.services.code(after.recipe, after.codes)  # raises before anything is changed
        return replace(after, about=about or after.about)

    try:
        with errors_in_words(), torch.inference_mode():
            at = session.take(possible) if generation is None else session.take_movement(possible, generation)
            if at is None:
                return
            page = page_info(at, before.state)
            if generation is None:
                page |= at.tool.controls(at)
            yield from show_head(session, at, page, generation, known=at.same_head(before))
    except gr.Error as error:
        yield {"notice": notice(error.message, kind="error")}


def opened(session: Session) -> Iterator[Answer]:
    """The page for a state that begins or comes back: everything."""
    with errors_in_words(), torch.inference_mode():
        at = session.take(lambda state: replace(state, opened=True))
        session.page_is_new()
        yield from show_head(session, at, page_info(at, None) | at.tool.controls(at), None, known=False)


def tool_opened(session: Session, step: Step) -> Iterator[Answer]:
    """The controls of the tool that a step opened or set otherwise, standing where the head on show is."""
    with errors_in_words(), torch.inference_mode():
        at = session.take(step)
        yield from show_head(session, at, at.tool.controls(at) | page_info(at, at.state), None, known=True)


def show_head(session: Session, at: Snapshot, page: Answer, generation: int | None, known: bool) -> Iterator[Answer]:
    """`page`, and with it or after it the head on show in the viewer. `known`: the viewer shows that head already.

    One update is less work for the browser than two, which on the same processor holds up the decoder.
    """
    file = None
    if not known or generation is not None:
        coming = session.services.exact.packed(at.code)
        if wait([coming], AT_ONCE).not_done:
            yield page
            page = {}
        file = coming.result()
    now = session.now
    if now.number != at.number and not now.same_head(at):  # a step since then brings its own head
        if page:
            yield page
        return
    update: Answer = {}
    if session.needs_preview(preview_key(now.preview)):
        preview = worker.run(lambda: session.services.previews.packed(now.preview))
        update["preview"] = written(session.files.new_folder(), "head.p2np", preview)
    if file is not None:
        path = written(session.files.new_folder(), "head.p2nm", file)
        update["value"] = path if generation is None or update else Exact(path, generation)
    yield page | ({"viewer": gr.update(**update)} if update else {})


def page_info(at: Snapshot, before: ExploreState | None) -> Answer:
    """What the page says about the head on show. With `before`, the shelf is left out where it stayed the same."""
    state, model = at.state, at.model
    files = edits.file_names(state.recipe)
    page: Answer = {
        "notice": notice(state.message) if state.message else "",
        "undo": gr.update(value="Undo", interactive=bool(state.past)),
        "link": write_state(at.code, model.name),
        "python": edits.python(state.recipe),
        "python-note": python_note({file: state.name(head) for head, file in files.items()}),
        "learn": render(at.services.lessons[state.about], model, **names_in_lesson(at)),
        "meter": meter(plausibility(model.template, model.population, at.code)),
    }
    if before is None or (before.shelf, before.a, before.b) != (state.shelf, state.a, state.b):
        page |= shelf_lists(at) | {"memory": remember(state.shelf, model.name)}
    return page


def shelf_lists(at: Snapshot) -> Answer:
    """Whatever tool is open, the lists of the shelf's heads."""
    state = at.state
    choices = [(head.name, head.id) for head in state.shelf]
    page = {name: gr.update(choices=choices, value=head or None) for name, head in (("a", state.a), ("b", state.b))}
    return page | {"shelf": shelf_value(state.shelf, state.a, state.b, at.services.picture_url, state.came)}


def names_in_lesson(at: Snapshot) -> dict[str, str]:
    """The heads that the control in hand is about. On an empty shelf they are A and B."""
    others = [tool.other(at.state) for tool in at.services.tools.values() if at.state.about in tool.lessons]
    ids = {"a": at.state.a, "b": others[0] if others else at.state.b}
    return {letter: at.state.name(head) for letter, head in ids.items() if head}


def python_note(files: dict[str, str]) -> str:
    """HTML: which code files the Python text reads. Names of heads are any text that a visitor, or a file, brought."""
    return " ".join(f"<code>{file}</code> is the code of {html.escape(name)}." for file, name in files.items())
