"""Signed distances to a closed head: exact, but for a sign in a few points of ten thousand."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from .surfaces import ClosedHead

NEAREST_FACES = 6  # candidates for the nearest triangle, by their centroids


class SolidHead:
    """One head with its search structures. `vertices` (S, 3) of a ClosedHead, metres."""

    def __init__(self, closed: ClosedHead, vertices: np.ndarray) -> None:
        self.closed, self.corners = closed, vertices[closed.faces].astype(np.float64)  # (T, 3, 3)
        cross = np.cross(self.corners[:, 1] - self.corners[:, 0], self.corners[:, 2] - self.corners[:, 0])
        self.areas = np.linalg.norm(cross, axis=-1) / 2
        self.normals = cross / np.maximum(2 * self.areas[:, None], 1e-20)
        self.vertex_normals = angle_weighted(closed.faces, self.corners, self.normals, len(vertices))
        self.members = [np.flatnonzero(closed.part == part) for part in range(3)]
        self.trees = [cKDTree(self.corners[member].mean(1)) for member in self.members]

    def signed_distance(self, points: np.ndarray) -> np.ndarray:
        """(N, 3) -> (N,) metres, negative inside skin or eyeballs."""
        return np.min([self.part_distance(points, part) for part in range(3)], axis=0)

    def part_distance(self, points: np.ndarray, part: int) -> np.ndarray:
        _, candidates = self.trees[part].query(points, NEAREST_FACES)  # (N, k)
        candidates = self.members[part][candidates]
        places = nearest_barycentrics(points[:, None], self.corners[candidates])  # (N, k, 3)
        offsets = points[:, None] - (places[..., None] * self.corners[candidates]).sum(-2)
        distances = np.linalg.norm(offsets, axis=-1)
        best = distances.argmin(-1)[:, None]
        take = lambda array: np.take_along_axis(array, best.reshape(-1, *[1] * (array.ndim - 1)), 1)[:, 0]
        at = self.closed.faces[take(candidates)]  # (N, 3)
        normal = (take(places)[..., None] * self.vertex_normals[at]).sum(1)
        return np.where((take(offsets) * normal).sum(-1) < 0, -1, 1) * take(distances)

    def points(self, triangles: np.ndarray, places: np.ndarray) -> np.ndarray:
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


def angle_weighted(faces: np.ndarray, corners: np.ndarray, normals: np.ndarray, vertices: int) -> np.ndarray:
    """(S, 3) vertex normals whose sign tells inside from outside (Baerentzen and Aanaes, 2005)."""
    result = np.zeros((vertices, 3))
    for i in range(3):
        one, other = corners[:, (i + 1) % 3] - corners[:, i], corners[:, (i + 2) % 3] - corners[:, i]
        lengths = np.maximum(np.linalg.norm(one, axis=-1) * np.linalg.norm(other, axis=-1), 1e-30)
        angles = np.arccos(np.clip((one * other).sum(-1) / lengths, -1, 1))
        for axis in range(3):
            result[:, axis] += np.bincount(faces[:, i], angles * normals[:, axis], minlength=vertices)
    return result / np.maximum(np.linalg.norm(result, axis=-1, keepdims=True), 1e-20)
