"""Pix2NPHM, from a photo to a head: read, find, look, decode."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path
from typing import BinaryIO

import numpy as np
import torch
from torch import Tensor, nn
from trimesh import Trimesh

from .codes import CodeShape, HeadCode
from .errors import BadWeights, NoFaceFound
from .fitting.fit import Fit
from .frames import Camera
from .nphm.compact import CompactDecoder
from .nphm.compact_config import CompactConfig
from .nphm.measured_points import MeasuredPoints, MeasuredPointsConfig
from .nphm.population import Population, PopulationConfig
from .nphm.template import Template, TemplateConfig
from .photo.crop import Crop
from .photo.detect import Looks, SeenFace, find_faces
from .photo.judge import judge
from .photo.read import Photo, Source, read_photo
from .regressor.framing import frame
from .regressor.network import FRAME_SIDE, DenseGeometry, Prediction, Regressor, RegressorConfig
from .surface import head_mesh
from .weights.configs import FOREIGN
from .weights.modules import read_part
from .weights.store import load_weights

Box = tuple[float, float, float, float]
FACE_OF_CROP = 0.65  # how much of the regressor's crop is face: 20 of 31 cm
READ_WIDER = 1.2  # than the crops of training: faces unlike those come out closer, see the model card


@dataclass(frozen=True)
class Head:
    """What one photo says: a head, where it is in the photo, and what stood in the way."""

    model: Pix2NPHM = field(repr=False)
    code: HeadCode
    camera: Camera  # photo px
    crop: Crop  # the part of the photo that the network saw
    photo_size: tuple[int, int]  # height, width
    seen: tuple[SeenFace, ...]  # every face that was seen, largest first, photo px
    face: int  # which of them this is, from 1
    warnings: tuple[str, ...]  # sentences for the person who took the photo

    @property
    def faces(self) -> int:
        """How many faces were seen: there may be more."""
        return len(self.seen)

    @property
    def boxes(self) -> list[Box]:
        """Where each face that was seen is, in their order: left, top, right, bottom, px of the photo."""
        height, width = self.photo_size
        boxes = []
        for face in self.seen:
            x, y = face.crop.centre_px.tolist()
            half = FACE_OF_CROP * face.crop.side_px / 2
            right, bottom = min(float(width), x + half), min(float(height), y + half)
            boxes.append((max(0.0, x - half), max(0.0, y - half), right, bottom))
        return boxes

    @property
    def rotation(self) -> Tensor:
        """(3, 3) camera_from_head; the camera's x is right, y down, z forward."""
        return self.camera.rotation

    @cached_property
    def landmarks_px(self) -> Tensor:
        """(68, 2) iBUG landmarks, px of the photo."""
        return self.project(self.model.decoder.landmarks(self.code))

    def project(self, points_head: Tensor | np.ndarray) -> Tensor:
        """(N, 3) metres, head frame -> (N, 2) px of the photo."""
        return self.camera.project(torch.as_tensor(points_head, dtype=torch.float32))

    def mesh(self, resolution: int = 96) -> Trimesh:
        """The head's surface: metres, head frame. `resolution` as in `Pix2NPHM.decode`."""
        return self.model.decode(self.code, resolution)


