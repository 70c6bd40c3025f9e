"""How close the decoder's surfaces are to the true ones, on identities it was never trained on.

    python -m pix2nphm.evaluation decoder --data DATA [--run runs/decoder]

Distances from points of the true surface, over the face and uncovered, to the extracted mesh. "posed" is the mesh of
the app: canonical, then moved forward. "posed field" is extracted from the posed signed distances themselves.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from trimesh import Trimesh

from ..codes import HeadCode
from ..frames import MILLIMETRES_PER_METRE
from ..model import Pix2NPHM
from ..nphm.compact import CompactDecoder
from ..surface import canonical_mesh, extract, repose
from ..training.decoder.distances import SolidHead, Triangles
from ..training.decoder.samples import HeadSurfaces
from ..training.decoder.train import read_decoder
from ..training.head_space import HeadSpace, IctFaceKit

TARGETS_MM = {"canonical": 0.12, "posed": 0.20, "posed lips": 0.35}
COVERED = 5e-5  # metres inside: such a point of the skin or an eyeball is not on the outer surface


def main() -> None:
    """Read the command line and print the table."""
    parser = argparse.ArgumentParser(prog="python -m pix2nphm.evaluation decoder", description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with ict_facekit.npz")
    parser.add_argument("--run", type=Path, help="folder of a training run; otherwise the bundled weights")
    parser.add_argument("--heads", type=int, default=12)
    parser.add_argument("--resolution", type=int, default=192, help="samples along the box's longest axis")
    arguments = parser.parse_args()
    ict = IctFaceKit.read(arguments.data)
    surfaces = HeadSurfaces(ict, HeadSpace.build(ict))
    decoder = read_decoder(arguments.run) if arguments.run else Pix2NPHM.load().decoder
    generator = np.random.default_rng(4)
    codes = surfaces.space.sample(arguments.heads, generator, split="test")
    errors: dict[str, list[np.ndarray]] = {}
    for i in range(arguments.heads):
        for name, distances in errors_of(decoder, surfaces, codes[i], arguments.resolution, generator).items():
            errors.setdefault(name, []).append(distances)
    print(f"{arguments.heads} held-out heads, meshes at {arguments.resolution}, millimetres")
    print(f"{'':18}{'mean':>8}{'95 %':>8}{'worst head':>12}{'target':>8}")
    for name, distances in errors.items():
        every, worst = np.concatenate(distances), max(one.mean() for one in distances)
        print(f"{name:18}{every.mean():8.3f}{np.quantile(every, 0.95):8.3f}{worst:12.3f}{TARGETS_MM.get(name, ''):>8}")


def errors_of(
    decoder: CompactDecoder, surfaces: HeadSurfaces, code: HeadCode, resolution: int, generator: np.random.Generator
) -> dict[str, np.ndarray]:
    """Millimetres at random points of one head's face, by name of the surface."""
    closed, batch = surfaces.closed, HeadCode.stack([code])
    true = {"canonical": surfaces.vertices(surfaces.canonical(batch)), "posed": surfaces.vertices(batch)}
    solids = {name: SolidHead(closed, vertices[0].numpy()) for name, vertices in true.items()}
    with torch.no_grad():
        field = decoder.bind(code)
        canonical = canonical_mesh(field, decoder.box, resolution)
        meshes = {
            "canonical": canonical,
            "posed": repose(canonical, field),
            "posed field": extract(field.sdf, decoder.box, resolution),
        }
    errors = {}
    for name, mesh in meshes.items():
        solid = solids["canonical" if name == "canonical" else "posed"]
        for place, chosen in (("", closed.face), (" lips", closed.lips)):
            errors[name + place] = distances_mm(solid, chosen, mesh, generator)
    return errors


def distances_mm(solid: SolidHead, chosen: np.ndarray, mesh: Trimesh, generator: np.random.Generator) -> np.ndarray:
    """From 5000 random uncovered points on the triangles `chosen` (T,) bool of a true head to a mesh."""
    corners = solid.corners[chosen]
    areas = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=-1)
    triangles = generator.choice(len(corners), 5000, p=areas / areas.sum())
    points = (corners[triangles] * generator.dirichlet(np.ones(3), 5000)[..., None]).sum(1)
    points = points[solid.signed_distance(points) > -COVERED]
    _, _, offsets = Triangles(np.asarray(mesh.triangles)).nearest(points)
    return np.linalg.norm(offsets, axis=-1) * MILLIMETRES_PER_METRE
