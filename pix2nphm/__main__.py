"""python -m pix2nphm photo.jpg [more ...] -o out/: photos in; meshes, codes and overlays out."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Sequence

import numpy as np
import torch
from PIL import Image
from tqdm import tqdm

from .errors import Pix2NPHMError
from .files import replacing
from .photo.read import read_photo
from .surface.export import save_mesh
from .surface.render import overlay

LARGEST_OVERLAY = 1600  # px of the longer side: a picture to look at, not to keep


def main(argv: Sequence[str], load) -> int:
    """Run the command. `load` is `pix2nphm.load`. Returns 0, 1 when some photos failed, 2 when nothing could start."""
    arguments = _parser().parse_args(argv)
    try:
        arguments.out.mkdir(parents=True, exist_ok=True)
        model = load(arguments.weights)
    except (Pix2NPHMError, OSError) as error:
        print(f"pix2nphm: {_sentence(error)}", file=sys.stderr)
        return 2
    failed = 0
    photos = arguments.photos
    for path, stem in zip(tqdm(photos, unit="photo", disable=len(photos) == 1), _stems(photos)):
        try:
            warnings = _reconstruct(model, path, arguments.out / stem, arguments.resolution)
        except (Pix2NPHMError, OSError) as error:
            failed += 1
            warnings = (_sentence(error),)
        for warning in warnings:
            tqdm.write(f"{path}: {warning}", file=sys.stderr)
    if failed and len(photos) > 1:
        print(f"{failed} of {len(photos)} photos failed.", file=sys.stderr)
    return 1 if failed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m pix2nphm", description="One photo of a face, one 3D head.")
    parser.add_argument("photos", nargs="+", type=Path, metavar="photo", help="a picture with a face in it")
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="FOLDER", help="where the results go")
    parser.add_argument(
        "--resolution", type=_resolution, default=96, metavar="N", help="samples along the head's longest side (96)"
    )
    parser.add_argument(
        "--weights", metavar="SOURCE", help="a folder, or owner/name on the Hugging Face Hub; default: the bundled ones"
    )
    return parser


def _resolution(text: str) -> int:
    if not (text.isdecimal() and 16 <= int(text) <= 512):
        raise argparse.ArgumentTypeError("a whole number from 16 to 512 is needed")
    return int(text)


def _stems(photos: Sequence[Path]) -> list[str]:
    """A name for each photo's results: its stem, numbered where an earlier photo took it, in capitals or not."""
    stems: list[str] = []
    taken: set[str] = set()
    for path in photos:
        stem, number = path.stem, 1
        while stem.lower() in taken:
            number += 1
            stem = f"{path.stem}-{number}"
        taken.add(stem.lower())
        stems.append(stem)
    return stems


def _reconstruct(model, path: Path, target: Path, resolution: int) -> tuple[str, ...]:
    """Write target.glb, target.code.npz and target.overlay.png; say what could be better about the photo."""
    photo = read_photo(path)
    head = model.reconstruct(photo)
    mesh = head.mesh(resolution=resolution)
    save_mesh(mesh, target.with_name(f"{target.name}.glb"))
    with replacing(target.with_name(f"{target.name}.code.npz"), "code") as file:
        model.save_code(head.code, file)
    factor = min(1.0, LARGEST_OVERLAY / max(photo.pixels.shape[:2]))
    camera = photo.camera_of_pixels(head.camera).warped(factor * torch.eye(2), torch.zeros(2))
    picture = overlay(_resized(photo.pixels, factor), mesh, camera)
    with replacing(target.with_name(f"{target.name}.overlay.png"), "overlay") as file:
        Image.fromarray(picture).save(file, "PNG")
    return head.warnings


def _resized(photo: np.ndarray, factor: float) -> np.ndarray:
    height, width = (max(1, round(length * factor)) for length in photo.shape[:2])
    return np.array(Image.fromarray(photo).resize((width, height), Image.Resampling.BOX))


def _sentence(error: Exception) -> str:
    return str(error) if isinstance(error, Pix2NPHMError) else f"The results cannot be written: {error.strerror}."


if __name__ == "__main__":
    from . import load

    sys.exit(main(sys.argv[1:], load))
