"""Small pictures of heads, for the shelf and the swap matrix: the template's triangles, a little from the side."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from trimesh import Trimesh

from pix2nphm.codes import HeadCode
from pix2nphm.frames import FRONTAL, Camera
from pix2nphm.surface.normals import area_weighted_normals
from pix2nphm.surface.render import render_mesh

from .pictures import data_url

SIZE = 112  # px a side
YAW = 0.38  # radians, as the viewer opens: a still picture already shows depth
INVERSE_DISTANCE = 0.8  # 1/m, about the viewer's perspective
SIDE = 0.29  # metres at the head's origin that a picture shows: all heads at one scale, so that sizes compare
MIDDLE = torch.tensor([0.0, 0.012, 0.0])  # metres, head frame: in the middle of every picture
KEPT = 512  # pictures shared by all visitors: 25 MB at SIZE


@dataclass(frozen=True)
class _Order:
    """One picture to draw. Two orders are equal when their pictures are."""

    model: Any  # by identity
    content: bytes  # of the code
    size: int
    code: HeadCode = field(compare=False)


def picture(model, code: HeadCode, size: int = SIZE) -> np.ndarray:
    """(size, size, 4) uint8, read-only: the head of one code in grey, transparent around it.

    `model` as `pix2nphm.load` returns it. A code that was drawn lately is not drawn again.
    """
    return _drawn(_order(model, code, size))


def picture_url(model, code: HeadCode, size: int = SIZE) -> str:
    """`picture` as a URL that holds it."""
    return _url(_order(model, code, size))


def _order(model, code: HeadCode, size: int) -> _Order:
    numbers = code.flat().detach().cpu().float()
    return _Order(model, numbers.numpy().tobytes(), size, code)


@lru_cache(maxsize=KEPT)
def _url(order: _Order) -> str:
    return data_url(_drawn(order))


@lru_cache(maxsize=KEPT)
def _drawn(order: _Order) -> np.ndarray:
    template, size = order.model.template, order.size
    with torch.no_grad():
        vertices = template.vertices(order.code).cpu().numpy()
    faces = template.faces.cpu().numpy()
    mesh = Trimesh(vertices, faces, vertex_normals=area_weighted_normals(vertices, faces), process=False)
    drawing = render_mesh(mesh, _camera(size), size, size)
    drawn = np.dstack([drawing.colour, np.rint(drawing.alpha * 255).astype(np.uint8)])
    drawn.setflags(write=False)  # many share it
    return drawn


def _camera(size: int) -> Camera:
    """Looks at MIDDLE from the subject's left, as the viewer does when it opens."""
    cosine, sine = np.cos(YAW), np.sin(YAW)
    turn = torch.tensor([[cosine, 0.0, -sine], [0.0, 1.0, 0.0], [sine, 0.0, cosine]], dtype=torch.float32)
    rotation, scale = FRONTAL @ turn, size / SIDE
    centre = size / 2 - scale * (rotation @ MIDDLE)[:2]
    return Camera(rotation, torch.tensor(scale), centre, torch.tensor(INVERSE_DISTANCE))
