"""The shelf on the page: heads come, go and are named, here and in the visitor's browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import gradio as gr

from ...platform.messages import notice
from .. import state as states
from ..files import written
from ..session import Session
from ..sharing import DOWNLOAD
from ..updates import Answer, answer, opened
from ..wiring import Wiring
from . import code_files
from . import shelf as shelves
from .browser_memory import FORGOTTEN
from .shelf import Shelf
from .view import ShelfView

LONGEST_TEXT = 200  # characters that are looked at
WITHOUT_STATE = """() => {
    const address = new URL(location.href);
    address.searchParams.delete("state");
    history.replaceState(null, "", address);
}"""
ALL_FORGOTTEN = "Everything is forgotten, here and in your browser. These are the examples."


def import_codes(session: Session, paths: list[str] | None) -> Iterator[Answer]:
    """The codes of uploaded files."""

    def step(state: states.ExploreState) -> states.ExploreState:
        imported = code_files.import_codes(state.shelf, paths or [], session.services.model)
        return states.with_shelf(state, imported.shelf, " ".join(imported.sentences))

    for path in paths or []:
        session.files.keep(path)

    return answer(session, step)


def rename(session: Session, id: str, name: str) -> Iterator[Answer]:
    """One head is called otherwise."""
    return on_shelf(session, lambda shelf: shelves.rename(shelf, id, name))


def remove(session: Session, id: str) -> Iterator[Answer]:
    """One head goes."""
    return on_shelf(session, lambda shelf: shelves.remove(shelf, id))


def clear(session: Session) -> Iterator[Answer]:
    """All heads go."""
    return on_shelf(session, lambda shelf: shelves.EMPTY)


def bring_back(session: Session, examples: Shelf) -> Iterator[Answer]:
    """The examples that are not there, as far as there is room."""
    there = lambda shelf, head: shelves.find(shelf, head.id) or shelves.same_head(shelf, head.code)
    missing = lambda shelf: tuple(head for head in examples if not there(shelf, head))
    return on_shelf(session, lambda shelf: (*shelf, *missing(shelf))[: shelves.LARGEST_SHELF])


def sent(event: gr.EventData, key: str) -> str:
    """A text from a browser."""
    value = getattr(event, key, "")
    return value[:LONGEST_TEXT] if isinstance(value, str) else ""


def on_shelf(session: Session, change: Callable[[Shelf], Shelf]) -> Iterator[Answer]:
    """The page after a change of the shelf."""
    return answer(session, lambda state: states.with_shelf(state, change(state.shelf)))


def forget(examples: Shelf, session: Session) -> Iterator[Answer]:
    """A state as if there had been none: the session, its files and the browser's memory know nothing any more."""
    session.files.erase()
    began = replace(states.begin(examples), message=ALL_FORGOTTEN)
    session.take(lambda state: replace(began, tool=state.tool, about=state.about))
    for page in opened(session):
        yield page | ({"memory": FORGOTTEN} if "memory" in page else {})


def build(page: Wiring, examples: Shelf) -> Callable:
    """Returns the event by which a visitor asks that everything be forgotten."""
    view = page.add("shelf", ShelfView(elem_id="shelf"))
    with gr.Row(elem_classes="actions", elem_id="shelf-actions"):
        upload = gr.UploadButton(
            "Bring in codes", file_types=[".npz", ".zip"], file_count="multiple", size="sm", min_width=110,
            elem_id="bring-in",
        )  # fmt: skip
        export = gr.Button("Save all as ZIP", size="sm", min_width=110, elem_id="save-all")
        back = gr.Button("Bring the examples back", size="sm", min_width=110, elem_id="examples-back")
        forget_all = gr.Button("Forget everything", size="sm", min_width=110, elem_id="forget")

    def use(session: Session, event: gr.EventData) -> Iterator[Answer]:
        chosen = {"b" if sent(event, "as") == "B" else "a": sent(event, "id")}
        return answer(session, lambda state: states.choose(state, **chosen), "blend_identity")

    def save_all(session: Session, event: gr.EventData) -> Iterator[Answer]:
        if session.state.shelf:
            packed = code_files.zip_file(session.state.shelf, session.services.model)
            yield {"file": written(session.files.new_folder(), "heads.zip", packed)}
        else:
            yield {"file": None, "notice": notice(states.EMPTY)}

    several: dict[str, Any] = {"trigger_mode": "multiple"}  # presses in a row are all meant
    page.on(view.use, use, **several)
    page.on(view.rename, lambda session, event: rename(session, sent(event, "id"), sent(event, "name")), **several)
    page.on(view.remove, lambda session, event: remove(session, sent(event, "id")), **several)
    page.on(view.clear, lambda session, event: clear(session))
    page.on(upload.upload, lambda session, event, paths: import_codes(session, paths), upload)
    page.on(export.click, save_all, then=DOWNLOAD)
    page.on(back.click, lambda session, event: bring_back(session, examples))
    page.on(forget_all.click, lambda session, event: forget(examples, session), then=WITHOUT_STATE)
    return forget_all.click
