"""From a photo to what the page shows of it, in stages: a linear head at once, then the exact one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Iterator

import numpy as np
from trimesh import Trimesh

from pix2nphm.codes import HeadCode
from pix2nphm.photo.read import read_photo

from ..components.pictures import around_head, draw
from ..platform.messages import errors_in_words
from .result import Result

RESOLUTION = 128  # of the exact mesh


@dataclass(frozen=True)
class Stage:
    """One head, as far as it is known. Plain data: on ZeroGPU it comes out of another process."""

    result: Result
    mesh: Trimesh  # of the template, which is within 0.04 mm of the exact head and there at once; the last is exact
    photo: np.ndarray  # (H, W, 3) uint8, the photo around the head
    drawn: np.ndarray  # (H, W, 4) uint8, the mesh over that photo
    crop: np.ndarray  # (S, S, 3) uint8, what the network saw
    last: bool  # no closer one follows


Heads = Callable[[str], Iterator[Stage]]


def stages(model, photo_path: str) -> Iterator[Stage]:
    """The head in a photo, linear first. `model` as `pix2nphm.load` returns it. Raises gr.Error with a sentence."""
    with errors_in_words():
        photo = read_photo(photo_path)
        head = model.reconstruct(photo)
        result = Result(
            name=file_name(photo_path),
            model=model.name,
            code=head.code.detach().to("cpu"),
            rotation=np.asarray(head.rotation),
            landmarks_px=np.asarray(head.landmarks_px),
            photo_size=head.photo_size,
            faces=head.faces,
            warnings=head.warnings,
        )
        crop, camera = photo.take(head.crop), photo.camera_of_pixels(head.camera)
        preview = linear_mesh(model.template, head.code)
        window = around_head(preview, camera, photo.pixels.shape[:2])  # one for both, or the picture would jump
        around = window.take(photo.pixels)

        def stage(mesh: Trimesh, last: bool) -> Stage:
            drawn = draw(mesh, window.camera(camera), window.height, window.width)
            return Stage(result, mesh, around, drawn, crop, last)

        yield stage(preview, last=False)
        yield stage(head.mesh(RESOLUTION), last=True)


def linear_mesh(template, code: HeadCode) -> Trimesh:
    """The template bent to a code: metres, posed, as `pix2nphm.nphm.template.Template` draws it."""
    return Trimesh(template.vertices(code).numpy(), template.faces.numpy(), process=False)


def file_name(photo_path: str) -> str:
    """The photo's name without folder and ending, as far as it is fit for a file name."""
    return re.sub(r"[^\w-]+", "_", Path(photo_path).stem)[:40].strip("_") or "head"
