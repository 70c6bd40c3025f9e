"""The web app: build the page and launch it. `python app.py`, then open http://127.0.0.1:7860."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Iterator

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

import spaces  # noqa: E402  before torch, as ZeroGPU asks
import gradio as gr  # noqa: E402
import torch  # noqa: E402

import pix2nphm  # noqa: E402
from explorer import reconstruct_tab  # noqa: E402
from explorer.examples import read_examples  # noqa: E402
from explorer.heads import Heads, Stage, stages  # noqa: E402
from explorer.look import CSS_FILE, THEME  # noqa: E402

EXAMPLES = Path(__file__).parent / "examples"
LAUNCH = dict(
    theme=THEME,
    css_paths=CSS_FILE,
    footer_links=["api", "gradio", "settings"],
    run_history=False,  # it would keep visitors' portraits in their browsers
    show_error=False,  # our own errors are gr.Error; others could hold paths
    max_file_size="8mb",
)
HOUR = 3600  # seconds


def build(heads: Heads) -> gr.Blocks:
    """The whole page. `heads` turns the path of a photo into stages of a head."""
    with gr.Blocks(title="Pix2NPHM", analytics_enabled=False, delete_cache=(HOUR, HOUR)) as page:
        gr.HTML(
            "<h1>Pix2NPHM</h1>"
            "<p>One photo of a face becomes a 3D head: a surface you can turn, measure and download.</p>",
            elem_id="title",
        )
        with gr.Tab("Reconstruct"):
            reconstruct_tab.build(heads, read_examples(EXAMPLES))
    page.queue(max_size=32)
    return page


def main() -> None:
    model = pix2nphm.load()
    if torch.cuda.is_available():  # on ZeroGPU true from the start
        model.regressor.to("cuda")

    @spaces.GPU(duration=20)
    def heads(photo_path: str) -> Iterator[Stage]:
        yield from stages(model, photo_path)

    build(heads).launch(**LAUNCH)


if __name__ == "__main__":
    main()
