"""What the page is told about the shelf."""

from __future__ import annotations

import torch

from explorer.explore.shelf.shelf import Shelf, ShelfHead
from explorer.explore.shelf.view import shelf_value
from pix2nphm.codes import HeadCode


def heads(*names: str) -> Shelf:
    """Head i has identity i."""
    codes = [HeadCode(torch.full((2,), i), torch.zeros(3, 4), torch.zeros(5)) for i in range(len(names))]
    return tuple(ShelfHead(f"id{i}", name, code) for i, (name, code) in enumerate(zip(names, codes)))


def picture_url(code: HeadCode) -> str:
    return f"picture of {int(code.whole[0])}"


def test_heads_keep_their_order_and_get_their_own_pictures():
    value = shelf_value(heads("Ada", "<b>Ben</b>"), "id1", "id0", picture_url)
    assert value == {
        "heads": [
            {"id": "id0", "name": "Ada", "picture": "picture of 0"},
            {"id": "id1", "name": "<b>Ben</b>", "picture": "picture of 1"},
        ],
        "a": "id1",
        "b": "id0",
        "newest": None,
    }


def test_a_head_that_left_the_shelf_is_neither_a_nor_b():
    value = shelf_value(heads("Ada"), "id7", "id0", picture_url)
    assert (value["a"], value["b"]) == (None, "id0")


def test_an_empty_shelf_has_no_heads():
    assert shelf_value((), "id0", None, picture_url) == {"heads": [], "a": None, "b": None, "newest": None}
