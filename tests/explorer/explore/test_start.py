from __future__ import annotations

from types import SimpleNamespace

import torch

from explorer.explore import state as states
from explorer.explore.link import NOT_A_LINK, write_state
from explorer.explore.shelf.browser_memory import FORGOTTEN, remember
from explorer.explore.shelf.shelf import LARGEST_SHELF, ShelfHead
from explorer.explore.start import LINKED, start
from pix2nphm.codes import CodeShape, HeadCode
from pix2nphm.latent.edits import apply

MODEL = SimpleNamespace(name="known", code_shape=CodeShape(2, 3, 4, 5))


def head(name: str, value: float) -> ShelfHead:
    id = name.encode().hex().ljust(8, "0")[:8]
    return ShelfHead(id, name, HeadCode(torch.full((2,), value), torch.full((3, 4), value), torch.full((5,), value)))


def code_of(state: states.ExploreState) -> HeadCode:
    return apply(state.recipe, MODEL, state.codes)


EXAMPLES = (head("ada", 0.0), head("bob", 1.0))
MINE = (head("me", 2.0), head("you", 3.0))


def test_a_first_visit_has_the_examples_on_its_shelf():
    for remembered in (None, "nonsense", {"version": 99}, FORGOTTEN, remember((), MODEL.name)):
        assert start(MODEL, EXAMPLES, remembered, None) == states.begin(EXAMPLES)


def test_a_browser_remembers_the_shelf():
    state = start(MODEL, EXAMPLES, remember(MINE, MODEL.name), None)
    assert state.shelf == MINE and (state.a, state.b) == (MINE[0].id, MINE[1].id)


def test_explore_starts_with_an_own_head_where_the_browser_remembers_one():
    state = start(MODEL, EXAMPLES, remember((*EXAMPLES, MINE[0]), MODEL.name), None)
    assert (state.a, state.b) == (MINE[0].id, EXAMPLES[0].id)
    assert float(code_of(state).whole[0]) == 2.0


def test_a_link_shows_its_head_and_puts_it_on_the_shelf():
    linked = head("x", 0.5).code
    state = start(MODEL, EXAMPLES, None, write_state(linked, MODEL.name))
    shown = code_of(state)
    assert torch.equal(shown.identity, linked.identity) and torch.equal(shown.expression, linked.expression)
    assert state.shelf[-1].name == LINKED and (state.a, state.b) == (state.shelf[-1].id, EXAMPLES[0].id)
    assert state.message == states.OPENED


def test_a_link_to_a_head_that_is_there_already_adds_none():
    state = start(MODEL, EXAMPLES, None, write_state(EXAMPLES[1].code, MODEL.name))
    assert state.shelf == EXAMPLES and (state.a, state.b) == (EXAMPLES[1].id, EXAMPLES[0].id)


def test_a_link_opens_on_a_full_shelf_too():
    full = tuple(head(f"{i:03d}", 0.1 * i) for i in range(LARGEST_SHELF))
    state = start(MODEL, full, None, write_state(head("x", 7.5).code, MODEL.name))
    assert state.shelf == full and float(code_of(state).whole[0]) == 7.5


def test_a_bad_link_is_a_sentence_and_the_ordinary_page():
    state = start(MODEL, EXAMPLES, None, "broken")
    assert state.message == NOT_A_LINK and state.recipe == states.begin(EXAMPLES).recipe
