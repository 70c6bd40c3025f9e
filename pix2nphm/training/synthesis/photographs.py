"""Training photographs with known codes: portraits' textures on other heads, in other light, before other places.

    python -m pix2nphm.training.synthesis.photographs --data DATA --portraits runs/portraits.npz --out runs/photographs

A shard is a folder of plain `.npy` files, 512 rows each; it appears under its name when it is whole.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from ...codes import HeadCode
from ...frames import Camera
from ..head_space import HeadSpace, IctFaceKit
from ..head_space.expressions import worn_expressions
from .blends import alike, blend, unrolled
from .bust import Bust
from .donors import Fill, correction, make_donor
from .hair import above_hairline, sample_hair
from .portraits import INNER, MEDIAPIPE_68, MESH_POINTS
from .renderer import Renderer
from .scene import Donor, Scene
from .scene_sampling import (
    Places,
    sample_background,
    sample_body,
    sample_camera,
    sample_light,
    sample_looks,
    sample_pose,
)

SHARD = 512
BATCH = 16  # heads whose geometry is computed at once; fits the cache
LARGEST_FIT_ERROR = 0.035  # of the inter-ocular distance; worse fits smear the face over the head
HAIRY = 0.6  # share of pictures with hair that has volume
BLENDED = 0.5  # share of pictures whose skin is the mean of several portraits'
BLENDS, ALIKE = (2, 12), 60  # how many beside the first; among how many of similar colour
UNLIT, UNLIT_BLENDED = 0.3, 0.05  # share of pictures whose only light is what the portraits hold: blends hold little
SPREADS = (0.5, 1.0)  # how wide identities are, against the space's own: who learned from wide ones exaggerates


@dataclass(frozen=True)
class Portraits:
    """Registered portraits of one split. D portraits, each of which may lend its skin: donors."""

    name: np.ndarray  # (D,)
    photo_rect: np.ndarray  # (D, 4) px
    code: HeadCode
    camera: Camera  # px of the portrait
    marked_vertices: np.ndarray  # (M,) of the head, that MediaPipe marks; without the jaw line, which slides
    astray_px: np.ndarray  # (D, M, 2) from where the fitted head shows them to where they were marked

    @staticmethod
    def read(registered: str | Path, split: str) -> Portraits:
        with np.load(registered) as data:
            rows = dict(data)
        used = (rows["split"] == split) & (rows["error"] < LARGEST_FIT_ERROR)
        tensor = lambda name: torch.from_numpy(rows[name][used]).float()
        marked = np.setdiff1d(np.arange(MESH_POINTS), MEDIAPIPE_68[: INNER.start])
        return Portraits(
            name=rows["name"][used],
            photo_rect=rows["photo_rect"][used],
            code=HeadCode(*map(tensor, ("whole", "parts", "expression"))),
            camera=Camera(*map(tensor, ("rotation", "scale", "centre", "inverse_distance"))),
            marked_vertices=rows["mediapipe_vertices"][marked],
            astray_px=rows["astray_px"][used][:, marked].astype(np.float32),
        )


class Studio:
    """Everything that all photographs share. Building it reads and prepares every portrait, in `processes`.

    It can be handed to forked processes before it has drawn anything: each then has a renderer of its own.
    """

    def __init__(self, data: str | Path, registered: str | Path, split: str, processes: int = 1):
        ict = IctFaceKit.read(data)
        self.split = split
        self.space = HeadSpace.build(ict)
        self.bust = Bust.build(ict)
        mean, modes = self.space.restricted(torch.from_numpy(self.bust.index))
        self.mean, modes = mean.flatten()[:, None], modes.flatten(0, 1)
        whole, parts = self.space.code_shape.whole, self.space.code_shape.parts * self.space.code_shape.local
        self.local_modes = modes[:, whole : whole + parts].bfloat16()  # they move little: it costs 0.01 mm
        self.other_modes = torch.cat([modes[:, :whole], modes[:, whole + parts :]], dim=1)
        self.places = Places.read(data)
        self.portraits = Portraits.read(registered, split)
        self.skin_points = self.bust.neutral_skin()
        marked_points = ict.vertices[self.portraits.marked_vertices]
        self.correction = correction(self.skin_points, marked_points)
        self.crops, self.fill = Path(data) / "portraits" / "crops", Fill.build(self.skin_points)
        self.donors = self.prepare(processes)
        middles = (donor.photograph[64:192:4, 64:192:4, :3].astype(int) for donor in self.donors)
        self.grey = np.array([np.ptp(middle, axis=-1).mean() < 8 for middle in middles])
        self.alike = alike(self.donors, self.skin_points, ALIKE)
        self.flat = unrolled(self.skin_points)
        self.flat_pictures: dict[int, np.ndarray] = {}

    @cached_property
    def renderer(self) -> Renderer:
        return Renderer(self.bust, self.places.pictures)

    def surfaces(self, code: HeadCode) -> np.ndarray:
        """(B) codes -> (B, V, 6) metres and normals, as `Bust.surfaces`."""
        others = torch.cat([code.whole, code.expression], dim=-1)
        points = self.mean + self.other_modes @ others.T
        points = points + (self.local_modes @ code.parts.flatten(1).bfloat16().T).float()
        return self.bust.surfaces(points.view(len(self.bust.index), 3, -1)).numpy()

    def prepare(self, processes: int) -> list[Donor]:
        firsts = range(0, len(self.portraits.name), BATCH)
        if processes == 1:
            return [donor for first in firsts for donor in self.some_donors(first)]
        with multiprocessing.get_context("fork").Pool(processes) as pool:
            return [donor for some in pool.imap(self.some_donors, firsts) for donor in some]

    def some_donors(self, first: int) -> list[Donor]:
        """BATCH donors from the portrait `first` on."""
        donors, camera = [], self.portraits.camera
        for i, surface in enumerate(self.surfaces(self.portraits.code[first : first + BATCH]), start=first):
            with Image.open(self.crops / f"{self.portraits.name[i]}.jpg") as portrait:
                astray = self.correction @ self.portraits.astray_px[i]
                donors.append(
                    make_donor(portrait, self.portraits.photo_rect[i], surface, camera[i], astray, self.bust, self.fill)
                )
        return donors

    @cached_property
    def hair_colour(self) -> np.ndarray:
        """(D, 3) sRGB, the mean colour above each donor's forehead; of skin where a donor has no hair."""
        above = np.abs(above_hairline(self.skin_points) - 0.012) < 0.008
        return np.stack([donor.fill[above & (self.skin_points[:, 1] > 0.08)].mean(0) / 255 for donor in self.donors])

    def draw_codes(self, count: int, g: np.random.Generator) -> HeadCode:
        """Heads that are nobody's; their expressions may be some portrait's. A portrait lends its picture only:
        its fitted identity is too near the mean head to teach shapes, and would tie shape to texture.
        """
        drawn = self.space.sample(count, g, self.split)
        spread = torch.from_numpy(g.uniform(*SPREADS, size=(count, 1)).astype(np.float32))
        drawn = drawn.with_identity(spread * drawn.identity)
        worn = worn_expressions(drawn.expression.numpy(), self.portraits.code.expression.numpy(), g)
        return drawn.with_expression(torch.from_numpy(worn))

    def shard(self, count: int, g: np.random.Generator) -> dict[str, np.ndarray]:
        """`count` photographs, as the arrays of a shard's files."""
        donor = g.integers(len(self.donors), size=count)
        code = self.draw_codes(count, g)
        rows: dict[str, list[np.ndarray]] = {}
        for first in range(0, count, BATCH):
            some = slice(first, first + BATCH)
            for i, surface in zip(donor[some], self.surfaces(code[some])):
                for name, value in self.photograph(surface, i, g).items():
                    rows.setdefault(name, []).append(value)
        known = {"whole": code.whole.numpy(), "parts": code.parts.half().numpy(), "expression": code.expression.numpy()}
        names = {"donor": self.portraits.name[donor], "box": np.array([self.bust.box.low, self.bust.box.high])}
        return {name: np.stack(values) for name, values in rows.items()} | known | names

    def photograph(self, surface: np.ndarray, donor: int, g: np.random.Generator) -> dict[str, np.ndarray]:
        grey, blended = self.grey[donor], g.random() < BLENDED
        pose = sample_pose(g)
        camera = sample_camera(pose, surface[self.bust.landmarks68, :3], self.renderer.size, g)
        background = sample_background(len(self.places.pictures), grey, g)
        scene = Scene(
            surface=surface,
            camera=camera,
            donor=self.blended(donor, g) if blended else self.donors[donor],
            light=sample_light(self.places, g, UNLIT_BLENDED if blended else UNLIT),
            looks=sample_looks(sample_body(pose, g), grey, g),
            background=background,
            hair=sample_hair(self.skin_points, self.hair_colour[donor], grey, g) if g.random() < HAIRY else None,
        )
        return vars(self.renderer.draw(scene)) | {name: value.numpy() for name, value in vars(camera).items()}

    def blended(self, donor: int, g: np.random.Generator) -> Donor:
        """A skin that is nobody's, coloured as a donor's."""
        others = g.choice(self.alike[donor][1:], g.integers(*BLENDS), replace=False)
        some = [donor, *others]
        return blend([self.donors[i] for i in some], [self.flat_picture(i) for i in some], self.flat, g.random() < 0.5)

    def flat_picture(self, donor: int) -> np.ndarray:
        """A donor's skin laid flat, kept for the next time."""
        if donor not in self.flat_pictures:
            self.flat_pictures[donor] = self.renderer.flatten(self.donors[donor])
        return self.flat_pictures[donor]


