"""Two components of the page: the 3D view of a head, and the mesh laid over its photograph.

Both are `gr.HTML` whose templates never change: values reach the JavaScript in static/ through `watch`, so that the
camera, the pressed buttons and the slider stay as the user left them.
"""

from __future__ import annotations

import html
from dataclasses import dataclass
from pathlib import Path

import gradio as gr
from gradio.data_classes import FileData, GradioModel

from .script import on_load

HERE = Path(__file__).parent
STATIC = HERE / "static"


@dataclass(frozen=True)
class Exact:
    """A decoded mesh that answers a movement of the controls."""

    path: str | Path  # of a file written by `mesh_file.pack`
    answers: int  # the `generation` of the event `commit`: the viewer drops the mesh if a control moved since


@dataclass(frozen=True)
class Staged:
    """A head that comes in stages: a preview of it at once, then the exact mesh."""

    path: str | Path  # of a file written by `mesh_file.pack`
    preview: bool  # the exact one follows
    subject: str  # the same for all stages of one head, and for no other
    working: str = ""  # what is being done from when it is on show


class ShownMesh(GradioModel):
    """What travels to the browser: a mesh, and what is to be known of it."""

    mesh: FileData
    answers: int | None = None  # as in `Exact`
    preview: bool | None = None  # as in `Staged`, as what follows
    subject: str | None = None
    working: str | None = None


class HeadViewer(gr.HTML):
    """The 3D view of one head.

    Its value is the path of a file written by `mesh_file.pack`, or an `Exact`, or a `Staged`, or None.
    Its prop `preview` is the path of a file in Gradio's cache written by `preview_file.pack_preview`, or "" for none.
    It is sent with `gr.update(preview=path)`, alone or with a value. With a preview the head moves in the browser:
    window.p2n.viewers[elem_id], described in static/live_head.js, has setWeights, showHeat, snapshot and more.
    Its prop `working` says in the picture what is being done, or is "". A `Staged` says so itself when it is on show.
    Its event `pick` carries {region, vertex}: the place of the preview that was clicked. `heat`: colours are wanted.
    """

    data_model = ShownMesh

    def __init__(
        self, *, preview: str = "", working: str = "", empty: str = "Choose a photo to see its head here",
        new_view: bool = False, **kwargs,
    ) -> None:  # fmt: skip
        """`empty` is said where there is no head. `new_view`: visitors say whether another subject keeps the view."""
        template = (HERE / "viewer.html").read_text()
        super().__init__(
            html_template=template.replace("EMPTY", html.escape(empty)).replace("KEEP", "" if new_view else "hidden"),
            css_template=(HERE / "viewer.css").read_text(),
            js_on_load=on_load(
                STATIC,
                "module.mountViewer(element, props, watch, "
                "{ onPick: (picked) => trigger('pick', picked), onHeat: () => trigger('heat', {}) })",
            ),
            apply_default_css=False,
            preview=preview,
            working=working,
            **kwargs,
        )

    def postprocess(self, value: str | Path | Exact | Staged | None) -> ShownMesh | None:
        if value is None:
            return None
        if isinstance(value, Exact):
            return ShownMesh(mesh=FileData(path=str(value.path)), answers=value.answers)
        if isinstance(value, Staged):
            return ShownMesh(
                mesh=FileData(path=str(value.path)), preview=value.preview, subject=value.subject, working=value.working
            )
        return ShownMesh(mesh=FileData(path=str(value)))


class PhotoOverlay(gr.HTML):
    """The mesh laid over its photograph, a slider between the two, and the crop the network saw.

    Its value is {"photo": url, "mesh": url, "crop": url} with data URLs, so that no portrait is left on disk, or None.
    """

    def __init__(self, **kwargs) -> None:
        super().__init__(
            html_template=(HERE / "overlay.html").read_text(),
            css_template=(HERE / "overlay.css").read_text(),
            js_on_load=on_load(STATIC, "module.mountOverlay(element, props, watch)"),
            apply_default_css=False,
            **kwargs,
        )

    def postprocess(self, value: dict[str, str] | None) -> dict[str, str] | None:
        return value

    def api_info(self) -> dict[str, str]:
        return {"type": "object"}
