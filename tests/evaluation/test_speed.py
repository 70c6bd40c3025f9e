"""The yardsticks of the speed table: the published procedure itself, and the measures of disagreement."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from pix2nphm.evaluation import speed
from pix2nphm.evaluation.published import PublishedHead
from pix2nphm.frames import METRES_PER_MONONPHM_UNIT, Box
from pix2nphm.nphm.mononphm_checkpoint import load_mononphm
from pix2nphm.surface import extract
from tests.places import SHARED

FIXTURE = SHARED / "fixtures" / "mononphm"


@pytest.mark.skipif(not FIXTURE.exists(), reason="the MonoNPHM fixture is not here")
def test_the_published_procedure_is_the_published_one():
    with np.load(FIXTURE / "fixture.npz") as data:
        expected = {name: torch.from_numpy(data[name]) for name in data.files if not name.startswith(("mesh", "bbox"))}
    model = load_mononphm(FIXTURE / "fixture_ckpt.pt", expected["anchors_mean"])
    head = PublishedHead(model, *(expected[f"B_z_{name}"].flatten() for name in ("geo", "app", "exp")))
    with torch.no_grad():
        sdf, colour = head(expected["queries"])
    assert (sdf - expected["B_sdf"][:, 0]).abs().max() < 1e-4
    assert (colour - expected["B_color"]).abs().max() < 1e-4


def test_made_up_weights_give_a_head_sized_surface():
    model = speed.ball_like_mononphm()
    code = model.code_from_latents(speed.latent(model, 2176), speed.latent(model, 100))
    centre = torch.tensor([speed.BALL_CENTRE]) * METRES_PER_MONONPHM_UNIT
    on_axes = centre + torch.cat([torch.zeros(1, 3), 0.17 * torch.eye(3), -0.17 * torch.eye(3)])
    values = model.bind(code).sdf(on_axes)
    assert values[0] < 0 and (values[1:] > 0).all()


def test_disagreement_is_in_voxels():
    """A ball whose published field is a ball with a radius larger by a quarter of a voxel."""
    box = Box((-0.1, -0.1, -0.1), (0.1, 0.1, 0.1))
    voxel = speed.voxel_size(box, 64)
    mesh = extract(lambda points: points.norm(dim=-1) - 0.05, box, 64)

    def published(points_units):
        return points_units.norm(dim=-1) - (0.05 + 0.25 * voxel) / METRES_PER_MONONPHM_UNIT, None

    largest, median = speed.disagreement_on_edges(mesh, box, 64, published)
    assert median == pytest.approx(0.25, abs=0.01) and largest < 0.35
    assert speed.grid_shape(box, 64).tolist() == [64] * 3
