"""GLB files with one mesh of grey clay in them, still or moving. Source: the glTF 2.0 specification.

Written by hand, because trimesh knows no morph targets; and small, because it is all that we need of glTF.
"""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np
from trimesh import Trimesh

MAGIC, JSON_CHUNK, BINARY_CHUNK = 0x46546C67, 0x4E4F534A, 0x004E4942
FLOAT, UNSIGNED_INT = 5126, 5125
FOR_VERTICES, FOR_INDICES = 34962, 34963
CLAY = {
    "name": "clay",
    "pbrMetallicRoughness": {
        "baseColorFactor": [150 / 255, 140 / 255, 132 / 255, 1.0],
        "metallicFactor": 0.0,
        "roughnessFactor": 0.85,
    },
}
LONGEST_NAME = 80
NO_NORMAL = (0.0, 0.0, 1.0)  # of a vertex without triangles: glTF wants unit length of every normal


def mesh_glb(mesh: Trimesh, name: str = "head") -> bytes:
    """A mesh in metres, with its vertices' normals, as a GLB."""
    buffer = Buffer()
    return buffer.glb(buffer.surface(mesh.vertices, mesh.vertex_normals, mesh.faces), name)


class Buffer:
    """The binary part of a GLB and what describes it. Every array has a view of its own.

    Methods that add an array return the index of its accessor.
    """

    def __init__(self) -> None:
        self._content = bytearray()
        self._views: list[dict[str, int]] = []
        self._accessors: list[dict[str, Any]] = []

    def surface(self, vertices: np.ndarray, normals: np.ndarray, faces: np.ndarray) -> dict[str, Any]:
        """(V, 3) metres, (V, 3) of unit length or zero, (F, 3) -> a primitive of clay."""
        found = np.linalg.norm(normals, axis=1, keepdims=True) > 0.5
        attributes = {"POSITION": self.vectors(vertices), "NORMAL": self.vectors(np.where(found, normals, NO_NORMAL))}
        indices = self._add(np.ravel(faces).astype("<u4"), "SCALAR", UNSIGNED_INT, FOR_INDICES)
        return {"attributes": attributes, "indices": indices, "material": 0}

    def vectors(self, values: np.ndarray) -> int:
        """(V, 3), one for each vertex."""
        return self._add(values.astype("<f4"), "VEC3", FLOAT, FOR_VERTICES)

    def scalars(self, values: np.ndarray) -> int:
        """(N,)"""
        return self._add(values.astype("<f4"), "SCALAR", FLOAT)

    def glb(self, primitive: dict[str, Any], name: str, mesh: dict[str, Any] | None = None, **more: Any) -> bytes:
        """The file whose scene is one node with one mesh of one primitive.

        name  of node and mesh, anybody's text: what cannot be printed and what is too long is left out.
        mesh  further properties of the mesh; `more` are further properties of the document.
        """
        name = "".join(letter for letter in name if letter.isprintable())[:LONGEST_NAME]
        return _container(
            {
                "asset": {"version": "2.0", "generator": "pix2nphm"},
                "scene": 0,
                "scenes": [{"nodes": [0]}],
                "nodes": [{"mesh": 0, "name": name}],
                "meshes": [{"name": name, "primitives": [primitive], **(mesh or {})}],
                "materials": [CLAY],
                **more,
                "accessors": self._accessors,
                "bufferViews": self._views,
                "buffers": [{"byteLength": len(self._content)}],
            },
            bytes(self._content),
        )

    def _add(self, values: np.ndarray, kind: str, component: int, usage: int | None = None) -> int:
        view = {"buffer": 0, "byteOffset": len(self._content), "byteLength": values.nbytes}
        self._views.append(view if usage is None else view | {"target": usage})
        self._content += values.tobytes()  # four-byte numbers all, so that every view is aligned
        low, high = (np.atleast_1d(end).tolist() for end in (values.min(axis=0), values.max(axis=0)))
        self._accessors.append(
            {
                "bufferView": len(self._views) - 1,
                "componentType": component,
                "count": len(values),
                "type": kind,
                "min": low,
                "max": high,
            }
        )
        return len(self._accessors) - 1


def _container(description: dict[str, Any], binary: bytes) -> bytes:
    """The two chunks, each filled up to four bytes, behind the header."""
    text = json.dumps(description, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    length = 12 + 8 + len(text) + 8 + len(binary)
    head = struct.pack("<III", MAGIC, 2, length)
    text_head, binary_head = struct.pack("<II", len(text), JSON_CHUNK), struct.pack("<II", len(binary), BINARY_CHUNK)
    return head + text_head + text + binary_head + binary