class Pix2NPHM(nn.Module):
    """The finder of faces, the regressor that reads them, the fit, the decoder, a template of fixed topology, and the
    population. `pix2nphm.load` makes one.

    `model.see_on("cuda")` puts the network that sees on a GPU; codes come back to the CPU, where heads are decoded.
    """

    def __init__(
        self, finder: Regressor, regressor: Regressor, fit: Fit, decoder: CompactDecoder, template: Template,
        population: Population,
    ) -> None:  # fmt: skip
        super().__init__()
        self.finder, self.regressor, self.fit, self.decoder = finder, regressor, fit, decoder
        self.template, self.population = template, population
        self.eval().requires_grad_(False)
        for network in (self.finder, self.regressor):
            # a sixth quicker on CPUs; torch's types lack it
            network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    @staticmethod
    def load(source: str | Path | None = None) -> Pix2NPHM:
        """The bundled weights; or those in a folder, or of "owner/name" on the Hub. Raises BadWeights."""
        config, tensors = load_weights(source)
        finder = read_part(config, tensors, "finder", Regressor, RegressorConfig)
        regressor = read_part(config, tensors, "regressor", Regressor, RegressorConfig)
        decoder = read_part(config, tensors, "decoder", CompactDecoder, CompactConfig)
        template = read_part(config, tensors, "template", Template, TemplateConfig)
        population = read_part(config, tensors, "population", Population, PopulationConfig)
        points = read_part(config, tensors, "measured_points", MeasuredPoints, MeasuredPointsConfig)
        parts = (finder, regressor, decoder, template, population, points)
        measured = (finder.config.points, regressor.config.points, points.config.points)
        known = sum(len(part.state_dict()) for part in parts)
        if len({part.config.shape for part in parts}) > 1 or len(set(measured)) > 1 or len(tensors) > known:
            raise BadWeights(FOREIGN)
        try:
            return Pix2NPHM(finder, regressor, Fit(template, population, points), decoder, template, population)
        except ValueError as error:
            raise BadWeights(FOREIGN) from error

    def see_on(self, device: torch.device | str) -> Pix2NPHM:
        """Move what looks at pictures to a device, and leave the decoder where it is."""
        self.finder.to(device)
        self.regressor.to(device)
        self.fit.to(device)
        return self

    @property
    def name(self) -> str:
        """Codes are tied to it."""
        return self.decoder.name

    @property
    def code_shape(self) -> CodeShape:
        return self.decoder.code_shape

    @property
    def mean_code(self) -> HeadCode:
        return HeadCode.zeros(self.code_shape)

    @torch.inference_mode()
    def reconstruct(self, photo: Source, face: int = 1) -> Head:
        """One face of a photo, which is whatever `read_photo` reads. Raises BadImage, NoFaceFound.

        Faces are numbered from 1, largest first. For any but the first, small ones are looked for too.
        """
        return self.reconstruct_faces(photo, [face])[0]

    @torch.inference_mode()
    def reconstruct_faces(self, photo: Source, faces: Sequence[int] | None = None) -> list[Head]:
        """The faces with these numbers, in this order; without numbers, all that are seen. Raises as `reconstruct`."""
        photo = read_photo(photo)
        seen = tuple(self.find(photo, every=faces is None or any(face != 1 for face in faces)))
        numbers = range(1, len(seen) + 1)
        for face in faces or ():
            if face not in numbers:
                raise NoFaceFound(_no_such_face(face, len(seen)))
        return [self._read_face(photo, seen, face) for face in (numbers if faces is None else faces)]

    def _read_face(self, photo: Photo, seen: tuple[SeenFace, ...], face: int) -> Head:
        crop = seen[face - 1].crop
        code, camera = self.read_crop(photo.take(crop))
        head = Head(self, code, crop.camera_to_photo(camera), crop, photo.size, seen, face, ())
        return replace(head, warnings=(*photo.notes, *judge(photo, head.landmarks_px, head.camera, len(seen), face)))

    def find(self, photo: Source, every: bool = False) -> list[SeenFace]:
        """Whatever `read_photo` reads -> its faces, largest first, framed for the regressor. Raises NoFaceFound.

        With one face in sight, smaller ones are looked for only where `every` one is asked for. Where there is none,
        what was left out of the file is said too: the face may be there.
        """
        photo = read_photo(photo)
        try:
            faces = find_faces(photo.pixels, self.look, self.finder.config.crop, every)
        except NoFaceFound as error:
            raise NoFaceFound(" ".join([str(error), *photo.notes])) from error
        size = self.regressor.config.crop
        framed = [face.crop.of_resized(photo.shrink).of_size(size).widened(READ_WIDER) for face in faces]
        return [replace(face, crop=crop) for face, crop in zip(faces, framed)]

    def look(self, crops: Tensor) -> Looks:
        """(B, 3, S, S) RGB in 0..1 -> whether each shows a face, and the crop that would show it better."""
        seen = see(self.finder, crops)
        linear, offset = frame(seen.camera, crops.shape[-1])
        middle = torch.full_like(offset, crops.shape[-1] / 2)
        return Looks(
            confidence=seen.face.sigmoid().cpu(),
            centre_px=torch.linalg.solve(linear, middle - offset).cpu(),
            side_px=(seen.camera.scale * FRAME_SIDE).cpu(),
            roll_degrees=torch.rad2deg(torch.atan2(linear[:, 0, 1], linear[:, 0, 0])).cpu(),
        )

    def read_crop(self, crop: np.ndarray) -> tuple[HeadCode, Camera]:
        """(S, S, 3) uint8, well framed -> code and camera (crop px), the mean of the crop's and its mirror image's."""
        size = crop.shape[0]
        codes, cameras = self.fit(self.see_both(crop), size)
        code, camera = self.regressor.mirror.average(codes, cameras, size)
        return code.to("cpu"), camera.to("cpu")

    def see_both(self, crop: np.ndarray) -> Prediction:
        """(S, S, 3) uint8 -> what the regressor sees in the crop and in its mirror image, a batch of two."""
        crops = as_batch(crop)
        return see(self.regressor, torch.cat([crops, crops.flip(-1)]))

    def dense_geometry(self, crop: np.ndarray) -> DenseGeometry:
        """(S, S, 3) uint8 -> what the backbone sees at each pixel, a batch of one."""
        return see(self.regressor, as_batch(crop)).dense

    @torch.no_grad()
    def decode(self, code: HeadCode, resolution: int = 96) -> Trimesh:
        """One code -> its surface: metres, +y up, face along +z, outward winding.

        `resolution` counts samples along the longest side of the head's box. Raises BadCode.
        """
        code.check_one(self.code_shape)
        return head_mesh(self.decoder.bind(code), self.decoder.box, resolution)

    @torch.no_grad()
    def sdf(self, points_head: Tensor | np.ndarray, code: HeadCode) -> Tensor:
        """(N, 3) metres -> (N,) signed distance of the posed head, metres, negative inside. Raises BadCode."""
        code.check_one(self.code_shape)
        points = torch.as_tensor(points_head, dtype=torch.float32)
        return self.decoder.bind(code).sdf(points)

    def save_code(self, code: HeadCode, file: str | Path | BinaryIO) -> None:
        """Write `.npz`."""
        code.save(file, self.name)

    def load_code(self, file: str | Path | BinaryIO) -> HeadCode:
        """Read `.npz`; raises BadCode for a code of another model."""
        return HeadCode.load(file, self.name, self.code_shape)


def _no_such_face(face: int, seen: int) -> str:
    faces = "face was" if seen == 1 else "faces were"
    return f"There is no face {face} in this photo: {seen} {faces} seen, numbered from 1, the largest."


def see(network: Regressor, crops: Tensor) -> Prediction:
    """(B, 3, S, S) RGB in 0..1, from anywhere -> the network's prediction, on its device."""
    device = network.tokens.device
    crops = crops.to(device, memory_format=torch.channels_last)
    with torch.autocast(device.type, torch.bfloat16, enabled=halves_are_fast(device.type)):
        return network(crops)


@cache
def halves_are_fast(device_type: str) -> bool:
    """Whether bfloat16, in which networks were trained, is quicker: on GPUs, and on CPUs with instructions for it."""
    able = torch.cpu.get_capabilities()
    return device_type == "cuda" or bool(able.get("avx512_bf16") or able.get("amx_bf16"))


def as_batch(crop: np.ndarray) -> Tensor:
    """(S, S, 3) uint8 -> (1, 3, S, S) in 0..1."""
    return torch.from_numpy(crop).permute(2, 0, 1)[None].float() / 255
