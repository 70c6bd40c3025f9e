"""How a visit begins: with the shelf that the browser remembers, with the head of a link, and how it is forgotten."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pix2nphm.errors import BadCode

from . import state as states
from .link import read_state, write_state
from .shelf.browser_memory import recall
from .shelf.shelf import Shelf, add
from .state import ExploreState

LINKED = "From a link"
STORAGE_KEY, SECRET = "pix2nphm-shelf", "pix2nphm-shelf"  # fixed, or a restarted server could not read it any more


def start(model, examples: Shelf, remembered: Any, link: str | None) -> ExploreState:
    """A visit's first page. `link` is what the address says behind `?state=`; a bad one is said and left out."""
    state = states.begin(recall(remembered, model.name, model.code_shape) or examples)
    if not link:
        return state
    try:
        code = read_state(link, model)
    except BadCode as error:
        return replace(state, message=str(error))
    known = next((head for head in state.shelf if write_state(head.code, model.name) == link), None)
    return states.from_link(state, known or add((), LINKED, code)[0])
