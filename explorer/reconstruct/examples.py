"""The row of example photos, and where each came from."""

from __future__ import annotations

import html
import json
from dataclasses import dataclass
from pathlib import Path

import gradio as gr
import numpy as np
from PIL import Image

from ..components.pictures import data_url

THUMBNAIL = 128  # px a side: twice what the page shows, for fine screens


@dataclass(frozen=True)
class Example:
    """A photo that anyone may use."""

    path: Path
    person: str

    def thumbnail(self) -> np.ndarray:
        """(THUMBNAIL, THUMBNAIL, 3) uint8: the square near the top in which a portrait has its face."""
        with Image.open(self.path) as photo:
            side = 0.7 * photo.width
            left, top = 0.15 * photo.width, 0.04 * photo.height
            box = (left, top, left + side, top + side)
            return np.asarray(photo.convert("RGB").resize((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS, box=box))


def read_examples(folder: Path) -> list[Example]:
    """The examples in `folder`, in the order of its sources.json."""
    sources = json.loads((folder / "sources.json").read_text())
    return [Example(folder / source["file"], source["name"]) for source in sources]


class ExampleRow(gr.HTML):
    """Buttons with small pictures, named for screen readers. Its event `select` carries the `index` of the example."""

    def __init__(self, examples: list[Example], **kwargs) -> None:
        buttons = "".join(
            f'<button type="button" data-index="{index}" aria-label="Use the photo of {html.escape(example.person)}"'
            f' title="{html.escape(example.person)}"><img src="{data_url(example.thumbnail())}" alt=""></button>'
            for index, example in enumerate(examples)
        )
        super().__init__(
            html_template=f'<p>Or try one of these</p><div role="group" aria-label="Example photos">{buttons}</div>',
            css_template="""
                p { margin: 0 0 8px; font-size: 14px; color: var(--body-text-color-subdued); }
                div {
                  display: grid; grid-template-columns: repeat(8, minmax(0, 1fr)); gap: 8px; padding: 3px; margin: -3px;
                }
                button {
                  padding: 0; border: 0; border-radius: 10px; overflow: hidden; aspect-ratio: 1; cursor: pointer;
                  background: none;
                }
                button:hover, button:focus-visible { outline: 2px solid var(--color-accent); outline-offset: 1px; }
                img { display: block; width: 100%; height: 100%; object-fit: cover; }
                @media (max-width: 640px) {
                  div {
                    grid-auto-flow: column; grid-template-columns: none; grid-auto-columns: 64px;
                    width: 0; min-width: 100%; overflow-x: auto; /* scrolls in itself and never widens the page */
                    /* fades out where more follows; at the end only its padding does */
                    padding-right: 36px; mask-image: linear-gradient(to right, #000 calc(100% - 36px), transparent);
                  }
                }
            """,
            js_on_load="""
                element.addEventListener("click", (event) => {
                  const button = event.target.closest("button");
                  if (button) trigger("select", { index: Number(button.dataset.index) });
                });
            """,
            apply_default_css=False,
            **kwargs,
        )


def chosen(examples: list[Example], event: gr.EventData) -> str:
    """The path of the example that was clicked. `event` comes from a browser: anything out of range is the first."""
    index = getattr(event, "index", 0)
    return str(examples[index if isinstance(index, int) and 0 <= index < len(examples) else 0].path)
