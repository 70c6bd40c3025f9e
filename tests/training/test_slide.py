"""Features slide along the skin, smoothly, and the same in a mirror."""

from __future__ import annotations

import torch

from pix2nphm.training.slide import MOST, Slide

POINTS = torch.tensor([[0.03, 0.03, 0.1], [0.0, -0.03, 0.11], [0.0, 0.0, 0.13], [-0.06, -0.02, 0.08]])
MIRROR = torch.tensor([-1.0, 1.0, 1.0])


def slides(count: int) -> Slide:
    return Slide.sample(count, torch.Generator().manual_seed(0))


def test_a_mirrored_head_slides_as_the_head_in_a_mirror_does():
    slide = slides(20)
    assert torch.allclose(slide.mirrored().at(POINTS), slide.at(POINTS * MIRROR) * MIRROR, atol=1e-7)


def test_neighbours_slide_alike_and_by_less_than_the_strongest_on_average():
    slide = slides(300)
    moved, beside = slide.at(POINTS), slide.at(POINTS + 0.001)
    assert 0.2 * MOST < moved.square().sum(-1).mean().sqrt() < MOST
    assert (moved - beside).norm(dim=-1).mean() < 0.2 * moved.norm(dim=-1).mean()


def test_no_slide_moves_nothing():
    assert not Slide.none(3).at(POINTS).any()
