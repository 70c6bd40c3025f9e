"""Normals of a surface's vertices."""

from __future__ import annotations

import numpy as np


def area_weighted_normals(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """(V, 3), (F, 3) -> (V, 3) unit normals: each the sum of its triangles' normals times their areas.

    A vertex without triangles, or with none that has an area, has the normal 0.
    """
    a, b, c = (vertices[faces[:, corner]] for corner in range(3))
    doubled_areas = np.cross(b - a, c - a)
    sums = [np.bincount(faces.ravel(), np.repeat(axis, 3), len(vertices)) for axis in doubled_areas.T]
    normals = np.stack(sums, axis=-1)
    return normals / np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-30)
