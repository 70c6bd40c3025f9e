"""Draws the README's picture: photos, the heads found in them, and the same heads from the side.

python -m pix2nphm.evaluation picture --out results.jpg [photos ...]
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from trimesh import Trimesh

import pix2nphm

from ..frames import FRONTAL, Camera
from ..model import Pix2NPHM
from ..photo.read import read_photo
from ..surface import overlay, render_mesh

EXAMPLES = Path(__file__).parents[2] / "examples"
SHOWN = (
    "allred_colin.jpg", "underwood_lauren.jpg", "levin_andy.jpg", "murphy_stephanie.jpg", "mceachin_aston_donald.jpg",
    "watson_coleman_bonnie.jpg",
)  # fmt: skip
TILE = 220  # px
SIDE_DEGREES = 50
RESOLUTION = 128
PAPER = 255  # behind heads seen from the side


def column(model: Pix2NPHM, file: Path) -> np.ndarray:
    """(3 * TILE, TILE, 3) uint8: the photo's face, the head over it, the head from the side."""
    photo = read_photo(file)
    head = model.reconstruct(photo)
    mesh = head.mesh(RESOLUTION)
    crop = head.crop.of_size(TILE)
    camera = head.camera.warped(crop.linear, crop.offset)
    face = photo.take(crop)
    return np.concatenate([face, overlay(face, mesh, camera), from_the_side(mesh, camera)])


def from_the_side(mesh: Trimesh, camera: Camera) -> np.ndarray:
    """(TILE, TILE, 3) uint8: the mesh at the size `camera` shows it, turned."""
    angle = torch.deg2rad(torch.tensor(float(SIDE_DEGREES)))
    turn = torch.tensor([[angle.cos(), 0, angle.sin()], [0, 1, 0], [-angle.sin(), 0, angle.cos()]])
    middle = torch.tensor([TILE / 2, TILE / 2])
    there = replace(camera, rotation=FRONTAL @ turn, centre=middle, scale=camera.scale * 0.85)
    drawn = render_mesh(mesh, there, TILE, TILE)
    alpha = drawn.alpha[..., None]
    return (drawn.colour * alpha + PAPER * (1 - alpha)).astype(np.uint8)


def main() -> None:
    """Read the command line and write the picture."""
    parser = argparse.ArgumentParser(description="Draw photos and the heads found in them.")
    parser.add_argument("photos", nargs="*", type=Path, default=[EXAMPLES / name for name in SHOWN])
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    model = pix2nphm.load()
    columns = [column(model, file) for file in arguments.photos]
    Image.fromarray(np.concatenate(columns, axis=1)).save(arguments.out, quality=90)


if __name__ == "__main__":
    main()
