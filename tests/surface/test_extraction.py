"""Coarse-to-fine extraction: known shapes, and nothing missed that a dense grid finds."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from skimage.measure import marching_cubes

from pix2nphm.errors import EmptySurface
from pix2nphm.frames import Box
from pix2nphm.surface.extraction import extract
from pix2nphm.surface.sampling import sample

BOX = Box((-0.10, -0.14, -0.12), (0.10, 0.14, 0.13))


def sphere(points, centre=(0.0, 0.0, 0.0), radius=0.08):
    return (points - torch.tensor(centre)).norm(dim=-1) - radius


def torus(points, ring=0.07, tube=0.015):
    return torch.stack([points[:, :2].norm(dim=-1) - ring, points[:, 2]], dim=-1).norm(dim=-1) - tube


def thin_plate(points):
    """5 mm thick: much thinner than a coarse step, hardly thicker than a voxel."""
    beyond = points.abs() - torch.tensor([0.06, 0.07, 0.0025])
    return beyond.clamp(min=0).norm(dim=-1) + beyond.amax(dim=-1).clamp(max=0)


def two_lips(points):
    """A ball with a slit of 3 mm."""
    return torch.maximum(sphere(points), 0.0015 - (points - torch.tensor([0.0, 0.0, 0.05])).abs()[:, 1])


def scattered_balls(points):
    """Many small separate balls: whoever follows the surface from one seed misses them."""
    centres = torch.rand(40, 3, generator=torch.Generator().manual_seed(3)) * 0.18 - 0.09
    return (torch.cdist(points, centres) - 0.006).amin(dim=-1)


def steep_waves(points):
    """Not a distance: gradients from 0.6 to 1.4."""
    return sphere(points) + 0.4 * 0.01 * torch.sin(points[:, 0] / 0.01)


FIELDS = [sphere, torus, thin_plate, two_lips, scattered_balls, steep_waves]


def dense(field, shape, voxel, low=BOX.low):
    axes = [torch.arange(n) * voxel + at for n, at in zip(shape, low)]
    points = torch.stack(torch.meshgrid(*axes, indexing="ij"), dim=-1).reshape(-1, 3).float()
    return field(points).reshape(shape).numpy()


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.__name__)
@pytest.mark.parametrize("resolution", [60, 96])
def test_finds_the_same_surface_as_a_dense_grid(field, resolution):
    grid, voxel = sample(field, BOX, resolution)
    expected = dense(field, grid.shape, voxel)
    assert np.array_equal(grid > 0, expected > 0)
    mine, theirs = (marching_cubes(values, 0.0, spacing=(voxel,) * 3) for values in (grid, expected))
    assert np.array_equal(mine[1], theirs[1])
    assert np.abs(mine[0] - theirs[0]).max() < 1e-2 * voxel


def test_asks_for_few_points():
    asked = []
    grid, _ = sample(lambda points: asked.append(len(points)) or sphere(points), BOX, 96)
    assert sum(asked) < 0.12 * grid.size


def test_resolution_counts_samples_along_the_longest_axis():
    grid, voxel = sample(sphere, BOX, 57)
    assert voxel == pytest.approx(0.28 / 56)
    assert grid.shape == (41, 57, 51)


def test_a_sphere_field_gives_a_sphere():
    centre = np.array([0.01, -0.02, 0.005])
    mesh = extract(lambda points: sphere(points, tuple(centre.tolist())), BOX, 96)
    offsets = mesh.vertices - centre
    assert np.abs(np.linalg.norm(offsets, axis=1) - 0.08).max() < 2e-5
    assert mesh.is_watertight and mesh.body_count == 1
    assert mesh.volume == pytest.approx(4 / 3 * np.pi * 0.08**3, rel=2e-3)  # positive: outward winding
    cosines = (mesh.vertex_normals * offsets / np.linalg.norm(offsets, axis=1, keepdims=True)).sum(1)
    assert cosines.min() > np.cos(np.radians(1.5))


def test_keeps_the_largest_part_alone():
    def ball_and_crumb(points):
        return torch.minimum(sphere(points, radius=0.05), sphere(points, (0.08, 0.1, 0.1), 0.01))

    mesh = extract(ball_and_crumb, BOX, 64)
    assert mesh.body_count == 1
    assert np.abs(np.linalg.norm(mesh.vertices, axis=1) - 0.05).max() < 1e-4
    assert len(mesh.vertices) == len(np.unique(mesh.faces))


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_field_of_one_sign_has_no_surface(sign):
    with pytest.raises(EmptySurface, match="no surface"):
        extract(lambda points: torch.full((len(points),), sign), BOX, 32)
