"""Steps of a state on codes small enough to see through: identities are numbers along one axis."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch

from explorer.explore import state as states
from explorer.explore.shelf.shelf import FULL, LARGEST_SHELF, ShelfHead
from explorer.explore.state import LONGEST_PAST, NOTHING_TO_UNDO, SAME_HEAD, ExploreState
from explorer.explore.tools.blend import blend
from pix2nphm.codes import CodeShape, HeadCode
from pix2nphm.latent.editing import BadStep
from pix2nphm.latent.edits import Interpolate, PullBack, Recipe, Transplant, Units, apply

SHAPE = CodeShape(1, 2, 1, 1)
MODEL = SimpleNamespace(mean_code=HeadCode.zeros(SHAPE))


def head(name: str, identity: float, expression: float = 0.0) -> ShelfHead:
    code = HeadCode(torch.tensor([identity]), torch.full((2, 1), identity), torch.tensor([expression]))
    return ShelfHead(name, name.title(), code)


ADA, BOB, CAT = head("ada", 0.0), head("bob", 1.0, 1.0), head("cat", 5.0)


def begun() -> ExploreState:
    return states.begin((ADA, BOB, CAT))


def code_of(state: ExploreState) -> HeadCode:
    return apply(state.recipe, MODEL, state.codes)


def identity(state: ExploreState) -> float:
    return float(code_of(state).whole)


def test_explore_begins_between_the_first_two_heads():
    state = begun()
    assert (state.a, state.b, states.blend_of(state), identity(state)) == ("ada", "bob", (0.5, 0.0), 0.5)


def test_sliders_move_the_head_and_undo_takes_each_step_back():
    first = begun()
    second = blend(first, 1.0, 0.5)
    third = blend(second, -0.5, 0.5)
    assert identity(second) == 1.0 and identity(third) == -0.5
    assert states.blend_of(states.undo(third)) == (1.0, 0.5)
    assert states.undo(states.undo(third)) == first
    assert states.undo(first).message == NOTHING_TO_UNDO and states.undo(first).recipe == first.recipe


def test_a_slider_put_back_to_where_it_was_is_no_step():
    assert blend(begun(), 0.5, 0.0).past == ()


def test_the_past_is_bounded():
    state = begun()
    for step in range(LONGEST_PAST + 20):
        state = blend(state, 0.01 * step, 0.0)
    assert len(state.past) == LONGEST_PAST


def test_other_heads_keep_the_place_of_the_sliders():
    state = states.choose(begun(), a="cat")
    assert (state.a, state.b, identity(state)) == ("cat", "bob", 3.0)
    assert states.choose(state, a="nobody") == state
    assert states.undo(state).a == "ada"


def test_the_same_head_on_both_sides_is_said():
    state = states.choose(begun(), a="bob")
    assert state.message == SAME_HEAD and identity(state) == 1.0
    assert blend(state, 1.5, 0.0).message == SAME_HEAD


def test_edits_stay_on_top_when_the_blend_moves_unless_they_forget_it():
    nose, smile = Transplant("bob", ("nose",), 0.5), Units((("jawOpen", 0.2),))
    edited = states.edit(states.edit(begun(), nose), smile)
    assert blend(edited, 0.8, 0.0).recipe.steps == (Interpolate("bob", 0.8, 0.0), nose, smile)
    pulled = states.edit(edited, PullBack())
    assert blend(pulled, 0.8, 0.0).recipe.steps == (Interpolate("bob", 0.8, 0.0),)
    assert states.blend_of(states.start_from(edited, Recipe())) == (0.0, 0.0)


def test_a_removed_head_that_is_still_a_is_replaced_and_said():
    state = states.with_shelf(begun(), (BOB, CAT))
    assert (state.a, state.b) == ("cat", "bob") and state.message == "A removed head was on the blend: A is now Cat."
    assert identity(state) == 0.5  # the head on show stays
    back = states.undo(state)
    assert back.shelf == (ADA, BOB, CAT) and back.a == "ada"


def test_an_emptied_shelf_keeps_the_head_on_show_and_says_what_to_do():
    state = states.with_shelf(begun(), ())
    assert identity(state) == 0.5 and state.message == states.EMPTY and state.a == state.b == ""
    assert blend(state, 1.0, 0.0).message == states.EMPTY
    assert states.choose(state, a="ada").a == ""
    refilled = states.with_shelf(state, (CAT,))
    assert refilled.a == refilled.b == "cat"


def test_explore_on_an_empty_shelf_shows_the_mean_head():
    assert identity(states.begin(())) == 0.0


def test_heads_that_came_are_not_taken_away_by_undo():
    state = states.with_shelf(begun(), (ADA, BOB))  # cat is removed: a step
    state = states.with_shelf(state, (ADA, BOB, head("dan", 2.0)))  # dan comes: none
    assert len(state.past) == 1 and state.came == "dan"
    assert [one.id for one in states.undo(state).shelf] == ["ada", "bob", "cat", "dan"]


def test_codes_that_nothing_names_are_forgotten():
    state = replace(begun(), past=())
    state = states.with_shelf(state, (ADA, BOB))
    assert "cat" in state.codes  # undo needs it
    for step in range(LONGEST_PAST + 1):
        state = blend(state, 0.01 * step, 0.0)
    assert "cat" not in states.with_shelf(state, (ADA, replace(BOB, name="Bobby"))).codes


def test_settings_out_of_range_are_a_sentence():
    with pytest.raises(BadStep, match="from -0.5 to 1.5"):
        code_of(blend(begun(), 7.0, 0.0))


def test_a_head_that_is_there_already_is_not_put_there_twice():
    state = states.put(begun(), "Again", ADA.code)
    assert state.shelf == begun().shelf and state.message == "This head is on the shelf already, as Ada."


def test_an_own_head_is_on_show_as_a():
    state = states.welcome(begun(), head("dan", 7.0))
    assert (state.a, state.b, identity(state), state.message) == ("dan", "ada", 7.0, "Dan is on the shelf.")
    assert states.undo(state).a == "ada" and [one.id for one in states.undo(state).shelf][-1] == "dan"
    again = states.welcome(states.undo(state), head("dan", 7.0))
    assert len(again.shelf) == 4 and identity(again) == 7.0


def test_a_full_shelf_shows_a_new_head_and_does_not_claim_to_hold_it():
    full = tuple(head(f"{i:02d}", float(i)) for i in range(LARGEST_SHELF))
    state = states.welcome(states.begin(full), head("dan", 77.0))
    assert state.shelf == full and identity(state) == 77.0 and state.message == FULL
    assert (state.a, state.b) == ("00", "01") and identity(states.undo(state)) == 0.5
