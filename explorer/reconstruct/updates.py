"""What changes on the page while a photo becomes a head, and when it is taken away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple
from uuid import uuid4

import gradio as gr

from pix2nphm.files import write_bytes

from ..components.faces import face_choice
from ..components.pictures import data_url
from ..components.viewer import Staged
from ..components.viewer.mesh_file import pack
from ..platform.messages import DRAWING, FINE, LOOKING, PLAY, errors_in_words, notice
from ..platform.visitor_files import VisitorFiles
from .downloads import MESH_FORMATS, downloads
from .result import Result
from .stages import Heads, Stage

KEEP = gr.skip()
NOT_YET = gr.update(interactive=False)
KEPT = "The photo is gone. Its head stays until the next one."
IDLE = gr.update(working="")  # of the viewer


class Page(NamedTuple):
    """One update of the page, in the order of the components it goes to."""

    notice: Any = KEEP
    viewer: Any = KEEP
    overlay: Any = KEEP
    faces: Any = KEEP
    last: Any = KEEP  # Result of the head on the page, or None while there is none that is finished
    glb: Any = KEEP
    ply: Any = KEEP
    obj: Any = KEEP
    stl: Any = KEEP
    code: Any = KEEP


def empty_page() -> Page:
    """The page before the first photo. Made anew each time: Gradio takes the value out of an update that it sends."""
    files = {name: gr.update(value=None, interactive=False) for name in (*MESH_FORMATS, "code")}
    return Page(notice="", viewer=gr.update(value=None, working=""), overlay=None, faces=None, last=None, **files)


def reconstruct(
    heads: Heads, photo_path: str | None, last: Result | None, files_of_visitor: VisitorFiles, face: int | None = None
) -> Iterator[Page]:
    """The page as a photo becomes a head. One that fails says why, beside it, and leaves the last head in place.

    `face` is another one of the photo that is there already, by its number; without, the photo is a new one.
    """
    if photo_path is None:
        yield Page(notice="")
        return
    yield Page(notice="", viewer=gr.update(working=LOOKING), faces=KEEP if face else None)
    subject = uuid4().hex
    try:
        with errors_in_words():
            for stage in heads(photo_path, (face or 1,)):
                yield shown(stage, subject, files_of_visitor)
                if stage.last:
                    yield Page(**downloads(stage, files_of_visitor))
    except gr.Error as error:
        kept = [f"The head shown is still the one from {last.name}."] if last else []
        yield Page(notice=notice(error.message, kind="error") + notice(*kept, kind="kept"), viewer=IDLE)


def reconstruct_upload(
    heads: Heads, photo_path: str | None, last: Result | None, files_of_visitor: VisitorFiles
) -> Iterator[Page]:
    """`reconstruct` for a photo that the visitor sent: it is theirs to forget."""
    if photo_path is not None:
        files_of_visitor.keep(photo_path)
    yield from reconstruct(heads, photo_path, last, files_of_visitor)


def cleared(last: Result | None) -> Page:
    """The page when the photo was taken away: a finished head stays, one that was worked on goes with it."""
    return Page(notice=notice(KEPT, kind="kept"), viewer=IDLE, faces=None) if last else empty_page()


def forgotten(files_of_visitor: VisitorFiles) -> tuple[Any, ...]:
    """No photo, and the page as before the first one; the files are gone."""
    files_of_visitor.erase()
    return None, *empty_page()


def shown(stage: Stage, subject: str, files_of_visitor: VisitorFiles) -> Page:
    """A head on the page; its files are not there yet. `subject` as in `Staged`."""
    mesh_file = files_of_visitor.new_folder() / "head.p2nm"
    write_bytes(mesh_file, pack(stage.mesh))
    waiting = dict.fromkeys((*MESH_FORMATS, "code"), NOT_YET)
    head = Staged(mesh_file, preview=not stage.last, subject=subject, working="" if stage.last else DRAWING)
    faces = face_choice(stage.scene, stage.result.boxes, stage.result.photo_size, stage.result.face)
    page = Page(viewer=head, overlay=overlay(stage), faces=faces, last=stage.result if stage.last else None, **waiting)
    if not stage.last:
        return page
    warnings = stage.result.warnings
    return page._replace(notice=notice(*warnings) + notice(*([] if warnings else [FINE]), PLAY, kind="fine"))


def overlay(stage: Stage) -> dict[str, str]:
    """The value of a `PhotoOverlay`."""
    pictures = {"photo": stage.photo, "mesh": stage.drawn, "crop": stage.crop}
    return {name: data_url(picture) for name, picture in pictures.items()}
