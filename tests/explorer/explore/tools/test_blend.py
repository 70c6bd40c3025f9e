"""Steps of the Blend tool on codes small enough to see through: identities are numbers along one axis."""

from __future__ import annotations

from types import SimpleNamespace

import torch

from explorer.explore import state as states
from explorer.explore.shelf.shelf import ShelfHead
from explorer.explore.state import ExploreState, is_on_blend
from explorer.explore.tools.blend import blend, blend_first, exchange
from pix2nphm.codes import CodeShape, HeadCode
from pix2nphm.latent.edits import MoveOnMap, Recipe, Units, apply

MODEL = SimpleNamespace(mean_code=HeadCode.zeros(CodeShape(1, 2, 1, 1)))
SMILE = Units((("jawOpen", 0.2),))


def head(name: str, identity: float, expression: float = 0.0) -> ShelfHead:
    code = HeadCode(torch.tensor([identity]), torch.full((2, 1), identity), torch.tensor([expression]))
    return ShelfHead(name, name.title(), code)


ADA, BOB, CAT = head("ada", 0.0), head("bob", 1.0, 1.0), head("cat", 5.0)


def begun() -> ExploreState:
    return states.begin((ADA, BOB, CAT))


def test_a_cell_of_the_matrix_becomes_the_blend():
    state = exchange(begun(), "cat", "bob")
    code = apply(state.recipe, MODEL, state.codes)
    assert (float(code.whole), float(code.expression)) == (5.0, 1.0)
    assert (state.a, state.b, states.blend_of(state)) == ("cat", "bob", (0.0, 1.0))
    gone = exchange(begun(), "cat", "nobody")
    assert "no longer" in gone.message and gone.recipe == begun().recipe


def test_the_matrix_begins_with_a_and_b():
    assert [one.id for one in blend_first(states.choose(begun(), a="cat"))] == ["cat", "bob", "ada"]


def test_a_head_is_on_the_line_from_a_to_b_until_something_takes_it_away():
    assert is_on_blend(begun()) and is_on_blend(blend(begun(), 1.5, 0.5))
    assert is_on_blend(states.edit(begun(), SMILE))  # what stays on top when the sliders move
    for away in (
        states.edit(begun(), MoveOnMap(1.0, 0.0)),
        states.start_from(begun(), Recipe()),
        states.start_from(begun(), Recipe("cat")),
        states.with_shelf(begun(), (ADA, CAT)),  # B is another head now
    ):
        assert not is_on_blend(away) and is_on_blend(blend(away, 0.5, 0.0))


def test_edits_of_a_head_that_is_a_itself_stay_when_the_blend_moves():
    linked = states.edit(states.from_link(begun(), head("dan", 7.0)), SMILE)
    assert is_on_blend(linked) and states.blend_of(linked) == (0.0, 0.0)
    assert blend(linked, 0.5, 0.0).recipe.steps[1:] == (SMILE,)
