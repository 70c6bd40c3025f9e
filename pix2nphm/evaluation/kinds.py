"""Pictures that are hard, kind by kind, on people that were never trained on.

python -m pix2nphm.evaluation kinds --data DATA --portraits runs/portraits.npz [--pictures runs/kinds]

Glasses, dark skin and hair over the brow were picked by eye among the held-out portraits. The other kinds are made from
the same portraits for every kind, so that its row can be compared with the row of these portraits as they are.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter
from scipy.spatial import ConvexHull

import pix2nphm

from ..model import Pix2NPHM
from .accuracy import FAILED, landmark_error, marked_portraits, reconstructed

PICKED = {  # numbers of portraits
    "glasses": (
        "022103 015029 022139 022105 021710 015019 021984 021323 091737 021737 021742 021520 015104 015083 "
        "029758 015060 029129 014288 029551 014055 014618 002525 014416 014504 014069 008866 012014 006151 "
        "011015 008084 013049 006483 007925 000018 004139 010752 010060"
    ),
    "dark skin": "021931 021371 022154 022105 021991 020727 029930 015412 015076",
    "hair over the brow": "029705 012041 015077 029324 014242 014614 014223 013020 014258",
}
MADE_FROM = 24  # portraits
TILE = 160  # px of a picture in a sheet
NOSE_ROOT, CHIN = 27, 8


@dataclass(frozen=True)
class Picture:
    """A photo, and where its face's landmarks are."""

    image: Image.Image
    landmarks: np.ndarray  # (68, 2) px

    def moved(
        self, linear: np.ndarray, offset: np.ndarray, size: tuple[int, int], around: Image.Image | None = None
    ) -> Picture:
        """Pixels x go to `linear` @ x + `offset` in a picture of `size`, in front of `around` or black."""
        back = np.linalg.inv(linear)
        rows = np.column_stack([back, -back @ offset]).ravel()
        place = lambda image: image.transform(size, Image.Transform.AFFINE, tuple(rows), Image.Resampling.BICUBIC)
        covered = place(Image.new("L", self.image.size, 255))
        behind = Image.new("RGB", size) if around is None else around.resize(size)
        return Picture(Image.composite(place(self.image), behind, covered), self.landmarks @ linear.T + offset)

    @property
    def width(self) -> float:
        """Of the face, px."""
        return float(np.linalg.norm(self.landmarks[0] - self.landmarks[16]))


def grey(picture: Picture) -> Picture:
    """Without colour."""
    return Picture(picture.image.convert("L").convert("RGB"), picture.landmarks)


def hat(picture: Picture) -> Picture:
    """A dark hat with a brim, drawn down to the brows."""
    image = picture.image.copy()
    up = picture.landmarks[NOSE_ROOT] - picture.landmarks[CHIN]
    left, right = picture.landmarks[17] + 0.12 * up, picture.landmarks[26] + 0.12 * up
    across = right - left
    draw = ImageDraw.Draw(image)
    crown, brim = (0.15, 0.12, 0.9, (48, 40, 36)), (0.45, 0.4, 0.15, (36, 30, 28))
    for below, above, height, colour in (crown, brim):
        corners = [left - below * across, left - above * across + height * up,
                   right + above * across + height * up, right + below * across]  # fmt: skip
        draw.polygon([tuple(corner) for corner in corners], fill=colour)
    return Picture(image, picture.landmarks)


def backlight(picture: Picture) -> Picture:
    """The face and what is near it four times darker, all else bright."""
    mask = Image.new("L", picture.image.size)
    centre = picture.landmarks.mean(0)
    outline = centre + 1.35 * (picture.landmarks[ConvexHull(picture.landmarks).vertices] - centre)
    ImageDraw.Draw(mask).polygon([tuple(corner) for corner in outline], fill=255)
    near = np.asarray(mask.filter(ImageFilter.GaussianBlur(0.15 * picture.width)), np.float32)[..., None] / 255
    light = np.asarray(picture.image, np.float32) / 255
    lit = near * 0.25 * light + (1 - near) * (0.6 + 0.4 * light)
    return Picture(Image.fromarray((255 * lit).astype(np.uint8)), picture.landmarks)


def filling(picture: Picture) -> Picture:
    """Nothing but the face, from the brows to the chin and a twentieth around."""
    low, high = picture.landmarks.min(0), picture.landmarks.max(0)
    margin = 0.05 * (high - low)
    zoom = 400 / (high - low + 2 * margin).max()
    width, height = (int(side) for side in zoom * (high - low + 2 * margin))
    return picture.moved(zoom * np.eye(2), -zoom * (low - margin), (width, height))


def tilted(picture: Picture, degrees: float) -> Picture:
    """Turned about its middle; corners that come in are black."""
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    middle = np.array(picture.image.size) / 2
    return picture.moved(turn, middle - turn @ middle, picture.image.size)


