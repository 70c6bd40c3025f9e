"""The web app: build the page and launch it. `python app.py`, then open http://127.0.0.1:7860."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("GOMP_SPINCOUNT", "500")  # read as torch comes; see explorer/platform/worker.py

import gradio as gr
import spaces  # before torch, as ZeroGPU asks
import torch

import pix2nphm
from explorer.explore import tab as explore_tab
from explorer.explore.shelf.example_codes import read_example_shelf
from explorer.platform import clearing, headers, temp_folder, worker
from explorer.platform.launching import NoPort, launch
from explorer.platform.page import SERVER, Page
from explorer.platform.theme import CSS_FILE, HEAD, THEME
from explorer.reconstruct import tab as reconstruct_tab
from explorer.reconstruct.examples import read_examples
from explorer.reconstruct.stages import Faces, Heads, Stage, heads_of_files, stages_of_photo
from pix2nphm.photo.read import Photo

EXAMPLES = Path(__file__).parent / "examples"
LAUNCH = dict(
    theme=THEME,
    css_paths=CSS_FILE,
    head=HEAD,
    footer_links=["api", "gradio", "settings"],
    run_history=False,  # it would keep visitors' portraits in their browsers
    show_error=False,  # our own errors are gr.Error; others could hold paths
    max_file_size="8mb",
    enable_monitoring=False,  # /monitoring would tell anybody how much the app is used
    ssr_mode=False,  # a second server in Node would answer without the first one's headers
    app_kwargs=SERVER,
)


def build(model, heads: Heads) -> gr.Blocks:
    """The whole page. `heads` turns the path of a photo into stages of a head, `model` decodes what is explored."""
    with Page(title="Pix2NPHM", analytics_enabled=False) as page:
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
    return page


def start() -> gr.Blocks:
    """The page with the bundled weights, on a GPU where there is one."""
    model = worker.run(pix2nphm.load)

    @spaces.GPU(duration=20)
    def in_its_process(photo: Photo, name: str, faces: Faces) -> Iterator[Stage]:
        yield from stages_of_photo(model, photo, name, faces)

    def on_the_thread(photo: Photo, name: str, faces: Faces) -> Iterator[Stage]:
        return worker.run_each(stages_of_photo(model, photo, name, faces))

    if torch.cuda.is_available():  # on ZeroGPU true from the start
        model.see_on("cuda")
        return build(model, heads_of_files(in_its_process))
    worker.reserve_cores()
    return build(model, heads_of_files(on_the_thread))


def main() -> None:
    """Serve the page; what keeps it from starting is said in a sentence."""
    headers.believe_the_proxy_of_a_space(os.environ)
    try:
        clearing.keep_clear(temp_folder.claim())
        launch(start(), **LAUNCH)
    except (temp_folder.NoTempFolder, NoPort) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
