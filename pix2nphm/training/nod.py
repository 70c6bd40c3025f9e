"""What of a head's shape looks like a nod: noses that lie higher over foreheads that come forward, or the reverse.

From the front a head with a low nose looks like one that looks down. The scans that the population comes from vary little
in it, and only together with much that a picture shows. A network that learned from them reads it off what goes with it,
and where other people's faces differ by it, it finds their heads nodding. So training heads vary in it by itself as well.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ..surface.repose import area_weighted_normals
from .heads import HeadSpace, surface_weight
from .ict import IctFaceKit

FAITHFULNESS = 3e-4  # metres: differences below it are not worth unusual coefficients


def nod_identity(ict: IctFaceKit, space: HeadSpace) -> Tensor:
    """(I,) the identity whose face is sheared by one as a nod would: it moves as (0, z, y), but for a similarity.

    Among the heads that do, it is the least unusual; what counts is how the front of the face moves along its normals.
    Positive: the nose higher, the forehead forward.
    """
    weight = surface_weight(ict)
    front = np.flatnonzero((np.arange(len(weight)) < ict.regions["face"].stop) & (ict.vertices[:, 2] > 0.02))
    weight = weight[front] / weight[front].sum()
    arms = ict.vertices[front] - weight @ ict.vertices[front]
    normals = area_weighted_normals(ict.vertices, ict.faces)[front] * np.sqrt(weight)[:, None]
    outward = lambda fields: np.einsum("vck,vc->vk", fields, normals)
    axes = np.broadcast_to(np.eye(3), (len(front), 3, 3))
    similarity = np.concatenate([axes, np.cross(axes, arms[:, None]).transpose(0, 2, 1), arms[..., None]], axis=-1)
    basis, _ = np.linalg.qr(outward(similarity))
    but_similarity = lambda moves: moves - basis @ (basis.T @ moves)
    nod = but_similarity(outward((arms[:, [0, 2, 1]] * [0, 1, 1])[..., None]))[:, 0]
    moves = but_similarity(outward(space.coefficient_map(torch.from_numpy(front)).numpy().astype(np.float64)))
    coefficients = np.linalg.solve(moves.T @ moves + FAITHFULNESS**2 * np.eye(moves.shape[1]), moves.T @ nod)
    coefficients *= nod @ nod / (nod @ moves @ coefficients)  # as far as asked for
    whole, parts = space.encode(torch.from_numpy(coefficients[None].astype(np.float32)))
    return torch.cat([whole, parts.flatten(1)], dim=1)[0]
