"""From a photo to what the page shows of it, in stages: a linear head at once, then the exact one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from trimesh import Trimesh

from pix2nphm.codes import HeadCode
from pix2nphm.photo.read import Photo, read_photo

from ..components.faces import small_copy
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
    scene: np.ndarray  # (H, W, 3) uint8, a small copy of the whole photo
    last: bool  # no closer one of this face follows


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
    """Each head linear first, then exact. Raises gr.Error with a sentence."""
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
    preview = linear_mesh(model.template, head.code)
    window = around_head(preview, camera, photo.pixels.shape[:2])  # one for both, or the picture would jump
    around, scene = window.take(photo.pixels), small_copy(photo.pixels)

    def stage(mesh: Trimesh, last: bool) -> Stage:
        drawn = draw(mesh, window.camera(camera), window.height, window.width)
        return Stage(result, mesh, around, drawn, crop, scene, last)

    yield stage(preview, last=False)
    yield stage(head.mesh(RESOLUTION), last=True)


def linear_mesh(template, code: HeadCode) -> Trimesh:
    """The template bent to a code: metres, posed, as `pix2nphm.nphm.template.Template` draws it."""
    return Trimesh(template.vertices(code).numpy(), template.faces.numpy(), process=False)


def file_name(photo_path: str) -> str:
    """The photo's name without folder and ending, as far as it is fit for a file name."""
    return re.sub(r"[^\w-]+", "_", Path(photo_path).stem)[:40].strip("_") or "head"
