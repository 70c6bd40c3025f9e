"""A picture of a mesh, with numpy alone: a z-buffer and a grey that shows shape.

Ours. Triangles are cut into rows and rows into pixels, all of them at once; depth and triangle travel in one integer,
so that the nearest triangle of every pixel is one `minimum.at`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from trimesh import Trimesh

from ..frames import Camera
from .shading import shaded

SUPERSAMPLING = 2  # samples per pixel and axis


@dataclass(frozen=True)
class Rendering:
    """A mesh as a camera sees it. Outside of the mesh everything is zero, and depth is infinite."""

    colour: np.ndarray  # (H, W, 3) uint8, the mesh's alone: mix it by alpha
    alpha: np.ndarray  # (H, W) float32, how much of each pixel the mesh covers
    normals_camera: np.ndarray  # (H, W, 3) float32, unit
    depth: np.ndarray  # (H, W) float32, metres behind the head's origin, of the nearest sample


def render_mesh(mesh: Trimesh, camera: Camera, height: int, width: int) -> Rendering:
    """The mesh (metres, head frame) seen by `camera` (without batch dimensions) in a picture of height x width px.

    Triangles that face away are not drawn. Normals come from the mesh's vertices, interpolated on the screen.
    """
    corners = torch.from_numpy(np.ascontiguousarray(mesh.vertices)).to(camera.rotation)
    position = camera.project(corners).cpu().double().numpy() * SUPERSAMPLING - 0.5  # in samples; whole at a centre
    depth = camera.depth(corners).cpu().double().numpy()
    faces = _visible(mesh.faces, position, depth, camera)
    rows, columns = height * SUPERSAMPLING, width * SUPERSAMPLING
    nearest, sample_depth = _nearest_triangles(position, depth, faces, rows, columns)

    covered = np.flatnonzero(nearest >= 0)
    normals = np.zeros((rows * columns, 3), np.float32)
    turned = (mesh.vertex_normals @ camera.rotation.cpu().double().numpy().T).astype(np.float32)
    normals[covered] = _interpolated(turned, position, faces, nearest[covered], covered, columns)

    alpha = np.add.reduce(_of_pixel((nearest >= 0).astype(np.float32).reshape(rows, columns))) / SUPERSAMPLING**2
    normals = np.add.reduce(_of_pixel(normals.reshape(rows, columns, 3)))
    normals /= np.maximum(np.sqrt(np.einsum("hwc,hwc->hw", normals, normals)), 1e-12)[..., None]
    colour = np.zeros((height, width, 3), np.uint8)
    seen = alpha > 0
    colour[seen] = shaded(normals[seen])
    return Rendering(colour, alpha, normals, np.minimum.reduce(_of_pixel(sample_depth.reshape(rows, columns))))


def overlay(photo: np.ndarray, mesh: Trimesh, camera: Camera, opacity: float = 1.0) -> np.ndarray:
    """The mesh drawn over a photograph, (H, W, 3) uint8 -> (H, W, 3) uint8."""
    rendering = render_mesh(mesh, camera, *photo.shape[:2])
    share = (rendering.alpha * opacity)[..., None]
    return np.round(photo * (1 - share) + rendering.colour * share).astype(np.uint8)


def _visible(faces: np.ndarray, position: np.ndarray, depth: np.ndarray, camera: Camera) -> np.ndarray:
    """The triangles that face the camera and lie in front of it."""
    a, b, c = (position[faces[:, corner]] for corner in range(3))
    towards = _cross(b - a, c - a) < 0  # outward winding, seen with y down
    in_front = (1 + float(camera.inverse_distance) * depth > 0)[faces].all(axis=1)
    return faces[towards & in_front]


def _cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]


def _nearest_triangles(
    position: np.ndarray, depth: np.ndarray, faces: np.ndarray, rows: int, columns: int
) -> tuple[np.ndarray, np.ndarray]:
    """Which triangle each sample sees, (rows * columns,) int64 or -1, and how deep, (rows * columns,) or infinite."""
    triangle, row, first, last = _spans(position[faces], rows, columns)
    length = last - first + 1
    slope_x, slope_y, origin = _planes(position[faces], depth[faces])
    start = origin[triangle] + slope_x[triangle] * first + slope_y[triangle] * row
    # From spans to samples: everything of a span, repeated along its length.
    along = np.arange(length.sum()) - np.repeat(np.cumsum(length) - length, length)
    of_sample = np.repeat(start, length) + np.repeat(slope_x[triangle], length) * along
    place = np.repeat(row * columns + first, length) + along

    shift = depth.min() - 1 if len(depth) else 0.0  # positive floats sort like their bits
    bits = (of_sample - shift).astype(np.float32).view(np.uint32).astype(np.uint64)
    nothing = np.uint64(np.iinfo(np.uint64).max)
    nearest = np.full(rows * columns, nothing)
    np.minimum.at(nearest, place, bits << np.uint64(32) | np.repeat(triangle, length).astype(np.uint64))
    sample_depth = (nearest >> np.uint64(32)).astype(np.uint32).view(np.float32) + np.float32(shift)
    empty = nearest == nothing
    index = (nearest & np.uint64(0xFFFFFFFF)).astype(np.int64)
    index[empty], sample_depth[empty] = -1, np.inf
    return index, sample_depth


def _spans(triangles: np.ndarray, rows: int, columns: int) -> tuple[np.ndarray, ...]:
    """(F, 3, 2) px -> (S,) triangle, row, first and last column: the rows of samples that each triangle covers."""
    top = np.clip(np.ceil(triangles[..., 1].min(axis=1)), 0, rows).astype(np.int64)
    bottom = np.clip(np.floor(triangles[..., 1].max(axis=1)), -1, rows - 1).astype(np.int64)
    count = np.maximum(bottom - top + 1, 0)
    triangle = np.repeat(np.arange(len(triangles)), count)
    row = np.repeat(top - (np.cumsum(count) - count), count) + np.arange(count.sum())
    low, high = np.zeros(len(row)), np.full(len(row), columns - 1.0)
    for corner in range(3):
        start, end = triangles[:, corner], triangles[:, (corner + 1) % 3]
        run, rise = (end - start).T
        # As faces wind, edges that go down the picture bound their triangle on the left.
        with np.errstate(divide="ignore", invalid="ignore"):
            crossing = (start[:, 0] - start[:, 1] * run / rise)[triangle] + row * (run / rise)[triangle]
        falls, climbs = (rise > 0)[triangle], (rise < 0)[triangle]
        np.maximum(low, crossing, out=low, where=falls)
        np.minimum(high, crossing, out=high, where=climbs)
    first, last = np.ceil(low).astype(np.int64), np.floor(high).astype(np.int64)
    filled = last >= first
    return triangle[filled], row[filled], first[filled], last[filled]


def _planes(triangles: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(F, 3, 2), (F, 3) -> slopes along x and y and the value at (0, 0) of each triangle's linear function."""
    a, b, c = (triangles[:, corner] for corner in range(3))
    to_b, to_c = b - a, c - a
    rise_b, rise_c = values[:, 1] - values[:, 0], values[:, 2] - values[:, 0]
    area = _cross(to_b, to_c)
    slope_x = (rise_b * to_c[:, 1] - rise_c * to_b[:, 1]) / area
    slope_y = (rise_c * to_b[:, 0] - rise_b * to_c[:, 0]) / area
    return slope_x, slope_y, values[:, 0] - slope_x * a[:, 0] - slope_y * a[:, 1]


def _interpolated(
    of_vertex: np.ndarray, position: np.ndarray, faces: np.ndarray, triangle: np.ndarray, at: np.ndarray, columns: int
) -> np.ndarray:
    """(V, C) -> (S, C): each sample's mix of its triangle's corners. The samples lie `at` (S,) flat indices."""
    row, column = np.divmod(at, columns)
    mixed = np.zeros((len(at), of_vertex.shape[1]), np.float32)
    for corner in range(3):
        one = np.zeros((len(faces), 3))
        one[:, corner] = 1
        slope_x, slope_y, origin = (plane[triangle] for plane in _planes(position[faces], one))
        share = (origin + slope_x * column + slope_y * row).astype(np.float32)
        mixed += share[:, None] * of_vertex[faces[:, corner]][triangle]
    return mixed


def _of_pixel(samples: np.ndarray) -> list[np.ndarray]:
    """(H * s, W * s, ...) -> the s * s samples of every pixel, each (H, W, ...)."""
    offsets = range(SUPERSAMPLING)
    return [samples[row::SUPERSAMPLING, column::SUPERSAMPLING] for row in offsets for column in offsets]
