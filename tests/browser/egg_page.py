"""A page with an egg for a head, which every test that opens it knows to the vertex, and a hand for its controls."""

from __future__ import annotations

import base64
import io
import threading

import gradio as gr
import numpy as np
import trimesh
from PIL import Image

from explorer.components.controls import Pad, Sliders, read_commit
from explorer.components.viewer import Exact, HeadViewer
from explorer.components.viewer.mesh_file import pack
from explorer.components.viewer.preview_file import pack_preview
from explorer.platform.visitor_files import new_folder
from tests.browser.patience import SLOW

HEAD = "window.p2n.viewers.head"
REGIONS = ("nose", "skull")
BLEND = [
    {"name": "identity", "label": "Identity", "min": -0.5, "max": 1.5, "unit": "%", "marks": {"0": "A", "1": "B"}},
    {"name": "expression", "label": "Expression", "min": -0.5, "max": 1.5, "unit": "%", "hint": "How much B smiles."},
]
GROUPS = {"Brows": 6, "Eyes": 5, "Mouth": 4}
UNITS = [
    {"name": f"{group}{i}", "label": f"{group} number {i}", "group": group}
    for group, count in GROUPS.items()
    for i in range(count)
]
RANGES = {slider["name"]: (slider.get("min", 0), slider.get("max", 1)) for slider in BLEND + UNITS}


def egg(subdivisions: int, identity: float = 0, expression: float = 0) -> trimesh.Trimesh:
    """Identity makes it 2 cm wider on each side, expression draws its nose out by 3 cm."""
    sphere = trimesh.creation.icosphere(subdivisions=subdivisions)
    nose = nose_of(sphere)[:, None] * (0, 0, 0.03)
    width = sphere.vertices * (0.02, 0, 0)
    vertices = sphere.vertices * (0.075, 0.115, 0.095) + 0.6 * nose + identity * width + expression * nose
    return trimesh.Trimesh(vertices, sphere.faces, process=False)


def nose_of(sphere: trimesh.Trimesh) -> np.ndarray:
    return np.exp(-((sphere.vertices[:, :2] - [0, -0.1]) ** 2).sum(1) / 0.03) * (sphere.vertices[:, 2] > 0)


def preview_path(identity: float = 0) -> str:
    base = egg(5, identity)
    fields = {
        "identity": egg(5, identity + 1).vertices - base.vertices,
        "expression": egg(5, identity, expression=1).vertices - base.vertices,
    }
    region = np.where(nose_of(trimesh.creation.icosphere(subdivisions=5)) > 0.1, 0, 1)
    path = new_folder() / "head.p2np"
    path.write_bytes(pack_preview(base.vertices, fields, base.faces, region, REGIONS))
    return str(path)


def exact_path(**weights: float) -> str:
    path = new_folder() / "head.p2nm"
    path.write_bytes(pack(egg(6, **weights)))
    return str(path)


def a_page(told: list, go: threading.Semaphore) -> gr.Blocks:
    """A viewer, sliders and a pad. What they tell Python goes to told, and is decoded, if the box says so at a go."""
    with gr.Blocks(analytics_enabled=False) as page:
        with gr.Row():
            with gr.Column(scale=4, min_width=300):
                sliders = Sliders(BLEND, viewer="head", elem_id="sliders")
                pad = Pad(
                    "identity", "expression", viewer="head", elem_id="pad", a="Ada", b="Bertrand",
                    x_label="Identity of both", y_label="Expression of both",
                )  # fmt: skip
            with gr.Column(scale=7, min_width=300):
                viewer = HeadViewer(elem_id="head", preview=preview_path(), value=exact_path())
        pair = Sliders([{"name": "alone", "label": "Alone"}], viewer="head")
        waits = gr.Checkbox(label="The decoder waits")
        back, many, other = gr.Button("Back to A"), gr.Button("Units"), gr.Button("Wide head")

        def decode(waits: bool, held: dict, event: gr.EventData) -> Exact:
            committed = read_commit(event, RANGES)
            told.append((committed, held))
            if waits:
                go.acquire(timeout=SLOW / 1000)
            blend = {name: committed.values.get(name, 0) for name in ("identity", "expression")}
            return Exact(exact_path(**blend), committed.generation)

        def pick(event: gr.EventData) -> None:
            told.append((event.region, event.vertex))

        for control in (sliders, pad):
            control.commit(decode, [waits, control], viewer, show_progress="hidden", trigger_mode="always_last")
        viewer.pick(pick, show_progress="hidden", trigger_mode="always_last")
        back.click(lambda: ({"identity": 0, "expression": 0}, exact_path()), None, [sliders, viewer])
        many.click(lambda: gr.update(sliders=UNITS, value={"Eyes1": 0.5}), None, sliders)
        other.click(lambda: gr.update(value=exact_path(identity=1), preview=preview_path(identity=1)), None, viewer)
        pair.commit(both_at_once, None, viewer, show_progress="hidden")
    return page


def both_at_once(event: gr.EventData) -> dict:
    """An answer that brings the next preview with it."""
    answer = Exact(exact_path(identity=1), read_commit(event, {"alone": (0, 1)}).generation)
    return gr.update(value=answer, preview=preview_path(identity=1))


def drag(page, name: str, *values: float, let_go: bool = True) -> None:
    """Move a slider through values, as a hand would, and let it go."""
    page.get_by_role("slider", name=name).first.evaluate(
        """(input, [values, letGo]) => {
            for (const value of values) {
                input.value = value;
                input.dispatchEvent(new Event("input"));
            }
            if (letGo) input.dispatchEvent(new Event("change"));
        }""",
        [values, let_go],
    )


def head(page, question: str):
    return page.evaluate(f"{HEAD}.{question}")


def wait(page, condition: str) -> None:
    page.wait_for_function(f"(({HEAD})).{condition}", timeout=SLOW)


def wait_until_told(page, told: list, count: int) -> None:
    for _ in range(SLOW // 100):
        if len(told) >= count:
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"told {len(told)} times: {told}")


def wait_until_drawn(page, mesh: trimesh.Trimesh) -> None:
    """Until the surface on show is as large as this one, to 0.02 mm."""
    page.wait_for_function(
        """(expected) => {
            const p = window.p2n.viewers.head.viewer.surface.geometry.attributes.position.array;
            const [low, high] = [[9, 9, 9], [-9, -9, -9]];
            p.forEach((x, i) => { low[i % 3] = Math.min(low[i % 3], x); high[i % 3] = Math.max(high[i % 3], x); });
            return expected.every((size, i) => Math.abs(high[i] - low[i] - size) < 2e-5);
        }""",
        arg=list(mesh.extents),
        timeout=SLOW,
    )


def picture(page) -> np.ndarray:
    """(H, W, 4) the snapshot of the viewer."""
    data = head(page, "snapshot()")
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data.split(",")[1]))).convert("RGBA")).astype(int)
