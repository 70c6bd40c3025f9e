"""Steps of the Parts tool: which regions are transplanted, from whom, and how they are set."""

from __future__ import annotations

from dataclasses import replace

import torch

from explorer.explore import state as states
from explorer.explore.shelf.shelf import ShelfHead
from explorer.explore.state import ExploreState
from explorer.explore.tools.parts import donor, set_to, settings, strength_of, transplanted
from pix2nphm.codes import HeadCode
from pix2nphm.latent.edits import Transplant, Units


def begun() -> ExploreState:
    code = HeadCode(torch.zeros(1), torch.zeros(2, 1), torch.zeros(1))
    shelf = tuple(ShelfHead(name, name.title(), code) for name in ("ada", "bob", "cat"))
    return set_to(states.begin(shelf), mirrored=False)


def test_a_region_is_transplanted_once_whatever_else_was_between():
    state = begun()
    for region, strength in (("nose", 0.5), ("jaw", 1.0), ("nose", 0.7)):
        state = transplanted(set_to(state, region=region), strength)
    assert state.recipe.steps[1:] == (Transplant("bob", ("jaw",), 1.0), Transplant("bob", ("nose",), 0.7))
    assert strength_of(state.recipe, Transplant("bob", ("jaw",))) == 1.0
    assert strength_of(state.recipe, Transplant("bob", ("ears",))) == 0.0
    assert strength_of(state.recipe, Transplant("cat", ("nose",))) == 0.0


def test_another_edit_ends_the_tail_of_transplants():
    state = states.edit(transplanted(begun(), 0.5), Units((("jawOpen", 0.2),)))
    assert strength_of(state.recipe, Transplant("bob", ("nose",))) == 0.0
    assert len(transplanted(state, 0.5).recipe.steps) == 4


def test_a_donor_that_is_gone_is_b():
    state = set_to(begun(), donor="cat")
    assert donor(state) == "cat" and donor(states.with_shelf(state, state.shelf[:2])) == "bob"


def test_settings_are_no_step_to_take_back():
    state = set_to(begun(), region="jaw")
    assert state.past == () and settings(states.undo(state)).region == "jaw"
    assert settings(replace(state, settings={})).region == "nose"


def test_an_empty_shelf_is_a_sentence():
    assert transplanted(states.begin(()), 1.0).message == states.EMPTY
