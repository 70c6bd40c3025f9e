"""Playing from A to B in the page: the viewer blends its preview, the server is not asked."""

from __future__ import annotations

from pathlib import Path

import gradio as gr

from .ease import SECONDS

HERE = Path(__file__).parent
FIELDS = ("identity", "expression")  # of the preview: what is added to A at weight 1 to get B


class Player(gr.HTML):
    """Play and pause, speed, loop. Drives setWeights of the viewer called `viewer`, both FIELDS with one weight.

    It never starts by itself, and stops when another control is touched and when it or the page is hidden.
    Event `commit` {"values": {field: weight}, "generation"} when it stops, unless another control was touched: that one
    reports.
    """

    def __init__(self, viewer: str, **kwargs) -> None:
        super().__init__(
            html_template=(HERE / "player.html").read_text(),
            css_template=(HERE / "player.css").read_text(),
            js_on_load=(HERE / "player.js").read_text(),
            apply_default_css=False,
            viewer=viewer,
            fields=FIELDS,
            seconds=SECONDS,
            **kwargs,
        )
