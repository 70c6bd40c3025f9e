"""The binary file in which a mesh travels to the browser: a third of a GLB, read without a parser."""

from __future__ import annotations

import numpy as np
from trimesh import Trimesh

MAGIC = b"P2NM"
LARGEST = 32767  # of int16


def pack(mesh: Trimesh) -> bytes:
    """The bytes that `fetchMesh` in static/files.js reads, little-endian.

    4 bytes magic, uint32 V, uint32 F, float32 centre (3,) and step, metres;
    int16 positions (V, 3), a position being centre + step * stored; int16 normals (V, 3), over 32767;
    uint32 triangles (F, 3). Positions are exact to half a step: 3 micrometres for a head of 40 cm.
    """
    centre = mesh.bounds.mean(axis=0)
    step = max(float(np.abs(mesh.vertices - centre).max()) / LARGEST, np.finfo(np.float32).tiny)
    return b"".join(
        [
            MAGIC,
            np.array([len(mesh.vertices), len(mesh.faces)], "<u4").tobytes(),
            np.array([*centre, step], "<f4").tobytes(),
            np.rint((mesh.vertices - centre) / step).astype("<i2").tobytes(),
            np.rint(mesh.vertex_normals * LARGEST).astype("<i2").tobytes(),
            mesh.faces.astype("<u4").tobytes(),
        ]
    )
