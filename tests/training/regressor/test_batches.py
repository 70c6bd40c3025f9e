"""Crops and labels stay together, however a crop is displaced, turned and mirrored."""

from __future__ import annotations

import pytest
import torch

from pix2nphm.codes import HeadCode
from pix2nphm.frames import FRONTAL, Camera
from pix2nphm.training.regressor.batches import ARRAYS, STORED, Jitter, Samples, make_batch
from pix2nphm.training.regressor.random_numbers import Random

POINT = torch.tensor([[0.03, 0.02, 0.08]])  # metres, head frame: where the picture has a bright disc


@pytest.fixture
def samples() -> Samples:
    """Dark pictures with one bright disc where the camera sees POINT."""
    count = 6
    all_of = lambda value, *shape: torch.full((count, *shape), value)
    camera = Camera(FRONTAL.repeat(count, 1, 1), all_of(700.0), all_of(128.0, 2), all_of(0.7))
    places = camera.project(POINT.expand(count, 1, 3))  # (6, 1, 2)
    ticks = torch.arange(STORED) + 0.5
    disc = (torch.stack(torch.meshgrid(ticks, ticks, indexing="xy"), -1) - places[:, None]).norm(dim=-1) < 5
    known = dict(zip(ARRAYS, (torch.zeros(count, 48), torch.zeros(count, 65, 16), torch.zeros(count, 53))))
    known |= vars(camera)
    images = (disc * 255).byte()[..., None].repeat(1, 1, 1, 3)
    return Samples(images, known, landmarks_px=places.repeat(1, 51, 1))


def brightest(crops: torch.Tensor) -> torch.Tensor:
    """(B, 3, S, S) -> (B, 2) px, the centre of what is bright."""
    light = (crops.mean(1) - 0.6).clamp_min(0)
    ticks = torch.arange(light.shape[-1]) + 0.5
    total = light.sum((1, 2))
    return torch.stack([(light.sum(1) * ticks).sum(1) / total, (light.sum(2) * ticks).sum(1) / total], -1)


def test_an_ideal_crop_shows_the_point_where_its_camera_says(samples):
    batch = make_batch([(samples, torch.arange(6))], None, 128, Random(0), jitter=None)
    places = batch.camera.project(POINT.expand(6, 1, 3))[:, 0]
    assert torch.allclose(brightest(batch.crops), places, atol=0.3)
    assert torch.allclose(batch.landmarks_px[:, 0], places, atol=1e-3)


def test_displaced_and_mirrored_crops_keep_camera_and_landmarks_together(samples, space):
    mirrored = 0
    for seed in range(6):
        batch = make_batch([(samples, torch.arange(6))], space.mirror, 128, Random(seed), Jitter(wild=0))
        side = torch.tensor([-1.0, 1.0, 1.0])
        seen = batch.camera.project(POINT.expand(6, 1, 3))[:, 0]
        flipped = batch.camera.project((POINT * side).expand(6, 1, 3))[:, 0]
        matches = [torch.allclose(batch.landmarks_px[:, 20], places, atol=1e-2) for places in (seen, flipped)]
        assert sum(matches) == 1  # the point, or in a mirrored batch the point on the other side
        mirrored += matches[1]
    assert 0 < mirrored < 6


def test_pictures_without_a_face_teach_nothing_but_that(samples):
    backgrounds = torch.full((1, STORED, STORED, 3), 60, dtype=torch.uint8)
    empty = 0
    for seed in range(20):
        batch = make_batch([(samples, torch.arange(6))], None, 64, Random(seed), None, backgrounds)
        assert torch.equal(batch.usable == 0, batch.face == 0) and not batch.mask[batch.usable == 0].any()
        empty += int((batch.usable == 0).sum())
    assert 3 <= empty <= 25  # one in twelve of 120


def test_codes_travel_unchanged(samples):
    samples.known["whole"][:] = torch.arange(48.0)
    batch = make_batch([(samples, torch.arange(2))], None, 64, Random(0), None)
    assert isinstance(batch.code, HeadCode) and batch.code.whole[1].tolist() == list(range(48))