def write_shard(folder: Path, arrays: dict[str, np.ndarray]) -> None:
    """Write under another name first: a trainer never sees half a shard."""
    unfinished = folder.with_name(f".{folder.name}.{os.getpid()}")
    unfinished.mkdir(parents=True)
    for name, array in arrays.items():
        np.save(unfinished / f"{name}.npy", array)
    unfinished.rename(folder)


def make_shards(studio: Studio, out: Path, seed: int, numbers: range) -> None:
    """Write the shards of these numbers that are not there yet. A number's shard is always the same."""
    for number in numbers:
        folder = out / f"{seed:03d}-{number:05d}"
        if folder.exists():
            continue
        start = time.perf_counter()
        write_shard(folder, studio.shard(SHARD, np.random.default_rng([seed, number])))
        print(f"{folder.name}: {1000 * (time.perf_counter() - start) / SHARD:.1f} ms an image", flush=True)


def main() -> None:
    """Read the command line and draw shards, in as many processes as it says."""
    parser = argparse.ArgumentParser(description="Make shards of training photographs.")
    parser.add_argument("--data", required=True, help="folder of ict_facekit.npz, portraits, backgrounds, ...")
    parser.add_argument("--portraits", required=True, help="registered portraits, by the module of that name")
    parser.add_argument("--out", required=True)
    parser.add_argument("--shards", type=int, default=80)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--split", choices=("train", "test"), default="train")
    parser.add_argument("--processes", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    studio = Studio(arguments.data, arguments.portraits, arguments.split, arguments.processes)
    print(f"{len(studio.donors)} donors ready", flush=True)
    shares = [range(first, arguments.shards, arguments.processes) for first in range(arguments.processes)]
    fork = multiprocessing.get_context("fork")
    given = studio, Path(arguments.out), arguments.seed
    others = [fork.Process(target=make_shards, args=(*given, share)) for share in shares[1:]]
    for process in others:
        process.start()
    make_shards(*given, shares[0])
    for process in others:
        process.join()


if __name__ == "__main__":
    main()
