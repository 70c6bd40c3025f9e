"""Augmentation: makes crops as bad as photographs are. Light, colour, blur, noise, compression, things in front."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from .random_numbers import Random

# JPEG's example tables for brightness and colour. Source: ITU-T T.81, Annex K.
BRIGHTNESS = (
    (16, 11, 10, 16, 24, 40, 51, 61), (12, 12, 14, 19, 26, 58, 60, 55), (14, 13, 16, 24, 40, 57, 69, 56),
    (14, 17, 22, 29, 51, 87, 80, 62), (18, 22, 37, 56, 68, 109, 103, 77), (24, 35, 55, 64, 81, 104, 113, 92),
    (49, 64, 78, 87, 103, 121, 120, 101), (72, 92, 95, 98, 112, 100, 103, 99),
)  # fmt: skip
COLOUR = (
    (17, 18, 24, 47, 99, 99, 99, 99), (18, 21, 26, 66, 99, 99, 99, 99), (24, 26, 56, 99, 99, 99, 99, 99),
    (47, 66, 99, 99, 99, 99, 99, 99), *[(99,) * 8] * 4,
)  # fmt: skip
YCC_FROM_RGB = ((0.299, 0.587, 0.114), (-0.168736, -0.331264, 0.5), (0.5, -0.418688, -0.081312))


def augment(crops: Tensor, mask: Tensor, random: Random) -> tuple[Tensor, Tensor]:
    """(B, 3, S, S) in 0..1, head mask (B, S/2, S/2) -> the same, worse; what is covered leaves the mask.

    S is a multiple of 16.
    """
    crops, mask = cover(crops, mask, random)
    crops = recolour(crops, random)
    crops = soften(crops, random)
    noise = 0.015 * random.exponential(len(crops)) * random.true(0.5, len(crops))
    crops = crops + column(noise) * random.normal(*crops.shape)
    return compress(crops.clamp(0, 1), random), mask


def column(values: Tensor) -> Tensor:
    """(B,) or (B, 3) -> (B, 1 or 3, 1, 1)."""
    return values.reshape(len(values), -1, 1, 1)


def recolour(crops: Tensor, random: Random) -> Tensor:
    """Exposure, contrast, gamma, white balance, saturation; a quarter become grey; light that falls off sideways."""
    count, size = len(crops), crops.shape[-1]
    grey = crops.mean(1, keepdim=True)
    saturation = (1 + 0.3 * random.normal(count)).clamp(0, 2) * ~random.true(0.25, count)
    crops = grey + (crops - grey) * column(saturation)
    crops = crops.clamp(1e-4, 1) ** column((0.25 * random.normal(count)).exp())
    crops = (crops - 0.5) * column((0.2 * random.normal(count)).exp()) + 0.5 + column(0.08 * random.normal(count))
    crops = crops * column((0.06 * random.normal(count, 3)).exp())
    slope = 0.5 * random.normal(count, 2) * random.true(0.3, count, 1)
    ramp = torch.linspace(-1, 1, size, device=crops.device)
    light = column(slope[:, 0]) * ramp[None, None, None, :] + column(slope[:, 1]) * ramp[None, None, :, None]
    return crops * torch.exp(light - light.abs().amax((1, 2, 3), keepdim=True) / 3)


def soften(crops: Tensor, random: Random) -> Tensor:
    """A quarter are shrunk and enlarged again."""
    size = crops.shape[-1]
    crops = crops.clone()
    for factor in (1.5, 2, 3, 4.5):
        chosen = random.some(0.06, len(crops))
        if len(chosen):
            small = functional.interpolate(crops[chosen], size=int(size / factor), mode="area")
            crops[chosen] = functional.interpolate(small, size=size, mode="bilinear", align_corners=False)
    return crops


def cover(crops: Tensor, mask: Tensor, random: Random) -> tuple[Tensor, Tensor]:
    """A fifth get one to three patches of plain colour or of another crop in front of them."""
    crops, mask = crops.clone(), mask.clone()
    chosen = random.some(0.2, len(crops))
    count, half = len(chosen), crops.shape[-1] // 2
    if not count:
        return crops, mask
    ticks = torch.arange(half, device=crops.device)
    patches = 1 + random.integers(3, count)
    for number in range(3):
        corner = half * (1.1 * random.uniform(count, 2) - 0.1)
        extent = half * (0.06 + 0.39 * random.uniform(count, 2))
        inside = [(ticks >= corner[:, i, None]) & (ticks < (corner + extent)[:, i, None]) for i in (0, 1)]
        covered = inside[1][:, :, None] & inside[0][:, None] & (number < patches)[:, None, None]  # (n, S/2, S/2)
        plain = column(random.uniform(count, 3))
        other = crops[random.integers(len(crops), count)].flip(-2)
        front = torch.where(column(random.true(0.5, count)), plain, other)
        fine = covered.repeat_interleave(2, 1).repeat_interleave(2, 2)[:, None]
        crops[chosen] = torch.where(fine, front, crops[chosen])
        mask[chosen] = mask[chosen] * ~covered
    return crops, mask


def compress(crops: Tensor, random: Random) -> Tensor:
    """A quarter go through JPEG."""
    chosen = random.some(0.25, len(crops))
    if len(chosen):
        crops = crops.clone()
        crops[chosen] = jpeg(crops[chosen], 12 + 68 * random.uniform(len(chosen)))
    return crops


def jpeg(crops: Tensor, quality: Tensor) -> Tensor:
    """(B, 3, S, S) in 0..1 -> what JPEG of `quality` (B,) 1..100 leaves of it, colours at half resolution."""
    size = crops.shape[-1]
    to_ycc = crops.new_tensor(YCC_FROM_RGB)
    ycc = torch.einsum("ij,bjhw->bihw", to_ycc, crops) * 255
    coarse = functional.avg_pool2d(ycc[:, 1:], 2)
    strength = torch.where(quality < 50, 5000 / quality, 200 - 2 * quality) / 100
    brightness = quantised(ycc[:, :1] - 128, strength, BRIGHTNESS) + 128
    colour = quantised(coarse, strength, COLOUR)
    colour = functional.interpolate(colour, size=size, mode="bilinear", align_corners=False)
    back = torch.linalg.inv(to_ycc)
    return (torch.einsum("ij,bjhw->bihw", back, torch.cat([brightness, colour], 1)) / 255).clamp(0, 1)


def quantised(channels: Tensor, strength: Tensor, table: tuple) -> Tensor:
    """(B, C, H, W) after rounding each 8 x 8 block's cosine transform to steps of `table` times `strength` (B,)."""
    steps = (channels.new_tensor(table) * strength[:, None, None]).round().clamp(1, 255)
    k = torch.arange(8, device=channels.device)
    cosine = torch.cos(torch.pi / 8 * (k + 0.5) * k[:, None])  # (8, 8)
    cosine = cosine * torch.where(k == 0, 0.125, 0.25).sqrt()[:, None]
    blocks = channels.unflatten(3, (-1, 8)).unflatten(2, (-1, 8)).transpose(3, 4)  # (B, C, h, w, 8, 8)
    waves = cosine @ blocks @ cosine.T
    steps = steps[:, None, None, None]
    return (cosine.T @ ((waves / steps).round() * steps) @ cosine).transpose(3, 4).flatten(4, 5).flatten(2, 3)
