"""The map's numbers. What it does under a hand is in tests/browser/test_figures.py."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.components.atlas import CROWD, X_FIELD, Y_FIELD, Atlas, crowd, map_of
from explorer.explore.shelf.shelf import ShelfHead
from pix2nphm.codes import CodeShape, HeadCode

CODE = HeadCode.zeros(CodeShape(1, 1, 1, 1))
HEADS = (ShelfHead("a", "Ada", CODE), ShelfHead("b", "Ben", CODE))


def test_the_crowd_is_standard_normal_and_always_the_same():
    places = crowd()
    assert places.shape == (CROWD, 2)
    np.testing.assert_array_equal(places, crowd())
    np.testing.assert_allclose(places.mean(axis=0), 0, atol=0.12)
    np.testing.assert_allclose(np.cov(places.T), np.eye(2), atol=0.15)
    far = np.hypot(*crowd(200_000).T)
    assert (far < 1).mean() == pytest.approx(0.39, abs=0.005) and (far < 2).mean() == pytest.approx(0.86, abs=0.006)


def test_the_fields_are_those_of_the_preview():
    atlas = Atlas("viewer", "face width", "face length", render=False)
    assert atlas.props["fields"] == [X_FIELD, Y_FIELD] == ["map x", "map y"]
    assert atlas.props["axes"] == ["face width", "face length"] and atlas.props["viewer"] == "viewer"


def test_a_value_is_plain_numbers_in_the_order_of_the_shelf():
    value = map_of(HEADS, np.array([[1.0, 2.0], [-0.5, 0.25]]), here=(np.float32(0.5), 0.0))
    ada, ben = value["heads"]
    assert ada == {"id": "a", "name": "Ada", "x": 1.0, "y": 2.0}
    assert ben == {"id": "b", "name": "Ben", "x": -0.5, "y": 0.25}
    assert value["here"] == value["home"] == [0.5, 0.0]
    assert map_of((), [], (1, 1), home=(0, 1))["home"] == [0.0, 1.0]
    assert {type(number) for number in (*value["here"], *value["home"])} == {float}


def test_every_head_needs_a_place():
    with pytest.raises(ValueError):
        map_of(HEADS, [(0, 0)], (0, 0))
