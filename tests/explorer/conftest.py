"""A model whose every head is known: a sphere with a nose, seen where the test says."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
import trimesh

from pix2nphm.codes import CodeShape, HeadCode
from pix2nphm.errors import NoFaceFound
from pix2nphm.frames import FRONTAL, Camera
from pix2nphm.photo.crop import Crop
from pix2nphm.photo.read import Photo, Source, read_photo

SIZES_M = (0.075, 0.115, 0.095)  # half axes of the known head


def known_mesh(resolution: int) -> trimesh.Trimesh:
    """An ellipsoid with a nose at +z, in metres."""
    mesh = trimesh.creation.icosphere(subdivisions=3 if resolution < 64 else 5)
    directions = np.array(mesh.vertices)
    nose = np.exp(-((directions[:, :2] - [0, -0.1]) ** 2).sum(1) / 0.02) * (directions[:, 2] > 0)
    return trimesh.Trimesh(directions * SIZES_M * (1 + 0.25 * nose[:, None]), mesh.faces)


@dataclass(frozen=True)
class KnownHead:
    code: HeadCode
    camera: Camera
    landmarks_px: np.ndarray
    crop: Crop
    photo_size: tuple[int, int]
    warnings: tuple[str, ...]
    faces: int = 1
    face: int = 1
    boxes: tuple[tuple[float, float, float, float], ...] = ((10.0, 20.0, 90.0, 100.0),)

    @property
    def rotation(self) -> np.ndarray:
        return self.camera.rotation.numpy()

    def mesh(self, resolution: int = 96) -> trimesh.Trimesh:
        return known_mesh(resolution)


class KnownTemplate:
    """The same head, coarse, whatever the code."""

    mesh = known_mesh(48)
    faces = torch.tensor(mesh.faces.copy(), dtype=torch.int32)

    def vertices(self, code: HeadCode) -> torch.Tensor:
        return torch.tensor(self.mesh.vertices, dtype=torch.float32)


class KnownModel:
    """`pix2nphm.load()` for tests. A photo whose top left pixel is black has no face in it."""

    name = "known"
    template = KnownTemplate()
    code_shape = CodeShape(2, 3, 4, 5)

    def __init__(self, warnings: tuple[str, ...] = ()) -> None:
        self.warnings = warnings

    def reconstruct_faces(self, photo: Photo, faces: tuple[int, ...] | None) -> list[KnownHead]:
        return [replace(self.reconstruct(photo), face=face) for face in faces or (1, 2, 3)]

    def reconstruct(self, photo: Source) -> KnownHead:
        photo = read_photo(photo)
        height, width = photo.size
        if not photo.pixels[0, 0].any():
            raise NoFaceFound("No face found. Try a photo in which the face is larger and upright.")
        scale = torch.tensor(0.3 * height / SIZES_M[1])
        centre = torch.tensor([width / 2, height / 2])
        return KnownHead(
            code=HeadCode.zeros(self.code_shape),
            camera=Camera(FRONTAL, scale, centre, torch.tensor(0.5)),
            landmarks_px=np.full((68, 2), 100.123),
            crop=Crop.around(centre, side_px=0.8 * height, size=192),
            photo_size=(height, width),
            warnings=(*photo.notes, *self.warnings),
        )


@pytest.fixture
def known_model() -> KnownModel:
    return KnownModel()
