"""A model whose heads are balls: the radius is the identity, the height the expression."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numpy as np
import pytest
import torch

from explorer.components.viewer.mesh_file import pack
from explorer.explore.exact import CANONICAL_KEPT, PACKED_KEPT, ExactHeads, key_of
from explorer.platform.lru_cache import LRUCache
from pix2nphm.codes import CodeShape, HeadCode
from pix2nphm.errors import BadCode
from pix2nphm.frames import Box
from pix2nphm.nphm.decoder import HeadField
from pix2nphm.surface.template_mesh import FARTHEST


class Ball(HeadField):
    def __init__(self, model: BallModel, code: HeadCode) -> None:
        self.model, self.code, self.anchors = model, code, torch.zeros(1, 3)

    def canonical_points(self, points_head):
        raise AssertionError("a head that can be re-posed is never sampled in posed space")

    def canonical_sdf(self, points):
        self.model.running += 1
        self.model.at_once = max(self.model.at_once, self.model.running)
        self.model.sampled += 1
        distance = points.norm(dim=-1) - self.code.whole[0]
        self.model.running -= 1
        return distance

    def posed_points(self, points):
        return points + torch.tensor([0, 1, 0]) * self.code.expression[0]


class BallModel:
    code_shape = CodeShape(1, 1, 1, 1)
    box = Box((-0.2, -0.2, -0.2), (0.2, 0.2, 0.2))
    sampled = running = at_once = 0

    @property
    def decoder(self) -> BallModel:
        return self

    def bind(self, code: HeadCode) -> Ball:
        return Ball(self, code)


def ball(radius: float, height: float = 0.0) -> HeadCode:
    return HeadCode(torch.tensor([radius]), torch.zeros(1, 1), torch.tensor([height]))


@dataclass
class Setting:
    model: BallModel
    heads: ExactHeads


@pytest.fixture
def setting() -> Setting:
    model = BallModel()
    return Setting(model, ExactHeads(model, resolution=24))


def test_a_head_is_where_its_code_says(setting):
    mesh = setting.heads.mesh(ball(0.1, 0.05))
    np.testing.assert_allclose(mesh.bounds.mean(axis=0), [0, 0.05, 0], atol=1e-3)
    np.testing.assert_allclose(np.linalg.norm(mesh.vertices - [0, 0.05, 0], axis=1), 0.1, atol=1e-3)


def test_a_new_expression_moves_the_surface_without_sampling_it_again(setting):
    low = setting.heads.mesh(ball(0.1, 0.0))
    once = setting.model.sampled
    high = setting.heads.mesh(ball(0.1, 0.05))
    assert setting.model.sampled == once
    np.testing.assert_allclose(high.vertices - low.vertices, np.tile([0, 0.05, 0], (len(low.vertices), 1)), atol=1e-6)
    setting.heads.mesh(ball(0.11, 0.05))
    assert setting.model.sampled > once


def test_a_model_with_a_template_keeps_its_triangles(model):
    heads, code = ExactHeads(model), model.mean_code
    mesh = heads.mesh(code)
    np.testing.assert_array_equal(mesh.faces, model.template.faces.numpy())
    steps = np.linalg.norm(mesh.vertices - model.template.vertices(code).numpy(), axis=1)
    assert 1e-4 < steps.max() < FARTHEST
    assert heads.packed(code).result() == pack(mesh)


def test_a_repeated_head_is_the_same_file_and_costs_nothing(setting):
    first = setting.heads.packed(ball(0.1)).result()
    once = setting.model.sampled
    assert setting.heads.packed(ball(0.1)).result() is first and setting.model.sampled == once
    assert first == pack(setting.heads.mesh(ball(0.1)))


def test_memory_is_bounded(setting):
    for number in range(PACKED_KEPT + 3):
        setting.heads.packed(ball(0.05 + 0.001 * (number % (CANONICAL_KEPT + 2)), height=0.001 * number)).result()
    assert len(setting.heads.files) == PACKED_KEPT and len(setting.heads.canonical) == CANONICAL_KEPT


def test_one_head_at_a_time_and_everybody_gets_their_own(setting):
    files = {}

    def ask(number: int) -> None:
        files[number] = setting.heads.packed(ball(0.08 + 0.004 * number)).result()

    visitors = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    assert setting.model.at_once == 1
    alone = ExactHeads(BallModel(), resolution=24)
    assert all(files[number] == alone.packed(ball(0.08 + 0.004 * number)).result() for number in range(8))


def test_codes_of_another_shape_and_of_nothing_are_refused(setting):
    with pytest.raises(BadCode, match="another shape"):
        setting.heads.packed(HeadCode.zeros(CodeShape(2, 1, 1, 1)))
    with pytest.raises(BadCode, match="not numbers"):
        setting.heads.mesh(ball(float("nan")))


def test_keys_tell_numbers_apart():
    numbers = torch.arange(6.0)
    assert key_of(numbers) == key_of(numbers.clone()) == key_of(numbers[:2], numbers[2:])
    assert key_of(numbers) != key_of(numbers + 1e-6)


def test_what_was_not_asked_for_goes_first():
    recent = LRUCache(2)
    recent.put("a", 1), recent.put("b", 2)
    assert recent.get("a") == 1
    recent.put("c", 3)
    assert recent.get("b") is None and recent.get("a") == 1 and recent.get("c") == 3
