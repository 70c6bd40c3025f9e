"""Undo, keeping, sharing and taking home the head on show; what the page teaches about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import gradio as gr

from pix2nphm.surface.export import save_mesh

from ..platform.messages import errors_in_words, notice
from . import state as states
from .files import code_file
from .session import Session
from .updates import Answer, answer, tool_opened
from .wiring import Wiring

COPY_LINK = """async (state) => {
    const address = new URL(location.href);
    address.searchParams.set("state", state);
    history.replaceState(null, "", address);
    const say = (text) => `<p class="fine">${text}</p>`;
    try {
        await navigator.clipboard.writeText(address.href);
        return say("The link to this head is copied.");
    } catch {
        return say("The link to this head stands in the address bar now. Copy it from there.");
    }
}"""
DOWNLOAD = """(file) => {
    if (!file) return;
    const link = document.createElement("a");
    link.href = file.url;
    link.download = file.orig_name;
    link.click();
}"""
FILE_NAME = "head"
MADE_HERE = "My head"


def build_actions(page: Wiring) -> None:
    """The row of buttons under the viewer."""
    with gr.Row(elem_classes="actions"):
        undo = page.add("undo", gr.Button("Undo", size="sm", min_width=64, interactive=False, elem_id="undo"))
        keep = gr.Button("Keep on shelf", size="sm", min_width=120, elem_id="keep", scale=2)
        share = gr.Button("Copy link", size="sm", min_width=90, elem_id="share")
        glb = gr.Button("GLB", size="sm", min_width=56, elem_id="explore-glb")
        code = gr.Button("Code", size="sm", min_width=56, elem_id="explore-code")
    page.add("link", gr.Textbox(visible=False, elem_id="link-state"))
    page.add("file", gr.File(visible=False))

    def save_glb(session: Session, event: gr.EventData) -> Iterator[Answer]:
        try:
            with errors_in_words():
                path = session.files.new_folder() / f"{FILE_NAME}.glb"
                save_mesh(session.services.exact.mesh(session.now.code), path)
            yield {"file": str(path)}
        except gr.Error as error:
            yield {"file": None, "notice": notice(error.message, kind="error")}

    def save_code(session: Session, event: gr.EventData) -> Iterator[Answer]:
        now = session.now
        yield {"file": code_file(session.files.new_folder(), now.code, now.model, FILE_NAME)}

    def put_on_shelf(session: Session, event: gr.EventData) -> Iterator[Answer]:
        code = lambda state: session.services.code(state.recipe, state.codes)
        return answer(session, lambda state: states.put(state, MADE_HERE, code(state)))

    page.on(keep.click, put_on_shelf)
    page.on(undo.click, lambda session, event: answer(session, states.undo))
    page.on(glb.click, save_glb, then=DOWNLOAD)
    page.on(code.click, save_code, then=DOWNLOAD)
    page.in_browser(share.click, COPY_LINK, "link", "notice")


def build_learning(page: Wiring) -> None:
    """What the control in hand does, and the same in Python."""
    about_heat = lambda state: replace(state, about="heat_map")
    page.on(page.components["viewer"].heat, lambda session, event: tool_opened(session, about_heat))
    with gr.Accordion("What is happening here", open=False, elem_id="learn-fold"):
        page.add("learn", gr.HTML(elem_id="learn"))
    with gr.Accordion("Show me in Python", open=False, elem_id="python-fold"):
        code = gr.Code(
            language="python", show_label=False, interactive=False, wrap_lines=True, show_line_numbers=False,
            elem_id="python",
        )  # fmt: skip
        page.add("python", code)
        page.add("python-note", gr.HTML(elem_id="python-note", elem_classes="hint"))
