"""The swap matrix, with pictures that say which code they are of."""

from __future__ import annotations

import base64
import io

import numpy as np
import torch
from PIL import Image

from explorer.components.matrix import LARGEST, swap_matrix
from explorer.explore.shelf.shelf import Shelf, ShelfHead
from pix2nphm.codes import HeadCode


def heads(count: int) -> Shelf:
    """Head i has identity i and expression 10 i."""
    codes = [HeadCode(torch.full((2,), i), torch.full((3, 4), i), torch.full((5,), 10 * i)) for i in range(count)]
    return tuple(ShelfHead(f"id{i}", f"Head {i}", code) for i, code in enumerate(codes))


def picture(code: HeadCode) -> np.ndarray:
    """All of one colour: red is the identity, green the expression."""
    assert (code.parts == code.whole[0]).all()
    return np.full((8, 8, 4), [40 * int(code.whole[0]), 4 * int(code.expression[0]), 0, 255], np.uint8)


def colour(url: str) -> np.ndarray:
    start = "data:image/webp;base64,"
    assert url.startswith(start)
    with Image.open(io.BytesIO(base64.b64decode(url.removeprefix(start)))) as image:
        return np.asarray(image.convert("RGB")).astype(int).mean(axis=(0, 1))


def test_rows_are_identities_and_columns_expressions():
    value = swap_matrix(heads(3), picture)
    assert value["heads"] == [{"id": f"id{i}", "name": f"Head {i}"} for i in range(3)]
    assert [len(row) for row in value["pictures"]] == [3, 3, 3]
    for i, row in enumerate(value["pictures"]):
        for j, url in enumerate(row):
            np.testing.assert_allclose(colour(url), [40 * i, 40 * j, 0], atol=6)


def test_a_long_shelf_shows_its_first_heads():
    value = swap_matrix(heads(LARGEST + 2), picture)
    assert len(value["heads"]) == len(value["pictures"]) == LARGEST and value["of"] == LARGEST + 2


def test_an_empty_shelf_has_an_empty_matrix():
    assert swap_matrix((), picture) == {"heads": [], "pictures": [], "of": 0}
