"""From a photo to what the page shows of it, in stages: a coarse head at once, then the fine one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from trimesh import Trimesh

from pix2nphm.photo.read import Photo, read_photo

from ..components.pictures import around_head, draw
from ..platform.messages import errors_in_words
from .result import Result

RESOLUTIONS = (48, 128)  # of the coarse and of the fine mesh


@dataclass(frozen=True)
class Stage:
    """One head at one resolution. Plain data: on ZeroGPU it comes out of another process."""

    result: Result
    mesh: Trimesh
    photo: np.ndarray  # (H, W, 3) uint8, the photo around the head
    drawn: np.ndarray  # (H, W, 4) uint8, the mesh over that photo
    crop: np.ndarray  # (S, S, 3) uint8, what the network saw
    last: bool  # no finer one of this face follows


Faces = tuple[int, ...] | None  # which, numbered from 1, largest first; None is all of them
Heads = Callable[[str, Faces], Iterator[Stage]]  # stages of each face in turn, from the path of a photo
HeadsOfPhoto = Callable[[Photo, str, Faces], Iterator[Stage]]  # the same from a photo that was read, and its name


def heads_of_files(heads: HeadsOfPhoto) -> Heads:
    """Photos are read where the call is made: `heads` may have one thread for all, which no file keeps waiting."""

    def of_file(photo_path: str, faces: Faces = (1,)) -> Iterator[Stage]:
        with errors_in_words():
            photo = read_photo(photo_path)
        yield from heads(photo, file_name(photo_path), faces)

    return of_file


def stages(model, photo_path: str, faces: Faces = (1,)) -> Iterator[Stage]:
    """The heads in a photo. `model` as `pix2nphm.load` returns it. Raises gr.Error with a sentence."""
    return heads_of_files(partial(stages_of_photo, model))(photo_path, faces)


def stages_of_photo(model, photo: Photo, name: str, faces: Faces) -> Iterator[Stage]:
    """Each head coarse first, then fine. Raises gr.Error with a sentence."""
    with errors_in_words():
        for head in model.reconstruct_faces(photo, faces):
            yield from _stages_of_head(model, head, photo, name if head.face == 1 else f"{name}-{head.face}")


def _stages_of_head(model, head, photo: Photo, name: str) -> Iterator[Stage]:
    result = Result(
        name=name,
        model=model.name,
        code=head.code.detach().to("cpu"),
        rotation=np.asarray(head.rotation),
        landmarks_px=np.asarray(head.landmarks_px),
        photo_size=head.photo_size,
        faces=head.faces,
        face=head.face,
        boxes=tuple(head.boxes),
        warnings=head.warnings,
    )
    crop, camera = photo.take(head.crop), photo.camera_of_pixels(head.camera)
    for resolution in RESOLUTIONS:
        mesh = head.mesh(resolution)
        window = around_head(mesh, camera, photo.pixels.shape[:2])
        drawn = draw(mesh, window.camera(camera), window.height, window.width)
        yield Stage(result, mesh, window.take(photo.pixels), drawn, crop, last=resolution == RESOLUTIONS[-1])


def file_name(photo_path: str) -> str:
    """The photo's name without folder and ending, as far as it is fit for a file name."""
    return re.sub(r"[^\w-]+", "_", Path(photo_path).stem)[:40].strip("_") or "head"
