"""Signed distances to a closed head: exact, but for a sign in a few points of ten thousand."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from .surfaces import ClosedHead

NEAREST_FACES = 6  # candidates for the nearest triangle, by their centroids


class Triangles:
    """Triangles that can be asked for their nearest point. `corners` (T, 3, 3) metres."""

    def __init__(self, corners: np.ndarray) -> None:
        self.corners = corners.astype(np.float64)
        self.tree = cKDTree(self.corners.mean(1))

    def nearest(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(N, 3) -> the nearest triangle (N,), the place in it (N, 3) barycentric, and the way from there (N, 3)."""
        _, candidates = self.tree.query(points, NEAREST_FACES)  # (N, k)
        corners = self.corners[candidates]
        places = nearest_barycentrics(points[:, None], corners)
        offsets = points[:, None] - (places[..., None] * corners).sum(-2)
        best = np.square(offsets).sum(-1).argmin(-1)[:, None]
        take = lambda array: np.take_along_axis(array, best.reshape(-1, *[1] * (array.ndim - 1)), 1)[:, 0]
        return take(candidates), take(places), take(offsets)


class SolidHead:
    """One head: what is inside its skin or its eyeballs. `vertices` (V, 3) of a ClosedHead, metres."""

    def __init__(self, closed: ClosedHead, vertices: np.ndarray) -> None:
        self.closed, self.corners = closed, vertices[closed.faces].astype(np.float64)  # (T, 3, 3)
        self.vertex_normals = angle_weighted(closed.faces, self.corners, len(vertices))
        self.members = [np.flatnonzero(closed.part == part) for part in range(3)]
        self.parts = [Triangles(self.corners[member]) for member in self.members]

    def signed_distance(self, points: np.ndarray) -> np.ndarray:
        """(N, 3) -> (N,) metres, negative inside skin or eyeballs."""
        distance = self.part_distance(points, 0)
        for part in (1, 2):
            corners = self.parts[part].corners.reshape(-1, 3)
            centre = corners.mean(0)
            radius = np.linalg.norm(corners - centre, axis=-1).max()
            matters = np.linalg.norm(points - centre, axis=-1) - radius < distance
            distance[matters] = np.minimum(distance[matters], self.part_distance(points[matters], part))
        return distance

    def part_distance(self, points: np.ndarray, part: int) -> np.ndarray:
        """(N, 3) -> (N,) signed distance to the skin (0), the left (1) or the right eyeball (2) alone."""
        triangle, places, offsets = self.parts[part].nearest(points)
        at = self.closed.faces[self.members[part][triangle]]
        normal = (places[..., None] * self.vertex_normals[at]).sum(1)
        return np.where((offsets * normal).sum(-1) < 0, -1, 1) * np.linalg.norm(offsets, axis=-1)

    def points(self, triangles: np.ndarray, places: np.ndarray) -> np.ndarray:
        """(n,) triangles and (n, 3) barycentrics -> (n, 3)."""
        return (self.corners[triangles] * places[..., None]).sum(1)


def nearest_barycentrics(points: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """(..., 3) points, (..., 3, 3) triangles -> (..., 3): the nearest place on each. Source: Ericson, 2005, 5.1.5."""
    a, ab, ac = corners[..., 0, :], corners[..., 1, :] - corners[..., 0, :], corners[..., 2, :] - corners[..., 0, :]
    dot = lambda x, y: np.einsum("...i,...i->...", x, y)
    ap = points - a
    d1, d2 = dot(ab, ap), dot(ac, ap)
    aa, bb, cross = dot(ab, ab), dot(ac, ac), dot(ab, ac)
    tiny = 1e-30
    determinant = np.maximum(aa * bb - cross * cross, tiny)
    v, w = (bb * d1 - cross * d2) / determinant, (aa * d2 - cross * d1) / determinant
    inside = (v >= 0) & (w >= 0) & (v + w <= 1)
    on_ab = np.clip(d1 / np.maximum(aa, tiny), 0, 1)
    on_ac = np.clip(d2 / np.maximum(bb, tiny), 0, 1)
    on_bc = np.clip((d2 - d1 + aa - cross) / np.maximum(aa + bb - 2 * cross, tiny), 0, 1)
    zero = np.zeros_like(v)
    edges = np.stack([np.stack([on_ab, zero], -1), np.stack([zero, on_ac], -1), np.stack([1 - on_bc, on_bc], -1)], -2)
    offsets = ap[..., None, :] - edges[..., :1] * ab[..., None, :] - edges[..., 1:] * ac[..., None, :]
    best = np.square(offsets).sum(-1).argmin(-1)[..., None, None]
    vw = np.where(inside[..., None], np.stack([v, w], -1), np.take_along_axis(edges, best, -2)[..., 0, :])
    return np.concatenate([1 - vw.sum(-1, keepdims=True), vw], axis=-1)


def angle_weighted(faces: np.ndarray, corners: np.ndarray, vertices: int) -> np.ndarray:
    """(V, 3) vertex normals whose sign tells inside from outside (Baerentzen and Aanaes, 2005)."""
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals /= np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-20)
    result = np.zeros((vertices, 3))
    for i in range(3):
        one, other = corners[:, (i + 1) % 3] - corners[:, i], corners[:, (i + 2) % 3] - corners[:, i]
        lengths = np.maximum(np.linalg.norm(one, axis=-1) * np.linalg.norm(other, axis=-1), 1e-30)
        angles = np.arccos(np.clip((one * other).sum(-1) / lengths, -1, 1))
        for axis in range(3):
            result[:, axis] += np.bincount(faces[:, i], angles * normals[:, axis], minlength=vertices)
    return result / np.maximum(np.linalg.norm(result, axis=-1, keepdims=True), 1e-20)
