"""Batches for the regressor: rendered photographs, registered portraits, and pictures without a face.

Every sample is cropped anew: framed as the network will want it, then displaced, turned, mirrored and augmented. All of
it happens where the samples are, on a CPU or a GPU.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional

from ...codes import HeadCode
from ...frames import Camera
from ...nphm.mirror import Mirror
from ...regressor.framing import frame
from ..synthesis.portraits import INNER, MEDIAPIPE_68
from .augment import augment
from .random_numbers import Random

STORED = 256  # px a side of a stored picture; dense maps have half
ARRAYS = ("whole", "parts", "expression", "rotation", "scale", "centre", "inverse_distance")
OUTSIDE = 127 / 255  # the grey around a photo
FACELESS = 1 / 12  # share of the pictures from which the face is taken, where there are backgrounds to put


@dataclass(frozen=True)
class Samples:
    """Stored pictures with known codes, on one device; on a CPU they may be memory-mapped."""

    images: Tensor  # (n, 256, 256, 3) uint8
    known: dict[str, Tensor]  # ARRAYS, cameras in px of the stored picture
    canonical: Tensor | None = None  # (n, 128, 128, 3) uint8 over `box`
    normals: Tensor | None = None  # (n, 128, 128, 3) int8, camera frame, 127 is one
    mask: Tensor | None = None  # (n, 128, 128) uint8, 255 on the head
    box: Tensor | None = None  # (2, 3) metres
    landmarks_px: Tensor | None = None  # (n, 51, 2) marked landmarks, where they are known better than the code

    def __len__(self) -> int:
        return len(self.images)

    @property
    def device(self) -> torch.device:
        return self.images.device

    def to(self, device: torch.device | str) -> Samples:
        moved: dict[str, Any] = {"known": {name: value.to(device) for name, value in self.known.items()}}
        for field in fields(self):
            if field.name not in moved:
                value = getattr(self, field.name)
                moved[field.name] = value if value is None else value.to(device)
        return Samples(**moved)


def shard_folders(photographs: Path) -> list[Path]:
    """The finished shards of a folder of photographs."""
    return sorted(path for path in photographs.glob("[!.]*") if path.is_dir())


def read_shard(folder: Path) -> Samples:
    """Memory-map one shard of `photographs`."""
    load = lambda name: torch.from_numpy(np.load(folder / f"{name}.npy", mmap_mode="c"))
    known = {name: torch.from_numpy(np.load(folder / f"{name}.npy").astype(np.float32)) for name in ARRAYS}
    box = torch.from_numpy(np.load(folder / "box.npy").astype(np.float32))
    return Samples(load("colour"), known, load("canonical"), load("normals"), load("mask"), box)


def read_portraits(data: Path, portraits: Path, split: str) -> Samples:
    """The registered portraits of one split, scaled to 256 px."""
    with np.load(portraits) as pack:
        chosen = np.flatnonzero((pack["split"] == split) & (pack["error"] < 0.05))
        known = {name: pack[name][chosen].astype(np.float32) for name in ARRAYS}
        names = pack["name"][chosen]
    with np.load(data / "portraits" / "landmarks.npz") as pack:
        row = {name: i for i, name in enumerate(pack["name"])}
        landmarks = pack["landmarks"][[row[name] for name in names]][:, MEDIAPIPE_68[INNER], :2].astype(np.float32)
        rects = pack["photo_rect"][[row[name] for name in names]]
    images = np.empty((len(names), STORED, STORED, 3), np.uint8)
    for i, name in enumerate(names):
        with Image.open(data / "portraits" / "crops" / f"{name}.jpg") as file:
            picture = file.convert("RGB")
            factor = STORED / picture.width
            images[i] = np.asarray(picture.resize((STORED, STORED), Image.Resampling.LANCZOS))
        left, top, right, bottom = np.clip(np.round(rects[i] * factor), 0, STORED).astype(int)
        inside = np.zeros((STORED, STORED), bool)
        inside[top:bottom, left:right] = True
        images[i][~inside] = 127
        known["scale"][i] *= factor
        known["centre"][i] *= factor
        landmarks[i] *= factor
    known = {name: torch.from_numpy(value) for name, value in known.items()}
    return Samples(torch.from_numpy(images), known, landmarks_px=torch.from_numpy(landmarks))


@dataclass(frozen=True)
class Batch:
    """What a step sees. M = S/2."""

    crops: Tensor  # (B, 3, S, S)
    code: HeadCode
    camera: Camera  # crop px
    face: Tensor  # (B,) 1 a well framed face, 0 none or a badly framed one
    usable: Tensor  # (B,) 1 where there is a head to learn from
    rendered: Tensor  # (B,) 1 where the shape is true, not fitted
    canonical: Tensor  # (B, 3, M, M) metres
    normals: Tensor  # (B, 3, M, M)
    mask: Tensor  # (B, M, M) 1 on the head
    dense: Tensor  # (B,) 1 where the maps are known
    landmarks_px: Tensor  # (B, 51, 2), NaN where the code's own count


@dataclass(frozen=True)
class Jitter:
    """How far crops stray from the ideal frame. A share `wild` strays much farther, so that looking twice helps, and a
    share `lying` is turned by any angle, so that heads upside down are told from upright ones.
    """

    shift: float = 0.05
    log_scale: float = 0.09
    roll: float = 9.0
    wild: float = 0.15
    lying: float = 0.04


def make_batch(
    parts: list[tuple[Samples, Tensor]],
    mirror: Mirror | None,
    size: int,
    random: Random,
    jitter: Jitter | None = Jitter(),
    backgrounds: Tensor | None = None,
) -> Batch:
    """Crop the chosen rows of each `Samples`; without jitter: ideal frames, not augmented (for validation).

    `backgrounds` (n, 256, 256, 3), when given, replace some pictures (`FACELESS`) and leave no face. `mirror` is needed
    with jitter.
    """
    count, device = sum(len(rows) for _, rows in parts), parts[0][0].device
    of_each = lambda value_of: torch.cat([value_of(samples, rows) for samples, rows in parts])
    image = pictures(of_each(lambda samples, rows: samples.images[rows]))
    known = {name: of_each(lambda samples, rows, name=name: samples.known[name][rows]).float() for name in ARRAYS}
    code = HeadCode(known["whole"], known["parts"], known["expression"])
    camera = Camera(known["rotation"], known["scale"], known["centre"], known["inverse_distance"])
    maps = of_each(stored_maps)
    rendered = of_each(lambda samples, rows: torch.full((len(rows),), float(samples.mask is not None), device=device))
    landmarks_px = of_each(lambda samples, rows: torch.full((len(rows), 51, 2), torch.nan, device=device)
                           if samples.landmarks_px is None else samples.landmarks_px[rows])  # fmt: skip

    empty = torch.zeros(count, dtype=torch.bool, device=device)
    if backgrounds is not None:
        empty = random.true(FACELESS, count)
        behind = pictures(backgrounds[random.integers(len(backgrounds), count)])
        image = torch.where(empty[:, None, None, None], behind, image)

    (linear, offset), away = frame(camera, size), torch.zeros(count, device=device)
    if jitter is not None:
        turn, shift, away = displacement(count, size, jitter, random)
        linear, offset = turn @ linear, (turn @ (offset - size / 2)[..., None])[..., 0] + size / 2 + shift
    crops = take(image, linear, offset, size, outside_colours(count, random, jitter))
    maps = take(maps, linear, offset, size // 2, None, stored=STORED // 2, ratio=2)
    canonical, normals, mask = maps[:, :3], maps[:, 3:6], maps[:, 6]
    camera = camera.warped(linear, offset)
    landmarks_px = landmarks_px @ linear.mT + offset[:, None]
    turn = linear / torch.linalg.det(linear).sqrt()[:, None, None]
    normals = torch.cat([torch.einsum("bij,bjhw->bihw", turn, normals[:, :2]), normals[:, 2:]], 1)
    if jitter is not None:
        crops, mask = augment(crops, mask, random)
        if mirror is not None and random.coin():  # the whole batch in a mirror
            side = torch.tensor([-1.0, 1.0, 1.0], device=device)[:, None, None]
            crops, canonical, normals, mask = (x.flip(-1) for x in (crops, canonical, normals, mask))
            canonical, normals = canonical * side, normals * side
            code, camera, landmarks_px = mirror(code), camera.mirrored(size), mirrored_landmarks(landmarks_px, size)
    return Batch(
        crops=crops.clamp(0, 1).contiguous(memory_format=torch.channels_last), code=code, camera=camera,
        face=((away < 1) & ~empty).float(), usable=(~empty).float(), rendered=rendered, canonical=canonical,
        normals=normals, mask=mask * ~empty[:, None, None], dense=(rendered.bool() | empty).float(),
        landmarks_px=landmarks_px,
    )  # fmt: skip


MIRROR_51 = [i - 17 for i in (
    26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 27, 28, 29, 30, 35, 34, 33, 32, 31, 45, 44, 43, 42, 47, 46, 39, 38, 37, 36,
    41, 40, 54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55, 64, 63, 62, 61, 60, 67, 66, 65)]  # fmt: skip


def mirrored_landmarks(landmarks_px: Tensor, size: int) -> Tensor:
    """(B, 51, 2) px of crops of `size` -> the same in a mirror, in their order."""
    return torch.stack([size - landmarks_px[..., 0], landmarks_px[..., 1]], -1)[:, MIRROR_51]


def pictures(stored: Tensor) -> Tensor:
    """(n, h, w, 3) uint8 -> (n, 3, h, w) in 0..1."""
    return stored.permute(0, 3, 1, 2).float() / 255


def stored_maps(samples: Samples, rows: Tensor) -> Tensor:
    """(n, 7, 128, 128): canonical in metres, normals, mask; zeros where they are not known."""
    if samples.mask is None or samples.canonical is None or samples.normals is None or samples.box is None:
        return torch.zeros(len(rows), 7, STORED // 2, STORED // 2, device=samples.device)
    low, high = samples.box[:, :, None, None]
    mask = samples.mask[rows].float()[:, None] / 255
    canonical = low + pictures(samples.canonical[rows]) * (high - low)
    normals = samples.normals[rows].permute(0, 3, 1, 2).float() / 127
    return torch.cat([canonical * mask, normals * mask, mask], dim=1)


def displacement(count: int, size: int, jitter: Jitter, random: Random) -> tuple[Tensor, Tensor, Tensor]:
    """Random similarities about the crop's centre: (B, 2, 2), shift (B, 2) px, and how far away, 1 = badly framed."""
    wild = 1 + 4.0 * (random.true(jitter.wild, count))
    shift = jitter.shift * random.normal(count, 2) * wild[:, None]
    log_scale = jitter.log_scale * random.normal(count) * wild
    roll = torch.deg2rad(jitter.roll * random.normal(count) * wild)
    roll = torch.where(random.true(jitter.lying, count), torch.pi * (2 * random.uniform(count) - 1), roll)
    away = torch.stack([shift.norm(dim=1) / 0.28, log_scale.abs() / 0.5, roll.abs() / 0.9]).amax(0)
    along, across = log_scale.exp() * roll.cos(), log_scale.exp() * roll.sin()
    turn = torch.stack([torch.stack([along, -across], -1), torch.stack([across, along], -1)], 1)
    return turn, shift * size, away