def small(picture: Picture, width: float, places: list[Image.Image], seed: int) -> Picture:
    """A face of `width` px somewhere in a picture of a place, of 1000 x 700 px."""
    generator = np.random.default_rng(seed)
    zoom = width / picture.width
    room = np.array([1000, 700]) - zoom * np.array(picture.image.size)
    place = places[generator.integers(len(places))]
    return picture.moved(zoom * np.eye(2), generator.random(2) * room, (1000, 700), place)


def beside(picture: Picture, other: Picture) -> Picture:
    """Another person next to it, at seven tenths of the size."""
    zoom = 0.7 * picture.width / other.width
    width, height = picture.image.size
    size = int(width + zoom * other.image.width), height
    shown = other.moved(zoom * np.eye(2), np.array([width, 0.2 * height]), size)
    image = shown.image.copy()
    image.paste(picture.image, (0, 0))
    return Picture(image, picture.landmarks)


def collect(data: Path, portraits: Path) -> dict[str, list[Picture]]:
    """The pictures of each kind."""
    marked = marked_portraits(data, portraits)
    opened = lambda name: Picture(Image.open(data / "portraits" / "crops" / f"{name}.jpg").convert("RGB"), marked[name])
    kinds = {kind: [opened(name) for name in names.split()] for kind, names in PICKED.items()}
    base = [opened(name) for name in np.random.default_rng(0).choice(sorted(marked), MADE_FROM, replace=False)]
    places = [Image.open(path).convert("RGB") for path in sorted((data / "backgrounds").glob("*.jpg"))]
    make: dict[str, Callable[[Picture], Picture]] = {
        "as they are": lambda picture: picture,
        "greyscale": grey,
        "a drawn hat": hat,
        "backlight": backlight,
        "face that fills the picture": filling,
    }
    make |= {f"tilted by {degrees} degrees": partial(tilted, degrees=degrees) for degrees in (30, 60, 90, 135, 180)}
    kinds |= {kind: [change(picture) for picture in base] for kind, change in make.items()}
    for width in (60, 40):
        kinds[f"face {width} px wide"] = [small(picture, width, places, seed) for seed, picture in enumerate(base)]
    kinds["two people"] = [beside(picture, other) for picture, other in zip(base, base[1:] + base[:1])]
    return kinds


def error_of(model: Pix2NPHM, picture: Picture) -> tuple[float, np.ndarray | None]:
    """Landmark error, infinite when no face was found, and the landmarks that were found."""
    head = reconstructed(model, picture.image)
    if head is None:
        return np.inf, None
    return landmark_error(head.landmarks_px, picture.landmarks), head.landmarks_px.numpy()


def sheet(pictures: list[Picture], found: list[np.ndarray | None]) -> Image.Image:
    """The pictures side by side, with what was found in green."""
    across = 8
    paper = Image.new("RGB", (across * TILE, -(-len(pictures) // across) * TILE))
    for i, (picture, landmarks) in enumerate(zip(pictures, found)):
        image = picture.image.copy()
        image.thumbnail((TILE, TILE))
        draw = ImageDraw.Draw(image)
        for x, y in () if landmarks is None else landmarks * image.width / picture.image.width:
            draw.ellipse((x - 1, y - 1, x + 1, y + 1), fill=(0, 255, 0))
        paper.paste(image, (i % across * TILE, i // across * TILE))
    return paper


def main() -> None:
    """Read the command line and print the table, a row when it is known."""
    parser = argparse.ArgumentParser(description="Print landmark errors over the outer-eye distance, kind by kind.")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--portraits", type=Path, required=True, help="registered portraits; holds the split by person")
    parser.add_argument("--pictures", type=Path, help="a folder for sheets of all pictures, and what was found in them")
    parser.add_argument("--weights", help="another folder or Hub name than the bundled weights")
    arguments = parser.parse_args()
    model = pix2nphm.load(arguments.weights)
    print("| kind | pictures | median | worst | lost or above 0.15 |\n|---|---|---|---|---|")
    for kind, pictures in collect(arguments.data, arguments.portraits).items():
        errors, found = zip(*(error_of(model, picture) for picture in pictures))
        errors = np.array(errors)
        seen = errors[np.isfinite(errors)]
        figures = f"{np.median(errors):.4f} | {seen.max(initial=0):.3f} | {(errors > FAILED).sum()}"
        print(f"| {kind} | {len(errors)} | {figures} |", flush=True)
        if arguments.pictures:
            arguments.pictures.mkdir(parents=True, exist_ok=True)
            sheet(pictures, found).save(arguments.pictures / f"{kind}.jpg".replace(" ", "_"))


if __name__ == "__main__":
    main()
