"""Meshes of heads: re-posed where the model can, extracted in the pose where it cannot."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from pix2nphm.frames import Box
from pix2nphm.nphm.decoder import HeadField
from pix2nphm.surface import Poser, canonical_mesh, head_mesh, repose

BOX = Box((-0.1, -0.1, -0.1), (0.1, 0.1, 0.1))
SHIFT = torch.tensor([0.0, -0.02, 0.03])
RADIUS = 0.05


class ShiftedBall(HeadField):
    """A ball at the origin; its expression moves it by SHIFT."""

    anchors = torch.zeros(1, 3)

    def __init__(self):
        self.canonical_points_asked = 0

    def canonical_points(self, points_head):
        return points_head - SHIFT

    def canonical_sdf(self, points_canonical):
        self.canonical_points_asked += len(points_canonical)
        return points_canonical.norm(dim=-1) - RADIUS


class ForwardBall(ShiftedBall):
    def posed_points(self, points_canonical):
        return points_canonical + SHIFT


@pytest.mark.parametrize("head", [ShiftedBall(), ForwardBall()], ids=["backward", "forward"])
def test_head_mesh_is_posed(head):
    mesh = head_mesh(head, BOX, 64)
    offsets = mesh.vertices - SHIFT.numpy()
    assert np.abs(np.linalg.norm(offsets, axis=1) - RADIUS).max() < 1e-4
    assert mesh.is_watertight and mesh.volume == pytest.approx(4 / 3 * np.pi * RADIUS**3, rel=5e-3)
    assert (mesh.vertex_normals * offsets).sum(1).min() > 0.998 * RADIUS


def test_reposing_asks_the_field_nothing():
    head = ForwardBall()
    canonical = canonical_mesh(head, BOX, 32)
    asked = head.canonical_points_asked
    posed = repose(canonical, head)
    assert head.canonical_points_asked == asked
    assert np.array_equal(posed.faces, canonical.faces)
    assert np.allclose(posed.vertices - canonical.vertices, SHIFT.numpy(), atol=1e-7)


def test_a_poser_takes_one_expression_after_another():
    class Moved(ForwardBall):
        def __init__(self, by: float):
            super().__init__()
            self.by = by

        def posed_points(self, points_canonical):
            return points_canonical + self.by * SHIFT

    canonical = canonical_mesh(ForwardBall(), BOX, 32)

    class Linear(Moved):
        def poser(self, points_canonical):
            return lambda head: points_canonical + head.by * SHIFT

    poser = Poser(canonical, Linear(0))
    for by in (0.5, 1.0):
        posed, expected = poser(Linear(by)), repose(canonical, Moved(by))
        assert np.allclose(posed.vertices, expected.vertices, atol=1e-7)
        assert np.allclose(posed.vertex_normals, expected.vertex_normals, atol=1e-6)
