from __future__ import annotations

import pytest
import torch

from explorer.explore.shelf.shelf import (
    EMPTY,
    FULL,
    LARGEST_SHELF,
    LONGEST_NAME,
    ShelfFull,
    add,
    apart,
    clean,
    find,
    readable,
    remove,
    rename,
    same_head,
    unique,
)
from pix2nphm.codes import CodeShape, HeadCode
from pix2nphm.errors import BadCode

MEAN = HeadCode.zeros(CodeShape(2, 3, 4, 5))


def shelf_of(*names: str):
    shelf = EMPTY
    for name in names:
        shelf = add(shelf, name, MEAN)
    return shelf


def test_the_newest_head_is_last_and_the_others_keep_their_places():
    before = shelf_of("Ada", "Bo")
    after = add(before, "Cy", MEAN)
    assert after[:2] == before and after[2].name == "Cy"


def test_names_and_ids_stay_apart():
    shelf = shelf_of("Ada", "ada", " Ada ")
    assert [head.name for head in shelf] == ["Ada", "ada 2", "Ada 3"]
    assert len({head.id for head in shelf}) == 3


def test_a_full_shelf_says_so():
    shelf = shelf_of(*["x"] * LARGEST_SHELF)
    with pytest.raises(ShelfFull, match="32 heads"):
        add(shelf, "one more", MEAN)
    assert FULL.endswith(".") and len(add(remove(shelf, shelf[3].id), "one more", MEAN)) == LARGEST_SHELF


def test_a_batch_of_heads_is_refused():
    with pytest.raises(BadCode, match="several heads"):
        add(EMPTY, "two", HeadCode.stack([MEAN, MEAN]))


def test_a_shelf_holds_no_graph():
    all_values = (MEAN.whole, MEAN.parts, MEAN.expression)
    grown = HeadCode(*(torch.ones_like(values).requires_grad_() for values in all_values))
    assert not add(EMPTY, "Ada", grown)[0].code.whole.requires_grad


def test_renaming():
    shelf = shelf_of("Ada", "Bo")
    assert [head.name for head in rename(shelf, shelf[1].id, "  Cy\n ")] == ["Ada", "Cy"]
    assert rename(shelf, shelf[1].id, "ADA")[1].name == "ADA 2"
    assert rename(shelf, shelf[0].id, "ADA")[0].name == "ADA"
    for nothing in ("", "  ", "\u202e", "\u200b", "\x00"):
        assert rename(shelf, shelf[0].id, nothing) == shelf
    assert rename(shelf, "gone", "Cy") == shelf and rename(shelf, shelf[0].id, "Cy")[0].id == shelf[0].id


def test_removing_and_finding():
    shelf = shelf_of("Ada", "Bo")
    assert find(shelf, shelf[1].id) is shelf[1] and find(shelf, "gone") is None
    assert remove(shelf, shelf[0].id) == shelf[1:] and remove(shelf, "gone") == shelf


@pytest.mark.parametrize(
    "given, expected",
    [
        ("Ada", "Ada"),
        ("a\r\nb\u2028c\x07d", "a b c d"),
        ("x" * 99, "x" * LONGEST_NAME),
        ("\u202eevil\u202c", "evil"),
        ("half \ud800", "half"),
        ("", "Head"),
        ("\u0301", "Head"),
        ("<b>&", "<b>&"),  # escaped where it is shown
        ("名前 É", "名前 É"),
    ],
)
def test_a_name_is_one_visible_line(given, expected):
    assert clean(given) == expected
    assert clean(clean(given)) == expected and clean(given).encode()


def test_a_number_never_makes_a_name_too_long():
    long = "x" * LONGEST_NAME
    assert unique(long, [long]) == "x" * (LONGEST_NAME - 2) + " 2"


def test_one_code_is_one_head_whatever_rounding_did_to_it():
    other = HeadCode(MEAN.whole + 0.01, MEAN.parts, MEAN.expression)
    shelf = add(add(EMPTY, "Ada", MEAN), "Bo", other)
    rounded = HeadCode(other.whole + 0.001, other.parts, other.expression)
    assert same_head(shelf, MEAN) == shelf[0] and same_head(shelf, rounded) == shelf[1]
    assert same_head(shelf, HeadCode(MEAN.whole, MEAN.parts, MEAN.expression + 0.01)) is None
    assert same_head(shelf, HeadCode.zeros(CodeShape(2, 3, 4, 6))) is None
    assert apart(MEAN, other) == pytest.approx(0.01)


@pytest.mark.parametrize(
    "file_name, name",
    [
        ("lee_barbara", "Lee Barbara"),
        ("IMG_2034", "IMG 2034"),
        ("john", "John"),
        ("Jean-Luc__P", "Jean-Luc P"),
        ("3rd_try", "3rd Try"),
    ],
)
def test_a_file_name_becomes_a_name(file_name, name):
    assert readable(file_name) == name
