"""The shelf in the page: a row of heads that are used as A or B, renamed and removed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr

from pix2nphm.codes import HeadCode

from ..shelf import LONGEST_NAME, Shelf

HERE = Path(__file__).parent


def shelf_value(
    shelf: Shelf, a: str | None, b: str | None, picture_url: Callable[[HeadCode], str], newest: str | None = None
) -> dict[str, Any]:
    """The value of a `ShelfView`.

    a, b         ids of the heads in use; None in the value where such a head is not on the shelf
    picture_url  a square picture of a code, as a URL; transparent around the head
    newest       id of the head that came last, if one came in this state; its card is brought into view once
    Names are plain text: the page never reads them as markup.
    """
    ids = {head.id for head in shelf}
    heads = [{"id": head.id, "name": head.name, "picture": picture_url(head.code)} for head in shelf]
    return {"heads": heads, "a": a if a in ids else None, "b": b if b in ids else None, "newest": newest}


class ShelfView(gr.HTML):
    """The row of heads. Its value comes from `shelf_value`; with None nothing shows.

    Events: `use` {"id", "as": "A" or "B"}, `rename` {"id", "name"}, `remove` {"id"}, `clear` {}. The page waits for the
    next value to show what became of them. Listen with trigger_mode="multiple", or presses in a row are lost; "as" is a
    word of Python, so that it is read with getattr(event, "as"). What arrives is a visitor's: ids may be unknown, and
    names of any length.
    """

    def __init__(self, **kwargs) -> None:
        super().__init__(
            html_template=(HERE / "shelf_view.html").read_text(),
            css_template=(HERE / "shelf_view.css").read_text(),
            js_on_load=(HERE / "shelf_view.js").read_text(),
            apply_default_css=False,
            longest_name=LONGEST_NAME,
            **kwargs,
        )

    def postprocess(self, value: dict[str, Any] | None) -> dict[str, Any] | None:
        return value

    def api_info(self) -> dict[str, str]:
        return {"type": "object"}
