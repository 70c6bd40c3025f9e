"""Two components of the page: the 3D view of a head, and the mesh laid over its photograph.

Both are `gr.HTML` whose templates never change: values reach the JavaScript in static/ through `watch`, so that the
camera, the pressed buttons and the slider stay as the user left them.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import gradio as gr
from gradio.data_classes import FileData

HERE = Path(__file__).parent
STATIC = HERE / "static"
gr.set_static_paths(STATIC)


def _on_load(mount: str) -> str:
    """JavaScript that imports `mount` from static/mount.js and calls it. The version defeats stale browser caches."""
    version = hashlib.sha256(b"".join(f.read_bytes() for f in sorted(STATIC.glob("*.js")))).hexdigest()[:12]
    script = f"gradio_api/file={STATIC.as_posix()}/mount.js?v={version}"
    return f"""
        const root = (window.gradio_config?.root ?? location.origin).replace(/\\/$/, "");
        import(`${{root}}/{script}`).then((module) => module.{mount}(element, props, watch));
    """


class HeadViewer(gr.HTML):
    """The 3D view of one head. Its value is the path of a file written by `mesh_file.pack`, or None."""

    data_model = FileData

    def __init__(self, **kwargs) -> None:
        super().__init__(
            html_template=(HERE / "viewer.html").read_text(),
            css_template=(HERE / "viewer.css").read_text(),
            js_on_load=_on_load("mountViewer"),
            apply_default_css=False,
            **kwargs,
        )

    def postprocess(self, value: str | Path | None) -> FileData | None:
        return None if value is None else FileData(path=str(value))


class PhotoOverlay(gr.HTML):
    """The mesh laid over its photograph, a slider between the two, and the crop the network saw.

    Its value is {"photo": url, "mesh": url, "crop": url} with data URLs, so that no portrait is left on disk, or None.
    """

    def __init__(self, **kwargs) -> None:
        super().__init__(
            html_template=(HERE / "overlay.html").read_text(),
            css_template=(HERE / "overlay.css").read_text(),
            js_on_load=_on_load("mountOverlay"),
            apply_default_css=False,
            **kwargs,
        )

    def postprocess(self, value: dict[str, str] | None) -> dict[str, str] | None:
        return value

    def api_info(self) -> dict[str, str]:
        return {"type": "object"}
