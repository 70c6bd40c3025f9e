"""The swap matrix: every head of a few with the expression of every other, as a grid of pictures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from pix2nphm.codes import HeadCode

from ...explore.shelf.shelf import Shelf
from ..pictures import data_url

HERE = Path(__file__).parent
LARGEST = 5  # heads along a side: 25 pictures are as many as an eye compares

Picture = Callable[[HeadCode], np.ndarray]  # a code -> (H, W, 4) uint8, transparent around the head


def swap_matrix(heads: Shelf, picture: Picture) -> dict[str, Any]:
    """The value of a `SwapMatrix`: row i, column j is the identity of heads[i] with the expression of heads[j].

    Heads beyond the first LARGEST are left out. The diagonal holds the heads themselves, drawn from their own codes.
    """
    shown = heads[:LARGEST]
    return {
        "heads": [{"id": head.id, "name": head.name} for head in shown],
        "pictures": [
            [data_url(picture(row.code.with_expression(column.code.expression))) for column in shown] for row in shown
        ],
        "of": len(heads),
    }


class SwapMatrix(gr.HTML):
    """The grid. Its value comes from `swap_matrix`, or is None.

    Event `open`: {"row", "column"} of the cell, and the ids of its two heads as {"identity", "expression"}.
    """

    def __init__(self, **kwargs) -> None:
        super().__init__(
            html_template=(HERE / "matrix.html").read_text(),
            css_template=(HERE / "matrix.css").read_text(),
            js_on_load=(HERE / "matrix.js").read_text(),
            apply_default_css=False,
            **kwargs,
        )

    def postprocess(self, value: dict[str, Any] | None) -> dict[str, Any] | None:
        return value

    def api_info(self) -> dict[str, str]:
        return {"type": "object"}
