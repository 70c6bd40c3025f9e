"""Steps of a visit on codes small enough to see through: identities are numbers along one axis."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch

from explorer.explore import state as visits
from explorer.explore.shelf.shelf import ShelfHead
from explorer.explore.state import LONGEST_PAST, NOTHING_TO_UNDO, SAME_HEAD, Visit
from pix2nphm.codes import CodeShape, HeadCode
from pix2nphm.latent.editing import BadStep
from pix2nphm.latent.edits import Interpolate, PullBack, Recipe, Transplant, Units

SHAPE = CodeShape(1, 2, 1, 1)
MODEL = SimpleNamespace(mean_code=HeadCode.zeros(SHAPE))


def head(name: str, identity: float, expression: float = 0.0) -> ShelfHead:
    code = HeadCode(torch.tensor([identity]), torch.full((2, 1), identity), torch.tensor([expression]))
    return ShelfHead(name, name.title(), code)


ADA, BOB, CAT = head("ada", 0.0), head("bob", 1.0, 1.0), head("cat", 5.0)


def begun() -> Visit:
    return visits.begin((ADA, BOB, CAT))


def identity(visit: Visit) -> float:
    return float(visits.code_of(visit, MODEL).whole)


def test_a_visit_begins_between_the_first_two_heads():
    visit = begun()
    assert (visit.a, visit.b, visits.blend_of(visit), identity(visit)) == ("ada", "bob", (0.5, 0.0), 0.5)


def test_sliders_move_the_head_and_undo_takes_each_step_back():
    first = begun()
    second = visits.blend(first, 1.0, 0.5)
    third = visits.blend(second, -0.5, 0.5)
    assert identity(second) == 1.0 and identity(third) == -0.5
    assert visits.blend_of(visits.undo(third)) == (1.0, 0.5)
    assert visits.undo(visits.undo(third)) == first
    assert visits.undo(first).said == NOTHING_TO_UNDO and visits.undo(first).recipe == first.recipe


def test_a_slider_put_back_to_where_it_was_is_no_step():
    assert visits.blend(begun(), 0.5, 0.0).past == ()


def test_the_past_is_bounded():
    visit = begun()
    for step in range(LONGEST_PAST + 20):
        visit = visits.blend(visit, 0.01 * step, 0.0)
    assert len(visit.past) == LONGEST_PAST


def test_other_heads_keep_the_place_of_the_sliders():
    visit = visits.choose(begun(), a="cat")
    assert (visit.a, visit.b, identity(visit)) == ("cat", "bob", 3.0)
    assert visits.choose(visit, a="nobody") == visit
    assert visits.undo(visit).a == "ada"


def test_the_same_head_on_both_sides_is_said():
    visit = visits.choose(begun(), a="bob")
    assert visit.said == SAME_HEAD and identity(visit) == 1.0
    assert visits.blend(visit, 1.5, 0.0).said == SAME_HEAD


def test_a_cell_of_the_matrix_becomes_the_blend():
    visit = visits.exchange(begun(), "cat", "bob")
    code = visits.code_of(visit, MODEL)
    assert (float(code.whole), float(code.expression)) == (5.0, 1.0)
    assert (visit.a, visit.b, visits.blend_of(visit)) == ("cat", "bob", (0.0, 1.0))
    gone = visits.exchange(begun(), "cat", "nobody")
    assert "no longer" in gone.said and gone.recipe == begun().recipe


def test_edits_stay_on_top_when_the_blend_moves_unless_they_forget_it():
    nose, smile = Transplant("bob", ("nose",), 0.5), Units((("jawOpen", 0.2),))
    edited = visits.edit(visits.edit(begun(), nose), smile)
    assert visits.blend(edited, 0.8, 0.0).recipe.steps == (Interpolate("bob", 0.8, 0.0), nose, smile)
    pulled = visits.edit(edited, PullBack())
    assert visits.blend(pulled, 0.8, 0.0).recipe.steps == (Interpolate("bob", 0.8, 0.0),)
    assert visits.blend_of(visits.start_from(edited, Recipe())) == (0.0, 0.0)


def test_a_region_is_transplanted_once_whatever_else_was_between():
    visit = begun()
    for region, strength in (("nose", 0.5), ("jaw", 1.0), ("nose", 0.7)):
        visit = visits.edit(visit, Transplant("bob", (region,), strength))
    assert visit.recipe.steps[1:] == (Transplant("bob", ("jaw",), 1.0), Transplant("bob", ("nose",), 0.7))
    assert visits.strength_of(visit.recipe, Transplant("bob", ("jaw",))) == 1.0
    assert visits.strength_of(visit.recipe, Transplant("bob", ("ears",))) == 0.0
    assert visits.strength_of(visit.recipe, Transplant("cat", ("nose",))) == 0.0


def test_a_removed_head_that_is_still_a_is_replaced_and_said():
    visit = visits.with_shelf(begun(), (BOB, CAT))
    assert (visit.a, visit.b) == ("cat", "bob") and visit.said == "A removed head was on the blend: A is now Cat."
    assert identity(visit) == 0.5  # the head on show stays
    back = visits.undo(visit)
    assert back.shelf == (ADA, BOB, CAT) and back.a == "ada"


def test_an_emptied_shelf_keeps_the_head_on_show_and_says_what_to_do():
    visit = visits.with_shelf(begun(), ())
    assert identity(visit) == 0.5 and visit.said == visits.EMPTY and visit.a == visit.b == ""
    assert visits.blend(visit, 1.0, 0.0).said == visits.EMPTY
    assert visits.choose(visit, a="ada").a == ""
    refilled = visits.with_shelf(visit, (CAT,))
    assert refilled.a == refilled.b == "cat"


def test_a_visit_on_an_empty_shelf_shows_the_mean_head():
    assert identity(visits.begin(())) == 0.0


def test_heads_that_came_are_not_taken_away_by_undo():
    visit = visits.with_shelf(begun(), (ADA, BOB))  # cat is removed: a step
    visit = visits.with_shelf(visit, (ADA, BOB, head("dan", 2.0)))  # dan comes: none
    assert len(visit.past) == 1 and visit.came == "dan"
    assert [one.id for one in visits.undo(visit).shelf] == ["ada", "bob", "cat", "dan"]


def test_codes_that_nothing_names_are_forgotten():
    visit = replace(begun(), past=())
    visit = visits.with_shelf(visit, (ADA, BOB))
    assert "cat" in visit.codes  # undo needs it
    for step in range(LONGEST_PAST + 1):
        visit = visits.blend(visit, 0.01 * step, 0.0)
    assert "cat" not in visits.with_shelf(visit, (ADA, replace(BOB, name="Bobby"))).codes


def test_settings_out_of_range_are_a_sentence():
    with pytest.raises(BadStep, match="from -0.5 to 1.5"):
        visits.code_of(visits.blend(begun(), 7.0, 0.0), MODEL)
