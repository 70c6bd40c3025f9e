"""Moving pictures of heads, drawn by the numpy rasteriser and written by Pillow."""

from __future__ import annotations

import io
import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from trimesh import Trimesh

from pix2nphm.frames import FRONTAL, Camera

from ...components.pictures import draw
from ...components.player.ease import SECONDS, ease

SIZE = 320  # px a side
FILLED = 0.94  # of the picture, by the head where it is largest
YAW = 0.38  # radians, as the viewer opens: a still picture already shows depth
INVERSE_DISTANCE = 0.9  # 1/m, the viewer's perspective
BACKGROUND = np.array([244.0, 241.0, 237.0])  # a warm white, as the page's
TURN_FRAMES, TURN_SECONDS = 30, 3.0
MORPH_FRAMES = 15  # from A to B, both included; the way back shows the same pictures again
COLOURS = 256  # one palette for all frames, or the grey would flicker


def turntable_gif(vertices: np.ndarray, faces: np.ndarray, size: int = SIZE) -> bytes:
    """A head turning once around in TURN_SECONDS, for ever. (V, 3) metres and (F, 3) -> the bytes of a GIF."""
    yaws = [YAW + 2 * math.pi * step / TURN_FRAMES for step in range(TURN_FRAMES)]
    stage = _Stage.around([vertices], yaws, size)
    mesh = Trimesh(vertices, faces, process=False)
    return _encoded([stage.picture(mesh, yaw) for yaw in yaws], TURN_SECONDS)


def morph_gif(a: np.ndarray, b: np.ndarray, faces: np.ndarray, size: int = SIZE) -> bytes:
    """Head `a` becoming head `b` and back, with `ease`, for ever. (V, 3) metres twice and (F, 3) -> the bytes of a GIF.

    Raises ValueError when a and b are not of one topology.
    """
    if a.shape != b.shape:
        raise ValueError(f"heads of different topology: {a.shape} and {b.shape}")
    stage = _Stage.around([a, b], [YAW], size)
    normals_a, normals_b = (Trimesh(vertices, faces, process=False).vertex_normals for vertices in (a, b))
    there = []
    for step in range(MORPH_FRAMES):
        t = ease(step / (MORPH_FRAMES - 1))
        normals = normals_a + t * (normals_b - normals_a)
        normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
        mesh = Trimesh(a + t * (b - a), faces, vertex_normals=normals, process=False)
        there.append(stage.picture(mesh, YAW))
    return _encoded(there + there[-2:0:-1], 2 * SECONDS)


@dataclass(frozen=True)
class _Stage:
    """Where the camera stands: the same for all frames, so that nothing but the head moves."""

    middle: np.ndarray  # (3,) metres
    camera: Camera  # of a head seen from the front
    size: int  # px a side

    @staticmethod
    def around(shapes: list[np.ndarray], yaws: Iterable[float], size: int) -> _Stage:
        """The camera that sees all of `shapes`, (V, 3) metres each, at all of `yaws`."""
        points = np.concatenate(shapes)
        middle = (points.min(axis=0) + points.max(axis=0)) / 2
        unit = Camera(FRONTAL, torch.tensor(1.0), torch.zeros(2), torch.tensor(INVERSE_DISTANCE))
        centred = torch.from_numpy(points - middle).float()
        reach = max(float(_turned(unit, yaw).project(centred).abs().max()) for yaw in yaws)
        scale = torch.tensor(FILLED * size / 2 / reach)
        return _Stage(middle, replace(unit, scale=scale, centre=torch.full((2,), size / 2)), size)

    def picture(self, mesh: Trimesh, yaw: float) -> np.ndarray:
        """(size, size, 3) uint8."""
        normals = mesh.vertex_normals
        moved = Trimesh(mesh.vertices - self.middle, mesh.faces, vertex_normals=normals, process=False)
        drawn = draw(moved, _turned(self.camera, yaw), self.size, self.size)
        share = drawn[..., 3:] / 255
        return np.rint(drawn[..., :3] * share + BACKGROUND * (1 - share)).astype(np.uint8)


def _turned(camera: Camera, yaw: float) -> Camera:
    """The camera's head, turned by `yaw` radians towards the picture's left."""
    cosine, sine = math.cos(yaw), math.sin(yaw)
    turn: Tensor = torch.tensor([[cosine, 0.0, sine], [0.0, 1.0, 0.0], [-sine, 0.0, cosine]])
    return replace(camera, rotation=FRONTAL @ turn)


def _encoded(pictures: list[np.ndarray], seconds: float) -> bytes:
    """(H, W, 3) uint8 frames -> a GIF that plays them in `seconds`, for ever."""
    some = pictures[:: max(1, len(pictures) // 6)]
    palette = Image.fromarray(np.concatenate(some)).quantize(COLOURS, Image.Quantize.MEDIANCUT)
    first, *others = (
        Image.fromarray(picture).quantize(palette=palette, dither=Image.Dither.NONE) for picture in pictures
    )
    file = io.BytesIO()
    hundredths = round(100 * seconds / len(pictures))  # GIF counts in these
    first.save(file, "GIF", save_all=True, append_images=others, duration=10 * hundredths, loop=0, optimize=False)
    return file.getvalue()
