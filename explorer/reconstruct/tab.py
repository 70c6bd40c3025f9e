"""The Reconstruct tab: a photo in, a head out. Callbacks first, then the wiring."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import gradio as gr

from pix2nphm.files import replacing, write_bytes
from pix2nphm.photo.choice import chosen_faces
from pix2nphm.surface.export import save_mesh

from ..components.pictures import data_url
from ..components.viewer import HeadViewer, PhotoOverlay
from ..components.viewer.mesh_file import pack
from ..platform.messages import FINE, PLAY, WORKING, errors_in_words, failure, notice
from ..platform.visitor_files import VisitorFiles, new_folder
from .examples import Example, ExampleRow, chosen
from .result import Result
from .stages import Heads, Stage

MESH_FORMATS = ("glb", "ply", "obj", "stl")
KEEP = gr.skip()
NOT_YET = gr.update(interactive=False)
NO_PHOTO = "Choose a photo first."
HEADS_AT_ONCE = {"concurrency_limit": 1, "concurrency_id": "heads"}  # the page and the API share the processor


class Photo(gr.Image):
    """An uploaded picture as the path of its file. Gradio's own would decode it, and fail without a sentence."""

    is_template = True

    def preprocess(self, payload) -> str | None:
        return payload.path if payload else None


class Page(NamedTuple):
    """One update of the page, in the order of the components it goes to."""

    notice: Any = KEEP
    viewer: Any = KEEP
    overlay: Any = KEEP
    last: Any = KEEP  # Result of the head on the page, or None
    glb: Any = KEEP
    ply: Any = KEEP
    obj: Any = KEEP
    stl: Any = KEEP
    code: Any = KEEP


def reconstruct(heads: Heads, photo_path: str | None, last: Result | None, files_of_visitor: VisitorFiles) -> Iterator[Page]:
    """The page as a photo becomes a head. A photo that fails says why, beside it, and leaves the last head in place."""
    if photo_path is None:
        yield Page(notice="")
        return
    yield Page(notice=notice(WORKING, kind="working"))
    try:
        with errors_in_words():
            for stage in heads(photo_path, (1,)):
                yield shown(stage, files_of_visitor)
            yield Page(**downloads(stage, files_of_visitor))
    except gr.Error as error:
        kept = [f"The head shown is still the one from {last.name}."] if last else []
        yield Page(notice=notice(error.message, kind="error") + notice(*kept, kind="kept"))


def reconstruct_upload(heads: Heads, photo_path: str | None, last: Result | None, files_of_visitor: VisitorFiles) -> Iterator[Page]:
    """`reconstruct` for a photo that the visitor sent: it is theirs to forget."""
    if photo_path is not None:
        files_of_visitor.keep(photo_path)
    yield from reconstruct(heads, photo_path, last, files_of_visitor)


def forgotten(files_of_visitor: VisitorFiles) -> tuple[Any, ...]:
    """No photo, and the page as before the first one; the files are gone."""
    files_of_visitor.erase()
    files = dict.fromkeys((*MESH_FORMATS, "code"), gr.update(value=None, interactive=False))
    return None, *Page(notice="", viewer=None, overlay=None, last=None, **files)


def shown(stage: Stage, files_of_visitor: VisitorFiles) -> Page:
    """A head on the page; its files are not there yet."""
    mesh_file = files_of_visitor.new_folder() / "head.p2nm"
    write_bytes(mesh_file, pack(stage.mesh))
    waiting = dict.fromkeys((*MESH_FORMATS, "code"), NOT_YET)
    page = Page(viewer=str(mesh_file), overlay=overlay(stage), last=stage.result, **waiting)
    if not stage.last:
        return page
    warnings = stage.result.warnings
    return page._replace(notice=notice(*warnings) + notice(*([] if warnings else [FINE]), PLAY, kind="fine"))


def overlay(stage: Stage) -> dict[str, str]:
    return {name: data_url(picture) for name, picture in
            (("photo", stage.photo), ("mesh", stage.drawn), ("crop", stage.crop))}


def downloads(stage: Stage, files_of_visitor: VisitorFiles) -> dict[str, Any]:
    """The head in every format, and its code, by the name of the button."""
    folder = files_of_visitor.new_folder()
    paths = {suffix: folder / f"{stage.result.name}.{suffix}" for suffix in MESH_FORMATS}
    for path in paths.values():
        save_mesh(stage.mesh, path)
    paths["code"] = save_code(stage.result, folder)
    return {name: gr.update(value=str(path), interactive=True) for name, path in paths.items()}


