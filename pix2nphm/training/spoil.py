"""Spoils clean crops the way real photographs are spoiled: light, colour, blur, noise, compression, things in front."""

from __future__ import annotations

import io

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional


def spoil(crops: Tensor, mask: Tensor, generator: np.random.Generator) -> tuple[Tensor, Tensor]:
    """(B, 3, S, S) in 0..1, head mask (B, S/2, S/2) -> the same, worse; what is covered leaves the mask."""
    crops, mask = cover(crops, mask, generator)
    crops = recolour(crops, generator)
    crops = soften(crops, generator)
    noise = column(generator.exponential(0.015, len(crops)) * (generator.random(len(crops)) < 0.5))
    crops = crops + noise * torch.randn(crops.shape, generator=torch_generator(generator))
    return compress(crops.clamp(0, 1), generator), mask


def torch_generator(generator: np.random.Generator) -> torch.Generator:
    return torch.Generator().manual_seed(int(generator.integers(2**62)))


def column(values: np.ndarray) -> Tensor:
    """(B,) or (B, 3) -> (B, 1 or 3, 1, 1)."""
    return torch.from_numpy(values.astype(np.float32)).reshape(len(values), -1, 1, 1)


def recolour(crops: Tensor, generator: np.random.Generator) -> Tensor:
    """Exposure, contrast, gamma, white balance, saturation; a quarter become grey; light that falls off sideways."""
    count, size = len(crops), crops.shape[-1]
    grey = crops.mean(1, keepdim=True)
    saturation = generator.normal(1, 0.3, count).clip(0, 2) * (generator.random(count) > 0.25)
    crops = grey + (crops - grey) * column(saturation)
    crops = crops.clamp(1e-4, 1) ** column(np.exp(generator.normal(0, 0.25, count)))
    crops = (crops - 0.5) * column(np.exp(generator.normal(0, 0.2, count))) + 0.5 + column(generator.normal(0, 0.08, count))
    crops = crops * column(np.exp(generator.normal(0, 0.06, (count, 3))))
    slope = generator.normal(0, 0.5, (count, 2)) * (generator.random((count, 1)) < 0.3)
    ramp = torch.linspace(-1, 1, size)
    light = column(slope[:, 0]) * ramp[None, None, None, :] + column(slope[:, 1]) * ramp[None, None, :, None]
    return crops * torch.exp(light - light.abs().amax((1, 2, 3), keepdim=True) / 3)


def soften(crops: Tensor, generator: np.random.Generator) -> Tensor:
    """A quarter are shrunk and enlarged again."""
    size = crops.shape[-1]
    crops = crops.clone()
    for factor in (1.5, 2, 3, 4.5):
        chosen = torch.from_numpy(generator.random(len(crops)) < 0.06)
        if chosen.any():
            small = functional.interpolate(crops[chosen], size=int(size / factor), mode="area")
            crops[chosen] = functional.interpolate(small, size=size, mode="bilinear", align_corners=False)
    return crops


def cover(crops: Tensor, mask: Tensor, generator: np.random.Generator) -> tuple[Tensor, Tensor]:
    """A fifth get one to three patches of plain colour, noise or another crop in front of them."""
    crops, mask = crops.clone(), mask.clone()
    size = crops.shape[-1]
    for i in np.flatnonzero(generator.random(len(crops)) < 0.2):
        for _ in range(generator.integers(1, 4)):
            width, height = (generator.uniform(0.06, 0.45, 2) * size / 2).astype(int) + 1
            left, top = (generator.uniform(-0.1, 1, 2) * size / 2).astype(int).clip(0)
            small = (slice(top, top + height), slice(left, left + width))
            large = (slice(None), slice(2 * top, 2 * (top + height)), slice(2 * left, 2 * (left + width)))
            if generator.random() < 0.5:
                crops[i][large] = torch.from_numpy(generator.random((3, 1, 1), dtype=np.float32))
            else:
                crops[i][large] = crops[generator.integers(len(crops))][large].flip(-2)
            mask[i][small] = 0
    return crops, mask


def compress(crops: Tensor, generator: np.random.Generator) -> Tensor:
    """A quarter go through JPEG."""
    for i in np.flatnonzero(generator.random(len(crops)) < 0.25):
        stream = io.BytesIO()
        pixels = (crops[i] * 255).byte().permute(1, 2, 0).numpy()
        Image.fromarray(pixels).save(stream, "JPEG", quality=int(generator.integers(12, 80)))
        crops[i] = torch.from_numpy(np.array(Image.open(stream))).permute(2, 0, 1).float() / 255
    return crops
