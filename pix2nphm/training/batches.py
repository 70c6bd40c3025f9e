"""Batches for the regressor: rendered photographs, registered portraits, and pictures without a face.

Every sample is cropped anew: framed as the network will want it, then displaced, turned, mirrored and spoiled.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional

from ..codes import HeadCode
from ..frames import Camera
from ..regressor.framing import frame
from ..regressor.mirror import mirrored_camera
from .heads import HeadSpace
from .portraits import INNER, MEDIAPIPE_68
from .spoil import spoil

STORED = 256  # px a side of a stored picture; dense maps have half
ARRAYS = ("whole", "parts", "expression", "rotation", "scale", "centre", "inverse_distance")
OUTSIDE = 127 / 255  # the grey around a photo


@dataclass(frozen=True)
class Samples:
    """Stored pictures with known codes; arrays may be memory-mapped."""

    images: np.ndarray  # (n, 256, 256, 3) uint8
    known: dict[str, np.ndarray]  # ARRAYS, cameras in px of the stored picture
    canonical: np.ndarray | None = None  # (n, 128, 128, 3) uint8 over `box`
    normals: np.ndarray | None = None  # (n, 128, 128, 3) int8, camera frame, 127 is one
    mask: np.ndarray | None = None  # (n, 128, 128) uint8, 255 on the head
    box: np.ndarray | None = None  # (2, 3) metres
    landmarks_px: np.ndarray | None = None  # (n, 51, 2) marked landmarks, where they are known better than the code

    def __len__(self) -> int:
        return len(self.images)


def shard_folders(photographs: Path) -> list[Path]:
    """The finished shards of a folder of photographs."""
    return sorted(path for path in photographs.iterdir() if path.is_dir() and not path.name.startswith("."))


def read_shard(folder: Path) -> Samples:
    """Memory-map one shard of `photographs`."""
    load = lambda name: np.load(folder / f"{name}.npy", mmap_mode="r")
    return Samples(load("colour"), {name: np.load(folder / f"{name}.npy") for name in ARRAYS}, load("canonical"),
                   load("normals"), load("mask"), np.load(folder / "box.npy"))


def read_portraits(data: Path, portraits: Path, split: str) -> Samples:
    """The registered portraits of one split, scaled to 256 px."""
    with np.load(portraits) as pack:
        chosen = np.flatnonzero((pack["split"] == split) & (pack["error"] < 0.05))
        known = {name: pack[name][chosen] for name in ARRAYS}
        names = pack["name"][chosen]
    with np.load(data / "portraits" / "landmarks.npz") as pack:
        row = {name: i for i, name in enumerate(pack["name"])}
        landmarks = pack["landmarks"][[row[name] for name in names]][:, MEDIAPIPE_68[INNER], :2].astype(np.float32)
        rects = pack["photo_rect"][[row[name] for name in names]]
    images = np.empty((len(names), STORED, STORED, 3), np.uint8)
    for i, name in enumerate(names):
        with Image.open(data / "portraits" / "crops" / f"{name}.jpg") as picture:
            picture = picture.convert("RGB")
            factor = STORED / picture.width
            images[i] = picture.resize((STORED, STORED), Image.Resampling.LANCZOS)
        left, top, right, bottom = np.clip(np.round(rects[i] * factor), 0, STORED).astype(int)
        inside = np.zeros((STORED, STORED), bool)
        inside[top:bottom, left:right] = True
        images[i][~inside] = 127
        known["scale"][i] *= factor
        known["centre"][i] *= factor
        landmarks[i] *= factor
    return Samples(images, known, landmarks_px=landmarks)


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
    share `lying` is turned by any angle, so that heads upside down are told from upright ones."""

    shift: float = 0.05
    log_scale: float = 0.09
    roll: float = 9.0
    wild: float = 0.15
    lying: float = 0.04


