"""Random cameras, lights, looks and backgrounds for training photographs. Plain numpy; a generator decides all."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from ...frames import FRONTAL, Camera
from .scene import Background, Light, Looks

DISTANCE = (0.35, 2.5)  # metres
PLACE_SIZE = (1024, 512)
IRISES = (  # sRGB
    (0.20, 0.12, 0.07), (0.28, 0.18, 0.10), (0.35, 0.28, 0.18),
    (0.30, 0.36, 0.26), (0.33, 0.42, 0.50), (0.45, 0.52, 0.56),
)  # fmt: skip
# Real spherical harmonics of irradiance over those of radiance, times the basis' constants. Source: Ramamoorthi, 2001.
COSINE_LOBE = np.array([0.886227, 1.023328, 1.023328, 1.023328, 0.858086, 0.858086, 0.247708, 0.858086, 0.429043])
AROUND_THE_FACE = np.array([[0, 0, -1.0], [0.6, 0, -0.8], [-0.6, 0, -0.8], [0, -0.6, -0.8]])  # camera frame


@dataclass(frozen=True)
class Places:
    """Environment maps: their light, and tone-mapped pictures of them. K places."""

    pictures: np.ndarray  # (K, h, w, 3) uint8
    sh9: np.ndarray  # (K, 9, 3) radiance, +y up

    @staticmethod
    def read(data: str | Path) -> Places:
        with np.load(Path(data) / "hdri_pack.npz") as pack:
            sh9 = pack["sh9"].astype(np.float32)
        paths = sorted(Path(data).glob("backgrounds/*.jpg"))
        pictures = [np.asarray(Image.open(path).convert("RGB").resize(PLACE_SIZE)) for path in paths]
        return Places(np.stack(pictures), sh9)


def turned(axis: str, degrees: float) -> np.ndarray:
    """(3, 3) rotation about an axis."""
    c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    i, j = {"x": (1, 2), "y": (2, 0), "z": (0, 1)}[axis]
    matrix = np.eye(3)
    matrix[i, i] = matrix[j, j] = c
    matrix[i, j], matrix[j, i] = -s, s
    return matrix


def facing(yaw: float, pitch: float, roll: float) -> np.ndarray:
    """(3, 3) camera_from_head of a head that turns, then nods, then is tilted in the picture; signs as in `frames`."""
    return turned("z", roll) @ turned("x", -pitch) @ turned("y", -yaw) @ FRONTAL.numpy()


def sample_pose(g: np.random.Generator) -> np.ndarray:
    """(3,) yaw, pitch, roll in degrees: mostly towards the viewer, up to profiles."""
    yaw = np.clip(g.normal(0, 24), -80, 80) if g.random() < 0.75 else g.uniform(-80, 80)
    return np.array([yaw, np.clip(g.normal(0, 11), -35, 35), np.clip(g.normal(0, 8), -25, 25)])


def sample_body(pose: np.ndarray, g: np.random.Generator) -> np.ndarray:
    """(3, 3) body_from_head of shoulders that follow the head only in part: they say little about its pose."""
    apart = np.clip(pose * g.uniform(-0.2, 1, 3) + g.normal(0, 4, 3), (-38, -20, -15), (38, 20, 15))
    return facing(*pose).T @ facing(*(pose - apart))


def sample_camera(pose: np.ndarray, landmarks_head: np.ndarray, size: int, g: np.random.Generator) -> Camera:
    """A camera that sees the face loosely framed in a picture of `size` px. `landmarks_head` (68, 3) metres."""
    rotation = facing(*pose)
    near, far = np.log(DISTANCE)
    inverse_distance = np.exp(-(near + (far - near) * g.beta(1.8, 1.2)))
    tensor = lambda value: torch.tensor(value, dtype=torch.float32)
    rough = Camera(tensor(rotation), tensor(1.0), tensor([0.0, 0.0]), tensor(inverse_distance))
    seen = rough.project(torch.from_numpy(landmarks_head)).numpy()
    low, high = seen.min(0), seen.max(0)
    scale = size * np.clip(g.normal(0.5, 0.06), 0.36, 0.66) / (high - low).max()
    centre = size * (0.5 + g.normal(0, 0.035, 2).clip(-0.08, 0.08)) - scale * (low + high) / 2
    return Camera(tensor(rotation), tensor(scale), tensor(centre), tensor(inverse_distance))


def sample_light(places: Places, g: np.random.Generator, unlit: float) -> Light:
    """The light of a place turned about, its strength and contrast as it comes; often a lamp or sun.

    A share of `unlit` as the portrait has it.
    """
    flip = np.diag([1.0, -1.0, -1.0])  # the camera's y points down
    level = turned("x", g.normal(0, 12)) @ turned("z", g.normal(0, 8))
    world_from_camera = level @ turned("y", g.uniform(0, 360)) @ flip
    irradiance = places.sh9[g.integers(len(places.sh9))] * COSINE_LOBE[:, None]
    grey = irradiance.mean(-1, keepdims=True)
    irradiance = grey + g.uniform(0, 0.8) * (irradiance - grey)
    around = [irradiance_at(irradiance, world_from_camera @ n).mean() for n in AROUND_THE_FACE]
    irradiance = irradiance / max(np.mean(around), 0.25 * max(around), 1e-3)  # a face keeps its mean brightness
    direction = g.normal(size=3) * (1, 0.7, 0.6) + (0, -0.5, -0.4)
    as_it_is = g.random() < unlit
    sun = 0.0 if as_it_is or g.random() < 0.4 else g.uniform(0.2, 1.6)
    tint = 1 + g.normal(0, 0.06, 3) + g.normal(0, 0.1) * np.array([1, 0, -1])
    return Light(
        world_from_camera=world_from_camera,
        irradiance=irradiance.astype(np.float32),
        relight=0.0 if as_it_is else g.uniform(0.35, 1.0),
        sun_direction=direction / np.linalg.norm(direction),
        sun_colour=sun * tint.clip(0.6, 1.4),
        gloss=g.uniform(0, 0.12),
        exposure=np.exp(g.normal(-0.05, 0.18)) / (1 + 0.35 * sun),
    )


def irradiance_at(irradiance: np.ndarray, n: np.ndarray) -> np.ndarray:
    """(9, 3) and a direction -> (3,): the polynomial of surface.vert."""
    x, y, z = n
    return np.array([1, y, z, x, x * y, y * z, 3 * z * z - 1, x * z, x * x - y * y]) @ irradiance


def sample_looks(body_from_head: np.ndarray, grey: bool, g: np.random.Generator) -> Looks:
    """Eyes, teeth and clothes; without colour where the portrait has none."""
    gaze = np.array([np.tan(np.deg2rad(g.normal(0, 11))), np.tan(np.deg2rad(g.normal(0, 7))), 1.0])
    tone = (lambda colour: np.full(3, np.mean(colour))) if grey else np.asarray
    sclera = g.uniform(0.62, 0.85) * np.array([1.0, g.uniform(0.93, 0.99), g.uniform(0.88, 0.98)])
    dark = g.uniform(0.05, 0.35, 3)
    clothing = dark.mean() + 0.5 * (dark - dark.mean()) if g.random() < 0.6 else g.uniform(0.05, 0.95, 3)
    return Looks(
        gaze=gaze / np.linalg.norm(gaze),
        iris=tone(np.array(IRISES[g.integers(len(IRISES))]) * g.uniform(0.6, 1.3)),
        sclera=tone(sclera),
        pupil_iris=np.array([g.uniform(0.1, 0.2), g.uniform(0.37, 0.43)]),
        teeth_tint=tone(g.uniform(0.75, 1.05) * np.array([1.0, g.uniform(0.94, 1.0), g.uniform(0.8, 1.0)])),
        clothing=tone(clothing),
        shirt=tone(g.uniform(0.3, 0.95) + g.normal(0, 0.08, 3)).clip(0, 1),
        body_from_head=body_from_head,
        collar=g.uniform(0.2, 0.29),
        hair_grain=g.uniform(0.1, 0.5),
    )


def sample_background(places: int, grey: bool, g: np.random.Generator) -> Background:
    """Mostly a window of a place, sharp or out of focus; else a studio's gradient."""
    height = np.exp(g.uniform(np.log(0.15), np.log(0.9)))
    width = height / 2 * np.exp(g.normal(0, 0.1))  # places are twice as wide as high
    colours = g.uniform(0, 1, (2, 3))
    colours = colours.mean(-1, keepdims=True) + g.uniform(0, 0.7) * (colours - colours.mean(-1, keepdims=True))
    colours[1] = colours[0] + g.uniform(0, 0.6) * (colours[1] - colours[0])
    angle = g.uniform(0, 2 * np.pi)
    return Background(
        layer=float(g.integers(places)),
        window=np.array([g.uniform(0, 1 - width), g.uniform(0, 1 - height), width, height]),
        blur=g.uniform(0, 4.5) if g.random() < 0.6 else 0.0,
        plain=float(g.random() < 0.3),
        plain_from=colours[0],
        plain_to=colours[1],
        plain_axis=np.array([np.cos(angle), np.sin(angle)]),
        colourful=0.0 if grey else 1.0,
    )
