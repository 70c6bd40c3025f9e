"""A GLB of two heads: the first, a morph target that turns it into the second, and an animation that plays it."""

from __future__ import annotations

import numpy as np
from trimesh import Trimesh

from pix2nphm.surface.glb import Buffer

from ...components.player.ease import SECONDS


def morph_glb(a: np.ndarray, b: np.ndarray, faces: np.ndarray, name: str) -> bytes:
    """A GLB that plays from head `a` to head `b` and back for ever, starting and ending at rest.

    a, b (V, 3) metres, vertex by vertex the same place of the head; faces (F, 3). `name` is the mesh's in the file.
    The weight of the one morph target goes 0, 1, 0; in between a cubic spline with zero tangents, which is `ease`.
    Raises ValueError when a and b are not of one topology.
    """
    if a.shape != b.shape:
        raise ValueError(f"heads of different topology: {a.shape} and {b.shape}")
    normals_a, normals_b = (Trimesh(vertices, faces, process=False).vertex_normals for vertices in (a, b))
    buffer = Buffer()
    primitive = buffer.surface(a, normals_a, faces)
    primitive["targets"] = [{"POSITION": buffer.vectors(b - a), "NORMAL": buffer.vectors(normals_b - normals_a)}]
    times = buffer.scalars(np.array([0, SECONDS, 2 * SECONDS]))
    weights = buffer.scalars(np.array([0, 0, 0, 0, 1, 0, 0, 0, 0]))  # tangent in, weight, tangent out of each key
    animation = {
        "name": "A to B and back",
        "samplers": [{"input": times, "output": weights, "interpolation": "CUBICSPLINE"}],
        "channels": [{"sampler": 0, "target": {"node": 0, "path": "weights"}}],
    }
    mesh = {"weights": [0], "extras": {"targetNames": ["B"]}}
    return buffer.glb(primitive, name, mesh, animations=[animation])
