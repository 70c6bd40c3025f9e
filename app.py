"""The web app: build the page and launch it. `python app.py`, then open http://127.0.0.1:7860."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Iterator

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("GOMP_SPINCOUNT", "500")  # read as torch comes; see explorer/platform/worker.py

import gradio as gr  # noqa: E402
import spaces  # noqa: E402  before torch, as ZeroGPU asks
import torch  # noqa: E402

import pix2nphm  # noqa: E402
from explorer.explore import tab as explore_tab  # noqa: E402
from explorer.explore.shelf.example_codes import read_example_shelf  # noqa: E402
from explorer.platform import worker  # noqa: E402
from explorer.platform.theme import CSS_FILE, HEAD, THEME  # noqa: E402
from explorer.reconstruct import tab as reconstruct_tab  # noqa: E402
from explorer.reconstruct.examples import read_examples  # noqa: E402
from explorer.reconstruct.stages import Heads, Stage, stages  # noqa: E402

EXAMPLES = Path(__file__).parent / "examples"
LAUNCH = dict(
    theme=THEME,
    css_paths=CSS_FILE,
    head=HEAD,
    footer_links=["api", "gradio", "settings"],
    run_history=False,  # it would keep visitors' portraits in their browsers
    show_error=False,  # our own errors are gr.Error; others could hold paths
    max_file_size="8mb",
)
HOUR = 3600  # seconds
LONGEST_QUEUE = 128  # a visitor who moves a slider waits with one event and a second one behind it


def build(model, heads: Heads) -> gr.Blocks:
    """The whole page. `heads` turns the path of a photo into stages of a head, `model` decodes what is explored."""
    with gr.Blocks(title="Pix2NPHM", analytics_enabled=False, delete_cache=(HOUR, HOUR)) as page:
        gr.HTML(
            "<h1>Pix2NPHM</h1>"
            "<p>One photo of a face becomes a 3D head: a surface you can turn, measure, download and play with.</p>",
            elem_id="title",
        )
        remembered = explore_tab.memory()
        with gr.Tabs() as tabs:
            with gr.Tab("Reconstruct", id="reconstruct"):
                reconstructed = reconstruct_tab.build(heads, read_examples(EXAMPLES))
            with gr.Tab("Explore", id=explore_tab.TAB) as tab:
                shelf = read_example_shelf(model, EXAMPLES)
                forget = explore_tab.build(model, shelf, tab, tabs, remembered, reconstructed.last)
                reconstructed.forget_when(forget)
    page.queue(max_size=LONGEST_QUEUE)
    return page


def start() -> gr.Blocks:
    """The page with the bundled weights, on a GPU where there is one."""
    model = worker.run(pix2nphm.load)

    @spaces.GPU(duration=20)
    def in_its_process(photo_path: str) -> Iterator[Stage]:
        yield from stages(model, photo_path)

    def on_the_thread(photo_path: str) -> Iterator[Stage]:
        return worker.run_each(stages(model, photo_path))

    if torch.cuda.is_available():  # on ZeroGPU true from the start
        model.see_on("cuda")
        return build(model, in_its_process)
    worker.reserve_cores()
    return build(model, on_the_thread)


def main() -> None:
    start().launch(**LAUNCH)


if __name__ == "__main__":
    main()
