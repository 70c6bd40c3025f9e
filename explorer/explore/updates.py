"""From a visitor's step to what changes on the page: what is known at once, then the exact head.

An answer is {name of a component: its new value}; what is not named stays as it is.
"""

from __future__ import annotations

from concurrent.futures import wait
from typing import Any, Callable, Iterator

import gradio as gr
import torch

from pix2nphm.latent import edits as recipe
from pix2nphm.latent.plausibility import plausibility

from ..components.viewer import Exact
from ..platform import worker
from ..platform.messages import errors_in_words, notice
from .exact import key_of
from .files import written
from .lessons import lesson
from .link import write_state
from .meter import meter
from .panels import controls, shelf
from .previews import stance_key
from .services import Studio
from .session import Desk
from .shelf.browser_memory import remember
from .state import Visit, code_of

Answer = dict[str, Any]
Step = Callable[[Visit], Visit]
AT_ONCE = 0.5  # seconds that the page waits for its head; the decoder may have others to decode first
# What changes with the head alone.
HEAD = ("viewer", "notice", "undo", "link", "python", "python-note", "learn", "meter")


def answer(
    studio: Studio, desk: Desk, step: Step, about: str, generation: int | None = None
) -> Iterator[Answer]:
    """The page after a step with the control `about` (of `explorer.explore.lessons`).

    `generation` is the one of the movement that a slider's release ends, if one did.
    """
    before, desk.about = desk.visit, about

    def possible(visit: Visit) -> Visit:
        after = step(visit)
        code_of(after, studio.model)  # raises before anything is changed
        return after

    try:
        with errors_in_words(), torch.inference_mode():
            taken = desk.take(possible, generation)
            if taken is None:
                return
            visit, number = taken
            page = facts(studio, desk, before, visit)
            if generation is None:
                page |= controls(studio, desk, visit)
            yield from head(studio, desk, visit, number, page, generation, same_head(before, visit, studio))
    except gr.Error as error:
        yield {"notice": notice(error.message, kind="error")}


def opened(studio: Studio, desk: Desk) -> Iterator[Answer]:
    """The page for a visit that begins or comes back: everything."""
    with errors_in_words(), torch.inference_mode():
        visit, number = desk.take(lambda visit: visit)
        desk.preview = b""
        page = facts(studio, desk, None, visit) | controls(studio, desk, visit)
        yield from head(studio, desk, visit, number, page, None, known=False)


def tool_opened(studio: Studio, desk: Desk, about: str) -> Iterator[Answer]:
    """The controls of the tool that was opened or set otherwise, standing where the head on show is."""
    desk.about = about
    with errors_in_words(), torch.inference_mode():
        visit, number = desk.visit, desk.number
        page = controls(studio, desk, visit) | facts(studio, desk, visit, visit)
        yield from head(studio, desk, visit, number, page, None, known=True)


def head(
    studio: Studio, desk: Desk, visit: Visit, number: int, page: Answer, generation: int | None, known: bool
) -> Iterator[Answer]:
    """`page`, and with it or after it the head on show in the viewer. `known`: the viewer shows that head already.

    One update is less work for the browser than two, which on the same processor holds up the decoder.
    """
    code = code_of(visit, studio.model)
    file = None
    if not known or generation is not None:
        coming = studio.exact.packed(code)
        if wait([coming], AT_ONCE).not_done:
            yield page
            page = {}
        file = coming.result()
    if desk.number != number and not same_head(desk.visit, visit, studio):  # a step since then brings its own head
        if page:
            yield page
        return
    update: Answer = {}
    stance = studio.stance(desk, visit)
    key = stance_key(stance)
    if key != desk.preview:
        preview = worker.run(lambda: studio.previews.packed(stance))
        desk.preview, update["preview"] = key, written(desk.files_of_visitor.new_folder(), "head.p2np", preview)
    if file is not None:
        path = written(desk.files_of_visitor.new_folder(), "head.p2nm", file)
        update["value"] = path if generation is None or update else Exact(path, generation)
    yield page | ({"viewer": gr.update(**update)} if update else {})


def facts(studio: Studio, desk: Desk, before: Visit | None, visit: Visit) -> Answer:
    """What the page says about the head on show. With `before`, the shelf is left out where it stayed the same."""
    code = code_of(visit, studio.model)
    files = recipe.file_names(visit.recipe)
    page: Answer = {
        "notice": notice(visit.said) if visit.said else "",
        "undo": gr.update(value="Undo", interactive=bool(visit.past)),
        "link": write_state(code, studio.model.name),
        "python": recipe.python(visit.recipe),
        "python-note": python_note({file: visit.name(head) for head, file in files.items()}),
        "learn": lesson(desk.about, studio.model, **names_in_lesson(desk, visit)),
        "meter": meter(plausibility(studio.model.template, studio.model.population, code)),
    }
    if before is None or (before.shelf, before.a, before.b) != (visit.shelf, visit.a, visit.b):
        page |= shelf(studio, visit) | {"memory": remember(visit.shelf, studio.model.name)}
    return page


def same_head(one: Visit, other: Visit, studio: Studio) -> bool:
    """Whether two visits show the same head."""
    keys = [key_of(code.identity, code.expression) for code in (code_of(visit, studio.model) for visit in (one, other))]
    return keys[0] == keys[1]


def names_in_lesson(desk: Desk, visit: Visit) -> dict[str, str]:
    """The heads that the control in hand is about. On an empty shelf they are A and B."""
    b = desk.transplant().other if desk.about in ("parts", "mirror_lock") else visit.b
    return {letter: visit.name(head) for letter, head in (("a", visit.a), ("b", b)) if head}


def python_note(files: dict[str, str]) -> str:
    """Which code files the Python text reads."""
    return " ".join(f"`{file}` is the code of {name}." for file, name in files.items())