def outside_colours(count: int, random: Random, jitter: Jitter | None) -> Tensor:
    """(B, 3, 1, 1): the grey of our own crops, sometimes black, white or anything."""
    grey = torch.full((count, 3), OUTSIDE, device=random.device)
    if jitter is not None:
        other = random.integers(3, count)[:, None] / 2 * random.uniform(count, 3) ** 0.2
        grey = torch.where(random.true(0.3, count, 1), other, grey)
    return grey[..., None, None]


def take(
    image: Tensor,
    linear: Tensor,
    offset: Tensor,
    size: int,
    outside: Tensor | None,
    stored: int = STORED,
    ratio: int = 1,
) -> Tensor:
    """Resample (B, C, stored, stored) so that crop px = linear @ stored px + offset (px of the full resolution).

    `ratio` pixels of the full resolution make one of these maps'; maps are sampled nearest, images bilinearly.
    """
    ticks = (torch.arange(size, device=image.device) + 0.5) * ratio
    target = torch.stack(torch.meshgrid(ticks, ticks, indexing="xy"), -1).reshape(1, -1, 2)  # (1, S*S, 2) crop px
    source = (target - offset[:, None]) @ torch.linalg.inv(linear).mT
    grid = (source / (stored * ratio) * 2 - 1).reshape(len(image), size, size, 2)
    if outside is None:
        return functional.grid_sample(image, grid, mode="nearest", padding_mode="zeros", align_corners=False)
    inside = functional.grid_sample(image - outside, grid, mode="bilinear", padding_mode="zeros", align_corners=False)
    return inside + outside
