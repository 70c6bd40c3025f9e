"""The Reconstruct tab: a photo in, a head out. What is on it, and what leads to what."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import gradio as gr

from ..components.faces import FaceChooser, chosen_face
from ..components.viewer import HeadViewer, PhotoOverlay
from ..platform.messages import WAITING, errors_in_words
from ..platform.visitor_files import VisitorFiles, new_folder
from .downloads import MESH_FORMATS
from .endpoint import reconstruct_api
from .examples import Example, ExampleRow, chosen
from .result import Result
from .stages import Heads
from .updates import cleared, forgotten, reconstruct, reconstruct_upload

UNITS = "STL is in millimetres, as slicers read it; the others are in metres. Code is the head in numbers, for Explore."
SAY = "() => ({{ __type__: 'update', props: {{ working: {} }} }})"  # by the viewer, without asking the server
HEADS_AT_ONCE = {"concurrency_limit": 1, "concurrency_id": "heads"}  # the page and the API share the processor


class Photo(gr.Image):
    """An uploaded picture as the path of its file. Gradio's own would decode it, and fail without a sentence."""

    is_template = True

    def preprocess(self, payload) -> str | None:
        return payload.path if payload else None


class Reconstructed(NamedTuple):
    """What the rest of the page has to do with this tab."""

    last: gr.State  # a Result, or None
    forget_when: Callable[[Callable], None]  # takes the event that makes the tab forget its visitor


def build(heads: Heads, examples: list[Example]) -> Reconstructed:
    """Lay out and wire the tab, inside a `gr.Blocks`."""
    with gr.Row(elem_classes="columns"):
        with gr.Column(scale=4, min_width=300):
            photo = Photo(
                label="Photo of a face",
                type="filepath",
                sources=["upload", "webcam", "clipboard"],
                height=340,
                placeholder="# Drop a photo here\nor click to choose one: JPEG, HEIC, PNG or WebP, up to 8 MB",
                elem_id="photo",
                buttons=[],
            )
            advice = gr.HTML(
                html_template='<div role="status" aria-live="polite">${value}</div>', elem_id="notice", container=False
            )
            chooser = FaceChooser(elem_id="faces")
            row = ExampleRow(examples, elem_id="examples")
        with gr.Column(scale=7, min_width=300):
            viewer = HeadViewer(elem_id="viewer", new_view=True)
            with gr.Row(elem_classes="downloads"):
                gr.HTML("Download", elem_id="download-label", min_width=0, scale=0)
                buttons = [
                    gr.DownloadButton(
                        label, interactive=False, size="sm", elem_id=f"download-{label.lower()}", min_width=56
                    )
                    for label in (*map(str.upper, MESH_FORMATS), "Code")
                ]
            gr.HTML(UNITS, elem_id="download-units")
            laid_over = PhotoOverlay(elem_id="overlay")
    last, files_of_visitor = gr.State(None), gr.State(VisitorFiles())

    def choose(event: gr.EventData) -> str:
        with errors_in_words():
            return shutil.copy(chosen(examples, event), str(new_folder()))  # the page learns where it lies

    def choose_face(photo_path: str | None, last: Result | None, files: VisitorFiles, event: gr.EventData):
        yield from reconstruct(heads, photo_path, last, files, chosen_face(event))

    page = [advice, viewer, laid_over, chooser, last, *buttons]
    become_a_head = dict(
        inputs=[photo, last, files_of_visitor], outputs=page,
        show_progress="hidden", trigger_mode="always_last", api_visibility="private", **HEADS_AT_ONCE,
    )  # fmt: skip
    for begins in (photo.upload, row.select, chooser.choose):  # before what they begin, behind which it would wait
        begins(None, None, viewer, js=SAY.format(json.dumps(WAITING)))
    # Not `input`: it is also said of a photo that is taken away, and then brings the photo that was there before.
    uploaded = photo.upload(partial(reconstruct_upload, heads), **become_a_head)
    chosen_photo = row.select(choose, None, photo, queue=False, show_progress="hidden", api_visibility="private")
    from_example = chosen_photo.success(partial(reconstruct, heads), **become_a_head)
    works = [uploaded, from_example, chooser.choose(choose_face, **become_a_head)]
    photo.clear(
        cleared, last, page,
        cancels=works, queue=False, show_progress="hidden", api_visibility="private",
    )  # fmt: skip
    for work in (chosen_photo, *works):
        work.failure(None, None, viewer, js=SAY.format('""'))

    with gr.Row(visible=False):
        answer = [gr.File(label="mesh"), gr.File(label="code"), gr.JSON(label="summary")]
        gr.Button().click(
            partial(reconstruct_api, heads), [Photo(label="photo"), gr.Textbox("1", label="faces")], answer,
            api_name="reconstruct", api_description=reconstruct_api.__doc__, **HEADS_AT_ONCE,
        )  # fmt: skip

    def forget_when(event: Callable) -> None:
        event(forgotten, files_of_visitor, [photo, *page], show_progress="hidden", api_visibility="private")

    return Reconstructed(last, forget_when)
