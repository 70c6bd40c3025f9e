"""The mesh of one head. Where the model can move points forward, the surface is found once per identity."""

from __future__ import annotations

import numpy as np
import torch
from trimesh import Trimesh

from ..frames import Box
from ..nphm.decoder import HeadField
from .extraction import extract
from .neck import with_flat_neck
from .normals import area_weighted_normals


def head_mesh(head: HeadField, box: Box, resolution: int = 96) -> Trimesh:
    """The posed surface of a head, metres, head frame, with vertex normals. Raises EmptySurface."""
    if head.reposes:
        return repose(canonical_mesh(head, box, resolution), head)
    return extract(lambda points: head.sdf(points.to(head.anchors.device)).cpu(), box, resolution)


def canonical_mesh(head: HeadField, box: Box, resolution: int = 96) -> Trimesh:
    """The surface of a head's identity before its expression, metres. Only for fields whose canonical space is 3D."""
    return with_flat_neck(
        extract(lambda points: head.canonical_sdf(points.to(head.anchors.device)).cpu(), box, resolution)
    )


def repose(canonical: Trimesh, head: HeadField) -> Trimesh:
    """A canonical mesh in the expression of `head`: same faces, moved vertices, normals turned along."""
    return Poser(canonical, head)(head)


class Poser:
    """A canonical mesh that takes one expression after another: what all of them share is done once.

    Normals are what the moved triangles say, and what smoother normals than theirs the mesh had: triangles of marching
    cubes look like stairs; the field's normals, which an extracted mesh comes with, do not. Where the two disagree, in
    the folds between lids and eyeballs, the triangles' own normals stay.
    """

    @torch.no_grad()
    def __init__(self, canonical: Trimesh, head: HeadField) -> None:
        self.canonical = canonical
        self._posed_points = head.poser(torch.from_numpy(canonical.vertices).to(head.anchors))
        flat = area_weighted_normals(canonical.vertices, canonical.faces)
        agree = np.clip(((canonical.vertex_normals * flat).sum(-1) - 0.8) / 0.15, 0, 1)
        self._smoother = agree[:, None] * (canonical.vertex_normals - flat)

    @torch.no_grad()
    def __call__(self, head: HeadField) -> Trimesh:
        """The mesh in the expression of `head`, which has the identity that the poser was made with."""
        posed = self._posed_points(head).double().cpu().numpy()
        normals = area_weighted_normals(posed, self.canonical.faces) + self._smoother
        normals /= np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-30)
        return Trimesh(posed, self.canonical.faces, vertex_normals=normals, process=False)