def make_batch(parts: list[tuple[Samples, np.ndarray]], space: HeadSpace, size: int, generator: np.random.Generator,
               jitter: Jitter | None = Jitter(), backgrounds: np.ndarray | None = None) -> Batch:
    """Crop the chosen rows of each `Samples`; without jitter: ideal frames, unspoiled (for validation).

    `backgrounds` (n, 256, 256, 3), when given, replace one picture in twelve and leave no face.
    """
    images, known, maps, dense, landmarks = [], {name: [] for name in ARRAYS}, [], [], []
    for samples, rows in parts:
        images.append(samples.images[rows])
        for name in ARRAYS:
            known[name].append(samples.known[name][rows])
        maps.append(stored_maps(samples, rows))
        dense.append(np.full(len(rows), samples.mask is not None))
        marked = samples.landmarks_px is not None
        landmarks.append(samples.landmarks_px[rows] if marked else np.full((len(rows), 51, 2), np.nan, np.float32))
    image = torch.from_numpy(np.concatenate(images)).permute(0, 3, 1, 2).float() / 255
    tensors = {name: torch.from_numpy(np.concatenate(value).astype(np.float32)) for name, value in known.items()}
    code = HeadCode(tensors["whole"], tensors["parts"], tensors["expression"])
    camera = Camera(tensors["rotation"], tensors["scale"], tensors["centre"], tensors["inverse_distance"])
    maps, landmarks_px = torch.cat(maps), torch.from_numpy(np.concatenate(landmarks))
    count = len(image)

    empty = torch.zeros(count, dtype=torch.bool)
    if backgrounds is not None:
        empty = torch.from_numpy(generator.random(count) < 1 / 12)
        chosen = backgrounds[generator.integers(len(backgrounds), size=int(empty.sum()))]
        image[empty] = torch.from_numpy(chosen).permute(0, 3, 1, 2).float() / 255

    (linear, offset), away = frame(camera, size), torch.zeros(count)
    if jitter is not None:
        turn, shift, away = displacement(count, size, jitter, generator)
        linear, offset = turn @ linear, (turn @ (offset - size / 2)[..., None])[..., 0] + size / 2 + shift
    crops = take(image, linear, offset, size, outside_colours(count, generator, jitter))
    maps = take(maps, linear, offset, size // 2, None, stored=STORED // 2, ratio=2)
    canonical, normals, mask = maps[:, :3], maps[:, 3:6], maps[:, 6]
    camera = camera.warped(linear, offset)
    landmarks_px = landmarks_px @ linear.mT + offset[:, None]
    normals = torch.cat([torch.einsum("bij,bjhw->bihw", linear / torch.linalg.det(linear).sqrt()[:, None, None], normals[:, :2]), normals[:, 2:]], 1)
    if jitter is not None:
        crops, mask = spoil(crops, mask, generator)
        if generator.random() < 0.5:  # the whole batch in a mirror
            crops, canonical, normals, mask = (x.flip(-1) for x in (crops, canonical, normals, mask))
            canonical, normals = canonical * MIRROR_MAP, normals * MIRROR_MAP
            code, camera, landmarks_px = space.mirror(code), mirrored_camera(camera, size), mirrored_landmarks(landmarks_px, size)
    return Batch(
        crops=crops.clamp(0, 1).contiguous(memory_format=torch.channels_last), code=code, camera=camera,
        face=((away < 1) & ~empty).float(), usable=(~empty).float(),
        rendered=torch.cat([torch.full((len(rows),), float(s.mask is not None)) for s, rows in parts]),
        canonical=canonical, normals=normals, mask=mask * ~empty[:, None, None],
        dense=(torch.from_numpy(np.concatenate(dense)) | empty).float(), landmarks_px=landmarks_px,
    )


MIRROR_MAP = torch.tensor([-1.0, 1.0, 1.0])[:, None, None]
MIRROR_51 = [i - 17 for i in (
    26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 27, 28, 29, 30, 35, 34, 33, 32, 31, 45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41,
    40, 54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55, 64, 63, 62, 61, 60, 67, 66, 65)]


def mirrored_landmarks(landmarks_px: Tensor, size: int) -> Tensor:
    return torch.stack([size - landmarks_px[..., 0], landmarks_px[..., 1]], -1)[:, MIRROR_51]


def stored_maps(samples: Samples, rows: np.ndarray) -> Tensor:
    """(n, 7, 128, 128): canonical in metres, normals, mask; zeros where they are not known."""
    if samples.mask is None:
        return torch.zeros(len(rows), 7, STORED // 2, STORED // 2)
    low, high = (torch.from_numpy(edge.astype(np.float32))[:, None, None] for edge in samples.box)
    channels_first = lambda x: torch.from_numpy(np.ascontiguousarray(x)).permute(0, 3, 1, 2).float()
    mask = torch.from_numpy(samples.mask[rows]).float()[:, None] / 255
    canonical = low + channels_first(samples.canonical[rows]) / 255 * (high - low)
    return torch.cat([canonical * mask, channels_first(samples.normals[rows]) / 127 * mask, mask], dim=1)


def displacement(count: int, size: int, jitter: Jitter, generator: np.random.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """Random similarities about the crop's centre: (B, 2, 2), shift (B, 2) px, and how far away, 1 = badly framed."""
    wild = 1 + 4.0 * (generator.random(count) < jitter.wild)
    shift = generator.normal(0, jitter.shift, (count, 2)) * wild[:, None]
    log_scale = generator.normal(0, jitter.log_scale, count) * wild
    roll = np.radians(generator.normal(0, jitter.roll, count) * wild)
    roll = np.where(generator.random(count) < jitter.lying, generator.uniform(-np.pi, np.pi, count), roll)
    away = np.maximum.reduce([np.linalg.norm(shift, axis=1) / 0.28, np.abs(log_scale) / 0.5, np.abs(roll) / 0.9])
    cos, sin = np.cos(roll), np.sin(roll)
    turn = np.exp(log_scale)[:, None, None] * np.stack([np.stack([cos, -sin], -1), np.stack([sin, cos], -1)], 1)
    return tuple(torch.from_numpy(x.astype(np.float32)) for x in (turn, shift * size, away))


def outside_colours(count: int, generator: np.random.Generator, jitter: Jitter | None) -> Tensor:
    """(B, 3, 1, 1): the grey of our own crops, sometimes black, white or anything."""
    colours = np.full((count, 3), OUTSIDE, np.float32)
    if jitter is not None:
        other = generator.random(count) < 0.3
        colours[other] = generator.choice([0.0, 1.0, 0.5], size=(int(other.sum()), 1)) * generator.random((int(other.sum()), 3)) ** 0.2
    return torch.from_numpy(colours)[..., None, None]


def take(image: Tensor, linear: Tensor, offset: Tensor, size: int, outside: Tensor | None, stored: int = STORED,
         ratio: int = 1) -> Tensor:
    """Resample (B, C, stored, stored) so that crop px = linear @ stored px + offset (px of the full resolution).

    `ratio` pixels of the full resolution make one of these maps'; maps are sampled nearest, images bilinearly.
    """
    inverse = torch.linalg.inv(linear)
    ticks = (torch.arange(size) + 0.5) * ratio
    target = torch.stack(torch.meshgrid(ticks, ticks, indexing="xy"), -1).reshape(1, -1, 2)  # (1, S*S, 2) crop px
    source = (target - offset[:, None]) @ inverse.mT
    grid = (source / (stored * ratio) * 2 - 1).reshape(len(image), size, size, 2)
    if outside is None:
        return functional.grid_sample(image, grid, mode="nearest", padding_mode="zeros", align_corners=False)
    return functional.grid_sample(image - outside, grid, mode="bilinear", padding_mode="zeros", align_corners=False) + outside
