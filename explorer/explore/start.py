"""How a visit begins: with the shelf that the browser remembers, with the head of a link, and how it is forgotten."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pix2nphm.errors import BadCode

from . import state as visits
from .link import read_state, write_state
from .shelf.browser_memory import recall
from .shelf.shelf import Shelf, add
from .state import Visit

LINKED = "From a link"
STORAGE_KEY, SECRET = "pix2nphm-shelf", "pix2nphm-shelf"  # fixed, or a restarted server could not read it any more


def arrive(model, examples: Shelf, remembered: Any, state: str | None) -> Visit:
    """A visit's first page. `state` is what the address says behind `?state=`; a bad one is said and left out."""
    visit = visits.begin(recall(remembered, model.name, model.code_shape) or examples)
    if not state:
        return visit
    try:
        code = read_state(state, model)
    except BadCode as error:
        return replace(visit, said=str(error))
    known = next((head for head in visit.shelf if write_state(head.code, model.name) == state), None)
    return visits.from_link(visit, known or add((), LINKED, code)[0])
