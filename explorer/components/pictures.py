"""Pictures for the page: the photo around the head, the mesh drawn over it, the crop."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from trimesh import Trimesh

from pix2nphm.frames import Camera
from pix2nphm.surface.render import render_mesh

LONGEST_SIDE = 640  # px of the pictures sent to the page
MARGIN = 0.3  # of the head's size in the photo, left around it


@dataclass(frozen=True)
class Window:
    """A part of a photo and the size at which it is shown."""

    left: float  # px of the photo
    top: float
    right: float
    bottom: float
    width: int  # px on the page
    height: int

    def take(self, photo: np.ndarray) -> np.ndarray:
        """(H, W, 3) uint8 -> (height, width, 3) uint8, antialiased."""
        box = (self.left, self.top, self.right, self.bottom)
        return np.asarray(Image.fromarray(photo).resize((self.width, self.height), Image.Resampling.LANCZOS, box=box))

    def camera(self, camera: Camera) -> Camera:
        """A camera of the photo, as a camera of the window."""
        scale = self.width / (self.right - self.left)
        return camera.warped(torch.eye(2) * scale, torch.tensor([-self.left, -self.top]) * scale)


def around_head(mesh: Trimesh, camera: Camera, photo_size: tuple[int, int]) -> Window:
    """The part of the photo around a head, `photo_size` (H, W); the whole photo where the head is outside of it."""
    height, width = photo_size
    points_px = camera.project(torch.as_tensor(mesh.vertices, dtype=torch.float32)).numpy()
    low, high = points_px.min(axis=0), points_px.max(axis=0)
    margin = MARGIN * (high - low)
    left, top = np.floor(np.maximum(low - margin, 0))
    right, bottom = np.ceil(np.minimum(high + margin, (width, height)))
    if right - left < 1 or bottom - top < 1:
        left, top, right, bottom = 0, 0, width, height
    scale = LONGEST_SIDE / max(right - left, bottom - top)
    shown = [max(1, round(scale * side)) for side in (right - left, bottom - top)]
    return Window(float(left), float(top), float(right), float(bottom), *shown)


def draw(mesh: Trimesh, camera: Camera, height: int, width: int) -> np.ndarray:
    """(height, width, 4) uint8: the mesh as `camera` sees it, transparent around it."""
    rendering = render_mesh(mesh, camera, height, width)
    return np.dstack([rendering.colour, np.rint(rendering.alpha * 255).astype(np.uint8)])


def data_url(picture: np.ndarray) -> str:
    """(H, W, 3 or 4) uint8 -> a URL that holds the picture itself, so that no portrait is left on the server's disk."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "WEBP", quality=88, method=2)
    return "data:image/webp;base64," + base64.b64encode(file.getvalue()).decode()
