"""From a visitor's step to what changes on the page: what is known at once, then the exact head.

An answer is {name of a component: its new value}; what is not named stays as it is.
"""

from __future__ import annotations

import html
from concurrent.futures import wait
from dataclasses import replace
from typing import Any, Callable, Iterator

import gradio as gr
import torch

from pix2nphm.latent import edits as recipe
from pix2nphm.latent.plausibility import plausibility

from ..components.viewer import Exact
from ..platform import worker
from ..platform.messages import errors_in_words, notice
from .exact import key_of
from .files import written
from .lessons import lesson
from .link import write_state
from .meter import meter
from .panels import controls, shelf
from .previews import preview_key
from .services import Services
from .session import Session
from .shelf.browser_memory import remember
from .state import ExploreState, code_of

Answer = dict[str, Any]
Step = Callable[[ExploreState], ExploreState]
AT_ONCE = 0.5  # seconds that the page waits for its head; the decoder may have others to decode first
# What changes with the head alone.
HEAD = ("viewer", "notice", "undo", "link", "python", "python-note", "learn", "meter")


def answer(
    services: Services, session: Session, step: Step, about: str, generation: int | None = None
) -> Iterator[Answer]:
    """The page after a step with the control `about` (of `explorer.explore.lessons`).

    `generation` is the one of the movement that a slider's release ends, if one did.
    """
    before, session.about = session.state, about

    def possible(state: ExploreState) -> ExploreState:
        after = step(state)
        code_of(after, services.model)  # raises before anything is changed
        return after

    try:
        with errors_in_words(), torch.inference_mode():
            taken = session.take(possible, generation)
            if taken is None:
                return
            state, number = taken
            page = page_info(services, session, before, state)
            if generation is None:
                page |= controls(services, session, state)
            yield from show_head(services, session, state, number, page, generation, same_head(before, state, services))
    except gr.Error as error:
        yield {"notice": notice(error.message, kind="error")}


def opened(services: Services, session: Session) -> Iterator[Answer]:
    """The page for a state that begins or comes back: everything."""
    with errors_in_words(), torch.inference_mode():
        state, number = session.take(lambda state: replace(state, opened=True))
        session.preview = b""
        page = page_info(services, session, None, state) | controls(services, session, state)
        yield from show_head(services, session, state, number, page, None, known=False)


def tool_opened(services: Services, session: Session, about: str) -> Iterator[Answer]:
    """The controls of the tool that was opened or set otherwise, standing where the head on show is."""
    session.about = about
    with errors_in_words(), torch.inference_mode():
        state, number = session.state, session.number
        page = controls(services, session, state) | page_info(services, session, state, state)
        yield from show_head(services, session, state, number, page, None, known=True)


def show_head(
    services: Services, session: Session, state: ExploreState, number: int, page: Answer, generation: int | None, known: bool
) -> Iterator[Answer]:
    """`page`, and with it or after it the head on show in the viewer. `known`: the viewer shows that head already.

    One update is less work for the browser than two, which on the same processor holds up the decoder.
    """
    code = code_of(state, services.model)
    file = None
    if not known or generation is not None:
        coming = services.exact.packed(code)
        if wait([coming], AT_ONCE).not_done:
            yield page
            page = {}
        file = coming.result()
    if session.number != number and not same_head(session.state, state, services):  # a step since then brings its own head
        if page:
            yield page
        return
    update: Answer = {}
    linear_preview = services.linear_preview(session, state)
    key = preview_key(linear_preview)
    if key != session.preview:
        preview = worker.run(lambda: services.previews.packed(linear_preview))
        session.preview, update["preview"] = key, written(session.files_of_visitor.new_folder(), "head.p2np", preview)
    if file is not None:
        path = written(session.files_of_visitor.new_folder(), "head.p2nm", file)
        update["value"] = path if generation is None or update else Exact(path, generation)
    yield page | ({"viewer": gr.update(**update)} if update else {})


def page_info(services: Services, session: Session, before: ExploreState | None, state: ExploreState) -> Answer:
    """What the page says about the head on show. With `before`, the shelf is left out where it stayed the same."""
    code = code_of(state, services.model)
    files = recipe.file_names(state.recipe)
    page: Answer = {
        "notice": notice(state.message) if state.message else "",
        "undo": gr.update(value="Undo", interactive=bool(state.past)),
        "link": write_state(code, services.model.name),
        "python": recipe.python(state.recipe),
        "python-note": python_note({file: state.name(head) for head, file in files.items()}),
        "learn": lesson(session.about, services.model, **names_in_lesson(session, state)),
        "meter": meter(plausibility(services.model.template, services.model.population, code)),
    }
    if before is None or (before.shelf, before.a, before.b) != (state.shelf, state.a, state.b):
        page |= shelf(services, state) | {"memory": remember(state.shelf, services.model.name)}
    return page


def same_head(one: ExploreState, other: ExploreState, services: Services) -> bool:
    """Whether two states show the same head."""
    keys = [key_of(code.identity, code.expression) for code in (code_of(state, services.model) for state in (one, other))]
    return keys[0] == keys[1]


def names_in_lesson(session: Session, state: ExploreState) -> dict[str, str]:
    """The heads that the control in hand is about. On an empty shelf they are A and B."""
    b = session.transplant().other if session.about in ("parts", "mirror_lock") else state.b
    return {letter: state.name(head) for letter, head in (("a", state.a), ("b", b)) if head}


def python_note(files: dict[str, str]) -> str:
    """HTML: which code files the Python text reads. Names of heads are any text that a visitor, or a file, brought."""
    return " ".join(f"<code>{file}</code> is the code of {html.escape(name)}." for file, name in files.items())