def reconstruct_api(heads: Heads, photo_path: str | None, faces: str | None = "1") -> tuple[Any, ...]:
    """A photo of a face -> its head as a GLB file (metres, +y up, face along +z), its code as .npz, and a summary.

    The summary holds landmarks_px (68 iBUG points in the photo), rotation (camera_from_head, 3 x 3), warnings,
    faces (how many were seen), face (which of them this is), boxes (left, top, right, bottom of each in the photo),
    photo_size (H, W) and model. Faces are numbered from 1, largest first: `faces` is one number, or several as in
    "1,3", or "all"; the answers to several are lists.
    """
    if photo_path is None:
        raise failure(NO_PHOTO)
    with errors_in_words():
        chosen = chosen_faces(faces or "1")
        folder = new_folder()
        answers = [api_answer(stage, folder) for stage in heads(photo_path, chosen) if stage.last]
        return answers[0] if chosen and len(chosen) == 1 else tuple(map(list, zip(*answers)))


def api_answer(stage: Stage, folder: Path) -> tuple[str, str, dict[str, Any]]:
    """What the API says of one head; its files are written to `folder`."""
    mesh_file = folder / f"{stage.result.name}.glb"
    save_mesh(stage.mesh, mesh_file)
    return str(mesh_file), str(save_code(stage.result, folder)), stage.result.as_json()


def save_code(result: Result, folder: Path) -> Path:
    path = folder / f"{result.name}.code.npz"
    with replacing(path, "code") as file:
        result.code.save(file, result.model)
    return path


class Reconstructed(NamedTuple):
    """What the rest of the page has to do with this tab."""

    last: gr.State  # a Result, or None
    forget_when: Callable[[Callable], None]  # takes the event that makes the tab forget its visitor


def build(heads: Heads, examples: list[Example]) -> Reconstructed:
    """Lay out and wire the tab, inside a `gr.Blocks`."""
    with gr.Row(elem_classes="columns"):
        with gr.Column(scale=4, min_width=300):
            photo = Photo(
                label="Photo of a face", type="filepath", sources=["upload", "webcam", "clipboard"], height=340,
                placeholder="# Drop a photo here\nor click to choose one: JPEG, HEIC, PNG or WebP, up to 8 MB",
                elem_id="photo", buttons=[],
            )
            advice = gr.HTML(
                html_template='<div role="status" aria-live="polite">${value}</div>', elem_id="notice", container=False
            )
            row = ExampleRow(examples, elem_id="examples")
        with gr.Column(scale=7, min_width=300):
            viewer = HeadViewer(elem_id="viewer")
            with gr.Row(elem_classes="downloads"):
                gr.HTML("Download", elem_id="download-label", min_width=0, scale=0)
                buttons = [
                    gr.DownloadButton(
                        label, interactive=False, size="sm", elem_id=f"download-{label.lower()}", min_width=56
                    )
                    for label in (*map(str.upper, MESH_FORMATS), "Code")
                ]
            laid_over = PhotoOverlay(elem_id="overlay")
    last, files_of_visitor = gr.State(None), gr.State(VisitorFiles())

    def choose(event: gr.EventData) -> str:
        with errors_in_words():
            return shutil.copy(chosen(examples, event), str(new_folder()))  # the page learns where it lies

    page = [advice, viewer, laid_over, last, *buttons]
    become_a_head = dict(
        inputs=[photo, last, files_of_visitor], outputs=page,
        show_progress="hidden", trigger_mode="always_last", api_visibility="private", **HEADS_AT_ONCE,
    )  # fmt: skip
    photo.input(partial(reconstruct_upload, heads), **become_a_head)
    chosen_photo = row.select(choose, None, photo, queue=False, show_progress="hidden", api_visibility="private")
    chosen_photo.success(partial(reconstruct, heads), **become_a_head)

    with gr.Row(visible=False):
        answer = [gr.File(label="mesh"), gr.File(label="code"), gr.JSON(label="summary")]
        gr.Button().click(
            partial(reconstruct_api, heads), [Photo(label="photo"), gr.Textbox("1", label="faces")], answer,
            api_name="reconstruct", api_description=reconstruct_api.__doc__, **HEADS_AT_ONCE,
        )  # fmt: skip

    def forget_when(event: Callable) -> None:
        event(forgotten, files_of_visitor, [photo, *page], show_progress="hidden", api_visibility="private")

    return Reconstructed(last, forget_when)
