"""What a visitor's browser keeps of the shelf between two states: names and codes, never pictures or meshes.

For `gr.BrowserState`, which writes JSON into the browser's local storage. It never stores a value that is false in
JavaScript, so that None would leave the old shelf there: `FORGOTTEN` is an object that holds nothing.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

import numpy as np
import torch

from pix2nphm.codes import CodeShape, HeadCode
from pix2nphm.errors import BadCode

from .shelf import EMPTY, LARGEST_SHELF, LONGEST_NAME, Shelf, ShelfHead, clean, find, unique

FORMAT = "pix2nphm.shelf"
VERSION = 1
FORGOTTEN: dict[str, Any] = {}
ID = re.compile(r"[0-9a-f]{8}")
NUMBER = np.dtype("<f4")


def remember(shelf: Shelf, model_name: str) -> dict[str, Any]:
    """The shelf as JSON: about 6 KB a head, exact to the last bit. An empty shelf is FORGOTTEN."""
    if not shelf:
        return FORGOTTEN
    heads = [{"id": head.id, "name": head.name, "code": _text(head.code)} for head in shelf]
    return {"format": FORMAT, "version": VERSION, "model": model_name, "heads": heads}


def recall(value: Any, model_name: str, shape: CodeShape) -> Shelf:
    """The shelf that `remember` wrote. It comes from a browser, so it may be anything.

    What another model or version wrote is an empty shelf; a head that was damaged is left out.
    """
    known = {"format": FORMAT, "version": VERSION, "model": model_name}
    if not isinstance(value, dict) or any(value.get(key) != expected for key, expected in known.items()):
        return EMPTY
    kept = value.get("heads")
    shelf: Shelf = EMPTY
    for stored in kept[:LARGEST_SHELF] if isinstance(kept, list) else []:
        head = _head(stored, shape)
        if head and find(shelf, head.id) is None:
            name = unique(head.name, [other.name for other in shelf])
            shelf = (*shelf, ShelfHead(head.id, name, head.code))
    return shelf


def _head(stored: Any, shape: CodeShape) -> ShelfHead | None:
    if not isinstance(stored, dict):
        return None
    texts = [text for key in ("id", "name", "code") if isinstance(text := stored.get(key), str)]
    if len(texts) < 3 or not ID.fullmatch(texts[0]):
        return None
    id, name, code = texts
    try:
        return ShelfHead(id, clean(name[: 4 * LONGEST_NAME]), _code(code, shape))
    except BadCode:
        return None


def _text(code: HeadCode) -> str:
    numbers = code.flat().numpy().astype(NUMBER)
    return base64.b64encode(numbers.tobytes()).decode()


def _code(text: str, shape: CodeShape) -> HeadCode:
    """Raises BadCode."""
    expected = shape.flat * NUMBER.itemsize
    try:
        content = base64.b64decode(text, validate=True) if len(text) == 4 * -(-expected // 3) else b""
    except (binascii.Error, ValueError) as error:
        raise BadCode("This code is damaged.") from error
    if len(content) != expected:
        raise BadCode("This code has another length.")
    code = HeadCode.from_flat(torch.from_numpy(np.frombuffer(content, NUMBER).astype(np.float32)), shape)
    code.check(shape)
    return code
