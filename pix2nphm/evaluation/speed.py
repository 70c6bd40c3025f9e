"""How long everything takes, and how much faster MonoNPHM is here than by its published dense extraction."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from dataclasses import dataclass
from math import pi, sqrt
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np
import torch
from PIL import Image
from scipy.spatial import cKDTree
from skimage.measure import marching_cubes
from torch import Tensor
from trimesh import Trimesh

import pix2nphm

from ..frames import METRES_PER_MONONPHM_UNIT, Box
from ..nphm.mononphm import MonoNPHM
from ..nphm.mononphm_networks import linear_layers
from ..surface import canonical_mesh, head_mesh
from .published import PublishedHead

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
PHOTO_SIDE = 1000  # px
REPOSED_VERTICES = 25_000
FINE, SMALL = 256, 48  # samples along the longest axis, of the MonoNPHM comparison and of its fully dense check
PUBLISHED_SAMPLE = 8192  # points on which the published procedure is timed
CHECKED_VERTICES = 5000
BALL_CENTRE, BALL_RADIUS = (0.0, 0.1, -0.28), 0.45  # units: as much surface as a head with its neck


@dataclass(frozen=True)
class Row:
    """A line of the table."""

    what: str
    measured: str
    target: str = ""


def best(action: Callable[[], object], repeats: int) -> float:
    """Seconds of the fastest of some runs: what the machine can do when nothing else disturbs it."""
    times = []
    for _ in range(repeats):
        start = perf_counter()
        action()
        times.append(perf_counter() - start)
    return min(times)


def bundled_rows(photo: Path) -> list[Row]:
    """Meshes, re-posing and reconstruction with the bundled weights, by the calls that the app makes."""
    model = pix2nphm.load()
    with TemporaryDirectory() as folder:
        file = Path(folder) / "photo.jpg"
        picture = Image.open(photo).convert("RGB")
        picture.resize([round(side * PHOTO_SIDE / max(picture.size)) for side in picture.size]).save(file, quality=90)
        code = model.reconstruct(file).code
        to_codes = best(lambda: model.reconstruct(file), 5)
        to_mesh = best(lambda: model.reconstruct(file).mesh(resolution=96), 3)
    head = model.decoder.bind(code)
    vertices = canonical_mesh(head, model.decoder.box, 96).vertices
    points = torch.from_numpy(np.resize(vertices, (REPOSED_VERTICES, 3))).float()

    poser = head.poser(points)

    def repose() -> None:
        with torch.no_grad():
            head.posed_points(points)

    def repose_again() -> None:
        with torch.no_grad():
            poser(head)

    return [
        Row("mesh at 96", seconds(best(lambda: model.decode(code, 96), 5)), "0.5 s"),
        Row("mesh at 128", seconds(best(lambda: model.decode(code, 128), 5)), "1 s"),
        Row("re-posing 25,000 vertices", seconds(best(repose, 5)), "0.15 s"),
        Row("  the same vertices' next expression", seconds(best(repose_again, 5)), ""),
        Row("reconstruct, file of a 1000 px photo to codes", seconds(to_codes), "0.35 s"),
        Row("reconstruct, with a mesh at 96", seconds(to_mesh), "1.2 s"),
    ]


def mononphm_rows() -> list[Row]:
    """MonoNPHM at full width on made-up weights, against the published dense procedure."""
    model = ball_like_mononphm()
    published = PublishedHead(model, *(latent(model, size) for size in (2176, 2176, 100)))
    code = model.code_from_latents(published.z_geo, published.z_exp)
    results = []
    ours = best(lambda: results.append(head_mesh(model.bind(code), model.box, FINE)), 2)
    low, high = (torch.tensor(corner) / METRES_PER_MONONPHM_UNIT for corner in (model.box.low, model.box.high))
    extent = high - low
    points = low + torch.rand(PUBLISHED_SAMPLE, 3, generator=torch.Generator().manual_seed(0)) * extent
    with torch.no_grad():
        per_point = best(lambda: published(points), 3) / PUBLISHED_SAMPLE
    samples = int(grid_shape(model.box, FINE).prod())
    dense = per_point * samples
    exact, typical = disagreement_on_edges(results[0], model.box, FINE, published)
    small = disagreement_with_dense(model, published, code)
    return [
        Row(f"MonoNPHM mesh at {FINE}", seconds(ours)),
        Row(
            f"the published dense procedure on the same grid, {samples / 1e6:.1f} M points",
            f"{dense:.0f} s ({1e6 * per_point:.0f} us a point, timed on {PUBLISHED_SAMPLE:,} points)",
        ),
        Row("times faster", f"{dense / ours:.0f}", "at least 40"),
        Row(
            f"surface at {FINE} against published values beside {CHECKED_VERTICES:,} of its vertices",
            f"largest {exact:.4f} voxels, median {typical:.4f}",
            "0.1 voxel",
        ),
        Row(f"surface at {SMALL} against the whole dense grid, both ways", f"largest {small:.4f} voxels", "0.1 voxel"),
    ]


def ball_like_mononphm() -> MonoNPHM:
    """MonoNPHM at its published widths, whose heads are uneven balls of a head's size: random weights, drawn so that
    each expert's answer is about the distance to one ball. Source of the drawing: Atzmon and Lipman, SAL, CVPR 2020.
    """
    generator = torch.Generator().manual_seed(0)
    centre = torch.tensor(BALL_CENTRE)
    turn = torch.arange(35) * pi * (3 - sqrt(5))  # a spiral over the right half of the ball, then five on its middle
    height = 1 - 2 * (torch.arange(35) + 0.5) / 35
    ring = (1 - height**2).sqrt()
    right = torch.stack([(ring * turn.sin()).abs(), height, ring * turn.cos()], dim=-1)
    pairs = torch.stack([right, right * torch.tensor([-1.0, 1, 1])], dim=1)[:30].flatten(0, 1)
    middle = torch.nn.functional.normalize(right[30:] * torch.tensor([0.0, 1, 1]), dim=-1)
    directions = torch.cat([pairs, middle])
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = MonoNPHM(centre + BALL_RADIUS * directions).requires_grad_(False)
    nets, s = model.sdf_nets, model.sizes
    origins = torch.cat([model.anchors_mean, torch.zeros(1, 3)])[[experts[0] for experts in s.experts_of_net]]
    for weight in nets.weights:
        weight.normal_(std=sqrt(2 / weight.shape[1]), generator=generator)
    nets.weights[0][..., : s.whole + s.local] *= 0.01  # codes change heads a little
    place = nets.weights[0][..., s.whole + s.local : -s.hyper]
    nets.biases[0].copy_((place @ (origins - centre)[..., None])[..., 0])
    nets.weights[-1].normal_(mean=sqrt(pi / s.sdf_width), std=1e-4, generator=generator)
    nets.biases[-1].fill_(-BALL_RADIUS)
    linear_layers(model.deformation)[-1][0].mul_(0.02)
    model.anchor_mlp.weights[-1].mul_(0.02)
    return model


def latent(model: MonoNPHM, size: int) -> Tensor:
    """(size,) a made-up code of length one or so; the same each time."""
    return torch.randn(size, generator=torch.Generator().manual_seed(size)) / sqrt(size)


def grid_shape(box: Box, resolution: int) -> np.ndarray:
    """Samples per axis, of cubic voxels."""
    extent = np.array(box.high) - np.array(box.low)
    return np.floor(extent / voxel_size(box, resolution) + 1e-6).astype(int) + 1


def voxel_size(box: Box, resolution: int) -> float:
    """Metres between samples."""
    return (np.array(box.high) - np.array(box.low)).max() / (resolution - 1)


def disagreement_on_edges(mesh: Trimesh, box: Box, resolution: int, published: PublishedHead) -> tuple[float, float]:
    """Voxels between a mesh of `resolution` and the surface of published values, along its normals: largest and median.

    Each vertex lies on an edge of the grid, where the values at the edge's two ends say; a sample of them is checked.
    """
    voxel = voxel_size(box, resolution)
    chosen = np.random.default_rng(0).permutation(len(mesh.vertices))[:CHECKED_VERTICES]
    place = (mesh.vertices[chosen] - np.array(box.low)) / voxel
    nearest = np.round(place)
    along = np.abs(place - nearest).argmax(axis=1)
    each = np.arange(len(place))
    start = nearest.copy()
    start[each, along] = np.floor(place[each, along])
    end = start.copy()
    end[each, along] += 1
    ends = torch.from_numpy(np.concatenate([start, end]) * voxel + np.array(box.low)).float()
    first, second = published_values(published, ends / METRES_PER_MONONPHM_UNIT).reshape(2, -1)
    crossing = start[each, along] + first / (first - second)
    error = np.abs((crossing - place[each, along]) * mesh.vertex_normals[chosen, along])
    return float(error.max()), float(np.median(error))


def disagreement_with_dense(model: MonoNPHM, published: PublishedHead, code: pix2nphm.HeadCode) -> float:
    """Voxels between our mesh and that of a grid of published values, at SMALL: the largest, both ways."""
    shape, voxel = grid_shape(model.box, SMALL), voxel_size(model.box, SMALL)
    points = np.argwhere(np.ones(shape, bool)) * voxel + np.array(model.box.low)
    values = published_values(published, torch.from_numpy(points).float() / METRES_PER_MONONPHM_UNIT).reshape(shape)
    dense = marching_cubes(values, 0.0, spacing=(voxel,) * 3)[0] + np.array(model.box.low)
    ours = head_mesh(model.bind(code), model.box, SMALL).vertices
    return max(cKDTree(a).query(b)[0].max() for a, b in ((dense, ours), (ours, dense))) / voxel


def published_values(published: PublishedHead, points_units: Tensor) -> np.ndarray:
    """(N, 3) -> (N,) signed distances of the published procedure."""
    with torch.no_grad():
        return torch.cat([published(part)[0] for part in points_units.split(PUBLISHED_SAMPLE)]).numpy()


def seconds(value: float) -> str:
    """A time as a person reads it."""
    return f"{value:.2f} s" if value >= 0.1 else f"{1000 * value:.0f} ms"


def main() -> None:
    """Read the command line and print the table."""
    parser = argparse.ArgumentParser(description="Print how long everything takes on this machine.")
    parser.add_argument("--photo", type=Path, default=EXAMPLES / "haaland_debra.jpg")
    photo = parser.parse_args().photo
    rows = bundled_rows(photo) + mononphm_rows()
    load = os.getloadavg()[0]
    print(f"Best of several runs, {torch.get_num_threads()} threads; the machine's load average is {load:.1f}.\n")
    print("| what | measured | target |\n|---|---|---|")
    for row in rows:
        print(f"| {row.what} | {row.measured} | {row.target} |")
    print(
        "\nMonoNPHM: the published widths with made-up weights, whose heads are uneven balls with a head's surface. The"
        "\ndense procedure evaluates 13 experts and their colours at every point; its time is that of a sample of"
        "\npoints, scaled up to the samples of the same grid."
    )


if __name__ == "__main__":
    main()
