from __future__ import annotations

import json

import pytest
import torch

from explorer.explore.shelf.browser_memory import FORGOTTEN, recall, remember
from explorer.explore.shelf.shelf import EMPTY, LARGEST_SHELF, add
from pix2nphm.codes import CodeShape, HeadCode

SHAPE = CodeShape(48, 65, 16, 53)
LOCAL_STORAGE = 5_000_000  # bytes that a browser keeps for a page; Gradio's encryption makes text a third longer


def shelf_of(count: int):
    shelf, generator = EMPTY, torch.Generator().manual_seed(0)
    for i in range(count):
        code = HeadCode(*(torch.randn(*size, generator=generator) for size in ((48,), (65, 16), (53,))))
        shelf = add(shelf, f"<b>Head</b> {i}", code)
    return shelf


def remembered(count: int = 2) -> dict:
    return json.loads(json.dumps(remember(shelf_of(count), "small")))


def test_a_full_shelf_survives_json_exactly_and_is_small():
    shelf = shelf_of(LARGEST_SHELF)
    text = json.dumps(remember(shelf, "small"))
    assert len(text) < 0.05 * LOCAL_STORAGE
    back = recall(json.loads(text), "small", SHAPE)
    assert [(head.id, head.name) for head in back] == [(head.id, head.name) for head in shelf]
    for old, new in zip(shelf, back):
        assert torch.equal(old.code.identity, new.code.identity)
        assert torch.equal(old.code.expression, new.code.expression)
        assert new.code.parts.shape == (65, 16)
        new.code.whole.add_(1)  # memory of its own, as every tensor's


def test_what_is_forgotten_holds_nothing_and_overwrites_what_was_stored():
    assert remember(EMPTY, "small") is FORGOTTEN and recall(FORGOTTEN, "small", SHAPE) == EMPTY
    assert json.dumps(FORGOTTEN) == "{}"  # an object: true in JavaScript, which is what gr.BrowserState stores


@pytest.mark.parametrize("value", [None, 3, "x", [], [1], {"heads": []}, {**remembered(), "heads": 7}])
def test_nonsense_is_an_empty_shelf(value):
    assert recall(value, "small", SHAPE) == EMPTY


@pytest.mark.parametrize(
    "change", [{"version": 0}, {"version": "1"}, {"format": "x"}, {"model": "other"}, {"model": None}]
)
def test_another_version_or_model_is_an_empty_shelf(change):
    assert recall({**remembered(), **change}, "small", SHAPE) == EMPTY


def test_a_model_of_another_shape_is_an_empty_shelf():
    assert recall(remembered(), "small", CodeShape(48, 65, 16, 54)) == EMPTY


@pytest.mark.parametrize(
    "change",
    [{"id": 3}, {"id": "<img>"}, {"id": ""}, {"name": None},
     {"code": 5}, {"code": ""}, {"code": "%%%"}, {"code": "AAAA"},
     {"code": "/" * 6400}, {"code": "é" * 6088}],
)  # fmt: skip
def test_a_damaged_head_is_left_out(change):
    value = remembered()
    value["heads"][0] |= change
    assert [head.name for head in recall(value, "small", SHAPE)] == ["<b>Head</b> 1"]


def test_heads_with_values_that_are_not_numbers_are_left_out():
    bad = HeadCode(torch.full((48,), torch.nan), torch.zeros(65, 16), torch.zeros(53))
    value = remember(add(shelf_of(1), "nan", bad), "small")
    assert [head.name for head in recall(value, "small", SHAPE)] == ["<b>Head</b> 0"]


def test_more_heads_than_a_shelf_holds_and_repeated_ones():
    value = remembered(1)
    value["heads"] = [{**value["heads"][0], "id": f"{i:08x}", "name": "x" * 500} for i in range(99)]
    shelf = recall(value, "small", SHAPE)
    assert len(shelf) == LARGEST_SHELF and len({head.name for head in shelf}) == LARGEST_SHELF
    assert max(len(head.name) for head in shelf) <= 40
    value["heads"] = value["heads"][:1] * 5 + [7, None, []]
    assert len(recall(value, "small", SHAPE)) == 1
