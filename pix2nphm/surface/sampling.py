"""Sampling a field from coarse to fine: exact wherever its surface is, and hardly anywhere else.

Ours. A field whose values change by at most `STEEPEST` per unit of length vouches for the sign of its surroundings: a
sample of value v has no surface within |v| / STEEPEST. So each level halves the step and asks the field only at those
new samples for which no coarser neighbour can vouch. What the surface crosses at the finest level is then asked in
full, and so are the neighbours it leads to, until nothing new turns up.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np
import torch
from torch import Tensor

from ..frames import Box

Field = Callable[[Tensor], Tensor]  # (N, 3) points -> (N,) signed distance, both float32 on the CPU

LEVELS = 3  # the coarsest step is 2 ** LEVELS voxels
STEEPEST = 1.6  # trained fields are only roughly distances: gradients up to 1.4 were measured
POINTS_AT_ONCE = 1 << 16
CORNERS = list(product((0, 1), repeat=3))


def sample(field: Field, box: Box, resolution: int) -> tuple[np.ndarray, float]:
    """Samples of `field` on a grid of cubic voxels over `box`, `resolution` of them along its longest axis.

    Returns (X, Y, Z) float32 and the voxel's size in metres; sample [0, 0, 0] lies at `box.low`. Values are the field's
    own at every corner of every voxel that the surface crosses; elsewhere they have the right sign and are no larger
    than the field's by magnitude.
    """
    low, extent = np.array(box.low), np.array(box.high) - np.array(box.low)
    voxel = extent.max() / (resolution - 1)
    inside = np.floor(extent / voxel + 1e-6).astype(int) + 1  # samples per axis that lie in the box
    coarsest = 2**LEVELS
    grid = np.zeros(-(-(inside - 1) // coarsest) + 1, np.float32)
    known = np.zeros(grid.shape, bool)
    for level in range(LEVELS, -1, -1):
        step = 2**level
        if step < coarsest:
            grid, known = _refined(grid, known, reach=STEEPEST * voxel * step)
        _ask(field, grid, known, ~known & (grid == 0), low, voxel * step)
    grid, known = (np.ascontiguousarray(a[: inside[0], : inside[1], : inside[2]]) for a in (grid, known))
    while (missing := _crossed_corners(grid > 0) & ~known).any():
        _ask(field, grid, known, missing, low, voxel)
    return grid, float(voxel)


def _ask(field: Field, grid: np.ndarray, known: np.ndarray, where: np.ndarray, low: np.ndarray, spacing: float) -> None:
    """Put the field's values into `grid` at the samples `where`, and mark them as known."""
    points = torch.from_numpy((low + np.argwhere(where) * spacing).astype(np.float32))
    if len(points):
        with torch.no_grad():
            grid[where] = torch.cat([field(part) for part in points.split(POINTS_AT_ONCE)]).numpy()
        known |= where


def _refined(grid: np.ndarray, known: np.ndarray, reach: float) -> tuple[np.ndarray, np.ndarray]:
    """The grid at half the step, (X, Y, Z) -> (2X - 1, ...): old samples as they are, new ones vouched for, or zero.

    reach  how far a value can change from one new sample to the next along an axis.
    A new sample's value is what is certain about it: its coarse neighbour's, less the change on the way. Zero means
    that nothing is, or that neighbours contradict each other.
    """
    shape = 2 * np.array(grid.shape) - 1
    fine, fine_known = np.zeros(shape, grid.dtype), np.zeros(shape, bool)
    fine[::2, ::2, ::2], fine_known[::2, ::2, ::2] = grid, known
    for offset in CORNERS[1:]:  # a new sample lies between the 2, 4 or 8 old ones of an edge, face or cell
        sides = product(*((0, 1) if o else (0,) for o in offset))
        around = [grid[tuple(slice(s, n - o + s) for s, o, n in zip(side, offset, grid.shape))] for side in sides]
        change = reach * np.sqrt(sum(offset))
        outside = np.maximum(_fold(np.maximum, around) - change, 0)
        inside = np.minimum(_fold(np.minimum, around) + change, 0)
        certain = np.where((outside > 0) & (inside < 0), 0, outside + inside)
        fine[tuple(slice(o, None, 2) for o in offset)] = certain
    return fine, fine_known


def _fold(combine: np.ufunc, arrays: list[np.ndarray]) -> np.ndarray:
    result = arrays[0]
    for array in arrays[1:]:
        result = combine(result, array)
    return result


def _crossed_corners(outside: np.ndarray) -> np.ndarray:
    """(X, Y, Z) bool, which samples are outside -> (X, Y, Z) bool, the corners of all voxels with both kinds."""
    corners = [tuple(slice(c, n - 1 + c) for c, n in zip(corner, outside.shape)) for corner in CORNERS]
    views = [outside[corner] for corner in corners]
    crossed = _fold(np.logical_or, views) & ~_fold(np.logical_and, views)
    marked = np.zeros(outside.shape, bool)
    for corner in corners:
        marked[corner] |= crossed
    return marked
