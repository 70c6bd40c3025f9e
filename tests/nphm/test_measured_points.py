"""Measured points: what the template knows of them, and what it does not, make the whole."""

from __future__ import annotations

import pytest
import torch

from pix2nphm.codes import HeadCode
from pix2nphm.nphm.linear_points import LinearPoints
from pix2nphm.nphm.measured_points import MeasuredPoints, MeasuredPointsConfig
from pix2nphm.weights import load_weights
from pix2nphm.weights.modules import read_part


def code(seed: int, *batch: int) -> HeadCode:
    draw = lambda *shape: torch.randn(*batch, *shape, generator=torch.Generator().manual_seed(seed))
    return HeadCode(draw(48), draw(65, 16), draw(53).sigmoid())


@pytest.fixture(scope="module")
def points(model) -> MeasuredPoints:
    """Those that ship, which the model keeps only in full."""
    return read_part(*load_weights(), "measured_points", MeasuredPoints, MeasuredPointsConfig)


def test_most_are_vertices_and_the_template_knows_them_to_a_tenth_of_a_millimetre(model, points):
    assert len(points.mean) == model.regressor.config.points and len(points.point) > 0.95 * len(points.mean)
    full = points.on(model.template).posed(code(0))
    apart = (full[points.point.long()] - model.template.vertices(code(0))[points.vertex.long()]).norm(dim=-1)
    assert 0 < apart.max() < 5e-4 and apart.mean() < 1e-4
    assert torch.equal(full, model.fit.landmarks.points(code(0)))


def test_they_are_stored_as_a_fifth_of_what_they_are(model, points):
    full = points.on(model.template)
    assert len(points.part_modes) < 0.5 * len(full.part_modes)
    count = lambda module: sum(int(buffer.count_nonzero()) for buffer in module.buffers())
    assert count(points) < 0.6 * count(full)


def test_points_in_rows_are_those_points(model):
    index = torch.tensor([5, 0, 5, 13_000])
    rows, template = model.template.rows(index), model.template
    rows.check()
    assert torch.allclose(rows.posed(code(1)), template.vertices(code(1))[index], atol=1e-7)
    assert torch.allclose(rows.neutral(code(1, 2)), template.neutral(code(1, 2))[:, index], atol=1e-7)


def test_a_sum_of_points_is_the_sum_of_their_maps(model):
    first, second = model.template.rows(torch.arange(10, 20)), model.template.rows(torch.tensor([3, 300]))
    both = first.plus(second, at=torch.tensor([7, 2]))
    both.check()
    expected = first.posed(code(2)).index_add(0, torch.tensor([7, 2]), second.posed(code(2)))
    assert torch.allclose(both.posed(code(2)), expected, atol=1e-6)


def test_the_jacobian_is_how_far_points_go_along_directions(model):
    rows = model.template.rows(torch.arange(100, 150))
    along = code(3, 4)
    moved = rows.posed(along) - rows.mean
    assert torch.allclose(rows.jacobian(along), moved.movedim(0, -1), atol=1e-7)


def test_points_without_entries_stay_where_the_whole_code_puts_them():
    shape = code(4).shape
    points = LinearPoints(3, 0, shape)
    points.whole_modes.normal_()
    expected = torch.einsum("ncg,g->nc", points.whole_modes, code(4).whole)
    assert torch.allclose(points.neutral(code(4)), expected, atol=1e-6)


def test_vertices_that_the_template_has_not_are_refused(model, points):
    before = points.vertex[0].item()
    points.vertex[0] = len(model.template.mean)
    with pytest.raises(ValueError, match="nowhere"):
        points.on(model.template)
    points.vertex[0] = before
