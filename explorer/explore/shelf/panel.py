"""The shelf on the page: heads come, go and are named, here and in the visitor's browser."""

from __future__ import annotations

from dataclasses import replace
from typing import Callable, Iterator

import gradio as gr

from pix2nphm.codes import HeadCode

from ...platform.messages import notice
from .. import state as visits
from ..exact import key_of
from ..files import written
from ..services import Studio
from ..session import Desk
from ..sharing import DOWNLOAD
from ..updates import Answer, answer, opened
from ..wiring import Wiring
from . import shelf as shelves
from .browser_memory import FORGOTTEN
from .code_files import bring_in_all, zip_file
from .shelf import Shelf
from .view import ShelfView

LONGEST_TEXT = 200  # characters that are looked at
WITHOUT_STATE = """() => {
    const address = new URL(location.href);
    address.searchParams.delete("state");
    history.replaceState(null, "", address);
}"""
ALL_FORGOTTEN = "Everything is forgotten, here and in your browser. These are the examples."


def put(studio: Studio, desk: Desk, name: str, code: HeadCode) -> Iterator[Answer]:
    """A head more, unless the same one is there already."""
    key = key_of(code.identity, code.expression)
    if key in {key_of(head.code.identity, head.code.expression) for head in desk.visit.shelf}:
        return iter(())
    return answer(studio, desk, lambda visit: visits.put(visit, name.replace("_", " "), code), desk.about)


def bring(studio: Studio, desk: Desk, paths: list[str] | None) -> Iterator[Answer]:
    """The codes of uploaded files."""

    def step(visit: visits.Visit) -> visits.Visit:
        imported = bring_in_all(visit.shelf, paths or [], studio.model)
        return visits.with_shelf(visit, imported.shelf, " ".join(imported.sentences))

    for path in paths or []:
        desk.files_of_visitor.keep(path)

    return answer(studio, desk, step, desk.about)


def rename(studio: Studio, desk: Desk, id: str, name: str) -> Iterator[Answer]:
    return on_shelf(studio, desk, lambda shelf: shelves.rename(shelf, id, name))


def remove(studio: Studio, desk: Desk, id: str) -> Iterator[Answer]:
    return on_shelf(studio, desk, lambda shelf: shelves.remove(shelf, id))


def clear(studio: Studio, desk: Desk) -> Iterator[Answer]:
    return on_shelf(studio, desk, lambda shelf: shelves.EMPTY)


def bring_back(studio: Studio, desk: Desk, examples: Shelf) -> Iterator[Answer]:
    """The examples that are not there, as far as there is room."""
    missing = lambda shelf: tuple(head for head in examples if shelves.find(shelf, head.id) is None)
    return on_shelf(studio, desk, lambda shelf: (*shelf, *missing(shelf))[: shelves.LARGEST_SHELF])


def sent(event: gr.EventData, key: str) -> str:
    """A text from a browser."""
    value = getattr(event, key, "")
    return value[:LONGEST_TEXT] if isinstance(value, str) else ""


def on_shelf(studio: Studio, desk: Desk, change) -> Iterator[Answer]:
    return answer(studio, desk, lambda visit: visits.with_shelf(visit, change(visit.shelf)), desk.about)


def forget(studio: Studio, examples: Shelf, desk: Desk) -> Iterator[Answer]:
    """A visit as if there had been none: the desk, its files and the browser's memory know nothing any more."""
    desk.files_of_visitor.erase()
    desk.take(lambda _: replace(visits.begin(examples), said=ALL_FORGOTTEN))
    desk.donor = ""
    for page in opened(studio, desk):
        yield page | ({"memory": FORGOTTEN} if "memory" in page else {})


def build(page: Wiring, studio: Studio, examples: Shelf) -> Callable:
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

    def use(desk: Desk, event: gr.EventData) -> Iterator[Answer]:
        chosen = {"b" if sent(event, "as") == "B" else "a": sent(event, "id")}
        return answer(studio, desk, lambda visit: visits.choose(visit, **chosen), "blend_identity")

    def save_all(desk: Desk, event: gr.EventData) -> Iterator[Answer]:
        if desk.visit.shelf:
            yield {"file": written(desk.files_of_visitor.new_folder(), "heads.zip", zip_file(desk.visit.shelf, studio.model))}
        else:
            yield {"file": None, "notice": notice(visits.EMPTY)}

    several = {"trigger_mode": "multiple"}  # presses in a row are all meant
    page.on(view.use, use, **several)
    page.on(view.rename, lambda desk, event: rename(studio, desk, sent(event, "id"), sent(event, "name")), **several)
    page.on(view.remove, lambda desk, event: remove(studio, desk, sent(event, "id")), **several)
    page.on(view.clear, lambda desk, event: clear(studio, desk))
    page.on(upload.upload, lambda desk, event, paths: bring(studio, desk, paths), upload)
    page.on(export.click, save_all, then=DOWNLOAD)
    page.on(back.click, lambda desk, event: bring_back(studio, desk, examples))
    page.on(forget_all.click, lambda desk, event: forget(studio, examples, desk), then=WITHOUT_STATE)
    return forget_all.click
