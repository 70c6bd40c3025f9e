"""How far the explorer's preview is from the exact head, over the face, for blends of example heads.

    python -m pix2nphm.evaluation preview [--codes examples/codes] [--pairs 20]

The preview is the template, linear in the code; the exact head is decoded at the page's resolution. Distances go from
the exact mesh's vertices, over the face, to the template's triangles.
"""

from __future__ import annotations

import argparse
from itertools import combinations
from pathlib import Path

import numpy as np
from trimesh import Trimesh

from ..codes import HeadCode
from ..frames import MILLIMETRES_PER_METRE
from ..latent.editing import interpolate
from ..model import Pix2NPHM
from ..training.decoder.distances import Triangles

BLENDS = ((0.0, 0.0), (0.5, 0.0), (0.0, 0.5), (0.5, 0.5), (1.0, 0.25), (0.25, 1.0))  # identity, expression
FACE_LOW, FACE_HIGH = (-0.07, -0.085, 0.03), (0.07, 0.09, 0.2)  # metres, head frame
TARGET_MM = 0.5


def main() -> None:
    """Read the command line and print how far apart the two are."""
    parser = argparse.ArgumentParser(prog="python -m pix2nphm.evaluation preview", description=__doc__.split("\n")[0])
    parser.add_argument("--codes", type=Path, default=Path("examples/codes"))
    parser.add_argument("--pairs", type=int, default=20, help="pairs of heads, drawn at random")
    parser.add_argument("--resolution", type=int, default=96)
    arguments = parser.parse_args()
    model = Pix2NPHM.load()
    codes = [model.load_code(path) for path in sorted(arguments.codes.glob("*.npz"))]
    pairs = list(combinations(codes, 2))
    chosen = [pairs[i] for i in np.random.default_rng(0).permutation(len(pairs))[: arguments.pairs]]
    blends = [interpolate(a, b, identity, expression) for a, b in chosen for identity, expression in BLENDS]
    errors = [error_mm(model, blend, arguments.resolution) for blend in blends]
    means = np.array([one.mean() for one in errors])
    print(f"{len(errors)} blends of {len(codes)} heads, exact meshes at {arguments.resolution}, "
          "millimetres over the face")  # fmt: skip
    print(f"mean {means.mean():.3f}, worst blend's mean {means.max():.3f} (at most {TARGET_MM}), "
          f"95 % of points {np.quantile(np.concatenate(errors), 0.95):.3f}")  # fmt: skip


def error_mm(model: Pix2NPHM, code: HeadCode, resolution: int) -> np.ndarray:
    """Millimetres from the vertices of the exact face to the preview."""
    mesh = model.decode(code, resolution)
    vertices = model.template.vertices(code).numpy()
    face = ((mesh.vertices > FACE_LOW) & (mesh.vertices < FACE_HIGH)).all(1) & (mesh.vertex_normals[:, 2] > 0)
    preview = Trimesh(vertices, model.template.faces.numpy(), process=False)
    _, _, offsets = Triangles(np.asarray(preview.triangles)).nearest(mesh.vertices[face])
    return np.linalg.norm(offsets, axis=-1) * MILLIMETRES_PER_METRE
