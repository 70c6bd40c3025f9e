"""A GLB of two heads: the first, a morph target that turns it into the second, and an animation that plays it.

Written by hand, because trimesh knows no morph targets. Source: the glTF 2.0 specification.
"""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np
from trimesh import Trimesh

from pix2nphm.surface.export import CLAY

from ...components.player.ease import SECONDS

MAGIC, JSON_CHUNK, BINARY_CHUNK = 0x46546C67, 0x4E4F534A, 0x004E4942
FLOAT, UNSIGNED_INT = 5126, 5125
FOR_VERTICES, FOR_INDICES = 34962, 34963


def morph_glb(a: np.ndarray, b: np.ndarray, faces: np.ndarray, name: str) -> bytes:
    """A GLB that plays from head `a` to head `b` and back for ever, starting and ending at rest.

    a, b (V, 3) metres, vertex by vertex the same place of the head; faces (F, 3). `name` is the mesh's in the file.
    The weight of the one morph target goes 0, 1, 0; in between a cubic spline with zero tangents, which is `ease`.
    Raises ValueError when a and b are not of one topology.
    """
    if a.shape != b.shape:
        raise ValueError(f"heads of different topology: {a.shape} and {b.shape}")
    normals_a, normals_b = (Trimesh(vertices, faces, process=False).vertex_normals for vertices in (a, b))
    buffer = _Buffer()
    base = {"POSITION": buffer.vectors(a), "NORMAL": buffer.vectors(normals_a)}
    target = {"POSITION": buffer.vectors(b - a), "NORMAL": buffer.vectors(normals_b - normals_a)}
    indices = buffer.add(np.ravel(faces).astype("<u4"), "SCALAR", UNSIGNED_INT, FOR_INDICES)
    times = buffer.scalars(np.array([0, SECONDS, 2 * SECONDS]))
    weights = buffer.scalars(np.array([0, 0, 0, 0, 1, 0, 0, 0, 0]))  # tangent in, weight, tangent out of each key
    primitive = {"attributes": base, "indices": indices, "material": 0, "targets": [target]}
    clay = {
        "baseColorFactor": (np.array(CLAY.baseColorFactor) / 255).tolist(),
        "metallicFactor": CLAY.metallicFactor,
        "roughnessFactor": CLAY.roughnessFactor,
    }
    return _container(
        {
            "asset": {"version": "2.0", "generator": "pix2nphm"},
            "scene": 0,
            "scenes": [{"nodes": [0]}],
            "nodes": [{"mesh": 0, "name": name}],
            "meshes": [{"name": name, "primitives": [primitive], "weights": [0], "extras": {"targetNames": ["B"]}}],
            "materials": [{"name": CLAY.name, "pbrMetallicRoughness": clay}],
            "animations": [
                {
                    "name": "A to B and back",
                    "samplers": [{"input": times, "output": weights, "interpolation": "CUBICSPLINE"}],
                    "channels": [{"sampler": 0, "target": {"node": 0, "path": "weights"}}],
                }
            ],
            "accessors": buffer.accessors,
            "bufferViews": buffer.views,
            "buffers": [{"byteLength": len(buffer.content)}],
        },
        bytes(buffer.content),
    )


class _Buffer:
    """The binary part of a GLB and what describes it. Every array has a view of its own."""

    def __init__(self) -> None:
        self.content = bytearray()
        self.views: list[dict[str, int]] = []
        self.accessors: list[dict[str, Any]] = []

    def vectors(self, values: np.ndarray) -> int:
        """(V, 3), one for each vertex. Returns the accessor's index, as do the others."""
        return self.add(values.astype("<f4"), "VEC3", FLOAT, FOR_VERTICES)

    def scalars(self, values: np.ndarray) -> int:
        return self.add(values.astype("<f4"), "SCALAR", FLOAT)

    def add(self, values: np.ndarray, kind: str, component: int, usage: int | None = None) -> int:
        view = {"buffer": 0, "byteOffset": len(self.content), "byteLength": values.nbytes}
        self.views.append(view if usage is None else view | {"target": usage})
        self.content += values.tobytes()  # four-byte numbers all, so that every view is aligned
        low, high = (np.atleast_1d(end).tolist() for end in (values.min(axis=0), values.max(axis=0)))
        self.accessors.append(
            {
                "bufferView": len(self.views) - 1,
                "componentType": component,
                "count": len(values),
                "type": kind,
                "min": low,
                "max": high,
            }
        )
        return len(self.accessors) - 1


def _container(description: dict[str, Any], binary: bytes) -> bytes:
    """The two chunks, each filled up to four bytes, behind the header."""
    text = json.dumps(description, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    length = 12 + 8 + len(text) + 8 + len(binary)
    head = struct.pack("<III", MAGIC, 2, length)
    text_head, binary_head = struct.pack("<II", len(text), JSON_CHUNK), struct.pack("<II", len(binary), BINARY_CHUNK)
    return head + text_head + text + binary_head + binary
