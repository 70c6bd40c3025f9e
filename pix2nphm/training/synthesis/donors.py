"""Portraits as textures: where each shows each vertex of its fitted head, how well, and what colour the rest has."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image, ImageFilter
from torch import Tensor

from ...frames import Camera
from .bust import Bust
from .hair import above_hairline, smoothstep
from .renderer import TEXTURE_SIZE
from .scene import Donor, with_alpha

SOURCES = 900  # vertices whose colours spread over what a portrait does not show
REACHES = (0.008, 0.02, 0.05, 0.15)  # metres; the nearest sources decide, far ones only where there are no others
SHARE_OF_NEXT_REACH = 1e-3
FACING = (0.22, 0.5)  # cosine to the viewer where a portrait begins to be trusted, and where it is fully
SURELY_FACING = (0.35, 0.7)  # the same for the colours that spread: nearer the outline, background may show
CORRECTED, UNCORRECTED = 0.005, 0.3  # metres around a marked point where skin follows it; the weight of following none
MARGIN = 0.15  # of the size of the head, around it in the texture


@dataclass(frozen=True)
class Fill:
    """Spreads colours from some vertices to all, on the mean head: a normalised convolution with heavy tails."""

    sources: np.ndarray  # (K,) skin vertices
    spread: Tensor  # (skin, K)

    @staticmethod
    def build(skin_points: np.ndarray) -> Fill:
        sources = farthest_points(skin_points, SOURCES)
        skin, chosen = (torch.from_numpy(points).float() for points in (skin_points, skin_points[sources]))
        square = torch.cdist(skin, chosen) ** 2
        spread = torch.zeros_like(square)
        for i, reach in enumerate(REACHES):
            spread = spread + SHARE_OF_NEXT_REACH**i * torch.exp(-square / (2 * reach**2))
        return Fill(sources, spread.float())

    def colours(self, seen: np.ndarray, weight: np.ndarray) -> np.ndarray:
        """(K, 3) colours of the sources and (K,) trust in them -> (skin, 3)."""
        weighted = np.concatenate([seen * weight[:, None], weight[:, None]], axis=1)
        total = self.spread @ torch.from_numpy(weighted).float()
        return (total[:, :3] / total[:, 3:].clamp_min(1e-12)).numpy()


def correction(skin_points: np.ndarray, marked_points: np.ndarray) -> np.ndarray:
    """(skin, 3), (P, 3) metres on the mean head -> (skin, P): from how far marked points are astray to how far skin is.

    Near marked points as they are, fading where there are none.
    """
    square = ((skin_points[:, None] - marked_points) ** 2).sum(-1)
    weight = np.exp(-square / (2 * CORRECTED**2))
    return (weight / (weight.sum(1, keepdims=True) + UNCORRECTED)).astype(np.float32)


def make_donor(
    portrait: Image.Image,
    photo_rect: np.ndarray,
    surface: np.ndarray,
    camera: Camera,
    astray: np.ndarray,
    bust: Bust,
    fill: Fill,
) -> Donor:
    """A portrait and its fitted head as a texture.

    photo_rect  (4,) left, top, right, bottom of what is photograph, px
    surface     (V, 6) metres and normals, of `Bust.surfaces`
    camera      in px of the portrait
    astray      (skin, 2) px from where the fitted head shows each vertex to where the portrait does
    """
    points, normals = surface[: bust.skin, :3], surface[: bust.skin, 3:]
    place = camera.project(torch.from_numpy(points)).numpy() + astray
    facing = -(normals @ camera.rotation.numpy().T)[:, 2]
    left, top = place.min(0)
    right, bottom = place[points[:, 1] > -0.14].max(0)
    side = min(max(right - left, bottom - top) * (1 + 2 * MARGIN), *portrait.size)
    corner = np.array([left + right - side, top + bottom - side]) / 2
    corner = np.clip(corner, 0, np.array(portrait.size) - side)
    box = (*corner, *(corner + side))
    photograph = portrait.convert("RGB").resize((TEXTURE_SIZE, TEXTURE_SIZE), Image.Resampling.BICUBIC, box)
    first, last = np.maximum(photo_rect[:2], 0) + 2, np.minimum(photo_rect[2:], portrait.size) - 2
    seen = (place - corner) / side
    inside = ((place > first) & (place < last) & (seen > 0) & (seen < 1)).all(-1)
    trust = smoothstep(*FACING, facing) * inside
    seen = seen.clip(0, 1)

    blurred = np.asarray(photograph.filter(ImageFilter.BoxBlur(2)))
    column, row = (seen[fill.sources] * (TEXTURE_SIZE - 1)).astype(int).T
    strict = smoothstep(*SURELY_FACING, facing[fill.sources]) * (trust[fill.sources] > 0)
    colours = fill.colours(blurred[row, column], strict**2)
    mirrored = trust[bust.mirror] * (1 - trust)
    return Donor(
        photograph=with_alpha(np.asarray(photograph)),
        seen=(seen * 65535).astype(np.uint16),
        trust=(255 * np.stack([trust, mirrored, scalp_of(bust)], axis=1)).astype(np.uint8),
        fill=colours.clip(0, 255).astype(np.uint8),
    )


def scalp_of(bust: Bust) -> np.ndarray:
    """(skin,) 0..1, where hair grows: above and behind a plane from the forehead to the nape."""
    points = bust.neutral_skin()
    return smoothstep(-0.009, 0.011, above_hairline(points)) * smoothstep(-0.07, -0.05, points[:, 1])


def farthest_points(points: np.ndarray, count: int) -> np.ndarray:
    """(count,) indices, each the farthest from those before it."""
    chosen = [0]
    distance = ((points - points[0]) ** 2).sum(-1)
    while len(chosen) < count:
        chosen.append(int(distance.argmax()))
        distance = np.minimum(distance, ((points - points[chosen[-1]]) ** 2).sum(-1))
    return np.array(chosen)
