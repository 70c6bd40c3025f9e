"""Augmented crops stay pictures, and what is in front of a face leaves its mask."""

from __future__ import annotations

import io

import numpy as np
import torch
from PIL import Image

from pix2nphm.training.regressor.augment import augment, cover, jpeg, soften
from pix2nphm.training.regressor.random_numbers import Random


def smooth_crops(count: int, size: int = 64) -> torch.Tensor:
    ticks = torch.linspace(0, 6, size)
    waves = torch.stack([torch.sin(ticks[:, None] + i) * torch.cos(ticks * (1 + i)) for i in range(3)])
    return (0.5 + 0.4 * waves).expand(count, -1, -1, -1).clone()


def test_augmented_crops_are_finite_pictures_and_differ():
    crops, _ = augment(smooth_crops(8), torch.ones(8, 32, 32), Random(1))
    assert crops.shape == (8, 3, 64, 64) and crops.min() >= 0 and crops.max() <= 1
    assert all((crops[i] - crops[0]).abs().mean() > 1e-3 for i in range(1, 8))


def test_the_same_seed_augments_the_same_way():
    one, other = (augment(smooth_crops(4), torch.ones(4, 32, 32), Random(3))[0] for _ in range(2))
    assert torch.equal(one, other)


def test_covered_places_leave_the_mask_and_others_do_not_change():
    crops = smooth_crops(40)
    covered, mask = cover(crops, torch.ones(40, 32, 32), Random(0))
    changed = (covered != crops).any(1).unflatten(-1, (32, 2)).unflatten(-3, (32, 2)).any(-1).any(-2)
    assert not (changed & (mask == 1)).any()
    assert 5 <= (mask < 1).flatten(1).any(1).sum() <= 8  # a fifth, less those covered beside the crop


def test_a_fourth_are_softened():
    crops = torch.rand(100, 3, 64, 64)
    softened = soften(crops, Random(0))
    assert 15 <= (softened != crops).flatten(1).any(1).sum() <= 24  # some of them twice


def test_quality_decides_what_jpeg_leaves_as_a_real_encoder_does():
    crops = smooth_crops(1) + 0.1 * torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    crops = crops.clamp(0, 1)
    for quality in (15, 50, 90):
        stream = io.BytesIO()
        pixels = (crops[0] * 255).round().byte().permute(1, 2, 0).numpy()
        Image.fromarray(pixels).save(stream, "JPEG", quality=quality)
        real = torch.from_numpy(np.array(Image.open(stream))).permute(2, 0, 1).float() / 255
        ours = jpeg(crops, torch.tensor([float(quality)]))[0]
        assert (ours - real).abs().mean() < 0.25 * (crops[0] - real).abs().mean() + 0.005
