"""python -m pix2nphm photo.jpg [more ...] -o out/: photos in; meshes, codes and overlays out."""

from __future__ import annotations

import argparse
import errno
import os
import stat
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from tqdm import tqdm

import pix2nphm

from .errors import Pix2NPHMError
from .files import replacing
from .model import Head
from .photo.choice import chosen_faces
from .photo.read import Photo, read_photo
from .surface.export import save_mesh
from .surface.render import overlay

LARGEST_OVERLAY = 1600  # px of the longer side: a picture to look at, not to keep


def main(argv: Sequence[str] | None = None, load: Callable | None = None) -> int:
    """Run the command. `load` is `pix2nphm.load`.

    Returns 0, 1 when some photos failed, 2 when nothing could start, 130 when Ctrl-C stopped it.
    """
    arguments = _parser().parse_args(argv)
    try:
        return _run(arguments, load or pix2nphm.load)
    except KeyboardInterrupt:
        print("pix2nphm: stopped; what was written is complete.", file=sys.stderr)
        return 130


def _run(arguments: argparse.Namespace, load: Callable) -> int:
    try:
        arguments.out.mkdir(parents=True, exist_ok=True)
        model = load(arguments.weights)
    except (Pix2NPHMError, OSError) as error:
        print(f"pix2nphm: {_sentence(error)}", file=sys.stderr)
        return 2
    failed = 0
    photos, names = arguments.photos, Names()
    with tqdm(photos, unit="photo", disable=len(photos) == 1) as bar:
        for path in bar:
            try:
                warnings = _reconstruct(model, path, arguments, names)
            except (Pix2NPHMError, OSError) as error:
                failed += 1
                warnings = [_sentence(error)]
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
        "--faces", type=_faces, default=(1,), metavar="WHICH", help="numbers from 1, the largest: 2 or 1,3 or all (1)"
    )
    parser.add_argument(
        "--weights", metavar="SOURCE", help="a folder, or owner/name on the Hugging Face Hub; default: the bundled ones"
    )
    return parser


def _resolution(text: str) -> int:
    if not (text.isdecimal() and 16 <= int(text) <= 512):
        raise argparse.ArgumentTypeError("a whole number from 16 to 512 is needed")
    return int(text)


def _faces(text: str) -> tuple[int, ...] | None:
    try:
        return chosen_faces(text)
    except Pix2NPHMError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


class Names:
    """Names that were given to results, in capitals or not."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def new(self, stem: str) -> str:
        """The stem, or the stem with the first number from 2 on that is free."""
        name, number = stem, 1
        while name.lower() in self._taken:
            number += 1
            name = f"{stem}-{number}"
        self._taken.add(name.lower())
        return name


def _reconstruct(model, path: Path, arguments: argparse.Namespace, names: Names) -> list[str]:
    """Write the files of each face that was asked for, `stem-3` for number 3; what could be better, in sentences."""
    first = names.new(path.stem)
    _check_names(arguments.out / first)
    photo = read_photo(path)
    heads = model.reconstruct_faces(photo, arguments.faces)
    for head in heads:
        name = first if head.face == 1 else names.new(f"{first}-{head.face}")
        _write(model, photo, head, arguments.out / name, arguments.resolution)
    return list(dict.fromkeys(warning for head in heads for warning in head.warnings))


def _files(target: Path) -> tuple[Path, Path, Path]:
    endings = (".glb", ".code.npz", ".overlay.png")
    mesh, code, picture = (target.with_name(target.name + ending) for ending in endings)
    return mesh, code, picture


def _check_names(target: Path) -> None:
    """Raises OSError before any work where a name is too long or taken by a folder."""
    for path in _files(target):
        try:
            if stat.S_ISDIR(path.stat().st_mode):
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        except FileNotFoundError:
            pass


def _write(model, photo: Photo, head: Head, target: Path, resolution: int) -> None:
    """target.glb, target.code.npz and target.overlay.png: all three, or none."""
    mesh = head.mesh(resolution=resolution)
    factor = min(1.0, LARGEST_OVERLAY / max(photo.pixels.shape[:2]))
    camera = photo.camera_of_pixels(head.camera).warped(factor * torch.eye(2), torch.zeros(2))
    picture = Image.fromarray(overlay(_resized(photo.pixels, factor), mesh, camera))
    mesh_path, code_path, overlay_path = _files(target)
    _check_names(target)
    with replacing(code_path, "code") as code_file, replacing(overlay_path, "overlay") as overlay_file:
        model.save_code(head.code, code_file)
        picture.save(overlay_file, "PNG")
        for file in (code_file, overlay_file):
            file.flush()  # the disk is asked for its room before anything takes its place
        save_mesh(mesh, mesh_path)


def _resized(photo: np.ndarray, factor: float) -> np.ndarray:
    height, width = (max(1, round(length * factor)) for length in photo.shape[:2])
    return np.array(Image.fromarray(photo).resize((width, height), Image.Resampling.BOX))


def _sentence(error: Pix2NPHMError | OSError) -> str:
    return str(error) if isinstance(error, Pix2NPHMError) else f"The results cannot be written: {error.strerror}."


if __name__ == "__main__":
    sys.exit(main())
