"""ICT-FaceKit Light: a linear head model made of light-stage scans.

Source: ICT-FaceKit, MIT licence, (c) 2020 USC Institute for Creative Technologies (github: ICT-VGL/ICT-FaceKit).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from scipy.spatial import cKDTree

from ...frames import METRES_PER_CENTIMETRE


@dataclass(frozen=True)
class IctFaceKit:
    """The model in metres, head frame. V = 26719 vertices; identities are rigidly aligned with the mean."""

    vertices: np.ndarray  # (V, 3) float32, mean head, neutral
    faces: np.ndarray  # (F, 3)
    identity_modes: np.ndarray  # (100, V, 3) float32, one standard deviation each
    expression_modes: np.ndarray  # (53, V, 3) float32, the full unit
    expression_names: tuple[str, ...]
    regions: dict[str, slice]
    landmarks68: np.ndarray  # (68,) vertices, iBUG order

    @staticmethod
    def read(data: str | Path) -> IctFaceKit:
        """Read `ict_facekit.npz` in the folder `data`."""
        with np.load(Path(data) / "ict_facekit.npz") as pack:
            vertices = pack["vertices"] * np.float32(METRES_PER_CENTIMETRE)
            identity = pack["id_q"] * (pack["id_scale"] * np.float32(METRES_PER_CENTIMETRE))[:, None, None]
            expression = pack["exp_q"] * (pack["exp_scale"] * np.float32(METRES_PER_CENTIMETRE))[:, None, None]
            ranges = zip(pack["region_names"], pack["region_vertex_range"])
            return IctFaceKit(
                vertices=vertices,
                faces=pack["faces"],
                identity_modes=without_rigid_motion(identity, vertices, pack["rigid_verts"]),
                expression_modes=expression,
                expression_names=tuple(map(str, pack["exp_names"])),
                regions={str(name): slice(int(first), int(last) + 1) for name, (first, last) in ranges},
                landmarks68=pack["landmarks68"],
            )

    @cached_property
    def mirror(self) -> np.ndarray:
        """(V,) the vertex on the other side of each vertex; the mean head is symmetric."""
        mirrored = np.empty(len(self.vertices), dtype=np.int64)
        for name in self.regions:
            other = name.replace("left", "\0").replace("right", "left").replace("\0", "right")
            here, there = self.regions[name], self.regions[other]
            tree = cKDTree(self.vertices[there])
            mirrored[here] = tree.query(self.vertices[here] * [-1, 1, 1])[1] + there.start
        return mirrored

    @cached_property
    def expression_mirror(self) -> np.ndarray:
        """(53,) the blendshape (expression unit) of the other side for each."""
        swap = {"_L": "_R", "_R": "_L"}
        whole = {"jawLeft": "jawRight", "jawRight": "jawLeft", "mouthLeft": "mouthRight", "mouthRight": "mouthLeft"}
        names = [name[:-2] + swap[name[-2:]] if name[-2:] in swap else name for name in self.expression_names]
        return np.array([self.expression_names.index(whole.get(name, name)) for name in names])

    def unit(self, name: str) -> int:
        """The index of a blendshape."""
        return self.expression_names.index(name)


def without_rigid_motion(modes: np.ndarray, vertices: np.ndarray, rigid: np.ndarray) -> np.ndarray:
    """(K, V, 3) modes less the infinitesimal rotation and translation that the vertices `rigid` see in each."""
    centre = vertices[rigid].mean(0)

    def motions(points: np.ndarray) -> np.ndarray:  # (N, 3) -> (N * 3, 6)
        arms = points - centre
        turns = np.stack([np.cross(axis, arms) for axis in np.eye(3)], axis=-1)  # (N, 3, 3)
        shifts = np.broadcast_to(np.eye(3), turns.shape)
        return np.concatenate([turns, shifts], axis=-1).reshape(-1, 6)

    seen, *_ = np.linalg.lstsq(motions(vertices[rigid]), modes[:, rigid].reshape(len(modes), -1).T, rcond=None)
    return (modes - (motions(vertices) @ seen).T.reshape(modes.shape)).astype(np.float32)
