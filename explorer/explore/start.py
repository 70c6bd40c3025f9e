"""How Explore starts: with the shelf that the browser remembers, the visitor's own head, or the head of a link."""

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
    """A visitor's first state. `link` is what the address says behind `?state=`; a bad one is said and left out."""
    shelf = recall(remembered, model.name, model.code_shape) or examples
    known = {head.id for head in examples}
    state = states.begin(shelf, own=next((head.id for head in shelf if head.id not in known), ""))
    if not link:
        return state
    try:
        code = read_state(link, model)
    except BadCode as error:
        return replace(state, message=str(error))
    known = next((head for head in state.shelf if write_state(head.code, model.name) == link), None)
    return states.from_link(state, known or add((), LINKED, code)[0])
